"""The rules in force in plain words: what the law of this register asks, of whom, when, and where that is written."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from registry.framework import current
from registry.framework.credits import shown_as
from registry.framework.law import Deadline, Enrolment, Profile, ProfileError, Rule, Version
from registry.framework.profile import text
from registry.framework.values import number
from registry.public.requests import public

SEVERITIES = {
    "error": lazy("Must"),
    "warning": lazy("An officer looks at it"),
    "info": lazy("For information"),
    "attest": lazy("A person attests it"),
}
STAGES = {
    "import": lazy("on import"),
    "submit": lazy("on submission"),
    "approve": lazy("at the decision"),
    "publish": lazy("on publication"),
    "review": lazy("at review"),
    "export": lazy("before it is sent to other systems"),
}
EVALUATIONS = {
    "provider": lazy("Registering a provider"),
    "credential": lazy("Listing and approving a credential"),
    "accreditation": lazy("Accrediting a provider to deliver it"),
    "review": lazy("Review"),
}
METHODS = {"year_based": lazy("by years"), "hours_based": lazy("by hours")}
EXAMPLE = "40"  # credits that show what a conversion does


@public
def framework(request: HttpRequest) -> HttpResponse:
    """The version in force today, or the one that is asked for: an old entry is judged by the law of its day."""
    profile, language = current.profile(), get_language() or "en"
    try:
        asked = request.GET.get("version")
        version = profile.version(asked) if asked else profile.version_on(current.today())
    except ProfileError:
        raise Http404 from None
    return render(
        request, "public/framework.html",
        {
            "page": "framework", "version": version, "versions": profile.versions, "about": text(profile.about, language),
            "in_force": version == profile.version_on(current.today()), "groups": _groups(profile, version, language),
            "levels": [level | {"label": text(level["label"], language)} for level in profile.levels],
            "crosswalks": [(NAMES[name], name, source) for name, source in profile.crosswalks.items()],
            "types": types_of(profile, language), "credits": credits_of(profile, language),
            "evaluations": _evaluations(version, language), "enrolment": enrolment_of(version.enrolment),
            "enrolment_source": version.enrolment.source, "reviews": reviews_of(profile, version, language),
            "returns": returns_of(profile, language),
            "categories": [
                {
                    "code": c.code, "label": text(c.label, language), "approval": APPROVALS[c.approval],
                    "source": c.source,
                }
                for c in profile.categories
            ],
            "deadlines": [
                {"label": text(d.label, language), "time": time_of(d), "source": d.source}
                for d in version.deadlines.values()
            ],
        },
    )  # fmt: skip


APPROVALS = {
    "notify": lazy("A provider notifies the authority of it."),
    "approve": lazy("Proposed by a provider, it is evaluated and approved first."),
}
NAMES = {"eqf": "EQF", "isced_2011": "ISCED 2011", "acqf": "ACQF"}


def _groups(profile: Profile, version: Version, language: str) -> list[dict[str, Any]]:
    """The rules by what they apply to; the register's own, which are about form, last."""
    subjects = _kinds(profile, language) | {"provider": _("Providers"), "accreditation": _("Accreditations to deliver")}
    law = [rule for rule in version.rules if not rule.shared]
    groups = [
        {"label": label, "rules": [_said(r, language) for r in law if subject in r.applies_to]}
        for subject, label in subjects.items()
    ]
    own = {
        "label": _("What this register asks of every record"),
        "rules": [_said(r, language) for r in version.rules if r.shared],
    }
    return [group for group in [*groups, own] if group["rules"]]


def _said(rule: Rule, language: str) -> dict[str, Any]:
    return {
        "id": rule.id, "message": text(rule.message, language), "source": rule.source,
        "severity": SEVERITIES[rule.severity], "must": rule.severity == "error", "waivable": rule.waivable,
        "stages": " · ".join(str(STAGES[stage]) for stage in rule.stages),
    }  # fmt: skip


def _kinds(profile: Profile, language: str) -> dict[str, str]:
    return {kind["value"]: text(kind["label"], language) for kind in profile.kinds}


def types_of(profile: Profile, language: str) -> list[dict[str, Any]]:
    return [
        kind | {"kind": text(entry["label"], language), "label": text(kind["label"], language)}
        for entry in profile.kinds
        for kind in entry["types"]
    ]


def credits_of(profile: Profile, language: str) -> dict[str, Any]:
    system = profile.credit_systems[0]
    return {
        "label": text(system.label, language), "hours": system.hours_per_credit, "source": system.source,
        "example": EXAMPLE,
        "shown": [
            {
                "system": s.conversion.system, "value": "–".join(s.values), "method": METHODS[s.conversion.method],
                "declared_by": s.conversion.declared_by, "source": s.conversion.source,
            }
            for s in shown_as(profile, number(EXAMPLE))
        ],
    }  # fmt: skip


def _evaluations(version: Version, language: str) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "criteria": [
                {"label": text(c.label, language), "guidance": text(c.guidance, language), "source": c.source}
                for c in version.criteria_at(stage)
            ],
        }
        for stage, label in EVALUATIONS.items()
    ]


def enrolment_of(enrolment: Enrolment) -> str:
    """Until when new learners may start on what is ending, as a sentence."""
    if enrolment.rule == "end_with_expiring":
        return _("No new learner may start from the day on which an entry begins to expire.")
    months = months_of(enrolment.months)
    if enrolment.rule == "months_after_expiring":
        return _("New learners may start for %(months)s after an entry was superseded, the last day included.") % {
            "months": months
        }
    return _("New learners may start for %(months)s after registration has ended, the last day included.") % {
        "months": months
    }


def reviews_of(profile: Profile, version: Version, language: str) -> list[dict[str, Any]]:
    kinds = _kinds(profile, language)
    return [
        {
            "kinds": ", ".join(kinds.get(kind, kind) for kind in period.kinds), "source": period.source,
            "allowed": ", ".join(str(months) for months in period.allowed), "default": period.default,
        }
        for period in version.review_periods
    ]  # fmt: skip


def returns_of(profile: Profile, language: str) -> list[dict[str, Any]]:
    """What providers report or attest after each period of their own financial year."""
    return [
        {
            "label": text(asked.label, language), "source": asked.source,
            "when": _("After every %(months)s of the provider’s own financial year; due %(time)s after its last day.") % {
                "months": months_of(asked.months), "time": time_of(asked.due),
            },
            "contents": ", ".join(text(item.label, language) for item in asked.contents),
        }
        for asked in profile.provider_returns
    ]  # fmt: skip


def time_of(deadline: Deadline) -> str:
    match deadline.unit:
        case "working_days":
            words = ngettext("%(n)s working day", "%(n)s working days", deadline.amount)
        case "days":
            words = ngettext("%(n)s day", "%(n)s days", deadline.amount)
        case _:
            return months_of(deadline.amount)
    return words % {"n": deadline.amount}


def months_of(amount: int) -> str:
    return ngettext("%(n)s month", "%(n)s months", amount) % {"n": amount}
