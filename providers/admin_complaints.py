"""What officers do with complaints about providers: recording one, and the acts in its case."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from providers import forms_complaints as forms
from providers.models import Provider
from providers.services import complaints
from registry.casework.admin import acts
from registry.casework.admin.base import status_of
from registry.casework.admin.forms import ReasonForm
from registry.casework.forms import CaseForm
from registry.errors import RegisterError
from registry.models import User
from registry.people import roles


def may_record(by: User) -> bool:
    """Whether this officer records complaints that came as a letter or by telephone."""
    return bool(roles.staff_roles(by) & set(complaints.RECORDERS))


def record(request: HttpRequest, pk: int, context: Mapping[str, Any]) -> HttpResponse:
    """The form on which an officer writes down what came; a POST opens its case and leads to it."""
    if not may_record(request.user):
        raise PermissionDenied
    provider = get_object_or_404(Provider.objects.select_related("organisation"), pk=pk)
    form = forms.RecordedForm(request.POST if request.method == "POST" else None)
    problem, status = "", 200
    if request.method == "POST" and not form.is_valid():
        problem, status = _("Nothing was recorded: see below."), 422
    elif request.method == "POST":
        values = form.said()
        received = {name: values.pop(name) for name in ("channel", "received_on", "language")}
        try:
            case = complaints.record_complaint(provider=provider, by=request.user, values=values, **received)
            return redirect("admin:registry_case_change", case.pk)
        except RegisterError as refusal:
            problem, status = str(refusal), status_of(refusal)
    shown = {**context, "title": _("Record a complaint"), "provider": provider, "form": form, "problem": problem}
    return render(request, "admin/providers/provider/complaint.html", shown, status=status)


acts.register("take_up", acts.Act(
    "take_up", forms.TakeUpForm, acts.of(complaints.take_up, "process_reason", "limit_reason"),
    gettext_lazy("The case is yours."), hint=gettext_lazy("Another officer concludes it."),
))  # fmt: skip
acts.register("refer_to_provider", acts.Act(
    "refer_to_provider", forms.ToldForm, acts.of(complaints.refer_to_provider, "reason"),
    gettext_lazy("The complainant is told to turn to the provider first."),
))  # fmt: skip
acts.register("advise", acts.Act(
    "advise", forms.AdviseForm, acts.of(complaints.advise, "outcome", "reason"),
    gettext_lazy("Your advice has been recorded. Another officer concludes it."),
))  # fmt: skip
acts.register("conclude", acts.Act(
    "conclude", forms.ConcludeForm, acts.of(complaints.conclude, "outcome", "reason", "to_complainant", "to_provider"),
    gettext_lazy("The complaint has been concluded."),
    hint=gettext_lazy("The outcome imposes nothing: a notice or a condition is decided in a case of its own."),
))  # fmt: skip
acts.register("close", acts.Act(
    "close", CaseForm, acts.of(complaints.close_complaint), gettext_lazy("The complaint has been closed."),
))  # fmt: skip
acts.register("out_of_scope", acts.Act(
    "out_of_scope", forms.ToldForm, acts.of(complaints.put_out_of_scope, "reason"),
    gettext_lazy("The complaint is out of scope."),
))  # fmt: skip
acts.register("take_back_complaint", acts.Act(
    "take_back_complaint", ReasonForm, acts.of(complaints.take_back_complaint, "reason"),
    gettext_lazy("It has been recorded that the complainant does not go on with it."),
))  # fmt: skip
acts.register("show_complainant", acts.Act(
    "show_complainant", CaseForm, acts.of(complaints.show_complainant, revision=False), gettext_lazy("Who complains"),
    hint=gettext_lazy("That you have read it stands in the history of the case."), reveals=True,
))  # fmt: skip
acts.register("forget_complainant", acts.Act(
    "forget_complainant", forms.ForgetForm, acts.of(complaints.forget_complainant, "reason"),
    gettext_lazy("Who complained has been forgotten."), hint=gettext_lazy("It cannot be undone."),
))  # fmt: skip
