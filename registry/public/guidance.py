"""Information and guidance for learners and employers (Council Recommendation of 16 June 2022 on micro-credentials, annex II,
principle 10): plain pages, written from the profile in force, so that no country reads the rules of another."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from registry.framework import current
from registry.framework.law import Profile, Version
from registry.framework.profile import text
from registry.public import framework, told, wellknown
from registry.public.requests import public

Facts = Callable[[Profile, Version, str], dict[str, Any]]


@dataclass(frozen=True)
class Topic:
    """One page: its address ends with `slug`, its words are in the template of that name, its figures in `facts`."""

    slug: str
    title: Any
    summary: Any
    facts: Facts

    @property
    def template(self) -> str:
        return f"public/guidance/{self.slug}.html"


def _kinds(profile: Profile, version: Version, language: str) -> dict[str, Any]:
    return {
        "kinds": told.kinds(profile, version, language), "types": framework.types_of(profile, language),
        "credits": framework.credits_of(profile, language),
    }  # fmt: skip


def _levels(profile: Profile, version: Version, language: str) -> dict[str, Any]:
    return {"levels": told.levels(profile, language)}


def _ending(profile: Profile, version: Version, language: str) -> dict[str, Any]:
    return {
        "enrolment": framework.enrolment_of(version.enrolment), "enrolment_source": version.enrolment.source,
        "endings": told.endings(version, language), "periods": told.periods(version, language),
    }  # fmt: skip


def _certificate(profile: Profile, version: Version, language: str) -> dict[str, Any]:
    return {}


def _stacking(profile: Profile, version: Version, language: str) -> dict[str, Any]:
    parts = next((k for k in told.kinds(profile, version, language) if k["value"] == "part_qualification"), None)
    return {"credits": framework.credits_of(profile, language), "parts": parts}


def _decisions(profile: Profile, version: Version, language: str) -> dict[str, Any]:
    names = ("completeness", "evaluation", "information_request", "reconsideration")
    return {
        "criteria": told.criteria(version, "credential", language),
        "reviewed": told.criteria(version, "review", language),
        "reviews": told.reviews(profile, version, language), "fees": told.fees(version),
        "returns": framework.returns_of(profile, language), "two_stages": version.two_stages,
        "times": {name: told.said(version.deadlines[name], language) for name in names if name in version.deadlines},
    }  # fmt: skip


def _report(profile: Profile, version: Version, language: str) -> dict[str, Any]:
    limit = version.deadlines.get("complaint_limit")
    return {"limit": limit and framework.time_of(limit), "contacts": wellknown.contacts()}


TOPICS: tuple[Topic, ...] = (
    Topic(
        "micro-credentials", _("What a micro-credential is"),
        _("And how it differs from a full qualification and from a part of one."), _kinds,
    ),
    Topic("levels", _("How levels compare"), _("What a level says, and its neighbours in other frameworks."), _levels),
    Topic(
        "status", _("What a status means for you"),
        _("Current, expiring, discontinued, suspended: whether you may start, and whether an award is valid."), _ending,
    ),
    Topic(
        "certificates", _("How to check a certificate"),
        _("With the number, the date, the QR code and the hash of the record."), _certificate,
    ),
    Topic("stacking", _("How credits count"), _("What may count towards something bigger, and who decides."), _stacking),
    Topic(
        "decisions", _("How decisions are made and reviewed"),
        _("Who evaluates, who decides, what is judged, and how often it is looked at again."), _decisions,
    ),
    Topic("report", _("How to report a problem"), _("A wrong record, a complaint, a weakness of this site."), _report),
)  # fmt: skip
BY_SLUG = {topic.slug: topic for topic in TOPICS}


@public
def index(request: HttpRequest) -> HttpResponse:
    return render(
        request, "public/guidance/index.html",
        {"page": "guidance", "topics": TOPICS, "about": text(current.profile().about, get_language() or "en")},
    )  # fmt: skip


@public
def topic(request: HttpRequest, slug: str) -> HttpResponse:
    if (found := BY_SLUG.get(slug)) is None:
        raise Http404
    profile, language = current.profile(), get_language() or "en"
    version = profile.version_on(current.today())
    facts = found.facts(profile, version, language)
    context = {"page": "guidance", "topic": found, "topics": TOPICS, "about": text(profile.about, language)}
    return render(request, found.template, context | facts)
