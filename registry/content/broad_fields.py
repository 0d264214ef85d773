"""The broad fields of study that classifications begin with, by which a register is browsed.

Facts of ISCED-F 2013 (UNESCO Institute for Statistics), and of the Australian and New Zealand standard classifications of
education (ASCED 2001, NZSCED), which share theirs.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ISCED = {
    "00": _("Generic programmes and qualifications"),
    "01": _("Education"),
    "02": _("Arts and humanities"),
    "03": _("Social sciences, journalism and information"),
    "04": _("Business, administration and law"),
    "05": _("Natural sciences, mathematics and statistics"),
    "06": _("Information and communication technologies"),
    "07": _("Engineering, manufacturing and construction"),
    "08": _("Agriculture, forestry, fisheries and veterinary"),
    "09": _("Health and welfare"),
    "10": _("Services"),
}
AUSTRALASIAN = {
    "01": _("Natural and physical sciences"),
    "02": _("Information technology"),
    "03": _("Engineering and related technologies"),
    "04": _("Architecture and building"),
    "05": _("Agriculture, environmental and related studies"),
    "06": _("Health"),
    "07": _("Education"),
    "08": _("Management and commerce"),
    "09": _("Society and culture"),
    "10": _("Creative arts"),
    "11": _("Food, hospitality and personal services"),
    "12": _("Mixed field programmes"),
}
SCHEMES = {"isced-f-2013": ISCED, "isced-f": ISCED, "asced": AUSTRALASIAN, "nzsced": AUSTRALASIAN}


def group(code: str | None, scheme: str | None) -> str | None:
    """The broad field of a code, named by its scheme: `isced-f-2013:06`. None where the scheme has none that we know."""
    broad = (code or "")[:2]
    name = (scheme or "").lower().replace("_", "-")
    return f"{name}:{broad}" if broad in SCHEMES.get(name, {}) else None


def label(group: str) -> Promise | str:
    """The name of a broad field; what was asked where there is none of that name."""
    scheme, _, broad = group.partition(":")
    return SCHEMES.get(scheme, {}).get(broad, group)
