"""What every page of the desk shares."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from registry.errors import Conflict, NotAllowed, RegisterError, RuleViolations


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that are written by services alone: staff look, nobody types over them."""

    actions = None

    class Media:
        css = {"all": ["registry/desk.css"]}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)


def in_words(refusal: RegisterError) -> str:
    """What a refusal says to whoever reads the page: of rules that are broken, each in its own sentence."""
    if isinstance(refusal, RuleViolations):
        return " ".join(violation.message for violation in refusal.violations)
    return str(refusal)


def status_of(refusal: RegisterError) -> int:
    """The status of a page that tells a refusal: 409 where the case or the person stands against it, 422 for bad input."""
    return 409 if isinstance(refusal, Conflict | NotAllowed) else 422
