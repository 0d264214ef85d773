"""The kinds of case by which one decision is made about many entries (edge cases 34 and 42)."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from credentials import described_bulk as described
from credentials import forms_bulk as forms
from credentials import lifecycle_bulk as lifecycle
from credentials import rules_bulk as rules
from credentials.services import bulk, bulk_publishing
from registry import daily
from registry.casework import kinds
from registry.models import Case


def _reregistration(case: Case) -> Mapping[str, Any]:
    return {name: getattr(case.reregistration, name) for name in bulk.FIELDS}


def _spread(case: Case) -> Mapping[str, Any]:
    return {name: getattr(case.review_spread, name) for name in bulk.SPREAD_FIELDS}


KINDS = (
    kinds.CaseKind(
        name=lifecycle.REREGISTRATION,
        label=_("re-registration of many entries"),
        prefix="RER",
        states=lifecycle.STATES,
        transitions=lifecycle.REREGISTRATION_TRANSITIONS,
        matters=lifecycle.REREGISTRATION_MATTERS,
        effect=bulk.publish_decided,
        sections=described.reregistration,
        check=rules.reregistration,
        authority=True,
        content=described.reregistration_content,
        after={"submit": bulk.freeze},
        record=kinds.Record(
            form=forms.ReregistrationForm,
            initial=_reregistration,
            begin=bulk.begin_reregistration,
            save=bulk.save_reregistration,
            about=(kinds.REGISTER,),
            needs=_(
                "One decision registers many entries for a further term. Select them by a filter or by a list, state the "
                "new days, and name the exceptions with a reason each. You read what would become of every entry before "
                "you hand it on; what is decided is what was frozen then."
            ),
        ),
    ),
    kinds.CaseKind(
        name=lifecycle.SPREAD,
        label=_("spread of the first reviews of imported entries"),
        prefix="SPR",
        states=lifecycle.STATES,
        transitions=lifecycle.SPREAD_TRANSITIONS,
        matters=lifecycle.SPREAD_MATTERS,
        effect=bulk.publish_decided,
        sections=described.spread,
        check=rules.spread,
        authority=True,
        content=described.spread_content,
        after={"submit": bulk.freeze},
        record=kinds.Record(
            form=forms.SpreadForm,
            initial=_spread,
            begin=bulk.begin_spread,
            save=bulk.save_spread,
            about=(kinds.REGISTER,),
            needs=_(
                "Entries that were imported have no day for their next review. Each gets one by a rule: the anniversary "
                "of its listing where its week has room, else a day in another week that has. You read how many would "
                "fall due in each month before anybody decides."
            ),
        ),
    ),
)


def register() -> None:
    for kind in KINDS:
        kinds.register(kind)
    daily.register(
        daily.Step("publish_bulk", _("entries that one decision changes together"), bulk_publishing.publish_due)
    )
