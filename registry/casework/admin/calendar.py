"""The calendar at the desk: what falls due when, in days and in plots, and the address for an officer's own calendar."""

from collections.abc import Mapping
from datetime import date
from itertools import groupby
from typing import Any

from dateutil.relativedelta import relativedelta
from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.casework.admin.base import in_words, status_of
from registry.casework.admin.forms import officers
from registry.casework.agenda import addresses, figures, sources, things
from registry.casework.agenda.feed import base_of
from registry.casework.forms import day_field
from registry.errors import RegisterError
from registry.framework import current
from registry.people import roles
from registry.people.models import User

MONTHS, MOST_YEARS, PAGE_SIZE = 3, 2, 50
MINE, EVERYBODY = "mine", ""


class RangeForm(forms.Form):
    """The days, the sorts and the officer, as they stand in the address of the page."""

    first = day_field(gettext_lazy("From"), gettext_lazy("Left empty: today."))
    last = day_field(gettext_lazy("Until"), gettext_lazy("Left empty: three months after that."))
    officer = forms.ChoiceField(
        label=gettext_lazy("Assigned to"), required=False,
        error_messages={"invalid_choice": gettext_lazy("Choose an officer from the list.")},
    )  # fmt: skip
    what = forms.MultipleChoiceField(
        label=gettext_lazy("What falls due"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None chosen: all of it."),
        error_messages={"invalid_choice": gettext_lazy("Choose from the list: “%(value)s” is not in it.")},
    )  # fmt: skip

    def __init__(self, data: Any, *, user: User, today: date):
        super().__init__(data)
        self.user, self.today = user, today
        named = [(str(person.pk), str(person)) for person in officers(*roles.CASE_READERS) if person != user]
        self.fields["officer"].choices = [
            (EVERYBODY, _("everybody and nobody")), (MINE, _("me")), (sources.NOBODY, _("nobody yet")), *named,
        ]  # fmt: skip
        self.fields["what"].choices = [(source.name, source.label) for source in sources.every()]
        for name in ("first", "last"):
            # A browser's field for days shows nothing that is none: the message says what was asked for.
            said = _("“%(found)s” is not a date such as 2026-01-31.") % {"found": str(data.get(name, ""))[:40]}
            self.fields[name].error_messages["invalid"] = said

    def clean(self) -> dict[str, Any]:
        """Both days, also where one or both were left empty; not in the wrong order, and not too far apart."""
        said = super().clean()
        if self.errors.keys() & {"first", "last"}:
            return said
        first, last = said.get("first"), said.get("last")
        try:
            first = first or min(self.today, last or self.today)
            last = last or first + relativedelta(months=MONTHS)
            furthest = first + relativedelta(years=MOST_YEARS)
        except (ValueError, OverflowError):
            self.add_error("first", _("Choose a day that the calendar of people reaches."))
            return said
        if last < first:
            self.add_error("last", _("The last day is not before the first."))
        elif last > furthest:
            self.add_error("last", _("At most %(n)d years at a time.") % {"n": MOST_YEARS})
        return said | {"first": first, "last": last}

    def asked(self) -> sources.Asked:
        said = self.cleaned_data
        officer = {EVERYBODY: None, MINE: self.user.pk, sources.NOBODY: sources.NOBODY}.get(
            said["officer"], said["officer"]
        )
        return sources.Asked(
            self.user, said["first"], said["last"], self.today, officer=officer, only=frozenset(said["what"])
        )


def show(
    request: HttpRequest, context: Mapping[str, Any], *, secret: str = "", problem: str = "", status: int = 200
) -> HttpResponse:
    today = current.today()
    form = RangeForm(request.GET, user=request.user, today=today)
    told: dict[str, Any] = {
        "title": _("Calendar"), "form": form, "today": today, "problem": problem,
        "address": addresses.in_force(request.user),
    }  # fmt: skip
    if secret:
        told["made"] = base_of(request) + reverse("calendar", args=[secret])
    if form.is_valid():
        told |= _listed(request, form.asked())
    else:
        status = 400
        told["problem"] = _("Nothing is listed: see below.")
    return render(request, "admin/registry/case/calendar.html", {**context, **told}, status=status)


def _listed(request: HttpRequest, asked: sources.Asked) -> dict[str, Any]:
    """One page of what falls due, day by day, after what was due before and has not come."""
    page = Paginator(sources.found(asked), PAGE_SIZE).get_page(request.GET.get("page"))
    found = things.read(page.object_list, asked.today)
    coming = [thing for thing in found if thing.day >= asked.first]
    return {
        "asked": asked, "count": page.paginator.count, "page": page,
        "before": [thing for thing in found if thing.day < asked.first],
        "days": [(day, list(those)) for day, those in groupby(coming, key=lambda thing: thing.day)],
        "previous": _page(request, page.previous_page_number()) if page.has_previous() else "",
        "next": _page(request, page.next_page_number()) if page.has_next() else "",
    }  # fmt: skip


def _page(request: HttpRequest, number: int) -> str:
    wanted = request.GET.copy()
    wanted["page"] = str(number)
    return f"?{wanted.urlencode()}"


def address(request: HttpRequest, context: Mapping[str, Any]) -> HttpResponse:
    """Make the address of one's own calendar, which is shown this once, or withdraw it."""
    page = reverse("admin:registry_case_calendar")
    if request.method != "POST":
        return redirect(page)
    try:
        if request.POST.get("act") == "make":
            return show(request, context, secret=addresses.make(by=request.user))
        if request.POST.get("act") == "withdraw":
            addresses.withdraw(by=request.user)
            messages.success(request, _("The address has been withdrawn: it answers nobody any more."))
            return redirect(page)
    except RegisterError as refusal:
        return show(request, context, problem=in_words(refusal), status=status_of(refusal))
    return show(request, context, problem=_("Choose to make an address, or to withdraw it."), status=422)


def plots(request: HttpRequest, context: Mapping[str, Any]) -> HttpResponse:
    today = current.today()
    told = {"title": _("Reviews in figures"), "day": today, "figures": figures.every(request.user, today)}
    return render(request, "admin/registry/case/figures.html", {**context, **told})
