"""Credits of one system shown in another: a declared claim with its method, never an equality (domain 3.10)."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

from registry.framework.law import Conversion, Profile
from registry.framework.values import plain

TENTH = Decimal("0.1")


@dataclass(frozen=True)
class Shown:
    """So many credits in another system: one value, or the two ends of a range. Indicative, whatever the method."""

    values: tuple[str, ...]
    conversion: Conversion
    indicative: bool = True


def shown_as(profile: Profile, credits: Decimal) -> list[Shown]:
    """The credits in each system that the profile declares, to a tenth: 40 New Zealand credits are 20 ECTS by years
    and 13.3 to 16 by hours. The value in the framework's own system is kept as it is, and is the one that counts.
    """
    return [
        Shown(tuple(_tenths(Fraction(credits) * Fraction(factor)) for factor in conversion.factors), conversion)
        for conversion in profile.credit_systems[0].shown_as
    ]


def _tenths(exact: Fraction) -> str:
    with localcontext(prec=100):
        return plain((Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(TENTH, ROUND_HALF_UP))
