"""The broad fields of study: what the first two digits of a code mean in the lists that many registers use.

ISCED-F 2013 is UNESCO's; the Australian ASCED and New Zealand's NZSCED have the same twelve broad fields.
"""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

ISCED = {
    "00": _("Generic programmes and qualifications"), "01": _("Education"), "02": _("Arts and humanities"),
    "03": _("Social sciences, journalism and information"), "04": _("Business, administration and law"),
    "05": _("Natural sciences, mathematics and statistics"), "06": _("Information and communication technologies"),
    "07": _("Engineering, manufacturing and construction"), "08": _("Agriculture, forestry, fisheries and veterinary"),
    "09": _("Health and welfare"), "10": _("Services"),
}  # fmt: skip
ASCED = {
    "01": _("Natural and physical sciences"), "02": _("Information technology"),
    "03": _("Engineering and related technologies"), "04": _("Architecture and building"),
    "05": _("Agriculture, environmental and related studies"), "06": _("Health"), "07": _("Education"),
    "08": _("Management and commerce"), "09": _("Society and culture"), "10": _("Creative arts"),
    "11": _("Food, hospitality and personal services"), "12": _("Mixed field programmes"),
}  # fmt: skip
BROAD = {"isced-f": ISCED, "isced-f-2013": ISCED, "asced": ASCED, "nzsced": ASCED}


def field_of(row: Mapping[str, str | None]) -> tuple[str, str]:
    """The broad field of a field of study as a pair: the list that it is of, and the first digits of its code. Of a list
    that nobody here knows, the field itself, by its label or code."""
    scheme, code = row.get("scheme") or "", row.get("code") or ""
    if code[:2] in BROAD.get(scheme, ()):
        return scheme, code[:2]
    return scheme, row.get("label") or code


def name_of(scheme: str, field: str) -> str:
    return str(BROAD.get(scheme, {}).get(field, field))
