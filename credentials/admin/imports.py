"""Each import with its report."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path

from credentials.imports import allowed_by
from credentials.imports.report import Report, as_json
from credentials.models import ImportRun, TextRepair
from providers.admin import DeskRecordAdmin

SHOWN = 200


@admin.register(ImportRun)
class ImportRunAdmin(DeskRecordAdmin):
    list_display = (
        "file_name", "started_at", "outcome", "dry_run", "read", "created", "updated", "unchanged", "merged", "skipped",
        "refused_rows",
    )  # fmt: skip
    list_filter = ("outcome", "dry_run")
    search_fields = ("file_name",)

    def get_urls(self):
        report = self.admin_site.admin_view(self.report)
        return [path("<int:pk>/report/", report, name="credentials_importrun_report"), *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context=None) -> HttpResponse:
        """One run: its counts, and the first of its problems and differences."""
        if not self.has_view_permission(request) or request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        run = get_object_or_404(ImportRun, pk=object_id)
        counts = [
            (self.opts.get_field(name).verbose_name, getattr(run, name))
            for name in ("read", "created", "updated", "unchanged", "merged", "skipped", "refused_rows")
        ]
        context = self.admin_site.each_context(request) | {
            "title": str(run), "opts": self.opts, "run": run, "counts": counts, "shown": SHOWN,
            "problems": run.problems.filter(left_out=False)[:SHOWN],
            "problem_count": run.problems.filter(left_out=False).count(),
            "left_out": run.problems.filter(left_out=True)[:SHOWN],
            "left_out_count": run.problems.filter(left_out=True).count(),
            "differences": run.differences.all()[:SHOWN], "difference_count": run.differences.count(),
            "tidied": _tidied(run), "authority": allowed_by(run),
        }  # fmt: skip
        return render(request, "admin/credentials/importrun/page.html", context)

    def report(self, request: HttpRequest, pk: int) -> StreamingHttpResponse:
        """The whole report as a file, as `import_register --report` writes it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        report = Report.of(get_object_or_404(ImportRun, pk=pk))
        headers = {"Content-Disposition": f'attachment; filename="import-{pk}.json"'}
        return StreamingHttpResponse(as_json(report), content_type="application/json", headers=headers)


def _tidied(run: ImportRun) -> list[tuple[str, Any, int]]:
    """Which column, in which way, how often."""
    return [
        (column, TextRepair.Kind(kind).label, count)
        for column, kinds in sorted(run.tidied.items())
        for kind, count in sorted(kinds.items())
    ]
