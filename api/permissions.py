"""Deny by default: a view that says nothing is closed."""

from rest_framework.permissions import AllowAny, BasePermission


class Nobody(BasePermission):
    """The default of every API view."""

    def has_permission(self, request, view) -> bool:
        return False


class Anybody(AllowAny):
    """Public reads: the register is open data."""
