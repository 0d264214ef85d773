"""What lets a record be quoted, printed and checked: its permanent address, its hash, its code to scan, its own words."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

import segno
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from registry import outage
from registry.exchange import schema_org
from registry.framework import current
from registry.framework.profile import text
from registry.models import Change
from registry.public import history, records, results, wording

# As much as search engines and messengers show of a page.
DESCRIBED = 200


def credential(
    request: HttpRequest, record: records.Record, document: Mapping[str, Any], *, type_label: str, latest: bool,
    day: date | None,
) -> dict[str, Any]:  # fmt: skip
    """What the page of a credential, of a revision of it or of a day shows beside what it says."""
    address = _base(request) + f"/q/{record.number}"
    changes = outage.unless_away(records.history, record.number)
    own = _on(day, address if latest else f"{address}/r/{document['revision']}")
    kind = results.kind_labels().get(document["kind"], document["kind"])
    language = get_language() or "en"
    facts = [
        f"{kind} {record.number}", _("level %(level)s") % {"level": document["level"]} if document.get("level") else "",
        _("%(n)s credits") % {"n": document["credits"]} if document.get("credits") else "",
    ]  # fmt: skip
    said = [", ".join(each for each in facts if each), wording.status(record.status), _starting(record)]
    structured = None
    if latest and day is None:
        structured = schema_org.script(
            schema_org.credential(
                document, address=address, kind=kind, type_label=type_label, status=wording.status(record.status),
                language=language,
            )
        )  # fmt: skip
    return _common(document, changes, latest=latest, day=day) | {
        # Without a language: the one address by which the record is quoted.
        "address": address, "own_address": own, "qr": qr(own),
        "quoted": document["title"], "quoted_revision": document["revision"], "structured": structured,
        "description": _description([*said, text(document.get("purpose") or {}, language)]),
    }  # fmt: skip


def provider(request: HttpRequest, record: records.Record, *, name: str, kind: str, day: date | None) -> dict[str, Any]:
    """What the page of a provider shows beside what it says. `kind`: what sort of body it is, in words."""
    address = _base(request) + f"/providers/{record.number}"
    own = _on(day, address)
    structured = None
    if day is None:
        structured = schema_org.script(schema_org.provider(record.document, address=address, name=name))
    said = [f"{name} ({record.number})", str(kind or "")]
    changes = outage.unless_away(records.history, record.number)
    return _common(record.document, changes, latest=True, day=None) | {
        "address": address, "own_address": own, "quoted": name, "quoted_revision": None, "structured": structured,
        "description": _description(said), "qr": qr(own),
    }  # fmt: skip


def _common(
    document: Mapping[str, Any], changes: Sequence[Change] | None, *, latest: bool, day: date | None
) -> dict[str, Any]:
    """`changes`: None while the journal cannot be read; the page then says so in its place."""
    told = None if changes is None else history.told(changes)
    changes = changes or ()
    return {
        "history": told, "changes_address": history.address(document["kind"], document["number"]),
        "many_revisions": len({change.revision for change in changes}) > 1,
        "decisions": decisions(document), "proof": proof(document, changes, latest=latest, day=day),
        "read_on": current.today(),
    }  # fmt: skip


def proof(
    document: Mapping[str, Any], changes: Sequence[Change], *, latest: bool, day: date | None
) -> dict[str, Any] | None:
    """The change whose document is shown, by its serial, and the address at which the feed of changes gives it."""
    said = [change for change in changes if change.action != Change.Action.WITHDRAWN]
    if day is not None:
        said = [change for change in said if change.effective_from <= day]
    elif not latest:
        said = [change for change in said if change.revision == document["revision"]]
    if not said:
        return None
    asked = {"after": said[0].serial - 1, "limit": 1, "include": "document"}
    return {"serial": said[0].serial, "document": f"{reverse('api:changes')}?{urlencode(asked)}"}


def decisions(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The decisions on which a document rests, with what was decided and how, in words."""
    return [
        {
            **row, "matter": _words(wording.MATTERS, row.get("matter")),
            "outcome": _words(wording.OUTCOMES, row.get("outcome")),
        }
        for row in document.get("decisions") or ()
    ]  # fmt: skip


def _words(known: Mapping[str, Any], code: str | None) -> str:
    """A code in words; one that only its source knows, without its underscores."""
    return str(known[code]) if code in known else (code or "").replace("_", " ")


def _starting(record: records.Record) -> str:
    return _("New learners may start.") if record.new_learners_may_start else _("New learners may not start.")


def _description(said: Sequence[str]) -> str:
    """A few words for a list of results or a message; they end where a word ends."""
    whole = " ".join(each if each.endswith((".", "!", "?")) else f"{each}." for each in said if each)
    return Truncator(" ".join(whole.split())).chars(DESCRIBED)


@lru_cache(maxsize=2_000)
def qr(address: str) -> str:
    """A QR code that leads to an address, as an image within the page itself; black on white at every width."""
    return segno.make(address, error="m", micro=False).svg_data_uri(
        scale=4, border=4, light="#fff", xmldecl=False, svgclass=None, lineclass=None, nl=False, title=None
    )


def _on(day: date | None, address: str) -> str:
    """The address of the same page on a day, where one was asked for."""
    return f"{address}?{urlencode({'as_at': day.isoformat()})}" if day else address


def _base(request: HttpRequest) -> str:
    return settings.PUBLIC_URL or request.build_absolute_uri("/")[:-1]
