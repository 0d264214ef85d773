"""The letter of a decision: complete, in the applicant's language, kept as it was sent, on the screen and as PDF."""

import re
import sys
import zlib
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import translation
from django.utils.formats import date_format

from registry.casework import letters, notices
from registry.casework import services as desk
from registry.framework import current
from registry.models import Case, Letter, Membership
from registry.templatetags.letters import direction
from tests.builders import (
    APPROVE_ALL,
    approve,
    make_provider,
    make_recommended,
    make_signatory,
    make_submitted,
    make_user,
)
from tests.reconsidering import lodged
from tests.registry.test_clock import at

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
DECLINE_ALL = dict.fromkeys(APPROVE_ALL, "declined")


def client_of(person) -> Client:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


def said(letter: Letter) -> str:
    """What a letter says, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", letter.html.partition("<body>")[2]))


def written(day) -> str:
    return date_format(day, "j F Y")


def test_it_says_what_was_decided_why_by_whom_and_under_which_law(db):
    case = make_recommended()
    dana = make_user("Dana Whitcombe", "decision_maker")
    decisions = approve(case, by=dana, internal_reason="The board asked for speed.")
    text = said(case.letters.get())
    version = current.version(case.profile)
    for part in (
        "Qualifications Authority", case.organisation.legal_name, case.reference, case.title, "Need is shown.",
        "listing on the register", "accreditation to deliver", *(d.number for d in decisions), written(current.today()),
        f"in their version {case.profile}, in force from {written(version.effective_from)}",
        "What was granted is public from today.", "Registered as NQ-000001.", "Accredited to deliver it: AC-000001.",
        "Decided by Dana Whitcombe decision maker",
    ):  # fmt: skip
        assert part in text, part
    assert "The board asked for speed." not in text, "the reason for officers is theirs"


def test_it_lists_each_condition_with_its_owner_and_its_day(db):
    case, due_on = make_recommended(), current.today() + timedelta(days=40)
    row = {"text": "Send the <moderation> plan.", "owner": "Harbour Institute", "due_on": due_on}
    desk.decide(
        case_id=case.pk, by=make_user("Dana", "decision_maker"), reason="Need is shown.",
        outcomes=APPROVE_ALL | {"listing": "approved_with_conditions"}, conditions={"listing": [row]},
    )  # fmt: skip
    text = said(case.letters.get())
    assert "Send the &lt;moderation&gt; plan." in text
    assert f"Who must see to it: Harbour Institute . Due: {written(due_on)}." in text


def test_it_says_until_when_a_reconsideration_may_be_asked_for_and_that_day_holds(db):
    case = make_recommended()
    desk.decide(case_id=case.pk, by=make_user("Dana", "decision_maker"), outcomes=DECLINE_ALL, reason="No need.")
    letter = case.letters.get()
    assert f"You may ask for a reconsideration until {written(letter.answer_by)}." in said(letter)
    assert "Nothing of it is entered on the public register." in said(letter)
    assert lodged(case, now=at(letter.answer_by)).state == "submitted"


def test_what_was_declined_beside_an_approval_may_be_looked_at_again_too(db):
    case = make_recommended()
    desk.decide(
        case_id=case.pk, by=make_user("Dana", "decision_maker"), reason="Capability is not shown.",
        outcomes=APPROVE_ALL | {"accreditation": "declined"},
    )  # fmt: skip
    assert lodged(case).state == "submitted"


def test_one_that_waits_for_its_day_says_that_it_is_confidential_until_then(db):
    case, day = make_recommended(), current.today() + timedelta(days=30)
    approve(case, publish_on=day)
    text = said(case.letters.get())
    assert f"becomes public on {written(day)}" in text and "confidential" in text
    assert "NQ-0" not in text


def test_where_two_decided_it_names_both(db):
    case, yesterday = make_recommended(), current.today() - timedelta(days=1)
    approve(case, by=make_user("Dana", "decision_maker"), effective_on=yesterday, backdating="court")
    assert not case.letters.exists()
    desk.confirm(case_id=case.pk, by=make_user("Samuel", "decision_maker"))
    text = said(case.letters.get())
    assert "Decided by Dana decision maker" in text and "Confirmed by Samuel decision maker" in text
    assert written(yesterday) in text


def test_it_names_the_rules_that_were_waived(db):
    case, dana = make_recommended(), make_user("Dana", "decision_maker")
    rule = next(r for r in current.version(case.profile).rules if r.waivable)
    desk.waive(case_id=case.pk, by=dana, rule=rule.id, reason="A pilot.", instrument="Rule 14.4(c)")
    approve(case, by=dana)
    assert f"{rule.id} : A pilot. ( Rule 14.4(c) )" in said(case.letters.get())


def test_it_is_in_the_language_of_the_signatory_who_was_appointed_first(db):
    provider = make_provider()
    editor = make_user("Eli", language="pt")
    Membership.objects.create(user=editor, organisation=provider.organisation, role=Membership.Role.EDITOR)
    first, second = make_signatory(provider, "Zoé"), make_signatory(provider, "Ana")
    notices.choose_language(first, "fr")
    notices.choose_language(second, "ar")
    case = make_recommended(provider=provider, by=second)
    with translation.override("pt"):
        approve(case)
    letter = case.letters.get()
    assert letter.language == "fr" and '<html lang="fr" dir="ltr">' in letter.html
    with translation.override("fr"):
        assert written(current.today()) in said(letter)


def test_where_the_first_signatory_has_left_the_next_one_settles_the_language(db):
    provider = make_provider()
    gone, present = make_signatory(provider, "Gone"), make_signatory(provider, "Present")
    notices.choose_language(gone, "fr")
    notices.choose_language(present, "ar")
    Membership.objects.filter(user=gone).update(ended_on=current.today() - timedelta(days=1))
    case = make_submitted(provider=provider, by=present)
    assert letters.decision.language_of(case) == "ar"
    Membership.objects.filter(organisation=provider.organisation).update(ended_on=current.today() - timedelta(days=1))
    assert letters.decision.language_of(case) == "en"


@pytest.mark.parametrize(
    ("text", "way"),
    [("Need is shown.", "ltr"), ("٣ – تم إثبات الحاجة.", "rtl"), ("1. עברית", "rtl"), ("", "ltr"), (None, "ltr")],
)
def test_what_people_wrote_is_laid_out_in_its_own_direction(text, way):
    assert direction(text) == way


def test_the_preview_decides_nothing_and_is_a_page_of_its_own(db):
    case, dana = make_recommended(), make_user("Dana", "decision_maker")
    rows = [
        {"matter": "listing", "outcome": "approved", "number": "", "effective_on": current.today(), "conditions": []}
    ]
    events = case.events.count()
    html = letters.preview(case, rows, reason="Need is shown.", day=current.today(), by=dana)
    assert "Need is shown." in html and "registry/letter.css" in html and "Dana" in html
    assert (case.letters.count(), case.events.count()) == (0, events)


def inflated(pdf: bytes) -> bytes:
    """What a PDF holds, its streams unpacked."""
    return pdf + b"".join(
        zlib.decompress(s) for s in re.findall(rb"/FlateDecode[^>]*>>\nstream\n(.*?)\nendstream", pdf, re.S)
    )


# -- the pages ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def decided(db) -> Case:
    case = make_recommended()
    approve(case)
    return case


def address(case: Case) -> str:
    return f"/portal/cases/{case.reference}/letters/{case.letters.get().pk}"


def test_the_page_shows_the_letter_as_it_was_sent_under_one_heading(decided):
    answer = client_of(decided.signatory).get(f"{address(decided)}/")
    html = answer.content.decode()
    assert letters.content_of(decided.letters.get()) in html
    assert html.count("<h1") == 1 and "style=" not in html and "<script" not in html
    assert answer.headers["Cache-Control"].startswith("max-age=0") and "no-store" in answer.headers["Cache-Control"]


def test_who_may_read_the_case_reads_its_letters_and_nobody_else(decided):
    other = make_signatory(make_provider("Elsewhere"), "Otto")
    assert client_of(make_user("Aud", "auditor")).get(f"{address(decided)}/").status_code == 200
    for person in (other, make_user("Adam", "administrator"), make_user("Stranger")):
        assert client_of(person).get(f"{address(decided)}/").status_code == 404
        assert client_of(person).get(f"{address(decided)}.pdf").status_code == 404
    assert Client().get(f"{address(decided)}/").status_code == 302


def test_a_letter_is_found_under_its_own_case_alone(decided):
    other = make_submitted(provider=make_provider("Elsewhere"))
    pk = decided.letters.get().pk
    assert client_of(other.signatory).get(f"/portal/cases/{other.reference}/letters/{pk}/").status_code == 404


def test_the_pdf_holds_the_letter_and_fetches_nothing(decided, caplog):
    pytest.importorskip("weasyprint", exc_type=(ImportError, OSError))
    answer = client_of(decided.signatory).get(f"{address(decided)}.pdf")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-") and b"/StructTreeRoot" in inflated(answer.content)
    assert f"{decided.reference}-" in answer.headers["Content-Disposition"]
    assert [r.getMessage() for r in caplog.records if r.name == "weasyprint"] == []


def test_what_a_letter_names_is_never_fetched(decided, tmp_path):
    pytest.importorskip("weasyprint", exc_type=(ImportError, OSError))
    from registry.casework.letters import pdf

    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    letter = Letter(
        html=f'<body><p>x</p><img src="file://{secret}"><link rel="attachment" href="file://{secret}"></body>'
    )
    assert b"EmbeddedFile" not in inflated(pdf.render(letter))


def test_without_the_part_that_makes_pdfs_a_page_says_how_to_print(decided, monkeypatch):
    from registry.casework.letters import pdf

    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(pdf.NoPdf):
        pdf.render(decided.letters.get())
    answer = client_of(decided.signatory).get(f"{address(decided)}.pdf")
    assert answer.status_code == 501
    assert "Print" in answer.content.decode() and f'href="{address(decided)}/"' in answer.content.decode()
