"""Complaints about providers (section 4.8 of the domain specification), and who complains, whom hardly anybody reads."""

from datetime import date, timedelta

import pytest
from django.core import mail
from django.db import DatabaseError, transaction
from django.test import Client

from providers import complaints
from providers.models import Complainant, Complaint, Finding, Provider
from providers.services import complaints as services
from registry import exports
from registry.audit import Event
from registry.casework import kinds, notices
from registry.casework import services as desk
from registry.errors import Conflict, NotAllowed, RegisterError
from registry.framework import current
from registry.models import Case, Notice, User
from registry.search import follower
from tests.builders import make_provider, make_signatory, make_user
from tests.desk import act, officer, page, signed_in, words
from tests.machines import ACTS, Subject, WalksItsTable, simple
from tests.registry.test_clock import at
from tests.sending import COMPLAINT, EMAIL, NAME, case_of, receipt
from tests.test_access import address_of, routes

SECRETS = (NAME.lower(), "zebulon", "quill lane", "021 555 0134")
TEXT = COMPLAINT["text"]


def complained(provider: Provider | None = None, now=None, **values) -> Case:
    provider = provider or make_provider()
    said = COMPLAINT | {"happened_on": current.today(now) - timedelta(days=30), "may_be_named": False} | values
    return Case.objects.get(reference=services.receive_complaint(number=provider.number, values=said, now=now))


def looked_into(case: Case, by: User | None = None, **reasons: str) -> User:
    by = by or make_user("Eva", "evaluator")
    services.take_up(case_id=case.pk, by=by, **reasons)
    return by


def heard(case: Case, by: User) -> None:
    """The provider is asked, and answers."""
    items = [{"criterion": "duty", "question": "Why was the course stopped?"}]
    desk.ask(case_id=case.pk, by=by, items=items)
    signatory = make_signatory(case.complaint.provider)
    item = case.information_requests.get().items.get()
    desk.answer(case_id=case.pk, by=signatory, item_id=item.pk, text="The teacher left.")
    desk.send_answers(case_id=case.pk, by=signatory)


def judged(case: Case, by: User) -> None:
    for criterion in desk.criteria_of(case):
        desk.judge(case_id=case.pk, by=by, criterion=criterion.id, verdict="not_met", reason="The fee was kept.")


def advised(outcome: str = "advice", provider: Provider | None = None) -> Case:
    case = complained(provider)
    by = looked_into(case)
    heard(case, by)
    judged(case, by)
    services.advise(case_id=case.pk, by=by, outcome=outcome, reason="It kept a fee for nothing.")
    return fresh(case)


def concluded(outcome: str = "advice", **texts: str) -> Case:
    case = advised(outcome)
    services.conclude(
        case_id=case.pk, by=make_user("Dana", "decision_maker"), outcome=outcome, reason="So it is.", **texts
    )
    return fresh(case)


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def mails() -> list[str]:
    notices.deliver()
    return [f"{m.to} {m.subject}\n{m.body}" for m in mail.outbox]


# -- received ----------------------------------------------------------------------------------------------------------


def test_a_complaint_becomes_a_case_about_the_provider_and_its_sender_gets_a_receipt(db):
    provider = make_provider()
    html = receipt(f"/providers/{provider.number}/complaint", COMPLAINT)
    case = case_of(html)
    assert (case.kind, case.state, case.organisation) == ("complaint", "received", provider.organisation)
    assert case.due_on and case.complaint.text == TEXT and case.complaint.happened_on == date(2026, 8, 3)
    (sent,) = mails()
    assert EMAIL in sent and case.reference in sent and "/admin/" not in sent and "/portal/" not in sent
    assert NAME not in html


def test_the_receipt_is_written_in_the_language_in_which_the_complaint_was(db):
    provider = make_provider()
    receipt(f"/ar/providers/{provider.number}/complaint", COMPLAINT)
    assert Complainant.objects.get().language == "ar" and Notice.objects.get().language == "ar"


def test_an_officer_records_a_complaint_that_came_as_a_letter(db):
    provider, client = make_provider(), officer("registrar")
    address = f"/admin/providers/provider/{provider.pk}/complaint/"
    assert address in client.get(f"/admin/providers/provider/{provider.pk}/change/").content.decode()
    data = COMPLAINT | {"channel": "letter", "received_on": "2026-08-20", "language": "fr", "email": "", "name": ""}
    assert client.post(address, data | {"received_on": "2999-01-01"}).status_code == 422
    refused = client.post(address, data | {"text": ""})
    assert refused.status_code == 422 and "7 Quill Lane" in refused.content.decode()
    assert client.post(address, data).status_code == 302
    it = Complaint.objects.get()
    assert (it.channel, it.received_on, it.complainant.address) == ("letter", date(2026, 8, 20), "7 Quill Lane")
    assert it.case.events.get().name == "case:recorded" and not Notice.objects.exists()


@pytest.mark.parametrize("role", ["decision_maker", "auditor", "review_officer"])
def test_others_record_no_complaint(db, role):
    provider = make_provider()
    assert officer(role).get(f"/admin/providers/provider/{provider.pk}/complaint/").status_code == 403
    with pytest.raises(NotAllowed):
        services.record_complaint(
            provider=provider, by=make_user("X", role), values=COMPLAINT, channel="letter", received_on=current.today()
        )


@pytest.mark.parametrize(
    "values", [{"text": " "}, {"happened_on": date(2999, 1, 1)}, {"happened_on": None}, {"own_process": "perhaps"}]
)
def test_a_complaint_that_says_too_little_is_not_taken_in(db, values):
    with pytest.raises(RegisterError):
        complained(**values)
    assert not Case.objects.exists()


def test_whoever_recorded_it_concludes_nothing_in_it(db):
    case = advised()
    both = make_user("Rita", "registrar", "decision_maker", "evaluator")
    with transaction.atomic():
        second = services.record_complaint(
            provider=case.complaint.provider, by=both, channel="letter", received_on=current.today(),
            values=COMPLAINT | {"happened_on": current.today(), "own_process": "ended"},
        )  # fmt: skip
    eva = looked_into(second)
    judged(second, eva)
    services.advise(case_id=second.pk, by=eva, outcome="no_action", reason="It is settled.")
    with pytest.raises(NotAllowed, match="Four eyes"):
        services.conclude(case_id=second.pk, by=both, outcome="no_action", reason="It is settled.")


# -- whether it is looked into -----------------------------------------------------------------------------------------


def test_the_providers_own_process_comes_first_unless_an_officer_says_why_not(db):
    case, eva = complained(own_process="no"), make_user("Eva", "evaluator")
    with pytest.raises(RegisterError, match="own process"):
        services.take_up(case_id=case.pk, by=eva)
    services.refer_to_provider(case_id=case.pk, by=eva, reason="Write to its head first.")
    assert (fresh(case).state, fresh(case).due_on) == ("provider_process_first", None)
    assert "Write to its head first." in mails()[-1]
    services.take_up(case_id=case.pk, by=eva, process_reason="It has closed its office.")
    assert fresh(case).state == "under_evaluation" and fresh(case).assigned_to == eva and fresh(case).due_on
    assert fresh(case).complaint.process_reason == "It has closed its office."


@pytest.mark.parametrize(("days", "old"), [(364, False), (365, False), (380, True)])
def test_what_happened_more_than_twelve_months_before_is_taken_up_only_with_a_reason(db, days, old):
    now = at(date(2026, 7, 15))
    case = complained(now=now, happened_on=date(2026, 7, 15) - timedelta(days=days), pursued="Wrote each month.")
    assert services.too_old(case.complaint) is old
    eva = make_user("Eva", "evaluator")
    if old:
        with pytest.raises(RegisterError, match="too long"):
            services.take_up(case_id=case.pk, by=eva)
        assert "longer before" in page(officer("evaluator"), case)
        services.take_up(case_id=case.pk, by=eva, limit_reason="It was pursued each month.")
    else:
        services.take_up(case_id=case.pk, by=eva)
    assert fresh(case).state == "under_evaluation"


def test_what_is_out_of_scope_ends_with_a_reason_for_the_complainant(db):
    case, eva = complained(), make_user("Eva", "evaluator")
    with pytest.raises(RegisterError):
        services.put_out_of_scope(case_id=case.pk, by=eva, reason=" ")
    services.put_out_of_scope(case_id=case.pk, by=eva, reason="Marks are the provider's own matter.")
    assert fresh(case).state == "out_of_scope" and "own matter" in mails()[-1]
    with pytest.raises(Conflict):
        looked_into(case)


# -- what is found -----------------------------------------------------------------------------------------------------


def test_one_officer_advises_and_another_concludes(db):
    case = complained()
    both = looked_into(case, make_user("Eva", "evaluator", "decision_maker"))
    heard(case, both)
    with pytest.raises(NotAllowed, match="Judge"):
        services.advise(case_id=case.pk, by=both, outcome="advice", reason="So.")
    judged(case, both)
    services.advise(case_id=case.pk, by=both, outcome="advice", reason="So.")
    with pytest.raises(NotAllowed, match="Four eyes"):
        services.conclude(case_id=case.pk, by=both, outcome="advice", reason="So.")
    dana = make_user("Dana", "decision_maker")
    services.conclude(case_id=case.pk, by=dana, outcome="no_action", reason="I differ.")
    assert [(f.final, f.outcome) for f in Finding.objects.all()] == [(False, "advice"), (True, "no_action")]
    assert fresh(case).decided_at and fresh(case).state == "concluded"


@pytest.mark.parametrize("outcome", ["advice", "compliance_notice", "condition"])
def test_nothing_is_held_against_a_provider_that_was_not_heard(db, outcome):
    case = complained()
    eva = looked_into(case)
    judged(case, eva)
    with pytest.raises(RegisterError, match="not been heard"):
        services.advise(case_id=case.pk, by=eva, outcome=outcome, reason="So.")
    services.advise(case_id=case.pk, by=eva, outcome="no_action", reason="Nothing was wrong.")


def test_what_was_found_is_never_altered(db):
    concluded()
    for change in (lambda: Finding.objects.update(outcome="no_action"), lambda: Finding.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_the_complainant_and_the_provider_are_told_in_neutral_words(db):
    case = concluded(to_complainant="The fee is paid back.", to_provider="Pay fees back within a month.")
    sent = mails()
    (own,) = [m for m in sent if EMAIL in m and "outcome" in m]
    assert (
        "The authority advises the provider." in own and "The fee is paid back." in own and "within a month" not in own
    )
    (theirs,) = [m for m in sent if "sina" in m and "outcome" in m]
    assert "The authority advises the provider." in theirs and "within a month" in theirs and "paid back." not in theirs
    assert "So it is." not in own + theirs
    assert all(notice.to == [] for notice in Notice.objects.filter(case=case, person=None))


@pytest.mark.parametrize("outcome", ["compliance_notice", "condition"])
def test_an_outcome_imposes_nothing_and_offers_a_case_of_its_own(db, outcome):
    case = concluded(outcome)
    provider = case.complaint.provider
    provider.refresh_from_db()
    assert provider.details == {} and not case.decisions.exists()
    assert complaints.onward(case) == [("provider_sanction", provider.number)]
    html = page(officer("registrar"), case)
    assert "a sanction is a case of its own" in words(html)
    begun = kinds.begun_about("provider")
    known = any(kind.name == "provider_sanction" for kind in begun)
    assert (f"/admin/registry/case/begin/provider_sanction/{provider.number}/" in html) is known
    assert complaints.onward(concluded("no_action")) == []


def test_it_is_closed_when_nothing_is_left_to_do(db):
    case, eva = concluded(), make_user("Ida", "evaluator")
    services.close_complaint(case_id=case.pk, by=eva)
    assert fresh(case).state == "closed" and fresh(case) not in Case.objects.all().open()


# -- what the provider reads -------------------------------------------------------------------------------------------


def test_the_provider_sees_nothing_before_it_is_asked_and_then_only_what_it_is_asked(db):
    provider = make_provider()
    signatory = make_signatory(provider)
    case, eva = complained(provider), make_user("Eva", "evaluator")
    address = f"/portal/cases/{case.reference}/"
    looked_into(case, eva)
    assert signed_in(signatory).get(address).status_code == 404
    assert not Notice.objects.filter(person=signatory).exists()
    desk.ask(case_id=case.pk, by=eva, items=[{"criterion": "duty", "question": "Why was the course stopped?"}])
    client = signed_in(signatory)
    html = client.get(address).content.decode()
    assert "Why was the course stopped?" in html and TEXT not in html and "They answered" not in html
    item = case.information_requests.get().items.get()
    assert client.post(f"{address}answer/", {"item": item.pk, "text": "The teacher left."}).status_code == 302
    assert client.post(f"{address}send_answers/").status_code == 302
    assert fresh(case).state == "under_evaluation"


def test_what_the_provider_does_not_answer_is_judged_on_what_is_there_and_nothing_lapses(db):
    now = at(date(2026, 3, 2))
    case = complained(now=now)
    eva = make_user("Eva", "evaluator")
    services.take_up(case_id=case.pk, by=eva, now=now)
    desk.ask(
        case_id=case.pk, by=eva, items=[{"criterion": "duty", "question": "Why?", "unanswered": "lapses"}], now=now
    )
    assert desk.propose_lapses(date(2026, 12, 1), now=at(date(2026, 12, 1))) == 0
    desk.resume(case_id=case.pk, by=eva, reason="It has had its time.", now=at(date(2026, 12, 1)))
    assert fresh(case).state == "under_evaluation"


# -- who complains -----------------------------------------------------------------------------------------------------


def test_a_registrar_and_the_officer_of_the_case_read_who_complains_and_each_reading_is_logged(db):
    case = complained()
    eva = looked_into(case)
    for reader in (eva, make_user("Rita", "registrar")):
        client = signed_in(reader)
        html = page(client, case)
        assert "Show who complains" in html and NAME not in html
        shown = act(client, case, "show_complainant")
        html = shown.content.decode()
        assert shown.status_code == 200 and "no-store" in shown.headers["Cache-Control"]
        assert NAME in html and EMAIL in html and "read who complains" in words(html)
        last = case.events.latest("position")
        assert (last.name, last.person_id) == ("case:show_complainant", reader.person_id)
        assert NAME not in page(client, case)


@pytest.mark.parametrize("role", ["evaluator", "decision_maker", "review_officer", "auditor", "administrator"])
def test_nobody_else_reads_who_complains(db, role):
    case = complained()
    looked_into(case)
    client = officer(role)
    if role != "administrator":
        assert "Show who complains" not in page(client, case)
    response = act(client, case, "show_complainant")
    assert response.status_code == (403 if role == "administrator" else 409)
    assert NAME not in response.content.decode()
    assert not case.events.filter(name="case:show_complainant").exists()


def test_an_officer_with_an_interest_in_the_provider_does_not_read_it_either(db):
    case, rita = complained(), make_user("Rita", "registrar")
    desk.declare_interest_in(organisation=case.organisation, by=rita, reason="My sister works there.")
    with pytest.raises(NotAllowed):
        services.show_complainant(case_id=case.pk, by=rita)


def test_events_hold_a_salted_digest_alone(db):
    case = complained()
    details = case.events.get().details
    assert set(details) == {"complainant_sha256", "channel"} and len(details["complainant_sha256"]) == 64
    again = complained(make_provider("Elsewhere"))
    assert again.events.get().details["complainant_sha256"] != details["complainant_sha256"]


def test_case_41_who_complained_is_forgotten_once_the_case_has_ended_and_the_event_stays(db):
    case, rita = concluded(), make_user("Rita", "registrar")
    before = bytes(case.events.first().hash)
    with pytest.raises(Conflict):
        services.forget_complainant(case_id=case.pk, by=rita, reason="Retention rule 7.")
    services.close_complaint(case_id=case.pk, by=rita)
    with pytest.raises(NotAllowed):
        services.forget_complainant(case_id=case.pk, by=make_user("Ida", "evaluator"), reason="Retention rule 7.")
    services.forget_complainant(case_id=case.pk, by=rita, reason="Retention rule 7.")
    assert not Complainant.objects.exists() and fresh(case).complaint.text == TEXT
    assert bytes(case.events.first().hash) == before
    assert not Notice.objects.filter(to__contains=[EMAIL]).exists()
    assert not any(EMAIL in sent for sent in mails())
    with pytest.raises(NotAllowed, match="forgotten"):
        services.show_complainant(case_id=case.pk, by=rita)


# -- it leaks nowhere --------------------------------------------------------------------------------------------------


def walk(client: Client, things: dict[str, str], rows: dict[str, int], *within: str) -> dict[str, str]:
    """Every page that a person can open, by its address; of the desk's lists, the row that has to do with the case."""
    found = {}
    for route in (route for route in routes() if route.startswith(within or "")):
        row = next((str(pk) for beginning, pk in rows.items() if route.startswith(beginning)), "1")
        address = address_of(route, things | dict.fromkeys(("pk", "path", "object_id"), row))
        if address and "logout" not in route:
            response = client.get(address)
            if not response.streaming:
                found[address] = response.content.decode(errors="replace").lower()
    return found


def test_the_name_of_a_complainant_stands_in_no_outlet(committing_db, tmp_path):
    """Every page of every role, the portal of the provider, the API, exports, events, and mails to anybody else."""
    provider = make_provider()
    case = case_of(receipt(f"/providers/{provider.number}/complaint", COMPLAINT))
    eva = looked_into(case)
    heard(case, eva)
    signatory = User.objects.get(name="Sina")
    judged(case, eva)
    services.advise(case_id=case.pk, by=eva, outcome="advice", reason="So.")
    services.conclude(case_id=case.pk, by=make_user("Dana", "decision_maker"), outcome="advice", reason="So.")
    assert NAME in dict(map(reversed, services.show_complainant(case_id=case.pk, by=eva))), (
        "the walk has something to find"
    )
    follower.catch_up()
    notice = Notice.objects.filter(case=case, person=None).first()
    event = case.events.first()
    readers = {
        role: make_user(role, role)
        for role in ("evaluator", "decision_maker", "review_officer", "registrar", "auditor", "administrator")
    } | {"signatory": signatory, "eva": eva}
    things = {
        "reference": case.reference, "number": provider.number, "revision": "1", "evidence": "1", "app_label": "registry",
        "content_type_id": "1", "name": "start", "id": "1", "key": "x", "uidb36": "x", "kind": "provider_sanction",
        "about": provider.number, "secret": "x", "slug": "status", "first": "NQ-000001",
    }  # fmt: skip
    rows = {
        "admin/registry/case/": case.pk, "admin/registry/notice/": notice.pk, "admin/registry/event/": event.pk,
        "admin/providers/": provider.pk, "admin/registry/organisation/": provider.organisation_id,
    }  # fmt: skip
    leaks = [
        ("anybody", address, s) for address, html in walk(Client(), things, rows).items() for s in SECRETS if s in html
    ]
    for role, reader in readers.items():
        client = signed_in(reader)
        pages = walk(client, things, rows, "admin/", "portal/")
        leaks += [(role, address, secret) for address, html in pages.items() for secret in SECRETS if secret in html]
        if role not in ("signatory", "administrator"):
            assert TEXT.lower() in pages[f"/admin/registry/case/{case.pk}/change/"], "it reads the case itself"
            assert case.reference not in client.get("/admin/registry/case/", {"q": "Zebulon"}).content.decode()
    assert leaks == []
    exports.export(tmp_path / "export")
    written = " ".join(p.read_text(encoding="utf-8").lower() for p in (tmp_path / "export").iterdir())
    written += " ".join(str(e.details).lower() + bytes(e.record).decode().lower() for e in Event.objects.all())
    written += " ".join(f"{n.subject} {n.body}".lower() for n in Notice.objects.all())
    assert [s for s in SECRETS if s in written] == []
    others = [m for m in mails() if EMAIL not in m]
    assert others and not any(s in m.lower() for m in others for s in SECRETS)


# -- its table ---------------------------------------------------------------------------------------------------------


class OfAProvider(Subject):
    """A complaint about a provider, taken to each of its states."""

    kind = "complaint"
    states = tuple(complaints.STATES)
    acts = {t.name: ACTS[t.name] for t in complaints.TRANSITIONS if t.name in ACTS} | {
        "refer_to_provider": simple(services.refer_to_provider, reason="Ask it first."),
        "take_up": simple(services.take_up, process_reason="It is closed.", limit_reason="It was pursued."),
        "out_of_scope": simple(services.put_out_of_scope, reason="It is a matter of marks."),
        "take_back_complaint": simple(services.take_back_complaint, reason="It is settled."),
        "advise": simple(services.advise, outcome="no_action", reason="Nothing was wrong."),
        "conclude": simple(services.conclude, outcome="no_action", reason="Nothing was wrong."),
        "close": simple(services.close_complaint),
        "show_complainant": simple(services.show_complainant),
        "forget_complainant": simple(services.forget_complainant, reason="Retention rule 7."),
    }  # fmt: skip

    def draft_of(self) -> Case:
        provider = make_provider()
        case = complained(provider, now=self.soon)
        case.signatory = make_signatory(provider)
        return case

    def received(self) -> None: ...

    def provider_process_first(self) -> None:
        self.do("refer_to_provider", self.eva)

    def under_evaluation(self) -> None:
        self.do("take_up", self.eva)
        for criterion in desk.criteria_of(self.case):
            desk.judge(
                case_id=self.case.pk, by=self.eva, criterion=criterion.id, verdict="met", reason="Shown.", now=self.soon
            )

    def recommended(self) -> None:
        self.under_evaluation()
        self.do("advise", self.eva)

    def concluded(self) -> None:
        self.recommended()
        self.do("conclude", self.dana)

    def closed(self) -> None:
        self.concluded()
        self.do("close", self.eva)

    def out_of_scope(self) -> None:
        self.do("out_of_scope", self.eva)

    def withdrawn(self) -> None:
        self.do("take_back_complaint", self.eva)


class TestComplaint(WalksItsTable):
    subject = OfAProvider
    examples = 5
