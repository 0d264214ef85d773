"""A reader reports a problem with a record: it becomes a case, that another case puts right or an officer refuses."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from credentials.models import Credential
from registry.casework import notices, problems
from registry.casework import services as desk
from registry.casework.services import problems as services
from registry.errors import Conflict, NotAllowed, RegisterError
from registry.framework import current
from registry.models import Case, Membership, Notice, ProblemReport, User
from tests.builders import decide, evaluate, make_change, make_listed, make_provider, make_signatory, make_user, publish
from tests.desk import act, officer, page, signatory_of, signed_in, words
from tests.machines import ACTS, Subject, WalksItsTable, simple
from tests.sending import REPORT, case_of, receipt
from tests.together import at_once

PUTS_RIGHT = "APP-2026-000001"


def reported(number: str | None = None, now=None, **values) -> Case:
    number = number or publish().number
    reference = services.receive_problem(number=number, values=REPORT | values, now=now)
    return Case.objects.get(reference=reference)


def listed_case() -> tuple[str, Case]:
    """An entry, and the decided case by which it stands on the register as it does."""
    credential = make_listed()
    return credential.number, Case.objects.get(application__revision__credential=credential)


def taken_on(case: Case, by: User | None = None) -> User:
    by = by or make_user("Eva", "evaluator")
    desk.start_evaluation(case_id=case.pk, by=by)
    return by


def test_a_report_becomes_a_case_that_waits_for_an_officer(db):
    case = reported(email="reader@example.org")
    assert (case.kind, case.state, case.reference[:4]) == ("problem_report", "submitted", "RPT-")
    assert case.due_on and case.title.startswith("NQ-")
    event = case.events.get()
    assert (event.name, event.role, event.person_id, event.details) == ("case:received", "public", None, {})
    assert case in Case.objects.for_user(make_user("Rita", "registrar")).unassigned()


def test_the_case_is_of_the_body_that_awards_the_entry_which_does_not_see_it(db):
    provider = make_provider("Kestrel College")
    signatory = make_signatory(provider)
    number = publish(providers=[{"number": provider.number, "role": "awarding", "lead": True}]).number
    case = reported(number)
    assert case.organisation == provider.organisation
    assert reported(provider.number).organisation == provider.organisation
    assert signed_in(signatory).get(f"/portal/cases/{case.reference}/").status_code == 404
    assert case.reference not in signed_in(signatory).get("/portal/").content.decode()


def test_without_a_body_the_case_is_of_the_authority(db):
    assert reported().organisation == reported().organisation and not Membership.objects.exists()
    assert reported().organisation.legal_name == current.profile().authority["en"]


def test_the_same_words_within_a_day_are_the_same_report_and_later_ones_are_another(db):
    number, now = publish().number, timezone.now()
    first = reported(number, now=now)
    assert reported(number, now=now + timedelta(hours=23)) == first
    assert reported(number, now=now + timedelta(hours=25)) != first
    assert reported(number, now=now, text="Another problem.") != first


def test_two_clicks_at_once_are_one_report(committing_db):
    number = publish().number
    sent = at_once(*(lambda: services.receive_problem(number=number, values=REPORT) for _ in range(2)))
    assert sent[0] == sent[1] and Case.objects.count() == 1


@pytest.mark.parametrize("values", [{"text": "  "}, {"what": "spite"}])
def test_a_report_that_says_nothing_is_not_taken_in(db, values):
    with pytest.raises(RegisterError):
        reported(**values)
    assert not Case.objects.exists()


def test_what_is_not_public_cannot_be_reported(db):
    with pytest.raises(RegisterError, match="no entry"):
        services.receive_problem(number="NQ-000099", values=REPORT)


def test_it_is_fixed_by_naming_the_case_that_put_it_right_and_the_reader_is_told(db):
    number, other = listed_case()
    case = reported(number, email="reader@example.org")
    by = taken_on(case)
    services.fix_problem(case_id=case.pk, by=by, fixed_by=other.reference.lower(), reason="The level is 4 now.")
    case.refresh_from_db()
    assert (case.state, case.problem_report.fixed_by, case.problem_report.email) == ("fixed", other, "")
    notices.deliver()
    last = mail.outbox[-1]
    assert last.to == ["reader@example.org"] and "The level is 4 now." in last.body and number in last.body
    assert "/admin/" not in last.body and "/portal/" not in last.body
    # The address is known for as long as it is needed, and no longer.
    assert [n.to for n in Notice.objects.filter(case=case, person=None)] == [[], []]


def test_only_a_decided_case_about_the_record_puts_it_right(db):
    number, other = listed_case()
    case, by = reported(), make_user("Eva", "evaluator")
    taken_on(case, by)
    for reference, why in (("NONE", "no such case"), (case.reference, "no such case"), (other.reference, "not about")):
        with pytest.raises(RegisterError, match=why):
            services.fix_problem(case_id=case.pk, by=by, fixed_by=reference)
    second = reported(number, text="Another.")
    taken_on(second, by)
    Case.objects.filter(pk=other.pk).update(decided_at=None)
    with pytest.raises(RegisterError, match="has not been decided"):
        services.fix_problem(case_id=second.pk, by=by, fixed_by=other.reference)
    assert not Case.objects.filter(state="fixed").exists()


def test_a_case_by_which_nothing_was_changed_has_put_nothing_right(db):
    number, _case = listed_case()
    credential = Credential.objects.get(number=number)
    change = make_change(credential, signatory_of(_case), content={"titles": {"en": "Another title"}})
    desk.submit(case_id=change.pk, by=signatory_of(_case))
    decide(evaluate(change), outcome="declined")
    case = reported(number)
    eva = taken_on(case)
    with pytest.raises(RegisterError, match="Nothing was changed by"):
        services.fix_problem(case_id=case.pk, by=eva, fixed_by=change.reference, reason="")


def test_it_is_refused_with_a_reason_that_the_reader_reads(db):
    case = reported(email="reader@example.org")
    with pytest.raises(RegisterError, match="why"):
        services.refuse_problem(case_id=case.pk, by=make_user("Eva", "evaluator"), reason=" ")
    services.refuse_problem(case_id=case.pk, by=make_user("Eva", "evaluator"), reason="The decision says level 3.")
    notices.deliver()
    assert "The decision says level 3." in mail.outbox[-1].body
    with pytest.raises(Conflict):
        services.refuse_problem(case_id=case.pk, by=make_user("Eva", "evaluator"), reason="Again.")


def test_a_reader_without_an_address_is_told_nothing(db):
    case = reported()
    services.refuse_problem(case_id=case.pk, by=make_user("Eva", "evaluator"), reason="It is right.")
    assert not Notice.objects.filter(case=case).exists()


def test_who_has_an_interest_in_the_body_takes_no_part(db):
    provider = make_provider()
    case, eva = reported(provider.number), make_user("Eva", "evaluator")
    desk.declare_interest_in(organisation=provider.organisation, by=eva, reason="My sister works there.")
    with pytest.raises(NotAllowed):
        services.refuse_problem(case_id=case.pk, by=eva, reason="No.")


def test_a_mail_that_cannot_be_sent_says_nothing_of_the_address(db, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    case = reported(email="reader@example.org")
    assert notices.deliver() == 0
    notice = Notice.objects.get(case=case)
    assert notice.attempts == 1 and "reader" not in notice.last_error and notice.to == ["reader@example.org"]


def test_an_officer_works_on_it_at_the_desk(db):
    number, other = listed_case()
    case = case_of(
        receipt(f"/q/{number}/report", {**REPORT, "text": "<b>bold</b> claims", "email": "reader@example.org"})
    )
    client = officer("evaluator")
    html = page(client, case)
    assert "&lt;b&gt;bold&lt;/b&gt; claims" in html and "<b>bold" not in html and "reader@example.org" not in html
    assert "somebody without an account" in words(html)
    assert act(client, case, "start").status_code == 302
    assert "The record has been put right" in page(client, case)
    wrong = act(client, case, "fix", {"fixed_by": "APP-1", "reason": "Mended."})
    assert wrong.status_code == 422 and "Mended." in wrong.content.decode()
    assert act(client, case, "fix", {"fixed_by": other.reference}).status_code == 302
    html = page(client, case)
    assert other.reference in html and "put right" in words(html)
    assert client.get(f"/admin/registry/case/{case.pk}/report/").status_code == 200
    assert case.reference in client.get("/admin/registry/case/?queue=decided").content.decode()
    assert client.get("/admin/registry/case/dashboard/").status_code == 200


def test_an_auditor_reads_it_and_does_nothing(db):
    case, client = reported(), officer("auditor")
    assert "There is nothing for you to do" in words(page(client, case))
    assert act(client, case, "refuse", {"reason": "No."}).status_code == 409


# -- its table ---------------------------------------------------------------------------------------------------------


def fix(case: Case, by: User, now) -> Case:
    found = Case.objects.exclude(kind="problem_report").exclude(decided_at=None).first()
    return services.fix_problem(case_id=case.pk, by=by, fixed_by=found.reference, now=now)


class Report(Subject):
    """A reader's report of a problem with an entry."""

    kind = "problem_report"
    states = tuple(problems.STATES)
    acts = {t.name: ACTS[t.name] for t in problems.TRANSITIONS if t.name in ACTS} | {
        "fix": fix, "refuse": simple(services.refuse_problem, reason="It is right."),
    }  # fmt: skip

    def draft_of(self) -> Case:
        credential = make_listed()
        case = reported(credential.number, now=self.soon)
        case.signatory = make_signatory(credential.awarding_body)
        return case

    def submitted(self) -> None: ...

    def under_evaluation(self) -> None:
        self.do("evaluate", self.eva)

    def fixed(self) -> None:
        self.under_evaluation()
        self.do("fix", self.eva)

    def refused(self) -> None:
        self.do("refuse", self.eva)


class TestReport(WalksItsTable):
    subject = Report
    examples = 5


def test_the_table_knows_every_state_that_a_report_has(db):
    assert ProblemReport.What.values and set(problems.EVERY) == {"submitted", "under_evaluation", "fixed", "refused"}
