"""What the pages of the portal know of the person who is signed in."""

from typing import Any

from django import template

from registry.models import Notice

register = template.Library()


@register.simple_tag
def unread_notices(user: Any) -> int:
    """How many notices this person has not read yet."""
    return Notice.objects.of(user).unread().count() if user.is_authenticated else 0
