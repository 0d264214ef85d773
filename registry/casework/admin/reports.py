"""What officers do about a report that is asked for by a day, and what is asked of them for it."""

from django.utils.translation import gettext_lazy as _

from registry.casework.admin import acts
from registry.casework.admin.forms import ReasonForm
from registry.casework.forms import CaseForm, day_field, prose
from registry.casework.services import reporting


class ExtendForm(CaseForm):
    until = day_field(_("The report is due on"), _("A later working day. The day on which it was due stays on record."))
    reason = prose(_("Reason"), _("Say why more time is given."), _("The body reads it."))


acts.register(
    "extend", acts.Act("extend", ExtendForm, acts.of(reporting.extend, "until", "reason"), _("The body has more time."))
)
acts.register("demand", acts.Act(
    "demand", ReasonForm, acts.of(reporting.demand, "reason"), _("Formal notice has been given."),
    hint=_("Say what the body must do, and by when. It alters no status."),
))  # fmt: skip
acts.register("go_without", acts.Act(
    "go_without", ReasonForm, acts.of(reporting.go_without, "reason"), _("It goes on without the report."),
    hint=_("It is judged on what is there, recommended, and decided."),
))  # fmt: skip
acts.register("close_report", acts.Act(
    "close_report", ReasonForm, acts.of(reporting.close_report, "reason"), _("It has been closed without a decision."),
    hint=_("Where there is nothing to report on any more. The body reads the reason."),
))  # fmt: skip
