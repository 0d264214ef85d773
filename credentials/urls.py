"""Applications in the portal."""

from django.urls import path

from credentials import views, views_changes
from registry.portal import cases

app_name = "credentials"
urlpatterns = [
    path("start/", views.start, name="start"),
    path("<str:reference>/", cases.page, name="application"),
    path("<str:reference>/edit/", views.edit, name="edit"),
    path("<str:reference>/evidence/", cases.act, {"name": "attach"}, name="attach"),
    path(
        "<str:reference>/evidence/<int:evidence>/remove/",
        cases.act,
        {"name": "remove_evidence"},
        name="remove_evidence",
    ),
    path("<str:reference>/submit/", cases.act, {"name": "submit"}, name="submit"),
    path("<str:reference>/withdraw/", cases.withdraw, name="withdraw"),
    path("qualifications/start/", views_changes.start_qualification, name="start_qualification"),
    path("accreditations/start/", views_changes.start_accreditation, name="start_accreditation"),
    path("changes/start/", views_changes.start_change, name="start_change"),
    path("<str:reference>/qualification/", views_changes.edit_qualification, name="edit_qualification"),
    path("<str:reference>/accreditation/", views_changes.edit_accreditation, name="edit_accreditation"),
    path("<str:reference>/change/", views_changes.edit_change, name="edit_change"),
    path("<str:reference>/change/rebase/", views_changes.rebase_change, name="rebase_change"),
]
