"""What was found on each criterion of a case: its evidence, its questions and answers, and its judgements."""

from collections import defaultdict
from datetime import date
from typing import Any

from django.utils.translation import get_language

from registry.casework import kinds
from registry.casework.guards import criteria_of, interested
from registry.casework.models import Case, InformationRequest, RequestItem
from registry.casework.services.common import version_of
from registry.framework.profile import text


def criteria(case: Case, today: date) -> list[dict[str, Any]]:
    """The criteria of all matters of a case, in the order of its law; `now`: whether it is judged at this stage.

    The number of queries is the same however much there is of each.
    """
    kind, language = kinds.get(case.kind), get_language() or "en"
    judged_now = criteria_of(case)
    listed = judged_now if kind.criteria else version_of(case).criteria_for(tuple(kind.matters))
    if not listed:
        return []
    now = {criterion.id for criterion in judged_now}
    labels = {criterion.id: text(criterion.label, language) for criterion in listed}
    files, asked, judged = _files(case, labels), _asked(case), _judged(case, today)
    return [
        {
            "id": c.id, "label": labels[c.id], "guidance": text(c.guidance, language), "source": c.source,
            "matter": kind.matters.get(c.matter, ""), "now": c.id in now, "files": files[c.id], "asked": asked[c.id],
            "judgements": judged[c.id],
        }
        for c in listed
    ]  # fmt: skip


def requests(case: Case) -> list[InformationRequest]:
    """The information requests of a case with their questions and all answers, in few queries."""
    found = case.information_requests.select_related("asked_by")
    return list(found.prefetch_related("items__answers__answered_by", "items__files"))


def _files(case: Case, labels: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
    """Each criterion's files; of one that serves several criteria, `also` names the others by what they are called."""
    same = case.evidence.duplicates_of(case)
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    if kinds.is_the_bodys_own(case):
        return found
    for file in case.evidence.kept().select_related("item__request"):
        others = {other.criterion for other in same.get(file.pk, ()) if other.criterion != file.criterion}
        also = [label for name, label in labels.items() if name in others]
        found[file.criterion].append({"it": file, "also": also})
    return found


def _asked(case: Case) -> dict[str, list[RequestItem]]:
    found: dict[str, list[RequestItem]] = defaultdict(list)
    for request in requests(case):
        for item in request.items.all():
            item.request = request
            found[item.criterion].append(item)
    return found


def _judged(case: Case, today: date) -> dict[str, list[dict[str, Any]]]:
    """The judgements, the oldest first; `interested`: who made it has declared an interest since (edge case 5)."""
    with_interest = interested(case, today)
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for judgement in case.judgements.select_related("judged_by"):
        since = judgement.judged_by_id in with_interest
        found[judgement.criterion].append({"it": judgement, "interested": since})
    return found
