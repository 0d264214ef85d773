"""What somebody outside sends the authority becomes a case of its own, in the first state of its kind."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from registry import audit
from registry.casework import clock, kinds, workflow
from registry.casework.models import Case
from registry.framework import current
from registry.numbers import allot
from registry.people.models import Organisation, User

# In which role somebody without an account acts, as events name it.
PUBLIC = "public"


def receive_case(
    *, kind: str, organisation: Organisation, title: str, now: datetime, by: User | None = None, role: str = PUBLIC,
    details: Mapping[str, Any] | None = None,
) -> Case:  # fmt: skip
    """A new case with the authority, its first clock running. `by`: the officer who records what came as a letter or by
    telephone, in that `role`; they have written of it, and so decide nothing in it.

    `details` go into the event, and so name nobody.
    """
    first, today = next(iter(kinds.get(kind).states)), current.today(now)
    with transaction.atomic():
        case = Case.objects.create(
            reference=allot(f"{kinds.get(kind).prefix}-{today.year}")[0], kind=kind, organisation=organisation,
            state=first, title=title, opened_at=now, submitted_at=now, profile=current.version_on(today).id,
        )  # fmt: skip
        clock.apply(case, "completeness", today)
        case.save(update_fields=["due_on"])
        if by is not None:
            workflow.take_part(case, by, "drafted")
        name = "case:received" if by is None else "case:recorded"
        audit.record(name, case_id=case.pk, by=by, role=role, details=details, now=now)
        return case


def one_at_a_time(*said: str) -> None:
    """Let whoever sends the same thing at the same moment wait until this transaction ends: a double click is one case."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", ["\x1f".join(said)])
