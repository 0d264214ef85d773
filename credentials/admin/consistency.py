"""What officers do in a consistency review beside what they do in every case."""

from django.utils.translation import gettext_lazy as _

from credentials.services import consistency
from registry.casework.admin import acts
from registry.casework.forms import CaseForm

acts.register("announce", acts.Act(
    "announce", CaseForm, acts.of(consistency.announce), _("Each provider has been told, and asked for its self-assessment."),
    hint=_("Each provider that delivers the qualification today is told the day, the venue, and what to prepare."),
))  # fmt: skip
acts.register("begin_rating", acts.Act(
    "begin_rating", CaseForm, acts.of(consistency.begin_rating), _("The providers are rated."),
    hint=_(
        "Nothing more can be handed in. Who has handed nothing in took no part. Each provider reads the reason of its "
        "rating, once that is decided."
    ),
))  # fmt: skip
acts.register("rate_again", acts.Act(
    "rate_again", CaseForm, acts.of(consistency.rate_again), _("Those that were not sufficient are rated once more."),
    hint=_("Nothing more can be handed in. Those that were sufficient stay so. Each provider reads the reason of its rating."),
))  # fmt: skip
