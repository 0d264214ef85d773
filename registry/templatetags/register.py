"""Tags that every template has: language, numbers and dates as the register writes them."""

from datetime import date

from django import template
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from registry.documents import GAPS

register = template.Library()

RTL_SCRIPTS = ("ar", "fa", "he", "ur", "ps", "dv", "ckb", "sd", "yi")


@register.filter
def day(value: date | str | None) -> str:
    """A calendar date in words; documents hold them as ISO text."""
    if not value:
        return ""
    return date_format(date.fromisoformat(value) if isinstance(value, str) else value, "j F Y")


@register.simple_tag
def in_language(text: str | None, language: str | None) -> SafeString | str:
    """Text marked with its language and direction, so that it is read aloud and laid out rightly."""
    if not text or not language:
        return text or ""
    direction = "rtl" if language.split("-")[0] in RTL_SCRIPTS else "ltr"
    return format_html('<span lang="{}" dir="{}">{}</span>', language, direction, text)


@register.filter
def get(mapping: dict, key: str):
    """The value of a key in a mapping, or nothing."""
    return (mapping or {}).get(key)


@register.filter
def gaps(names: list[str]) -> str:
    """What a document lacks, in words."""
    return ", ".join(str(GAPS.get(name, name)) for name in names)


@register.filter
def is_web(address: str | None) -> bool:
    """Whether an address that a source gave leads to the web: what is none is shown, and never made a link."""
    return (address or "").lower().startswith(("http://", "https://"))


@register.filter
def public_page(number: str) -> str:
    """The address of the public page of an entry, by its number alone."""
    return reverse("public:provider" if number.startswith("PR-") else "public:entry", args=[number])
