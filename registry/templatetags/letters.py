"""What letters need to be laid out alike by every program that draws them."""

import unicodedata

from django import template

register = template.Library()


@register.filter
def direction(text: object) -> str:
    """The direction of a text, by its first letter that has one: `dir="auto"` worked out, for what does not know it."""
    for letter in str(text):
        match unicodedata.bidirectional(letter):
            case "R" | "AL":
                return "rtl"
            case "L":
                return "ltr"
    return "ltr"
