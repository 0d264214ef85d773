"""The desk as people use it: officers with browsers, and cases in the states that they find them in."""

import re
from datetime import timedelta

from django.test import Client
from django.utils import timezone

from registry.casework import services as desk
from registry.framework import current
from registry.models import Case
from tests.builders import (
    CRITERIA,
    approve,
    ask_about,
    make_recommended,
    make_submitted,
    make_user,
    searched,
)  # fmt: skip

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
TODAY = current.today()
YES = {"listing": "approved", "approval": "approved", "accreditation": "approved", "reason": "Need is well shown."}
WITH_CONDITION = YES | {
    "accreditation": "approved_with_conditions", "text_1": "Name a second assessor.", "owner_1": "Harbour Institute",
    "due_on_1": f"{TODAY + timedelta(days=60)}", "matter_1": "accreditation",
}  # fmt: skip


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def officer(*roles: str, name: str = "") -> Client:
    return signed_in(make_user(name or "-".join(roles), *roles))


def page(client: Client, case: Case) -> str:
    response = client.get(f"/admin/registry/case/{case.pk}/change/")
    assert response.status_code == 200
    return response.content.decode()


def act(client: Client, case: Case, name: str, data: dict | None = None, **kwargs):
    return client.post(f"/admin/registry/case/{case.pk}/{name}/", data or {}, **kwargs)


def last_event(case: Case) -> str:
    return case.events.latest("position").name


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


# -- cases in their states ---------------------------------------------------------------------------------------------


def submitted() -> Case:
    return make_submitted()


def evaluated() -> Case:
    case = make_submitted()
    desk.start_evaluation(case_id=case.pk, by=make_user("Eva", "evaluator"))
    case.refresh_from_db()
    return case


def asked() -> Case:
    case = evaluated()
    ask_about(case, case.assigned_to, "need")
    case.refresh_from_db()
    return case


def unanswered() -> Case:
    """Asked long ago, and the grace is over: the clock has proposed that it lapses."""
    case = make_submitted()
    eva = make_user("Eva", "evaluator")
    desk.start_evaluation(case_id=case.pk, by=eva)
    ask_about(case, eva, "need", "assessment", now=timezone.now() - timedelta(days=90))
    desk.propose_lapses(TODAY)
    case.refresh_from_db()
    assert case.lapse_proposed_on == TODAY
    return case


def before_a_panel() -> Case:
    case = evaluated()
    eva = case.assigned_to
    desk.convene(case_id=case.pk, by=eva, members=[eva], quorum=1, question="Is the assessment sound?")
    case.refresh_from_db()
    return case


def judged() -> Case:
    case = evaluated()
    for criterion in CRITERIA:
        desk.judge(case_id=case.pk, by=case.assigned_to, criterion=criterion, verdict="met", reason="It is shown.")
    searched(case, case.assigned_to)
    case.refresh_from_db()
    return case


def recommended() -> Case:
    return make_recommended()


def backdated() -> Case:
    case = make_recommended()
    first = TODAY - timedelta(days=30)
    approve(case, by=make_user("Dana", "decision_maker"), effective_on=first, backdating="court")
    case.refresh_from_db()
    assert case.state == "decision_pending"
    return case


def signatory_of(case: Case):
    from registry.models import Membership

    return Membership.objects.get(organisation=case.organisation).user
