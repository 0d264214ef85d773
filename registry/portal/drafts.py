"""A draft's form as it comes back: whatever could be read of it is kept, whatever else is wrong with it."""

from collections.abc import Callable, Mapping
from typing import Any

from registry.errors import RegisterError
from registry.models import Case, User


def keep(
    form: Any,
    service: Callable[..., Any],
    *,
    case_id: int,
    by: User,
    values: Callable[[], Mapping[str, Any]] | None = None,
) -> int | None:
    """Save by this service what the form could read. None: all of it; else the status with which the form comes back.

    409: the register refuses it, and the form says why. 422: a field could not be read; the others are saved, and the
    form builds on that. `values` gives what is saved, once the form has been read; the form's own `values` unless told.
    """
    readable = form.is_valid()
    try:
        service(
            case_id=case_id, by=by, values=(values or form.values)(),
            expected_revision=form.cleaned_data.get("revision"),
        )  # fmt: skip
    except RegisterError as refusal:
        form.add_error(None, str(refusal))
        return 409
    if not readable:
        form.keep_revision(Case.objects.values_list("revision", flat=True).get(pk=case_id))
        return 422
    return None
