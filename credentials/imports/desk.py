"""The desk's records of restored documents: officers go on working with a register that came from elsewhere."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import models

from credentials import stacking
from credentials.imports.documents import Made
from credentials.models import Accreditation, Credential, Revision
from providers.models import Provider
from registry import copying
from registry.models import Organisation


class Desk:
    """The records of a batch of documents: found and locked at first, then filled in, and written together.

    A record that refers to one which the desk does not have goes without: a listing that was withdrawn by mistake has
    no content any more, and so no record.
    """

    def __init__(self, made: Sequence[Made]):
        numbers = [m.number for m in made]
        lock = {"number__in": numbers}
        self.providers = {p.number: p for p in Provider.objects.select_for_update().filter(**lock).order_by("pk")}
        self.credentials = {c.number: c for c in Credential.objects.select_for_update().filter(**lock).order_by("pk")}
        self.accreditations = {
            a.number: a for a in Accreditation.objects.select_for_update().filter(**lock).order_by("pk")
        }
        by_key = {c.pk: c.number for c in self.credentials.values()}
        revisions = Revision.objects.public().filter(credential__in=by_key)
        self.revisions = {(by_key[r.credential_id], r.number): r for r in revisions}
        self._filled: dict[str, tuple[Made, Any]] = {}
        self._content: dict[tuple[str, int], Revision] = {}

    def has(self, number: str) -> bool:
        """Whether the desk has a record of this number."""
        return number in self.providers or number in self.credentials or number in self.accreditations

    def fill(self, made: Made, *, revision: int, serial: int | None) -> None:
        """Put what a document makes into its records, which are written by `save`. `serial` is the change's, if any."""
        records, model = {
            "provider": (self.providers, Provider),
            "accreditation": (self.accreditations, Accreditation),
        }.get(made.kind, (self.credentials, Credential))
        record = records.setdefault(made.number, model())
        _set(record, made.own)
        if serial and made.kind != "accreditation":
            record.import_serial = serial
        self._filled[made.number] = made, record
        if made.content:
            self._content[made.number, revision] = self._revision(made, revision)

    def _revision(self, made: Made, number: int) -> Revision:
        """The row of a revision: one that is public never alters, so that a correction of it makes another."""
        row = self._content.get((made.number, number)) or self.revisions.get((made.number, number))
        if row is None:
            row = Revision(number=number)
        elif row.pk and any(getattr(row, name) != value for name, value in made.content.items()):
            row = Revision(number=number, correction=row.correction + 1)
        _set(row, made.content)
        return row

    def save(self) -> None:
        """Write everything that was filled in: providers before what names them, credentials before what links them."""
        filled = self._filled.values()
        providers = [record for made, record in filled if made.kind == "provider"]
        fresh = [p for p in providers if p.pk is None]
        organisations = [Organisation(legal_name=p.title[:300]) for p in fresh]
        copying.insert(organisations)
        for provider, organisation in zip(fresh, organisations, strict=True):
            provider.organisation = organisation
        _write(providers)
        credentials = [(made, record) for made, record in filled if made.content]
        self._refer(credentials, awarding_body=Provider, developer=Provider)
        _write([record for _, record in credentials])
        for (number, _), content in self._content.items():
            content.credential_id = self.credentials[number].pk
        copying.insert([content for content in self._content.values() if content.pk is None])
        accreditations = [(made, record) for made, record in filled if made.kind == "accreditation"]
        self._refer(accreditations, credential=Credential, provider=Provider)
        _write([a for _, a in accreditations if a.credential_id and a.provider_id])
        link([made for made, _ in credentials])

    def _refer(self, filled: Sequence[tuple[Made, Any]], **roles: type[models.Model]) -> None:
        """Give the records the keys of those that they name by number."""
        for role, model in roles.items():
            keys = _keys(model, (made.named[role] for made, _ in filled if role in made.named))
            for made, record in filled:
                setattr(record, f"{role}_id", keys.get(made.named.get(role)))


def link(made: Sequence[Made]) -> None:
    """Bring the links of these credentials, which have records, in step with what their documents say."""
    keys = _keys(Credential, [n for m in made for n in (m.number, *(row["number"] for row in m.stacking))])
    stacking.keep({keys[m.number]: m.stacking for m in made if m.number in keys}, keys)


def known(model: type[models.Model], numbers: Iterable[str]) -> set[str]:
    """Those of the numbers that the desk has a record of."""
    return set(_keys(model, numbers))


def _keys(model: type[models.Model], numbers: Iterable[str]) -> dict[str, int]:
    wanted = set(numbers)
    return dict(model.objects.filter(number__in=wanted).values_list("number", "pk")) if wanted else {}


def _set(record: models.Model, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(record, name, value)


def _write(rows: Sequence[models.Model]) -> None:
    """Known rows first: a source's id that one of them gives up may be taken by a new one."""
    if not rows:
        return
    columns = [field.name for field in rows[0]._meta.concrete_fields if not field.primary_key]
    copying.update([row for row in rows if row.pk], columns)
    copying.insert([row for row in rows if row.pk is None])
