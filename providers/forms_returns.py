"""The form of a return: what is counted, each thing that is attested, and the declaration. Whatever can be read is kept."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from providers.financial_years import is_year_end
from providers.models import ProviderReturn
from registry.casework.forms import RecordForm, prose
from registry.framework import current
from registry.framework.profile import text

ATTESTED, REMARK = "attested_", "remark_"
SAID = {"yes": True, "no": False}
HINTS = {
    "learners": gettext_lazy("How many were enrolled in the period; 0 for none."),
    "staff": gettext_lazy("How many taught or assessed at its end; 0 for none."),
}


class ReturnForm(RecordForm):
    """What the obligation asks for, in its order; the figures first."""

    declared = forms.BooleanField(
        label=gettext_lazy("All of it is complete and true"), required=False,
        help_text=gettext_lazy("The signatory who hands the return in declares it."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        record: ProviderReturn = self.case.provider_return
        asked, language = current.profile().provider_return(record.obligation), get_language() or "en"
        for name in asked.figures if asked else ():
            label = ProviderReturn._meta.get_field(name).verbose_name
            self.fields[name] = forms.IntegerField(
                label=str(label).capitalize(), required=False, min_value=0, max_value=10_000_000, help_text=HINTS[name],
                error_messages={"invalid": _("Write a whole number."), "min_value": _("Write a whole number.")},
            )  # fmt: skip
        for item in asked.contents if asked else ():
            label = text(item.label, language)
            self.fields[ATTESTED + item.id] = forms.ChoiceField(
                label=label, required=False, help_text=text(item.guidance, language), widget=forms.RadioSelect,
                choices=[("yes", _("Yes")), ("no", _("No"))],
            )  # fmt: skip
            remark = prose(
                _("%(item)s: remark") % {"item": label}, "", _("Needed where you answer no: say why."), required=False
            )
            remark.widget.attrs["dir"] = "auto"
            self.fields[REMARK + item.id] = remark
        self.order_fields([name for name in self.fields if name != "declared"])

    def values(self) -> Mapping[str, Any]:
        """The answers together, by what they answer. An answer that could not be read stays as it was kept."""
        read = super().values()
        said = {name: value for name, value in read.items() if not name.startswith((ATTESTED, REMARK))}
        kept = dict(self.case.provider_return.answers)
        for name in (n.removeprefix(ATTESTED) for n in self.fields if n.startswith(ATTESTED)):
            before = kept.get(name) or {}
            attested = SAID.get(read[ATTESTED + name]) if ATTESTED + name in read else before.get("attested")
            kept[name] = {"attested": attested, "remark": read.get(REMARK + name, before.get("remark", "")).strip()}
        return {**said, "answers": kept}


class FinancialYearForm(forms.Form):
    """The day on which a provider's financial year ends."""

    year_end = forms.CharField(
        label=gettext_lazy("Financial year ends on"), required=False, max_length=5,
        help_text=gettext_lazy("Month and day, such as 06-30. Left empty: 31 December. It is not public."),
    )  # fmt: skip

    def clean_year_end(self) -> str:
        said = self.cleaned_data["year_end"].strip()
        if said and not is_year_end(said):
            raise forms.ValidationError(_("Write month and day, such as 06-30."))
        return said
