"""The page on which many questions are asked at once. It takes a form in, so that it alone of verifying sets a cookie, for
the token against forged requests, and no cache keeps it."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from registry.framework import current
from registry.public import batch, sheets
from registry.public.requests import public
from registry.public.throttling import BatchThrottle

# A request may be as large as a file and as much text in the field; what is larger is not even read.
LARGEST_REQUEST = 2 * sheets.LARGEST


class BatchForm(forms.Form):
    """A table, as a file or as text. Cleaned, it has `lines` and the `text` that they were read from."""

    file = forms.FileField(
        label=gettext_lazy("A CSV file"), required=False, allow_empty_file=True,
        help_text=gettext_lazy("At most 1,000 lines and 1 MB. The first line names the columns."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv,text/plain"}),
    )  # fmt: skip
    pasted = forms.CharField(
        label=gettext_lazy("Or the same lines as text"), required=False, strip=False,
        help_text=gettext_lazy("Copied from a spreadsheet, or with commas or semicolons between the cells."),
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "dir": "ltr", "autocomplete": "off"}),
    )  # fmt: skip
    # What the field says of NUL characters is said of the table as a whole.
    pasted.validators = []

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        file, pasted = said.get("file"), said.get("pasted") or ""
        if file is not None and pasted.strip():
            self.add_error("file", _("Send a file or text, not both: the text is still here, choose the file again."))
            return said
        where = "pasted" if file is None else "file"
        try:
            self.text = self._text(file, pasted)
            self.lines = sheets.read(self.text, batch.COLUMNS, "credential")
        except sheets.BadSheet as wrong:
            self.add_error(where, str(wrong))
        return said

    @staticmethod
    def _text(file: Any, pasted: str) -> str:
        size = len(pasted.encode("utf-8", "replace")) if file is None else file.size
        if size > sheets.LARGEST:
            raise sheets.BadSheet(_too_large())
        if file is None and not pasted.strip():
            raise sheets.BadSheet(_("Choose a CSV file, or paste its lines."))
        return pasted if file is None else sheets.decoded(file.read())


def _too_large() -> str:
    return _("It is larger than 1 MB. Divide it, and send the parts.")


def small_enough(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer before anything of a request is read that is larger than any that could be answered."""
    guarded = csrf_protect(view)

    def wrapper(request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdigit() and int(length) > LARGEST_REQUEST:
            return _page(request, BatchForm(), problem=_too_large(), status=413)
        return guarded(request)

    return csrf_exempt(wrapper)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@small_enough
def verify_batch(request: HttpRequest) -> HttpResponse:
    """The form; a POST is answered with a page, or with a table. Nothing of it is stored. What is refused comes back with
    all that was written: 422 for what is no such table, 413 for one that is too large, 429 for too many."""
    if request.method != "POST":
        return _page(request, BatchForm())
    form = BatchForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, status=422)
    throttle = BatchThrottle()
    if not throttle.allow_request(request, None):
        problem = _("Too many tables have been sent from your network in the last hour: try again later.")
        response = _page(request, form, problem=problem, status=429)
        response["Retry-After"] = throttle.retry_after()
        return response
    today = current.today()
    answered = batch.answer(form.lines, today)
    if request.POST.get("as") == "csv":
        return _alone(sheets.answered(f"verified-{today.isoformat()}", batch.table(answered), marked=True))
    return _page(
        request, form, answered=answered, summary=batch.summary(answered), again=form.text,
        coming=any(row.day > today for row in answered if row.answer),
    )  # fmt: skip


@public
def sample(request: HttpRequest) -> HttpResponse:
    """A table to begin with: the columns, and lines as people write them."""
    return sheets.answered("sample", batch.SAMPLE)


def _page(request: HttpRequest, form: BatchForm, *, status: int = 200, **told: Any) -> HttpResponse:
    told |= {
        "page": "verify", "form": form, "columns": list(batch.COLUMNS), "today": current.today(),
        "single": reverse("public:verify"),
    }  # fmt: skip
    return _alone(render(request, "public/verify/batch.html", told, status=status))


def _alone(response: HttpResponse) -> HttpResponse:
    response["X-Robots-Tag"] = "noindex"
    return response
