"""How often one address may send a public form, or ask what is costly."""

from django.conf import settings

from registry.throttling import AddressThrottle


class SendThrottle(AddressThrottle):
    """Whoever sends from one address shares its rate (`PUBLIC_FORM_RATE`), over all the forms."""

    counted, setting = "send", "PUBLIC_FORM_RATE"

    def get_rate(self) -> str:
        return getattr(settings, self.setting)


class BatchThrottle(SendThrottle):
    """What is asked with a whole table is counted for itself, at the same rate."""

    counted = "batch"


class PastThrottle(SendThrottle):
    """Searches of a past day for which the whole journal must be read (`PUBLIC_PAST_RATE`)."""

    counted, setting = "past", "PUBLIC_PAST_RATE"
