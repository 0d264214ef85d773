"""What templates need that lead to the feed or the mails of a search."""

from django import template
from django.http import QueryDict

from registry.following import searches

register = template.Library()


@register.filter
def saved_search(asked: QueryDict) -> str | None:
    """The query string by which the search of this page can be followed; None where it cannot be."""
    return searches.of_page(asked)
