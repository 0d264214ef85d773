"""A merger is decided while something else happens to one of its bodies, each on a connection of its own: nothing waits for
ever, whichever comes first is recorded, and what follows is consistent."""

from functools import partial

from credentials.models import Accreditation
from providers import services
from registry.casework import services as desk
from registry.models import Decision, Entry
from registry.status import status_on
from registry.verification import differences
from tests.builders import (
    decide,
    document_of,
    evaluate,
    make_accreditation_draft,
    make_provider,
    make_signatory,
    make_user,
)
from tests.providers.succeeding import (
    DAY,
    HAPPENED,
    TODAY,
    accreditation_of,
    accredited,
    handed_on,
    listed_since,
    transfer,
)
from tests.together import at_once

BEFORE = HAPPENED - DAY


def test_a_merger_is_decided_while_a_partner_is_suspended(committing_db):
    """A suspended body may be merged: the law that makes one body of two asks no register. Both stay in its history."""
    harbour, kestrel, whole = (make_provider(name) for name in ("Harbour", "Kestrel", "Whole"))
    scaffolds = listed_since(provider=harbour)
    held = [accreditation_of(harbour), accredited(scaffolds, kestrel)]
    case = handed_on(
        [harbour, kestrel], [whole],
        {held[0].number: transfer(whole), held[1].number: {"what": "close", "until": TODAY}},
        happened_on=TODAY,
    )  # fmt: skip
    dana = make_user("Dana", "decision_maker")
    said = at_once(
        partial(decide, case, dana),
        partial(services.impose, kestrel, kind="suspension", summary={"en": "Suspended."}, on=BEFORE),
    )
    assert isinstance(said[0], list) and isinstance(said[1], str), said
    document = document_of(kestrel.number)
    assert (document["ended_as"], document["ended_on"]) == ("merged", TODAY.isoformat())
    assert document["suspensions"][0]["from"] == BEFORE.isoformat()
    assert [row["reference"] for row in document["statutory_actions"]] == [said[1]]
    assert [status_on(document, day) for day in (BEFORE, TODAY)] == ["suspended", "merged"]
    assert accreditation_of(whole).accredited_from == TODAY
    assert Decision.objects.filter(case=case).count() == 1
    assert list(differences()) == []


def test_a_merger_is_decided_while_the_successor_is_suspended(committing_db):
    """Whichever comes first: what was handed on before stands, and nothing is handed on afterwards."""
    harbour, whole = make_provider("Harbour"), make_provider("Whole")
    listed_since(provider=harbour)
    held = accreditation_of(harbour)
    case = handed_on([harbour], [whole], {held.number: transfer(whole)}, happened_on=TODAY)
    decision, action = at_once(
        partial(decide, case, make_user("Dana", "decision_maker")),
        partial(services.impose, whole, kind="suspension", summary={"en": "Suspended."}, on=TODAY),
    )
    assert isinstance(action, str)
    merged = isinstance(decision, list)
    assert merged or "is not registered on that day" in str(decision)
    assert Accreditation.objects.filter(provider=whole).exists() == merged
    assert (document_of(harbour.number)["ended_as"] == "merged") == merged
    assert status_on(document_of(whole.number), TODAY) == "suspended"
    assert list(differences()) == []


def test_a_merger_is_decided_while_its_body_is_accredited_for_one_more_entry(committing_db):
    """Either the merger is sent back to say what becomes of that too, or a body that has ended is accredited for nothing."""
    harbour, whole = make_provider("Harbour"), make_provider("Whole")
    entry = listed_since(title="Rigging")
    asked = make_accreditation_draft(entry, harbour, make_signatory(harbour))
    desk.submit(case_id=asked.pk, by=asked.organisation.memberships.get().user)
    evaluate(asked)
    case = handed_on([harbour], [whole], happened_on=TODAY)
    dana, kim = (make_user(name, "decision_maker") for name in ("Dana", "Kim"))
    merged, accredited_too = at_once(partial(decide, case, dana), partial(decide, asked, kim))
    assert sorted([isinstance(merged, list), isinstance(accredited_too, list)]) == [False, True], (
        merged,
        accredited_too,
    )
    if isinstance(merged, list):
        assert "Paused since the registration ended" in str(accredited_too)
    else:
        assert f"Say what becomes of {accreditation_of(harbour).number}" in str(merged)
    assert list(differences()) == []


def test_two_officers_decide_a_merger_at_once(committing_db):
    harbour, whole = make_provider("Harbour"), make_provider("Whole")
    case = handed_on([harbour], [whole], happened_on=TODAY)
    said = at_once(*(partial(decide, case, make_user(name, "decision_maker")) for name in ("Dana", "Kim")))
    assert sorted(type(one).__name__ for one in said) == ["Conflict", "list"]
    assert len(document_of(whole.number)["predecessors"]) == 1
    assert Entry.objects.filter(kind="accreditation").count() == 0
