"""What must hold of a register after years of daily runs, and a digest of all that people see of it.

Each invariant answers with its offenders, as sentences. `left` tells the end state without keys, random ids, recorded
times of the journal and hashes: two rehearsals of the same days leave the same.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import orjson

from credentials import schedule
from credentials.models import Credential, Review
from registry.casework import reporting
from registry.framework import current
from registry.models import Case, Change, Condition, Decision, Entry, Event, InformationRequest, Notice, User
from registry.status import status_on, turned
from registry.verification import differences

DAY = timedelta(days=1)
# What only a decision of people does to an entry: the dates by which its status follows.
DATES = ("expiring_from", "expiry_end", "last_new_enrolment", "suspensions", "closed_undated", "withdrawn_on",
         "accredited_until", "ended_on", "ended_as", "registered_on")  # fmt: skip


def one_next_day(today: date) -> list[str]:
    """Every current entry that is reviewed falls due on one day: one to come, or one of which the review is open."""
    documents = dict(Entry.objects.credentials().readable().values_list("number", "document"))
    open_ones: dict[int, list[Review]] = defaultdict(list)
    for review in Review.objects.filter(of_entry=True).open().select_related("case"):
        open_ones[review.credential_id].append(review)
    found = []
    for credential in Credential.objects.standing().order_by("number"):
        document = orjson.loads(bytes(documents[credential.number]))
        said = document.get("review_due")
        if said != (credential.review_due and credential.review_due.isoformat()):
            found.append(f"{credential.number} says {said} in public, and {credential.review_due} at the desk")
        if status_on(document, today) != "current":
            continue
        mine = open_ones[credential.pk]
        if credential.review_due is None:
            found.append(f"{credential.number} has no next day")
        elif len(mine) > 1:
            found.append(f"{credential.number} has {len(mine)} open reviews")
        elif mine and mine[0].due_on != credential.review_due:
            found.append(f"{credential.number} is due on {credential.review_due}; its open review on {mine[0].due_on}")
        elif not mine and schedule.opens_on(credential.review_due) <= today and not _ends_first(credential):
            found.append(f"{credential.number} was due to be opened for {credential.review_due}, and is not open")
    return found


def _ends_first(credential: Credential) -> bool:
    return bool(credential.expiring_from and credential.expiring_from <= credential.review_due)


def once_for_each_cycle(today: date) -> list[str]:
    """No review exists twice for one cycle, whatever its state: they fall due on different days, whole periods apart."""
    found, cycles = [], defaultdict(list)
    for review in Review.objects.select_related("credential", "case").order_by("due_on", "case__reference"):
        of = ("entry",) if review.of_entry else ("delivery", review.accreditation_id)
        cycles[review.credential, of].append(review)
    for (credential, of), reviews in cycles.items():
        for one, other in pairwise(reviews):
            least = credential.review_period_months * 28 - 10
            if (other.due_on - one.due_on).days < least:
                found.append(
                    f"{credential.number} {of[0]}: {one.case.reference} and {other.case.reference} are of one cycle"
                )
    return found


def nothing_by_the_clock(since: int) -> list[str]:
    """After that serial every change of an entry names a decision, or tells what dates do that a decision had set."""
    found, known = [], {}
    decided = {*Decision.objects.values_list("number", flat=True)}
    for change in Change.objects.order_by("serial").iterator(chunk_size=500):
        before = known.get(change.number)
        body = bytes(change.document) if change.document is not None else None
        known[change.number] = body
        if change.serial <= since:
            continue
        what = f"change {change.serial} of {change.number} ({change.action})"
        if change.decision_number:
            if change.decision_number not in decided:
                found.append(f"{what} names {change.decision_number}, which is no decision")
        elif change.action != "status":
            found.append(f"{what} rests on no decision")
        elif body != before:
            altered = {n for n in DATES if orjson.loads(body).get(n) != orjson.loads(before or b"{}").get(n)}
            found.append(
                f"{what} rests on no decision, and says something new: {sorted(altered) or 'not of its dates'}"
            )
        elif not turned(orjson.loads(body), change.effective_from):
            found.append(f"{what}: nothing in its dates alters on {change.effective_from}")
    return found


def no_case_ended_by_the_clock() -> list[str]:
    """Of cases that have ended, a person did it."""
    ends = ("case:lapse", "case:withdraw", "case:decline", "case:approve", "case:close_report", "case:require_change")
    ended = Event.objects.filter(name__in=ends, person_id=None).select_related("case").exclude(case=None)
    return [f"{e.case.reference}: {e.name} by nobody" for e in ended.order_by("pk")]


def no_mail_twice(today: date) -> list[str]:
    """Nobody was owed the same text about the same case on the same day, nor the same thing ever again."""
    found, texts, keys = [], Counter(), Counter()
    rows = Notice.objects.values_list("person__email", "case__reference", "subject", "body", "created_at", "key")
    for person, case, subject, body, created_at, key in rows:
        texts[person, case, subject, body, current.today(created_at)] += 1
        if key:
            keys[person, key] += 1
    found += [f"{p}, {c}, {d}, {n} times: {s}" for (p, c, s, _, d), n in texts.items() if n > 1]
    return found + [f"{p} {k}: {n} times" for (p, k), n in keys.items() if n > 1]


def late_once_for_each_level(today: date) -> list[str]:
    """Of each level of being late each person was told once at most; and of the present one everybody was."""
    found = []
    told: dict[tuple[int, int], Counter] = defaultdict(Counter)
    for case_id, key, person in Notice.objects.filter(key__contains=":late:").values_list(
        "case_id", "key", "person__email"
    ):
        level = int(re.search(r":late:(\d)", key)[1])
        told[case_id, level][person, key.endswith(":staff")] += 1
    references = dict(Case.objects.values_list("pk", "reference"))
    for (case_id, level), people in told.items():
        found += [
            f"{references[case_id]}: {p} was told {n} times of level {level}" for (p, _), n in people.items() if n > 1
        ]
    ruth = User.objects.get(email="ruth@authority.example").email
    for case in Case.objects.filter(kind="credential_review", state__in=reporting.ASKED).order_by("reference"):
        level = reporting.level_on(case, today)
        if case.told_late != level:
            found.append(f"{case.reference} is late at level {level}, and people were told of {case.told_late}")
        for each in range(1, min(level, 2) + 1):
            if (ruth, True) not in told[case.pk, each]:
                found.append(f"{case.reference}: the review officer was never told of level {each}")
    return found


def on_the_grid(today: date) -> list[str]:
    """Next days lie whole periods after the day from which an entry counts, and so did each day that was reviewed."""
    found = []
    for credential in Credential.objects.exclude(review_anchor=None).prefetch_related("reviews").order_by("number"):
        anchor, period = credential.review_anchor, credential.review_period_months
        if credential.review_months % period or credential.review_due != schedule.due_after(
            anchor, credential.review_months
        ):
            found.append(
                f"{credential.number} is due on {credential.review_due}, {credential.review_months} months after {anchor}"
            )
        # Who delivers an entry whose own review nobody decides is asked in the cycles that follow it.
        last = credential.review_months + 12 * 12
        grid = {schedule.due_after(anchor, months) for months in range(0, last, period)}
        found += [
            f"{credential.number} was reviewed for {review.due_on}, which is not on its grid from {anchor}"
            for review in credential.reviews.all()
            if review.due_on not in grid
        ]
    return found


def everything_agrees() -> list[str]:
    return list(differences())


# -- the end state -----------------------------------------------------------------------------------------------------


def left() -> dict[str, list[str]]:
    """All that people see at the end, as lines by what they are of."""
    references = dict(Case.objects.values_list("pk", "reference"))
    return {
        "documents": _lines(
            (e["number"], bytes(e["document"]).decode(), e["withdrawn_on"], e["turns_on"])
            for e in Entry.objects.order_by("number").values("number", "document", "withdrawn_on", "turns_on")
        ),
        "cases": _lines(
            Case.objects.order_by("reference").values_list(
                "reference", "kind", "state", "title", "level", "organisation__legal_name", "revision", "profile",
                "answer_by", "told_late", "due_on", "paused_on", "days_left", "lapse_proposed_on", "assigned_to__email",
                "opened_at", "submitted_at", "decided_at",
            )
        ),
        "reviews": _lines(
            Review.objects.order_by("case__reference").values_list(
                "case__reference", "credential__number", "of_entry", "accreditation__number", "due_on",
                "previous__case__reference", "change__case__reference", "effects", *Review.COUNTS, *Review.TEXTS, "sites",
                "ratings", "sought", "period_from", "period_until",
            )
        ),
        "decisions": _lines(
            Decision.objects.order_by("number").values_list(
                "number", "case__reference", "matter", "stage", "outcome", "reason", "decided_on", "effective_on",
                "publish_on", "decided_by__email", "recorded_at",
            )
        ),
        "conditions": _lines(
            Condition.objects.order_by("decision__number", "position").values_list(
                "decision__number", "position", "text", "owner", "due_on", "met__met_on", "met__reason"
            )
        ),
        "notices": sorted(_lines(_notices(references))),
        "events": _lines(
            Event.objects.exclude(case=None)
            .order_by("case__reference", "position")
            .values_list("case__reference", "position", "name", "role", "recorded_at")
        ),
        "journal": _lines(
            Change.objects.order_by("serial").values_list(
                "serial", "number", "kind", "action", "revision", "changed_fields", "effective_from", "decision_number",
                "reason",
            )
        ),
    }  # fmt: skip


def _notices(references: dict[int, str]) -> Iterable[tuple]:
    """Keys name what they are about by primary keys: here they say the reference, the decision or the question instead."""
    conditions = {c.pk: f"{c.decision.number}/{c.position}" for c in Condition.objects.select_related("decision")}
    requests = {r.pk: f"{r.case.reference}/{r.number}" for r in InformationRequest.objects.select_related("case")}
    named = {
        "report": (references,), "review": (references,), "case": (references,), "change": (references, references),
        "condition": (conditions,), "request": (requests,),
    }  # fmt: skip
    rows = Notice.objects.values_list("person__email", "subject", "body", "case__reference", "created_at", "key")
    for *rest, key in rows.iterator():
        if key is not None:
            about, *parts = key.split(":")
            for n, names in enumerate(named.get(about, ())):
                parts[n] = names[int(parts[n])] if parts[n].isdigit() else parts[n]
            key = ":".join((about, *parts))
        yield (*rest, key)


def _lines(rows: Iterable[Any]) -> list[str]:
    return [orjson.dumps(tuple(row), default=str).decode() for row in rows]


def unlike(one: dict[str, list[str]], other: dict[str, list[str]], most: int = 5) -> list[str]:
    """Where two ends differ, a few lines of each."""
    found = []
    for name, lines in one.items():
        for sign, extra in (("-", _without(lines, other[name])), ("+", _without(other[name], lines))):
            found += [f"{sign} {name}: {line[:400]}" for line in extra[:most]]
        if lines != other[name] and not found:
            found.append(f"{name}: the same lines in another order")
    return found


def _without(lines: list[str], other: list[str]) -> list[str]:
    return sorted((Counter(lines) - Counter(other)).elements())
