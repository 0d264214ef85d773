"""A typo in what is public is corrected by one officer, by a recorded exemption (domain 4.7.1, edge case 25)."""

import pytest
from django.test import Client

from credentials import corrections, services
from credentials.models import Revision
from registry import standing
from registry.casework import services as desk
from registry.errors import Conflict, NotAllowed, RegisterError, RuleViolations
from registry.framework import current
from registry.models import Case, Change, Exemption
from tests.builders import decide, document_of, evaluate, make_change, make_listed, make_signatory, make_user
from tests.credentials import wrongs
from tests.desk import act, officer, page, signed_in, words

TODAY = current.today()
WRONG, RIGHT = {"en": "Scafold inspection"}, {"en": "Scaffold inspection"}


def misspelt(**values):
    return make_listed(title="Scafold inspection", **values)


def completed(case: Case) -> Exemption:
    exemption = desk.complete(case_id=case.pk, by=case.officer)
    case.refresh_from_db()
    return exemption


def test_case_25_a_typo_is_corrected_without_a_new_review_date_and_the_feed_says_so(db):
    credential = misspelt()
    before = document_of(credential.number)
    case = wrongs.correction(credential, titles=RIGHT)
    exemption = completed(case)

    after = document_of(credential.number)
    assert (before["title"], after["title"]) == ("Scafold inspection", "Scaffold inspection")
    assert {name for name in after if after[name] != before[name]} == {"title", "titles"}
    assert after["revision"] == before["revision"] == 1 and after["review_due"] == before["review_due"]
    change = Change.objects.of(credential.number).last()
    assert (change.action, change.decision_number) == ("corrected", case.reference)
    assert change.changed_fields == ["title", "titles"] and change.reason == "The title was misspelt."
    feed = Client().get("/api/v1/changes?after=0").json()["changes"]
    assert feed[-1]["action"] == "corrected" and feed[-1]["changed_fields"] == ["title", "titles"]
    assert (exemption.ground, exemption.instrument) == ("correction", "Delegation 7 of 2026")
    assert (exemption.completed_by, exemption.role, exemption.case) == (case.officer, "registrar", case)


def test_before_and_after_are_kept_with_the_case_and_in_the_chain_of_its_events(db):
    case = wrongs.correction(misspelt(), titles=RIGHT)
    completed(case)
    kept = case.submissions.get()
    assert kept.content["content"]["before"] == {"titles": WRONG}
    assert kept.content["content"]["after"] == {"titles": RIGHT}
    event = case.events.get(name="case:complete")
    assert event.details["sha256"] == kept.sha256 and event.details["instrument"] == "Delegation 7 of 2026"


def test_what_was_public_before_stays_beside_it(db):
    credential = misspelt()
    completed(wrongs.correction(credential, titles=RIGHT))
    kept = Revision.objects.filter(credential=credential).order_by("correction")
    assert [(r.number, r.correction, r.title) for r in kept] == [
        (1, 0, "Scafold inspection"), (1, 1, "Scaffold inspection"),
    ]  # fmt: skip
    body = credential.awarding_body.number
    said = standing.verify(credential.number, body, TODAY)
    assert (said.credential.registered, said.accredited, said.credential.name) == (True, True, "Scaffold inspection")


TEXT = " ".join(f"word{chr(97 + n)}" for n in range(20))


@pytest.mark.parametrize(("field", "before", "after", "refusal"), [
    ("purpose", {"en": "For teh site."}, {"en": "For the site."}, None),
    ("purpose", {"en": TEXT}, {"en": TEXT.replace("wordb", "Wordb").replace("wordc", "Wordc")}, None),
    ("purpose", {"en": TEXT}, {"en": TEXT.replace("word", "Word")}, "20 of 20 words"),
    ("purpose", {"en": "For the site."}, {"en": "For the sites and more."}, "adds and takes away none"),
    ("purpose", {"en": "For the site."}, {"en": "For site."}, "adds and takes away none"),
    ("purpose", {"en": "For the site."}, {"en": "Fot teh site."}, "2 of 3 words"),
    ("titles", {"en": "Scaffold inspection"}, {"en": "Brewing inspection"}, "mends how a word is written"),
    ("purpose", {"en": "It takes 10 days."}, {"en": "It takes 20 days."}, "neither numbers nor codes"),
    ("purpose", {"en": "One."}, {"en": "One.", "fr": "Un."}, "adds no text"),
    ("purpose", {"en": "One."}, {}, "adds no text"),
    ("purpose", {"en": "One."}, {"mi": "One."}, "adds no text"),
    ("learning_outcomes", [{"text": {"en": "Inspct it."}}], [{"text": {"en": "Inspect it."}}], None),
    ("learning_outcomes", [{"text": {"en": "A."}}], [{"text": {"en": "A."}}, {"text": {"en": "B."}}], "adds no text"),
    ("learning_outcomes", [{"text": {"en": "A."}, "type": "skill"}], [{"text": {"en": "A."}, "type": "knowledge"}],
     "neither numbers nor codes"),
    ("alternative_titles", [{"language": "en", "text": "Rop"}], [{"language": "en", "text": "Rope"}], None),
    ("alternative_titles", [{"language": "en", "text": "Rope"}], [{"language": "fr", "text": "Rope"}],
     "neither numbers nor codes"),
    ("purpose", {"en": "One."}, {"en": "One."}, "Nothing is corrected"),
])  # fmt: skip
def test_only_few_words_alter(field, before, after, refusal):
    said = corrections.why_more_than_a_typo({field: before}, {field: after})
    assert (refusal in said) if refusal else said is None


def test_what_is_more_than_a_typo_is_not_completed_and_the_officer_is_told_the_other_way(db):
    case = wrongs.correction(misspelt(), titles={"en": "Rope access for beginners"})
    with pytest.raises(NotAllowed, match="Propose a change"):
        completed(case)
    assert not Exemption.objects.exists() and not Change.objects.filter(action="corrected").exists()


def test_corrections_in_a_row_are_measured_together_against_what_was_decided(db):
    credential = misspelt()
    completed(wrongs.correction(credential, titles=RIGHT))
    case = wrongs.correction(credential, titles={"en": "Scaffold inspections"})
    with pytest.raises(NotAllowed, match="2 of 2 words"):
        completed(case)
    assert document_of(credential.number)["title"] == "Scaffold inspection"


def test_a_correction_that_was_wrong_is_taken_back_by_another_one(db):
    credential = misspelt()
    completed(wrongs.correction(credential, titles=RIGHT))
    completed(wrongs.correction(credential, titles=WRONG))
    assert document_of(credential.number)["title"] == "Scafold inspection"


def test_a_correction_alters_nothing_but_its_texts(db):
    credential = misspelt()
    case = wrongs.correction(credential, titles=RIGHT, level="9", credits="400", languages=["fr"])
    completed(case)
    after = document_of(credential.number)
    assert (after["level"], after["credits"], after["languages"]) == ("4", "10", ["en"])


@pytest.mark.parametrize("name", ["reason", "instrument"])
def test_a_correction_says_what_was_wrong_and_what_allows_it(db, name):
    case = wrongs.correction(misspelt(), titles=RIGHT, **{name: " "})
    with pytest.raises(RuleViolations) as refused:
        completed(case)
    assert [v.field for v in refused.value.violations] == [name]


def test_another_role_completes_none(db):
    case = wrongs.correction(misspelt(), titles=RIGHT)
    case.officer = make_user("Dana", "decision_maker")
    with pytest.raises(NotAllowed, match="role"):
        completed(case)


def test_a_correction_of_what_was_changed_meanwhile_is_begun_again(db):
    credential = misspelt()
    case = wrongs.correction(credential, titles=RIGHT)
    sina = make_signatory(credential.awarding_body, "Sina")
    change = make_change(credential, sina, content={"purpose": {"en": "For site supervisors and their deputies."}})
    desk.submit(case_id=change.pk, by=sina)
    decide(evaluate(change))
    with pytest.raises(NotAllowed, match="changed meanwhile"):
        completed(case)


def test_one_correction_of_an_entry_is_written_at_a_time(db):
    credential = misspelt()
    first = wrongs.correction(credential, titles=RIGHT)
    with pytest.raises(Conflict, match=first.reference):
        wrongs.correction(credential, titles=RIGHT)


def test_a_draft_that_is_being_written_says_the_corrected_words_too(db):
    credential = misspelt()
    eva = make_user("Eva", "evaluator")
    amendment = services.propose(credential_id=credential.pk, by=eva)
    services.save_amendment(case_id=amendment.case_id, by=eva, values={"content": {"purpose": {"en": "For all."}}})
    completed(wrongs.correction(credential, titles=RIGHT))
    amendment.revision.refresh_from_db()
    assert (amendment.revision.title, amendment.revision.purpose) == ("Scaffold inspection", {"en": "For all."})


def test_while_a_change_of_the_entry_is_being_decided_it_waits(db):
    credential = misspelt()
    sina = make_signatory(credential.awarding_body, "Sina")
    change = make_change(credential, sina, content={"purpose": {"en": "For site supervisors and their deputies."}})
    desk.submit(case_id=change.pk, by=sina)
    case = wrongs.correction(credential, titles=RIGHT)
    with pytest.raises(NotAllowed, match=change.reference):
        completed(case)


def test_an_entry_that_was_removed_is_not_corrected(db):
    credential = misspelt()
    case = wrongs.correction(credential, titles=RIGHT)
    wrongs.confirmed(wrongs.proposed_removal(credential.number))
    with pytest.raises(NotAllowed, match="removed from the register"):
        completed(case)


def test_a_text_that_a_field_cannot_hold_is_refused_by_its_name(db):
    credential = misspelt()
    with pytest.raises(RegisterError, match="Purpose"):
        wrongs.correction(credential, purpose={"xx-nonsense": "Words."})


def test_the_story_at_the_desk(db):
    credential = misspelt()
    rita = officer("registrar")
    rita.post(f"/admin/registry/case/begin/entry_correction/{credential.number}/")
    case = Case.objects.get(kind="entry_correction")
    shown = page(rita, case)
    assert 'name="titles-en"' in shown and "Scafold inspection" in shown
    document = document_of(credential.number)
    typed = {
        "titles-en": "Scaffold inspection", "purpose-en": document["purpose"]["en"], "reason": "A letter was missing.",
        "assessment-en": document["assessment"]["en"], "instrument": "Delegation 7", "revision": case.revision,
        "learning_outcomes-rows": "1", "learning_outcomes-0-text-en": document["learning_outcomes"][0]["text"]["en"],
        "alternative_titles-rows": "0",
    }  # fmt: skip
    assert act(rita, case, "edit", typed).status_code == 302
    assert "Scaffold inspection" in words(page(rita, case))
    assert act(rita, case, "complete").status_code == 302
    assert document_of(credential.number)["title"] == "Scaffold inspection"
    told = words(page(rita, case))
    assert "completed it alone" in told and "Delegation 7" in told
    history = words(signed_in(make_user("Ada", "auditor")).get(
        f"/admin/credentials/credential/{credential.pk}/change/"
    ).content.decode())  # fmt: skip
    assert "corrected" in history


def test_a_change_after_a_correction_begins_with_the_corrected_words(db):
    credential = misspelt()
    completed(wrongs.correction(credential, titles=RIGHT))
    sina = make_signatory(credential.awarding_body, "Sina")
    change = make_change(credential, sina, content={"purpose": {"en": "For site supervisors and their deputies."}})
    assert change.amendment.base.title == "Scaffold inspection"
    desk.submit(case_id=change.pk, by=sina)
    decide(evaluate(change))
    assert document_of(credential.number)["title"] == "Scaffold inspection"
    assert document_of(credential.number)["revision"] == 2
