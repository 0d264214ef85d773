"""Credentials, providers, accreditations and the framework, as the public reads them."""

from datetime import date
from typing import Any

import orjson
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.response import Response

from api import filters as entry_filters
from api.errors import BadParameter, Gone
from api.v1 import answers, obligations, parameters
from api.v1 import bodies as provider_rows
from api.v1.base import PublicRead, absolute, answer, listed
from registry import outage
from registry.content import bodies
from registry.content.dictionary import complete
from registry.documents import address
from registry.framework import current
from registry.framework.law import Profile, Version
from registry.models import Change, Entry
from registry.numbers import parse_number
from registry.public import past, records
from registry.search import query
from registry.status import CREDENTIAL_KINDS, last_day_to_start, new_learners_may_start, parse, status_on

# What an answer says of the words that were typed, where there is something to say.
SAID = ("corrected", "suggested", "loose")
NOT_IN_CARDS = ("type", "language", "new_learners_may_start", "former")


class Versions(PublicRead):
    @extend_schema(responses=answers.Anything)
    def get(self, request: Request) -> Response:
        """The versions of this API."""
        return answer(request, {"versions": {"v1": absolute(request, "/api/v1/")}})


class Index(PublicRead):
    @extend_schema(responses=answers.Anything)
    def get(self, request: Request) -> Response:
        """What there is to read."""
        names = (
            "credentials", "providers", "accreditations", "verify", "changes", "exports", "suggest", "framework",
            "openapi.json",
        )  # fmt: skip
        return answer(request, {name.partition(".")[0]: absolute(request, f"/api/v1/{name}") for name in names})


class Credentials(PublicRead):
    @extend_schema(
        operation_id="list_credentials", parameters=[parameters.CredentialQuery], responses=answers.CredentialList
    )
    def get(self, request: Request) -> Response:
        """Search the register. Nothing is hidden unless asked: discontinued entries are among the results."""
        asked = parameters.read(request, parameters.CredentialQuery)
        if asked.get("as_at"):
            return _as_at(request, asked)
        filters = {
            name: [str(v) for v in (value if isinstance(value, list) else [value])]
            for name in query.FILTERS
            if (value := asked.get(name)) not in (None, [])
        }
        _check_role(filters)
        if "delivering" in filters.get("role", []):
            filters = _delivered(filters)
        if after := asked.get("after"):
            return _keyset(request, asked, filters, after)
        page, size = asked["page"], asked["page_size"]
        found = query.search(
            q=asked.get("q", ""), filters=filters, ordering=asked.get("ordering"), page=page, page_size=size,
            facets=asked.get("facets", ()), day=current.today(), verbatim=asked["verbatim"] == "true",
        )  # fmt: skip
        if page > 1 and (page - 1) * size >= found.count:
            raise Http404
        more: dict[str, Any] = {"facets": found.facets} if asked.get("facets") else {}
        more |= {name: value for name in SAID if (value := getattr(found, name))}
        rows = [_row(request, card) for card in found.rows]
        return listed(request, _sparse(rows, asked), count=found.count, page=page, page_size=size, **more)


def _check_role(filters: dict[str, list[str]]) -> None:
    if filters.get("role") and not filters.get("provider"):
        raise BadParameter("role", "narrows provider: give a provider too.")


def _delivered(filters: dict[str, list[str]]) -> dict[str, list[str]]:
    """Delivery is a fact of accreditations, not of the credential's own document: ask them for the numbers."""
    delivering = Entry.objects.accreditations().readable().filter(provider__in=filters["provider"])
    numbers = set(
        delivering.with_status(current.today()).filter(status="accredited").values_list("credential", flat=True)
    )
    others = [role for role in filters["role"] if role != "delivering"]
    if others:
        rows = Entry.objects.credentials().filter(provider_numbers__overlap=filters["provider"])
        for number, body in rows.values_list("number", "document"):
            parties = orjson.loads(bytes(body))["providers"]
            if any(p["number"] in filters["provider"] and p["role"] in others for p in parties):
                numbers.add(number)
    rest = {name: values for name, values in filters.items() if name not in ("provider", "role")}
    return rest | {"number": sorted(numbers) or ["none"]}


def _keyset(request: Request, asked: dict[str, Any], filters: dict[str, list[str]], after: str) -> Response:
    """Reading everything: in order of number, from the one after the last that was seen."""
    if asked.get("q") or asked.get("ordering") not in (None, "number"):
        raise BadParameter("after", "goes with ordering=number, and without q.")
    found = query.search(
        filters=filters, ordering="number", page_size=asked["page_size"], day=current.today(), after=after
    )
    rows = [_row(request, card) for card in found.rows]
    following = None
    if len(rows) < found.count:
        again = request.query_params.copy()
        again["after"] = rows[-1]["number"]
        following = absolute(request, f"{request.path}?{again.urlencode()}")
    return answer(request, {"count": found.count, "next": following, "previous": None, "results": _sparse(rows, asked)})


def _as_at(request: Request, asked: dict[str, Any]) -> Response:
    """What was in force on a day, from the journal, in order of number; `q` is a folded match of every word."""
    for name in ("facets", "ordering", "after", "role"):
        if asked.get(name):
            raise BadParameter(name, "does not go with as_at.")
    day, page, size = asked["as_at"], asked["page"], asked["page_size"]
    try:
        found = past.asked(request, day, asked.get("q", ""), asked, page, size)
    except past.TooOften as wait:
        raise Throttled(wait.seconds, str(wait)) from wait
    if page > 1 and (page - 1) * size >= found.count:
        raise Http404
    cards = [_row(request, card) for card in found.cards(day)]
    return listed(request, _sparse(cards, asked), count=found.count, page=page, page_size=size)


class _Entry(PublicRead):
    """One entry: its stored document, with what follows from the day and from other entries filled in."""

    kinds: tuple[str, ...] = ()

    def get(self, request: Request, number: str) -> Response:
        asked = parameters.read(request, parameters.EntryQuery)
        number = parse_number(number) or number
        record = records.find(number, current.today())
        if record is None or record.kind not in self.kinds:
            raise Http404
        if record.document is None:
            raise Gone(number, record.withdrawn_on)
        if day := asked.get("as_at"):
            return answer(request, full(request, _as_at_document(record, day), day, head=record.head))
        return answer(request, full(request, record.document, current.today(), head=record.head))


def _as_at_document(record: records.Record, day: date) -> dict[str, Any]:
    """What the register says of an entry on a day. Raises Http404 for a day before it was on it.

    What a provider's document says has days of its own, row by row: the present one tells each day on which it was
    registered or on the register.
    """
    change = Change.objects.as_at(day).filter(number=record.number).exclude(document=None).first()
    if record.kind == "provider":
        since = parse(record.document.get("registered_on"))
        if change is not None or (since and since <= day):
            return dict(record.document)
    if change is None:
        raise Http404
    return orjson.loads(bytes(change.document))


class Credential(_Entry):
    kinds = CREDENTIAL_KINDS

    @extend_schema(
        operation_id="read_credential", parameters=[parameters.EntryQuery], responses=answers.CredentialDocument
    )
    def get(self, request: Request, number: str) -> Response:
        """The whole public document of a credential; 410 for a listing that was withdrawn."""
        return super().get(request, number)


class Provider(_Entry):
    kinds = ("provider",)

    @extend_schema(operation_id="read_provider", parameters=[parameters.EntryQuery], responses=answers.ProviderDocument)
    def get(self, request: Request, number: str) -> Response:
        """The whole public document of a provider."""
        return super().get(request, number)


class Accreditation(_Entry):
    kinds = ("accreditation",)

    @extend_schema(
        operation_id="read_accreditation", parameters=[parameters.EntryQuery], responses=answers.AccreditationDocument
    )
    def get(self, request: Request, number: str) -> Response:
        """The whole public document of an accreditation to deliver."""
        return super().get(request, number)


class Revisions(PublicRead):
    @extend_schema(operation_id="list_revisions", responses=answers.RevisionList)
    def get(self, request: Request, number: str) -> Response:
        """The revisions of a credential, first to last."""
        parameters.read(request, parameters.NoQuery)
        changes = _public_changes(number).filter(action__in=("listed", "revised"))
        rows = [
            {
                "revision": c.revision,
                "title": orjson.loads(bytes(c.document))["title"],
                "effective_from": c.effective_from.isoformat(),
                "recorded_at": utc(c.recorded_at),
                "decision": c.decision_number,
                "changed_fields": c.changed_fields,
                "uri": absolute(request, f"/api/v1/credentials/{c.number}/revisions/{c.revision}"),
            }
            for c in changes
        ]
        if not rows:
            raise Http404
        return answer(request, {"count": len(rows), "results": rows})


class Revision(PublicRead):
    @extend_schema(operation_id="read_revision", responses=answers.RevisionDocument)
    def get(self, request: Request, number: str, revision: int) -> Response:
        """A revision as it was published; corrections of the revision included. It holds no status."""
        parameters.read(request, parameters.NoQuery)
        change = _public_changes(number).filter(revision=revision).last()
        if change is None:
            raise Http404
        return answer(request, complete(orjson.loads(bytes(change.document))))


def _public_changes(number: str) -> Any:
    number = parse_number(number) or number
    if entry := Entry.objects.filter(number=number).exclude(withdrawn_on=None).first():
        raise Gone(number, entry.withdrawn_on)
    return Change.objects.of(number).filter(kind__in=CREDENTIAL_KINDS).exclude(document=None)


class Providers(PublicRead):
    @extend_schema(operation_id="list_providers", parameters=[parameters.ProviderQuery], responses=answers.ProviderList)
    def get(self, request: Request) -> Response:
        """Providers: with `q` those that its words find, the likeliest first, else all in order of name."""
        asked = parameters.read(request, parameters.ProviderQuery)
        rows = Entry.objects.providers().readable().with_status(current.today())
        rows = entry_filters.providers(asked, rows).order_by("title", "number")
        if asked.get("q"):
            try:
                return provider_rows.indexed(request, asked)
            except query.SearchUnavailable:
                pass  # by the register's own rows, then
        try:
            return _sql_page(request, asked, rows, lambda e: _provider_row(request, e))
        except outage.ERRORS as error:
            outage.noticed(error)
        return provider_rows.indexed(request, asked)


class Accreditations(PublicRead):
    @extend_schema(
        operation_id="list_accreditations",
        parameters=[parameters.AccreditationQuery],
        responses=answers.AccreditationList,
    )
    def get(self, request: Request) -> Response:
        """Who may deliver what, with the dates."""
        asked = parameters.read(request, parameters.AccreditationQuery)
        day = asked.get("as_at") or current.today()
        rows = Entry.objects.accreditations().readable().with_status(day)
        if asked.get("as_at"):
            rows = rows.filter(listed_on__lte=day)
        rows = entry_filters.accreditations(asked, rows).order_by("number")
        return _sql_page(request, asked, rows, lambda e: _accreditation_row(request, e))


def _sql_page(request: Request, asked: dict[str, Any], rows: Any, row: Any) -> Response:
    page, size = asked["page"], asked["page_size"]
    count = rows.count()
    if page > 1 and (page - 1) * size >= count:
        raise Http404
    shown = [row(e) for e in rows[(page - 1) * size : page * size]]
    return listed(request, shown, count=count, page=page, page_size=size)


class Suggest(PublicRead):
    @extend_schema(parameters=[parameters.SuggestQuery], responses=answers.Anything)
    def get(self, request: Request) -> Response:
        """Titles that begin, word by word, as typed."""
        asked = parameters.read(request, parameters.SuggestQuery)
        found = query.suggest(asked["q"], day=current.today())
        return answer(request, {"suggestions": found.completions, "spelling": found.spelling})


class Framework(PublicRead):
    @extend_schema(responses=answers.Anything)
    def get(self, request: Request) -> Response:
        """The framework profile in force: levels, kinds, rules and criteria, each with its source; and its versions."""
        parameters.read(request, parameters.NoQuery)
        profile = current.profile()
        version = profile.version_on(current.today())
        return answer(
            request,
            {
                "profile": profile.code,
                "version": version.id,
                "effective_from": version.effective_from.isoformat(),
                "effective_to": version.effective_to.isoformat() if version.effective_to else None,
                "country": profile.country,
                "authority": profile.authority,
                "framework": profile.framework,
                "currency": profile.currency,
                "time_zone": profile.time_zone,
                "languages": list(profile.languages),
                "hours_per_credit": profile.hours_per_credit,
                "review_period_months": version.review_months("micro_credential"),
                "levels": [dict(level) for level in profile.levels],
                "kinds": [dict(kind) for kind in profile.kinds],
                "rules": [
                    {
                        "id": r.id, "applies_to": list(r.applies_to), "field": r.field, "operator": r.operator,
                        "value": r.value, "severity": r.severity, "stages": list(r.stages), "source": r.source,
                        "message": r.message, "waivable": r.waivable,
                        "when": [{"field": c.field, "operator": c.operator, "value": c.value} for c in r.when],
                    }
                    for r in version.rules
                ],
                "criteria": [
                    {
                        "id": c.id, "stage": c.stage, "matter": c.matter, "label": c.label, "guidance": c.guidance,
                        "source": c.source,
                    }
                    for c in version.criteria
                ],
                **_more(profile, version),
            },
        )  # fmt: skip


def _more(profile: Profile, version: Version) -> dict[str, Any]:
    """What a profile says besides rules and criteria."""
    enrolment = version.enrolment
    return {
        "about": profile.about,
        "crosswalks": profile.crosswalks,
        "credit_systems": [
            {
                "code": s.code, "label": s.label, "hours_per_credit": s.hours_per_credit, "source": s.source,
                "shown_as": [
                    {
                        "system": c.system, "method": c.method, "factors": list(c.factors), "indicative": True,
                        "declared_by": c.declared_by, "source": c.source,
                    }
                    for c in s.shown_as
                ],
            }
            for s in profile.credit_systems
        ],
        "review_periods": [
            {"kinds": list(p.kinds), "allowed_months": list(p.allowed), "default_months": p.default, "source": p.source}
            for p in version.review_periods
        ],
        "categories": [
            {
                "code": c.code, "makes": c.makes, "approval": c.approval, "fields": list(c.fields),
                "wholly": list(c.wholly), "label": c.label, "source": c.source,
            }
            for c in profile.categories
        ],
        "two_stages": {
            "kinds": list(stages.kinds), "levels": list(stages.levels), "source": stages.source
        } if (stages := version.two_stages) else None,
        "enrolment": {"rule": enrolment.rule, "months": enrolment.months or None, "source": enrolment.source},
        "deadlines": [
            {"name": d.name, "amount": d.amount, "unit": d.unit, "label": d.label, "source": d.source}
            for d in version.deadlines.values()
        ],
        "provider_returns": obligations.provider_returns(profile),
        "statutory_actions": [
            {"kind": d.name, "amount": d.amount, "unit": d.unit, "label": d.label, "source": d.source}
            for d in profile.statutory_actions.values()
        ],
        "statutory_grounds": [
            {"ground": g.code, "acts": g.acts, "lapses": g.lapses, "label": g.label, "source": g.source}
            for g in profile.statutory_grounds.values()
        ],
        "entry_grounds": [
            {"ground": g.code, "label": g.label, "source": g.source} for g in profile.entry_grounds.values()
        ],
        "guidance": version.guidance,
        "versions": [
            {
                "id": v.id, "effective_from": v.effective_from.isoformat(),
                "effective_to": v.effective_to.isoformat() if v.effective_to else None,
            }
            for v in profile.versions
        ],
    }  # fmt: skip


# -- rows ------------------------------------------------------------------------------------------------------------


def full(request: Request, document: dict[str, Any], day: date, *, head: int | None = None) -> dict[str, Any]:
    """A document with its status on a day, the names of those it names, and its address."""
    number, kind = document["number"], document["kind"]
    named = dict(document)
    if kind in CREDENTIAL_KINDS:
        named = complete(document)
        last = last_day_to_start(document)
        named["last_day_to_start"] = last and last.isoformat()
        names = records.names_in(document, day if day != current.today() else None, head=head)
        named["providers"] = [p | {"name": names.get(p["number"])} for p in document["providers"]]
        named["new_learners_may_start"] = new_learners_may_start(document, day)
        lead = next((p for p in named["providers"] if p["lead"]), None)
        named["provider"] = {"number": lead["number"], "name": lead["name"]} if lead else None
    if kind == "provider":
        named = bodies.complete(document)
        named["name"] = bodies.name_on(document, day)
        named["quality_category"] = bodies.quality_category(document, day)
        named["statutory_actions"] = bodies.actions_shown(document, day)
    if kind == "accreditation":
        named = {"conditions": [], "jointly_with": [], "reconsiderations": [], "last_review": None, **document}
        names = records.names([document["credential"], document["provider"]], head=head)
        named["credential"] = {"number": document["credential"], "title": names.get(document["credential"])}
        named["provider"] = {"number": document["provider"], "name": names.get(document["provider"])}
    named["status"] = status_on(document, day)
    named["uri"] = absolute(request, address(kind, number))
    return named


def _row(request: Request, card: dict[str, Any]) -> dict[str, Any]:
    row = {name: value for name, value in card.items() if name not in NOT_IN_CARDS}
    row["uri"] = absolute(request, card["uri"])
    return row


def _sparse(rows: list[dict[str, Any]], asked: dict[str, Any]) -> list[dict[str, Any]]:
    wanted = asked.get("fields")
    if not wanted:
        return rows
    if "identifiers" in wanted:
        for row in rows:
            body = query.document(row["number"])
            row["identifiers"] = orjson.loads(body)["identifiers"] if body else []
    return [{name: row[name] for name in wanted} for row in rows]


def _provider_row(request: Request, entry: Entry) -> dict[str, Any]:
    return provider_rows.said(request, orjson.loads(bytes(entry.document)), entry.status)


def _accreditation_row(request: Request, entry: Entry) -> dict[str, Any]:
    document = orjson.loads(bytes(entry.document))
    return {
        "number": entry.number,
        "kind": "accreditation",
        "credential": document["credential"],
        "provider": document["provider"],
        "status": entry.status,
        "accredited_from": document["accredited_from"],
        "accredited_until": document["accredited_until"],
        "sites": document["sites"],
        "delivery_modes": document["delivery_modes"],
        "languages": document["languages"],
        "revision": entry.revision,
        "uri": absolute(request, address("accreditation", entry.number)),
    }


def utc(moment: Any) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
