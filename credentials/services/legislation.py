"""Carrying out a law that makes another kind of entries: a registrar does it, and the law is what allows it (E10)."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from credentials import legislated, publishing
from credentials.lifecycle_wrongs import BY_LAW
from credentials.models import Credential, KindByLaw, Revision
from credentials.services.preparing import listed
from credentials.services.telling import tell_who_delivers
from registry import copying, journal
from registry.casework import services as desk
from registry.casework import workflow
from registry.casework.kinds import Sentence
from registry.casework.models import Decision
from registry.errors import Conflict
from registry.framework import current
from registry.journal import Publication
from registry.models import Case, User
from registry.numbers import parse_number

FIELDS = ("law", "section", "effective_on", "from_kind", "to_kind")


def begin_change_by_law(*, about: str, by: User, now: datetime | None = None) -> Case:
    """A draft that names this entry; others are added to it. Raises as `begin_removal` does."""
    role = desk.role_to_prepare(by, BY_LAW)
    with transaction.atomic():
        credential = listed(about)
        case = desk.open_case(kind=BY_LAW, organisation=desk.authority_as_body(), by=by, role=role, now=now)
        case.title = about
        case.save(update_fields=["title"])
        KindByLaw.objects.create(case=case, numbers=[about], from_kind=credential.kind)
        return case


@desk.logged_when_refused
def save_change_by_law(
    *, case_id: int, by: User, values: Mapping[str, Any], expected_revision: int | None = None,
    now: datetime | None = None,
) -> KindByLaw:  # fmt: skip
    """Keep which law it is and which entries it names. Raises Conflict where a colleague has saved meanwhile."""
    case = workflow.lock(case_id)
    change = KindByLaw.objects.get(case=case)
    changed = [name for name in (*FIELDS, "numbers") if name in values]
    for name in changed:
        setattr(change, name, values[name])
    change.numbers = list(dict.fromkeys(parse_number(said) or said for said in change.numbers))
    case.title = change.instrument or case.title
    workflow.move(case, "edit", by=by, expected_revision=expected_revision, details={"fields": changed}, now=now)
    change.save()
    return change


def publish_by_law(*, case: Case, decisions: list[Decision], by: User | None, now: datetime) -> list[Sentence]:
    """A further revision of each entry, under the same number and of the new kind; all of them, or none.

    What earlier revisions said of the kind stays as it was. An entry that was changed later than the law has effect is of
    the new kind from its last change on. Raises Conflict where an entry was removed meanwhile.
    """
    change, today = case.kind_by_law, current.today(now)
    credentials = list(
        Credential.objects.select_for_update(of=("self",)).filter(number__in=change.numbers).order_by("pk")
        .select_related("awarding_body", "developer")
    )  # fmt: skip
    if refusal := legislated.why_not(change):
        raise Conflict(refusal)
    latest = {r.credential_id: r for r in Revision.objects.public().filter(credential__in=credentials)}
    revisions = [_revised(credential, latest[credential.pk], change, today) for credential in credentials]
    published = journal.publish_many([
        Publication(
            document=publishing.credential_document(revision.credential, revision), action="revised",
            effective_from=revision.effective_from, decision_number=case.reference, reason=change.instrument,
        )
        for revision in revisions
    ], now=now)  # fmt: skip
    for revision, landed in zip(revisions, published, strict=True):
        revision.number = landed.revision
    copying.insert(revisions)
    copying.update(
        credentials, ["kind", "review_period_months", "review_due", "review_anchor", "review_months", "decisions"]
    )
    for credential in credentials:
        tell_who_delivers(credential, apart_from=case, now=now)
    return [lambda: _("%(count)d entries are of another kind now.") % {"count": len(credentials)}]


def _revised(credential: Credential, latest: Revision, change: KindByLaw, today: date) -> Revision:
    """What the entry says from then on: the same, as an entry of the new kind."""
    credential.kind = change.to_kind
    legislated.set_review(credential, today)
    since = max(filter(None, (change.effective_on, latest.effective_from)))
    row = {"number": change.case.reference, "matter": "kind", "outcome": "approved", "date": since.isoformat()}
    credential.decisions = [*credential.decisions, row]
    revision = latest.copied(effective_from=since)
    revision.credential = credential
    return revision
