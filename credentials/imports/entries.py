"""Entries made of rows: providers, the bodies that are known by name alone, and credentials."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date

from django.db import connection

from credentials import damage, publishing
from credentials.imports import mapping
from credentials.imports.batch import Batch
from credentials.imports.reading import KINDS
from credentials.imports.rows import Row
from credentials.models import Credential, Revision, TextRepair
from providers import publishing as provider_publishing
from providers.models import Provider
from registry import copying
from registry.models import Organisation

BODIES_LOCK = 7_301_005
# What an entry should say and a legacy row seldom does: listed on the entry as a gap, never invented.
EXPECTED = ("purpose", "learning_outcomes", "level", "credits", "assessment", "listed_on", "awarding_body")
# What the register understands of these is a status and dates of its own; the source's own words stay beside them.
ORIGINALS = ("status", "start_date", "end_date")
PROVIDER_COLUMNS = (
    "number", "title", "language", "titles", "other_names", "website", "country", "region", "ended_on", "ended_as",
    "source_facts", "source_url", "gaps", "import_digest", "import_serial",
)  # fmt: skip
CREDENTIAL_COLUMNS = (
    "number", "awarding_body", "source_url", "source_facts", "identifiers", "closed_undated", "gaps", "listed_on",
    "expiry_end", "expiring_from", "last_new_enrolment", "decisions", "import_digest", "import_serial",
)  # fmt: skip


# -- providers -------------------------------------------------------------------------------------------------------


class Providers(Batch):
    def find(self, keys):
        found = Provider.objects.select_for_update().filter(
            source__in={source for source, _ in keys}, source_id__in={row for _, row in keys}
        )
        return {(p.source, p.source_id): p for p in found}

    def identity(self, record):
        return record

    def run(self) -> None:
        known = self.known()
        everything = []
        for index, (row, digest) in enumerate(self.batch):
            provider = known.get(row.key) or Provider(source=row.key[0], source_id=row.key[1], unverified=True)
            self.fill(index, row, provider)
            provider.import_digest = digest
            everything.append(provider)
        self.write(everything)

    def write(self, providers: list[Provider]) -> None:
        fresh = [p for p in providers if p.pk is None]
        self.fresh = len(fresh)
        self.publish((provider_publishing.document(p), p.source, None) for p in providers)
        for provider, landed in zip(providers, self.published, strict=True):
            provider.number = landed.number
            provider.import_serial = landed.serial or provider.import_serial
        organisations = [Organisation(legal_name=p.title[:300]) for p in fresh]
        copying.insert(organisations)
        for provider, organisation in zip(fresh, organisations, strict=True):
            provider.organisation = organisation
        known = [p for p in providers if p.pk]
        copying.insert(fresh)
        copying.update(known, PROVIDER_COLUMNS)

    def fill(self, index: int, row: Row, provider: Provider) -> None:
        values, rules = row.values, mapping.load(row.values["source"])
        region = bool(rules.columns.get("alt_titles", {}).get("region"))
        closed, ended_on = _closed(row, rules, self.today)
        provider.title = self.text(row.title, "title", provider.number, index, "title")
        provider.language = values["lang"] or rules.language
        provider.titles = {provider.language: provider.title}
        others = [self.text(name, "alt_titles", provider.number, index, "other_names") for name in row.others]
        provider.other_names = [] if region else [name for name in others if name != provider.title]
        provider.region = others[0][:200] if region and others else None
        provider.website = values["url"] or None
        provider.country = values["country"] or None
        provider.ended_as, provider.ended_on = (Provider.Ending.WITHDRAWN.value, ended_on) if closed else (None, None)
        provider.source_facts, provider.source_url = _facts(row, rules), values["url"] or None
        provider.gaps = ["type", "registered_on"]


class _Bodies(Providers):
    """Awarding bodies that no row of any file is about: they become unverified providers, and count as no row.

    The batch is countries, names, languages and the sources that name them.
    """

    def run(self) -> None:
        self.named = {
            (country, name): Provider(
                title=name, language=language, country=country or None, titles={language: name}, unverified=True,
                source=source, source_id=_body_id(country, name), gaps=["type", "registered_on", "website"],
            )
            for country, name, language, source in self.batch
        }  # fmt: skip
        for index, (_, name) in enumerate(self.named):
            self.text(name, "awarding_body", None, index, "title")
        self.write(list(self.named.values()))


def _body_id(country: str, name: str) -> str:
    """The id of a body that is known by name alone; a long name is told by its digest."""
    plain = f"name:{country}:{name}"
    return plain if len(plain) <= 200 else f"name:{country}:{hashlib.sha256(name.encode()).hexdigest()}"


# -- credentials -----------------------------------------------------------------------------------------------------


class Credentials(Batch):
    def find(self, keys):
        found = (
            Revision.objects.public()
            .filter(
                credential__source__in={source for source, _ in keys},
                credential__source_id__in={row for _, row in keys},
            )
            .select_related("credential__awarding_body", "credential__developer")
            .select_for_update(of=("self", "credential"))
        )
        return {(r.credential.source, r.credential.source_id): r for r in found}

    def identity(self, record):
        return record.credential

    def _other_kind(self, row, record):
        if record.credential.kind != KINDS[row.values["kind"]]:
            kind = record.credential.get_kind_display()
            return f"{record.credential.number} is a {kind}: a change of kind is decided by an officer."
        return None

    def run(self) -> None:
        """The awarding bodies of the batch first, then its credentials."""
        known = self.known()
        bodies = self.awarding_bodies()
        pairs = []
        for index, (row, digest) in enumerate(self.batch):
            credential, revision = self._pair(row, known.get(row.key))
            self.fill(index, row, credential, revision, bodies)
            credential.import_digest = digest
            pairs.append((credential, revision))
        self.publish((publishing.credential_document(c, r), c.source, c.listed_on) for c, r in pairs)
        for (credential, revision), landed in zip(pairs, self.published, strict=True):
            revision.number, credential.number = landed.revision, landed.number
            credential.import_serial = landed.serial or credential.import_serial
        # New rows are written with the numbers that the journal gave them: once, not written and then updated.
        fresh = [credential for credential, _ in pairs if credential.pk is None]
        known = [credential for credential, _ in pairs if credential.pk is not None]
        self.fresh = len(fresh)
        copying.insert(fresh)
        copying.update(known, CREDENTIAL_COLUMNS)
        revised = [pair for pair, landed in zip(pairs, self.published, strict=True) if landed.serial is not None]
        for credential, revision in revised:
            revision.credential_id = credential.pk
        copying.insert([revision for _, revision in revised])

    @staticmethod
    def _pair(row: Row, latest: Revision | None) -> tuple[Credential, Revision]:
        """The credential of a row and a revision to fill in: one that is public is never written over."""
        if latest is None:
            kind, (source, source_id) = KINDS[row.values["kind"]], row.key
            return copying.new(Credential, kind=kind, source=source, source_id=source_id), copying.new(Revision)
        return latest.credential, latest.copied()

    def awarding_bodies(self) -> dict[tuple[str, str], Provider]:
        """The bodies that the batch names, by country and name; one that is not known yet becomes unverified."""
        named = {(r.values["country"], damage.tidy(r.values["awarding_body"])[0]): r for r, _ in self.batch}
        wanted = {key: row for key, row in named.items() if key[1] and key not in self.landing.bodies}
        found = known_bodies(wanted) if wanted else {}
        if len(found) < len(wanted):
            # Batches may land side by side: the second to name a new body waits, and finds it.
            with connection.cursor() as cursor:
                cursor.execute("select pg_advisory_xact_lock(%s)", [BODIES_LOCK])
            found |= known_bodies(wanted.keys() - found.keys())
        fresh = [
            (*key, row.values["lang"] or mapping.load(row.key[0]).language, row.key[0])
            for key, row in wanted.items()
            if key not in found
        ]
        if fresh:
            made = _Bodies(self.landing, fresh)
            made.run()
            found |= made.named
        self.bodies = found
        return self.landing.bodies | found

    def fill(
        self,
        index: int,
        row: Row,
        credential: Credential,
        revision: Revision,
        bodies: Mapping[tuple[str, str], Provider],
    ) -> None:
        """What the row says, put where it belongs."""
        values, rules = row.values, mapping.load(row.values["source"])
        language = values["lang"] or rules.language
        self._dates(row, rules, credential)
        credential.awarding_body = bodies.get((values["country"], damage.tidy(values["awarding_body"])[0]))
        credential.source_url = values["url"] or None
        credential.source_facts = _facts(row, rules)
        scheme = rules.columns.get("alt_titles", {}).get("identifier")
        credential.identifiers = [{"scheme": scheme, "value": other} for other in row.others] if scheme else []
        revision.title = self.text(row.title, "title", credential.number, index, "title")
        revision.language, revision.titles = language, {language: revision.title}
        plain = scheme is None and not rules.fact("alt_titles")
        others = [
            self.text(other, "alt_titles", credential.number, index, "alternative_titles")
            for other in row.others
            if plain and other not in rules.nothing
        ]
        revision.alternative_titles = [{"language": language, "text": o} for o in others if o != revision.title]
        revision.level, revision.level_native = rules.level(values["level_native"]), values["level_native"] or None
        revision.credits = rules.quantity("credits_native", values["credits_native"])
        revision.notional_hours = rules.quantity("hours", values["hours"])
        revision.fields = [rules.field(text) for text in row.fields]
        outcomes = (damage.tidy(outcome)[0] for outcome in values["learning_outcomes"].split("|"))
        revision.learning_outcomes = [{"text": {language: outcome}} for outcome in outcomes if outcome]
        has = {
            "learning_outcomes": revision.learning_outcomes, "level": revision.level, "credits": revision.credits,
            "listed_on": credential.listed_on, "awarding_body": credential.awarding_body,
        }  # fmt: skip
        credential.gaps = [name for name in EXPECTED if not has.get(name)]
        credential.gaps += ["expiry_end"] if credential.closed_undated else []

    def _dates(self, row: Row, rules: mapping.SourceMapping, credential: Credential) -> None:
        values = row.values
        if not rules.fact("start_date"):
            credential.listed_on = rules.date("start_date", values["start_date"])
        closed, credential.expiry_end = _closed(row, rules, self.today)
        # A closing word without a date that has come: discontinued, on a day that nobody knows.
        credential.closed_undated = closed and credential.expiry_end is None
        expiring = rules.status(values["status"]) == "expiring"
        ends = rules.date("end_date", values["end_date"]) if expiring else None
        credential.expiring_from = credential.last_new_enrolment = ends
        decided_on = rules.date("decision_date", values["decision_date"]) or credential.listed_on
        credential.decisions = [
            {
                "number": number,
                "matter": "listing",
                "outcome": "approved",
                "date": decided_on and decided_on.isoformat(),
            }
            for number in [values["decision_number"]]
            if number
        ]


def known_bodies(names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Provider]:
    """The providers of these countries and names: by name, by another name, or by one that an officer has repaired."""
    names = set(names)
    texts = [name for _, name in names]
    repaired = TextRepair.objects.filter(standing=TextRepair.Standing.ACCEPTED, field="title", before__in=texts)
    numbers = {r.number: r.before for r in repaired}
    found: dict[tuple[str, str], Provider] = {}
    # The last one found wins: a body's own name before another's other name, and the older row before the newer.
    queries = (
        Provider.objects.filter(other_names__overlap=texts),
        Provider.objects.filter(number__in=numbers),
        Provider.objects.filter(title__in=texts),
    )
    for query in queries:
        for provider in query.order_by("-pk"):
            for name in (*provider.other_names, numbers.get(provider.number, ""), provider.title):
                found[provider.country or "", name] = provider
    return _as_matched({key: found[key] for key in names if key in found})


def _as_matched(found: dict[tuple[str, str], Provider]) -> dict[tuple[str, str], Provider]:
    """The same, with the body in place of each unverified provider that an officer has matched with it."""
    same = {p.details["same_as"] for p in found.values() if p.details.get("same_as")}
    bodies = {p.number: p for p in Provider.objects.filter(number__in=same)} if same else {}
    return {key: bodies.get(p.details.get("same_as"), p) for key, p in found.items()}


def _closed(row: Row, rules: mapping.SourceMapping, today: date) -> tuple[bool, date | None]:
    """Whether the status word closes the entry, and on which day if that is known and has come."""
    if rules.status(row.values["status"]) != "discontinued":
        return False, None
    end = rules.date("end_date", row.values["end_date"])
    return True, end if rules.closes("end_date") and end and end < today else None


def _facts(row: Row, rules: mapping.SourceMapping) -> dict[str, str]:
    """What the source says in its own words: what means nothing to the register, and what it has read otherwise."""
    facts = {name: row.values[column] for column, name in rules.facts if row.values[column]}
    return facts | {name: row.values[name] for name in ORIGINALS if row.values[name] and not rules.fact(name)}
