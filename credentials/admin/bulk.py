"""The entries of a case over many of them, in one file: for whoever has more to look at than a page names."""

import csv
from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path

from credentials import bulk
from credentials.models import BulkRow
from providers.admin import DeskRecordAdmin
from registry.models import Case

# What a spreadsheet takes for the beginning of a formula (edge case 39).
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


@admin.register(BulkRow)
class BulkRowAdmin(DeskRecordAdmin):
    """It has no list of its own: entries are read on the page of their case."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    def get_urls(self) -> list[Any]:
        file = self.admin_site.admin_view(self.file)
        return [path("<int:pk>/entries.csv", file, name="credentials_bulkrow_file")]

    def file(self, request: HttpRequest, pk: int) -> StreamingHttpResponse:
        """Every entry of a case: of a draft as it would be now, else as it was frozen, and what has become of it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        case = get_object_or_404(Case.objects.for_user(request.user), pk=pk)
        if case.kind not in bulk.FIELDS:
            raise Http404
        answer = StreamingHttpResponse(_rows(case), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{case.reference}.csv"'
        return answer


def _rows(case: Case) -> Iterator[str]:
    names = bulk.FIELDS[case.kind]
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(
        [
            "number",
            "title",
            "standing",
            "why",
            *(f"{n}_before" for n in names),
            *(f"{n}_after" for n in names),
            "revision",
        ]
    )
    for line in bulk.lines_of(case):
        days = [side.get(name) for side in (line.before, line.after) for name in names]
        cells = [line.number, line.title, BulkRow.Standing(line.standing).label, line.reason, *days, line.revision]
        yield writer.writerow([_safe(cell) for cell in cells])


def _safe(cell: Any) -> str:
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(FORMULA) else text
