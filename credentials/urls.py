"""Applications in the portal."""

from django.urls import path

from credentials import views
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
]
