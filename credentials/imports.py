"""Legacy rows into the register: each row is checked, good ones land in batches, and every other one is reported."""

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from credentials import mapping, publishing
from credentials.models import Credential, Revision
from providers import services as provider_services
from providers.models import Provider
from registry import audit, journal
from registry.framework import current
from registry.framework.rules import check
from registry.journal import BATCH, Publication
from registry.models import Organisation

COLUMNS = (
    "source", "source_id", "kind", "title", "level_native", "credits_native", "hours", "awarding_body", "status",
    "field_code", "start_date", "end_date", "learning_outcomes", "url", "country", "lang", "alt_titles",
)  # fmt: skip
KINDS = {"qualification": "qualification", "unit": "part_qualification", "micro_credential": "micro_credential"}
REASON = "Imported from {source}."
# What an entry should say and a legacy row seldom does: listed on the entry as a gap, never invented.
EXPECTED = ("purpose", "learning_outcomes", "level", "credits", "assessment", "listed_on")
csv.field_size_limit(1_000_000)


class ImportRefused(Exception):
    """The file as a whole cannot be read; the text says why."""


@dataclass
class Report:
    """What became of each row that was read."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)

    def reject(self, line: int, column: str, reason: str) -> None:
        self.rejected.append({"line": line, "field": column, "reason": reason})

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Row:
    """One readable row: the line it began on, and its values with trimmed ends."""

    line: int
    values: dict[str, str]

    @property
    def key(self) -> tuple[str, str]:
        return self.values["source"], self.values["source_id"]


def run(path: Path, *, dry_run: bool = False, now: datetime | None = None) -> Report:
    """Load a file of legacy rows. Raises ImportRefused where it is no such file; running it twice changes nothing."""
    now = now or timezone.now()
    report = Report()
    seen: dict[tuple[str, str], int] = {}
    rows = _acceptable(_rows(path, report), report, seen)
    while batch := list(islice(rows, BATCH)):
        with transaction.atomic():
            _land(batch, report, now)
            if dry_run:
                transaction.set_rollback(True)
    report.rejected.sort(key=lambda r: (r["line"], r["field"]))
    return report


# -- reading ---------------------------------------------------------------------------------------------------------


def _rows(path: Path, report: Report) -> Iterator[Row]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from _json_lines(file, report) if path.suffix in (".jsonl", ".ndjson") else _csv(file, report)
    except UnicodeDecodeError as error:
        raise ImportRefused(f"{path.name} is not UTF-8 text: byte {error.start} of a block cannot be read.") from None
    except OSError as error:
        raise ImportRefused(f"{path}: {error.strerror}.") from None


def _csv(file: Any, report: Report) -> Iterator[Row]:
    reader = csv.DictReader(file)
    missing = [name for name in ("source", "source_id", "kind", "title") if name not in (reader.fieldnames or ())]
    if missing:
        raise ImportRefused(f"The header lacks {', '.join(missing)}. Expected columns: {', '.join(COLUMNS)}.")
    line = 1
    while True:
        line = reader.line_num + 1
        try:
            raw = next(reader, None)
        except csv.Error as error:
            report.read += 1
            report.reject(line, "", f"This is not CSV: {error}.")
            continue
        if raw is None:
            return
        report.read += 1
        if None in raw or None in raw.values():
            report.reject(line, "", "The row has more or fewer columns than the header.")
            continue
        yield Row(line, {name: (raw.get(name) or "").strip() for name in COLUMNS})


def _json_lines(file: Any, report: Report) -> Iterator[Row]:
    for line, text in enumerate(file, start=1):
        if not text.strip():
            continue
        report.read += 1
        try:
            raw = json.loads(text)
        except json.JSONDecodeError as error:
            report.reject(line, "", f"This is not JSON: {error}.")
            continue
        if not isinstance(raw, dict):
            report.reject(line, "", "Each line is one JSON object.")
            continue
        yield Row(line, {name: str(raw.get(name) or "").strip() for name in COLUMNS})


# -- checking --------------------------------------------------------------------------------------------------------


def _acceptable(rows: Iterable[Row], report: Report, seen: dict[tuple[str, str], int]) -> Iterator[Row]:
    version = current.version_on(current.today())
    for row in rows:
        values = row.values
        if values["kind"] == "field":
            report.skipped += 1
        elif (rules := mapping.load(values["source"])) is None:
            report.reject(
                row.line,
                "source",
                f"There is no mapping for {values['source']!r}; there are: {', '.join(mapping.known())}.",
            )
        elif values["kind"] not in KINDS:
            report.reject(
                row.line, "kind", f"{values['kind']!r} is not a kind that is imported; there are: {', '.join(KINDS)}."
            )
        elif row.key in seen:
            report.reject(row.line, "source_id", f"{values['source_id']} stands on line {seen[row.key]} already.")
        elif problems := _problems(row, rules, version):
            for column, reason in problems:
                report.reject(row.line, column, reason)
        elif values["status"] and rules.status(values["status"]) == "skip":
            report.skipped += 1
        else:
            seen[row.key] = row.line
            yield row


def _problems(row: Row, rules: mapping.SourceMapping, version: Any) -> list[tuple[str, str]]:
    values = row.values
    problems = [
        (v.field, v.message) for v in check(values, kind=KINDS[values["kind"]], stage="import", version=version)
    ]
    if any("\x00" in value for value in values.values()):
        problems.append(("", "The row holds a NUL byte."))
    if not values["awarding_body"]:
        problems.append(("awarding_body", "The row names no awarding body."))
    for read in (
        lambda: rules.level(values["level_native"]),
        lambda: rules.date("start_date", values["start_date"]),
        lambda: rules.date("end_date", values["end_date"]),
        lambda: rules.status(values["status"]) if values["status"] else None,
    ):
        try:
            read()
        except mapping.MappingError as error:
            problems.append((error.column, error.reason))
    return problems


# -- landing ---------------------------------------------------------------------------------------------------------


def _land(batch: list[Row], report: Report, now: datetime) -> None:
    """One batch: its awarding bodies first, then its credentials, published in this transaction."""
    bodies = _bodies(batch, now)
    known = {
        (r.credential.source, r.credential.source_id): r
        for r in Revision.objects.filter(
            credential__source__in={row.key[0] for row in batch}, credential__source_id__in={row.key[1] for row in batch}
        )
        .select_related("credential__awarding_body", "credential__developer")
        .select_for_update(of=("self", "credential"))
        .order_by("number")
    }  # fmt: skip
    fresh = [(row, *_made(row, bodies)) for row in batch if row.key not in known]
    existing = [(row, known[row.key]) for row in batch if row.key in known]
    for row, revision in existing:
        _fill(row, revision.credential, revision, bodies)
    everything = [(c, r) for _, c, r in fresh] + [(r.credential, r) for _, r in existing]
    published = journal.publish_many(
        [
            Publication(
                document=publishing.credential_document(credential, revision),
                effective_from=min(credential.listed_on or current.today(now), current.today(now)),
                reason=REASON.format(source=credential.source),
            )
            for credential, revision in everything
        ],
        now=now,
    )
    for (credential, revision), landed in zip(everything, published, strict=True):
        credential.number, revision.number = landed.number, landed.revision
    changed = [pair for pair, p in zip(everything, published, strict=True) if p.serial and pair[0].pk]
    # New rows are written with the numbers that the journal gave them: once, not written and then updated.
    Credential.objects.bulk_create([credential for _, credential, _ in fresh])
    Revision.objects.bulk_create([revision for _, _, revision in fresh])
    Credential.objects.bulk_update([credential for credential, _ in changed], CREDENTIAL_COLUMNS)
    Revision.objects.bulk_update([revision for _, revision in changed], REVISION_COLUMNS)
    report.created += len(fresh)
    report.updated += len(changed)
    report.unchanged += len(existing) - len(changed)
    if serials := [p.serial for p in published if p.serial]:
        details = {"rows": len(batch), "changed": len(serials), "first": serials[0], "last": serials[-1]}
        audit.record("register:rows:imported", details=details, now=now)


CREDENTIAL_COLUMNS = (
    "number",
    "awarding_body",
    "source_url",
    "source_facts",
    "closed_undated",
    "gaps",
    "listed_on",
    "expiry_end",
)
REVISION_COLUMNS = ("number", "title", "language", "titles", "level", "level_native", "fields", "learning_outcomes")


def _bodies(batch: list[Row], now: datetime) -> dict[tuple[str, str], Provider]:
    """The awarding bodies that the batch names; one that is not known yet becomes an unverified provider."""
    names = {(row.values["source"], row.values["awarding_body"]): row for row in batch}
    known = {
        (p.source, p.source_id): p
        for p in Provider.objects.filter(
            source__in={s for s, _ in names}, source_id__in={f"name:{n}"[:200] for _, n in names}
        )
    }
    fresh = []
    for (source, name), row in names.items():
        if (source, f"name:{name}"[:200]) in known:
            continue
        language = row.values["lang"] or "en"
        fresh.append(
            Provider(
                organisation=Organisation.objects.create(legal_name=name[:300]), title=name, language=language,
                titles={language: name}, unverified=True, source=source, source_id=f"name:{name}"[:200],
                country=mapping.load(source).country, gaps=["type", "registered_on", "website"],
            )
        )  # fmt: skip
    if fresh:
        provider_services.publish_many(
            fresh, effective_from=current.today(now), reason=REASON.format(source=fresh[0].source), now=now
        )
    known |= {(p.source, p.source_id): p for p in fresh}
    return {(source, name): known[source, f"name:{name}"[:200]] for source, name in names}


def _made(row: Row, bodies: dict[tuple[str, str], Provider]) -> tuple[Credential, Revision]:
    credential = Credential(kind=KINDS[row.values["kind"]], source=row.key[0], source_id=row.key[1])
    revision = Revision(credential=credential)
    _fill(row, credential, revision, bodies)
    return credential, revision


def _fill(row: Row, credential: Credential, revision: Revision, bodies: dict[tuple[str, str], Provider]) -> None:
    """What the row says, put where it belongs; what means nothing to the register is kept as a fact of the source."""
    values, rules = row.values, mapping.load(row.values["source"])
    language = values["lang"] or "en"
    credential.awarding_body = bodies[values["source"], values["awarding_body"]]
    credential.source_url = values["url"] or None
    credential.source_facts = {
        name: values[column] for column in COLUMNS if (name := rules.fact(column)) and values[column]
    }
    if not rules.fact("start_date"):
        credential.listed_on = rules.date("start_date", values["start_date"])
    closed = bool(values["status"]) and rules.status(values["status"]) == "discontinued"
    if not rules.fact("end_date"):
        credential.expiry_end = rules.date("end_date", values["end_date"])
    # A closing word without a date: discontinued, on a day that nobody knows.
    credential.closed_undated = closed and credential.expiry_end is None
    revision.title = " ".join(values["title"].split())
    revision.language, revision.titles = language, {language: revision.title}
    revision.level, revision.level_native = rules.level(values["level_native"]), values["level_native"] or None
    scheme = rules.columns.get("field_code", {})
    coded = (
        {"code": None, "label": values["field_code"]}
        if scheme.get("as") == "label"
        else {"code": values["field_code"], "label": None}
    )
    revision.fields = [{"scheme": scheme.get("field_scheme", rules.source), **coded}] if values["field_code"] else []
    revision.learning_outcomes = [{language: o.strip()} for o in values["learning_outcomes"].split("|") if o.strip()]
    has = {"learning_outcomes": revision.learning_outcomes, "level": revision.level, "listed_on": credential.listed_on}
    credential.gaps = [name for name in EXPECTED if not has.get(name)] + (
        ["expiry_end"] if credential.closed_undated else []
    )
