"""Legacy rows into the register: good ones land in batches, each in one transaction, and every other one is reported."""

from collections.abc import Iterable
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from credentials import mapping, publishing
from credentials.import_rows import KINDS, ImportRefused, LegacyFile, Report, Row
from credentials.models import Credential, Revision
from providers import publishing as provider_publishing
from providers.models import Provider
from registry import audit, journal
from registry.framework import current
from registry.journal import BATCH, Publication, Published
from registry.models import Organisation

__all__ = ["ImportRefused", "run"]

REASON = "Imported from {source}."
# What an entry should say and a legacy row seldom does: listed on the entry as a gap, never invented.
EXPECTED = ("purpose", "learning_outcomes", "level", "credits", "assessment", "listed_on", "awarding_body")
PROVIDER_COLUMNS = (
    "number", "title", "language", "titles", "other_names", "website", "country", "region", "ended_on", "ended_as",
    "source_facts", "source_url", "gaps",
)  # fmt: skip
CREDENTIAL_COLUMNS = (
    "number", "awarding_body", "source_url", "source_facts", "identifiers", "closed_undated", "gaps", "listed_on",
    "expiry_end", "expiring_from", "last_new_enrolment",
)  # fmt: skip
REVISION_COLUMNS = (
    "number", "title", "language", "titles", "alternative_titles", "level", "level_native", "credits", "fields",
    "learning_outcomes",
)  # fmt: skip


def run(path: Path, *, dry_run: bool = False, now: datetime | None = None) -> Report:
    """Load a file of legacy rows. Raises ImportRefused where it is no such file; running it twice changes nothing.

    Interrupted at any point it can be run again: what has landed is recognised by source and source id.
    """
    now = now or timezone.now()
    report = Report()
    file = LegacyFile(path, report)
    for rows, land in ((file.providers(), _land_providers), (file.credentials(), _land_credentials)):
        while batch := list(islice(rows, BATCH)):
            with transaction.atomic():
                land(batch, report, now)
                # A rehearsal gives each batch back at once: the journal is never held for longer than by an import.
                transaction.set_rollback(dry_run)
    report.rejected.sort(key=lambda r: (r["line"], r["field"]))
    return report


def _recorded(published: list[Published], fresh: int, report: Report, now: datetime) -> None:
    """Count what a batch did, and leave one event about it."""
    serials = [p.serial for p in published if p.serial]
    report.created += fresh
    report.updated += len(serials) - fresh
    report.unchanged += len(published) - len(serials)
    if serials:
        details = {"rows": len(published), "changed": len(serials), "first": serials[0], "last": serials[-1]}
        audit.record("register:rows:imported", details=details, now=now)


def _publications(documents: Iterable[tuple[dict[str, Any], str, date | None]], now: datetime) -> list[Publication]:
    today = current.today(now)
    return [
        Publication(
            document=document, effective_from=min(since or today, today), reason=REASON.format(source=source)
        )
        for document, source, since in documents
    ]  # fmt: skip


def _closed(row: Row, rules: mapping.SourceMapping, today: date) -> tuple[bool, date | None]:
    """Whether the status word closes the entry, and on which day if that is known and has come."""
    end = rules.date("end_date", row.values["end_date"])
    closed = rules.status(row.values["status"]) == "discontinued"
    known = end if closed and rules.closes("end_date") and end and end < today else None
    return closed, known


def _facts(row: Row, rules: mapping.SourceMapping) -> dict[str, str]:
    """What means nothing to the register, kept as the source wrote it."""
    return {name: value for column, value in row.values.items() if value and (name := rules.fact(column))}


# -- providers -------------------------------------------------------------------------------------------------------


def _land_providers(batch: list[Row], report: Report, now: datetime) -> None:
    known = {
        (p.source, p.source_id): p
        for p in Provider.objects.select_for_update().filter(
            source__in={r.key[0] for r in batch}, source_id__in={r.key[1] for r in batch}
        )
    }
    everything = [
        known.get(row.key) or Provider(source=row.key[0], source_id=row.key[1], unverified=True) for row in batch
    ]
    for row, provider in zip(batch, everything, strict=True):
        _fill_provider(row, provider, current.today(now))
    _publish_providers(everything, report, now)


def _publish_providers(providers: list[Provider], report: Report, now: datetime) -> None:
    fresh = [p for p in providers if p.pk is None]
    documents = ((provider_publishing.document(p), p.source, None) for p in providers)
    published = journal.publish_many(_publications(documents, now), now=now)
    for provider, landed in zip(providers, published, strict=True):
        provider.number = landed.number
    changed = [p for p, landed in zip(providers, published, strict=True) if landed.serial and p.pk]
    organisations = Organisation.objects.bulk_create([Organisation(legal_name=p.title[:300]) for p in fresh])
    for provider, organisation in zip(fresh, organisations, strict=True):
        provider.organisation = organisation
    Provider.objects.bulk_create(fresh)
    Provider.objects.bulk_update(changed, PROVIDER_COLUMNS)
    _recorded(published, len(fresh), report, now)


def _fill_provider(row: Row, provider: Provider, today: date) -> None:
    values, rules = row.values, mapping.load(row.values["source"])
    region = bool(rules.columns.get("alt_titles", {}).get("region"))
    closed, ended_on = _closed(row, rules, today)
    provider.title = " ".join(values["title"].split())
    provider.language = values["lang"] or rules.language
    provider.titles = {provider.language: provider.title}
    provider.other_names = [] if region else [name for name in row.others if name != provider.title]
    provider.region = row.others[0][:200] if region and row.others else None
    provider.website = values["url"][:500] or None
    provider.country = values["country"] or None
    provider.ended_as, provider.ended_on = (Provider.Ending.WITHDRAWN, ended_on) if closed else (None, None)
    provider.source_facts, provider.source_url = _facts(row, rules), values["url"] or None
    provider.gaps = ["type", "registered_on"]


# -- credentials -----------------------------------------------------------------------------------------------------


def _land_credentials(batch: list[Row], report: Report, now: datetime) -> None:
    """One batch: its awarding bodies first, then its credentials, published in this transaction."""
    bodies = _bodies(batch, now)
    known = {
        (r.credential.source, r.credential.source_id): r
        for r in Revision.objects.filter(
            credential__source__in={row.key[0] for row in batch},
            credential__source_id__in={row.key[1] for row in batch},
        )
        .select_related("credential__awarding_body", "credential__developer")
        .select_for_update(of=("self", "credential"))
        .order_by("number")
    }
    everything = [known.get(row.key) or _blank(row) for row in batch]
    for row, revision in zip(batch, everything, strict=True):
        _fill(row, revision.credential, revision, bodies, current.today(now))
    documents = (
        (publishing.credential_document(r.credential, r), r.credential.source, r.credential.listed_on)
        for r in everything
    )
    published = journal.publish_many(_publications(documents, now), now=now)
    for revision, landed in zip(everything, published, strict=True):
        revision.credential.number, revision.number = landed.number, landed.revision
    fresh = [r for r in everything if r.pk is None]
    changed = [r for r, landed in zip(everything, published, strict=True) if landed.serial and r.pk]
    # New rows are written with the numbers that the journal gave them: once, not written and then updated.
    Credential.objects.bulk_create([r.credential for r in fresh])
    Revision.objects.bulk_create(fresh)
    Credential.objects.bulk_update([r.credential for r in changed], CREDENTIAL_COLUMNS)
    Revision.objects.bulk_update(changed, REVISION_COLUMNS)
    _recorded(published, len(fresh), report, now)


def _blank(row: Row) -> Revision:
    return Revision(credential=Credential(kind=KINDS[row.values["kind"]], source=row.key[0], source_id=row.key[1]))


def _bodies(batch: list[Row], now: datetime) -> dict[tuple[str, str], Provider]:
    """The awarding bodies that the batch names, by country and name; one that is not known yet becomes unverified."""
    rows = {(r.values["country"], r.values["awarding_body"]): r for r in batch if r.values["awarding_body"]}
    names = [name for _, name in rows]
    found: dict[tuple[str, str], Provider] = {}
    # The last one found wins: a body's own name before another's other name, and the older row before the newer.
    matching = Provider.objects.filter(Q(title__in=names) | Q(other_names__overlap=names)).order_by("-pk")
    candidates = list(matching)
    for provider in candidates:
        found |= {(provider.country or "", name): provider for name in provider.other_names}
    for provider in candidates:
        found[provider.country or "", provider.title] = provider
    fresh = {
        key: Provider(
            title=key[1], language=row.values["lang"] or mapping.load(row.key[0]).language, country=key[0] or None,
            titles={row.values["lang"] or mapping.load(row.key[0]).language: key[1]}, unverified=True,
            source=row.key[0], source_id=f"name:{key[0]}:{key[1]}"[:200], gaps=["type", "registered_on", "website"],
        )
        for key, row in rows.items()
        if key not in found
    }  # fmt: skip
    if fresh:
        _publish_providers(list(fresh.values()), Report(), now)  # bodies that no row of the file is about
    return found | fresh


def _fill(
    row: Row, credential: Credential, revision: Revision, bodies: dict[tuple[str, str], Provider], today: date
) -> None:
    """What the row says, put where it belongs."""
    values, rules = row.values, mapping.load(row.values["source"])
    language = values["lang"] or rules.language
    credential.awarding_body = bodies.get((values["country"], values["awarding_body"]))
    credential.source_url = values["url"] or None
    credential.source_facts = _facts(row, rules)
    scheme = rules.columns.get("alt_titles", {}).get("identifier")
    credential.identifiers = [{"scheme": scheme, "value": other} for other in row.others] if scheme else []
    if not rules.fact("start_date"):
        credential.listed_on = rules.date("start_date", values["start_date"])
    closed, credential.expiry_end = _closed(row, rules, today)
    # A closing word without a date that has come: discontinued, on a day that nobody knows.
    credential.closed_undated = closed and credential.expiry_end is None
    if rules.status(values["status"]) == "expiring":
        credential.expiring_from = credential.last_new_enrolment = rules.date("end_date", values["end_date"])
    revision.title = " ".join(values["title"].split())
    revision.language, revision.titles = language, {language: revision.title}
    plain = scheme is None and not rules.fact("alt_titles")
    revision.alternative_titles = [
        {"language": language, "text": other}
        for other in row.others
        if plain and other != revision.title and other not in rules.nothing
    ]
    revision.level, revision.level_native = rules.level(values["level_native"]), values["level_native"] or None
    revision.credits = rules.credits(values["credits_native"])
    revision.fields = [rules.field(text) for text in row.fields]
    revision.learning_outcomes = [{language: o.strip()} for o in values["learning_outcomes"].split("|") if o.strip()]
    has = {
        "learning_outcomes": revision.learning_outcomes, "level": revision.level, "credits": revision.credits,
        "listed_on": credential.listed_on, "awarding_body": credential.awarding_body,
    }  # fmt: skip
    credential.gaps = [name for name in EXPECTED if not has.get(name)]
    credential.gaps += ["expiry_end"] if credential.closed_undated else []
