"""Appeals about entries: what the public record says of them, and an entry that expires meanwhile."""

from datetime import timedelta
from functools import partial
from html import unescape

import orjson
import pytest

from credentials import services
from credentials.lifecycle import AMENDMENT
from credentials.models import Credential
from registry import daily, journal
from registry.casework import kinds
from registry.casework.services import reconsidering as again
from registry.framework import current
from registry.models import Case, Change
from registry.status import status_on
from registry.verification import differences
from tests.builders import decide, document_of, make_listed, make_signatory, make_user
from tests.reconsidering import Redressing, admitted, granted, lodged, reviewed, settle
from tests.registry.test_clock import at
from tests.together import at_once

TODAY = current.today()


def number_of(decided: Case) -> str:
    return kinds.get(decided.kind).entries(decided)[0]


def written(day) -> str:
    return f"{day.day} {day:%B %Y}"


def text_of(client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return unescape(response.content.decode())


def test_the_entry_and_its_accreditation_say_that_the_decision_is_looked_at_again(db, client):
    decided = granted()
    case = reviewed(decided)
    number = number_of(decided)
    document = document_of(number)
    [row] = document["reconsiderations"]
    day = TODAY.isoformat()
    assert row == {
        "decision": document["decisions"][0]["number"], "lodged_on": day, "effect": "no_stay", "effect_from": day,
    }  # fmt: skip
    held = Credential.objects.get(number=number).accreditations.get()
    accreditation = document_of(held.number)
    assert (
        accreditation["reconsiderations"][0]["decision"] == accreditation["decisions"][0]["number"] != row["decision"]
    )
    page = text_of(client, f"/q/{number}")
    lodged_words = f"A reconsideration of decision {row['decision']} was lodged on {written(TODAY)}."
    assert f"{lodged_words} The decision stays in force until it is decided." in page
    api = client.get(f"/api/v1/credentials/{number}").json()
    assert api["reconsiderations"] == [row] and api["revision"] == 2
    settle(case, "upheld")
    assert document_of(number)["reconsiderations"] == [{**row, "decided_on": day, "outcome": "upheld"}]
    page = text_of(client, f"/q/{number}")
    assert f"{lodged_words} The decision was upheld on {written(TODAY)}." in page and "stays in force" not in page
    assert list(differences()) == []


def test_before_it_is_admitted_and_while_the_decision_is_under_embargo_nothing_of_it_is_public(db):
    decided = granted()
    lodged(decided)
    assert "reconsiderations" not in document_of(number_of(decided))
    held = granted(publish_on=TODAY + timedelta(days=3))
    serial = journal.head()
    admitted(held)
    assert journal.head() == serial


def test_the_page_of_a_day_before_it_says_nothing_of_it(db, client):
    decided = granted(now=at(TODAY - timedelta(days=5)))
    admitted(decided)
    number = number_of(decided)
    page = text_of(client, f"/q/{number}?as_at={TODAY - timedelta(days=1)}")
    assert "A reconsideration of decision" not in page


def test_an_entry_that_says_nothing_of_the_kind_answers_with_an_empty_list(db, client):
    listed = make_listed()
    assert client.get(f"/api/v1/credentials/{listed.number}").json()["reconsiderations"] == []
    held = listed.accreditations.get()
    assert client.get(f"/api/v1/accreditations/{held.number}").json()["reconsiderations"] == []


# -- edge case 30 ------------------------------------------------------------------------------------------------------


def expiring(now=None) -> Case:
    """The authority has decided that an entry expires, from today on; it was told to the body, which may ask again."""
    number = number_of(granted(now=at(TODAY - timedelta(days=30))))
    listed = Credential.objects.select_related("awarding_body").get(number=number)
    signatory = make_signatory(listed.awarding_body, "Sol")
    grace = make_user("Grace", "registrar")
    amendment = services.propose(credential_id=listed.pk, by=grace)
    entry = {"expiring_from": TODAY.isoformat(), "expiry_end": (TODAY + timedelta(days=1)).isoformat()}
    services.save_amendment(
        case_id=amendment.case_id, by=grace, values={"entry": entry, "transition_note": {"en": "Finish by then."}}
    )
    services.submit_amendment(case_id=amendment.case_id, by=grace)
    decide(amendment.case, now=now)
    case = Case.objects.get(pk=amendment.case_id)
    case.signatory, case.entry = signatory, listed.number
    return case


class Ending(Redressing):
    """A kind that ends an entry, and knows how to undo that: its days go, and come back."""

    def _hook(self, name: str):
        counted = super()._hook(name)

        def called(*, on, now, decisions, reference, case, **said):
            counted(on=on, now=now, decisions=decisions, reference=reference, case=case, **said)
            credential = Credential.objects.select_for_update().get(pk=case.amendment.credential_id)
            entry = case.amendment.entry if name == "resume" else {}
            credential.expiring_from, credential.expiry_end = entry.get("expiring_from"), entry.get("expiry_end")
            credential.save(update_fields=["expiring_from", "expiry_end"])
            credential.refresh_from_db()
            from credentials import publishing

            kept = credential.revisions.latest_public().copied(effective_from=on)
            landed = journal.publish(
                publishing.credential_document(credential, kept), effective_from=on, now=now,
                decision_number=decisions[0].number,
            )  # fmt: skip
            if landed.serial:
                kept.number = landed.revision
                kept.save()
            return [f"{name}: done."]

        return called


def test_case_30_an_appeal_lodged_while_an_entry_expires_is_stayed_or_not_and_set_aside_the_dates_come_back(
    db, monkeypatch, client
):
    hooks = Ending(monkeypatch, AMENDMENT)
    decided = expiring()
    assert status_on(document_of(decided.entry), TODAY) == "expiring"
    case = reviewed(decided, stay=True)
    document = document_of(decided.entry)
    assert status_on(document, TODAY) == "current" and document["reconsiderations"][0]["effect"] == "stay"
    page = text_of(client, f"/q/{decided.entry}")
    assert "The decision has no effect until it is decided." in page
    before = journal.head()
    [decision] = settle(case, "set_aside")
    assert hooks.names == ["stay", "set_aside"]
    document = document_of(decided.entry)
    assert document["expiring_from"] is None and document["expiry_end"] is None
    assert document["reconsiderations"][0]["outcome"] == "set_aside"
    fed = client.get(f"/api/v1/changes?after={before}").json()["changes"]
    assert [row["number"] for row in fed] == [decided.entry] and "reconsiderations" in fed[0]["changed_fields"]
    assert decision.number.startswith("D-") and list(differences()) == []


def test_case_30_without_a_stay_the_entry_goes_on_expiring(db, monkeypatch):
    Ending(monkeypatch, AMENDMENT)
    decided = expiring()
    case = admitted(decided)
    document = document_of(decided.entry)
    assert status_on(document, TODAY) == "expiring" and document["reconsiderations"][0]["effect"] == "no_stay"
    assert case.reconsideration.stay_reason


def test_case_30_upheld_after_a_stay_the_entry_expires_again(db, monkeypatch):
    Ending(monkeypatch, AMENDMENT)
    decided = expiring()
    settle(reviewed(decided, stay=True), "upheld")
    assert status_on(document_of(decided.entry), TODAY) == "expiring"


def test_case_30_a_stay_while_the_entry_ends_leaves_no_day_on_which_both_hold(committing_db, monkeypatch):
    """The day on which the entry has ended begins while the stay is admitted: the days are the stay's, and the feed whole."""
    Ending(monkeypatch, AMENDMENT)
    decided = expiring()
    case, rose = lodged(decided), make_user("Rose", "review_officer")
    ended = TODAY + timedelta(days=2)
    admit = partial(
        again.admit, case_id=case.pk, by=make_user("Dora", "decision_maker"), to=rose, stay=True, reason="Learners wait.",
        now=at(ended),
    )  # fmt: skip
    said = at_once(admit, partial(daily.run, ended, now=at(ended)))
    assert not [s for s in said if isinstance(s, Exception) or s is None], said
    document = document_of(decided.entry)
    assert status_on(document, ended) == "current" and document["reconsiderations"][0]["effect"] == "stay"
    serials = list(Change.objects.order_by("serial").values_list("serial", flat=True))
    assert serials == list(range(1, len(serials) + 1)) and list(differences()) == []


def test_case_30_from_one_end_to_the_other(db, client):
    """The same with what the kind itself does to a decision about an entry."""
    redress = kinds.get(AMENDMENT).redress
    if redress is None or redress.stay is None or redress.set_aside is None:
        pytest.skip("the kind does not know yet how a decision about an entry is stayed and set aside")
    decided = expiring()
    before = orjson.dumps(document_of(decided.entry)["expiry_end"])
    case = reviewed(decided, stay=True)
    assert status_on(document_of(decided.entry), TODAY) == "current"
    serial = journal.head()
    settle(case, "set_aside")
    document = document_of(decided.entry)
    assert status_on(document, TODAY) == "current" and orjson.dumps(document["expiry_end"]) != before
    fed = client.get(f"/api/v1/changes?after={serial}").json()["changes"]
    assert decided.entry in {row["number"] for row in fed}
    assert document["reconsiderations"][0]["outcome"] == "set_aside"
    assert status_on(document, TODAY + timedelta(days=30)) == "current"
