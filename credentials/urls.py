"""Applications in the portal."""

from django.urls import path

from credentials import views, views_changes

app_name = "credentials"
urlpatterns = [
    path("start/", views.start, name="start"),
    path("<str:reference>/", views.application, name="application"),
    path("<str:reference>/edit/", views.edit, name="edit"),
    path("<str:reference>/evidence/", views.attach, name="attach"),
    path("<str:reference>/evidence/<int:pk>/remove/", views.remove_evidence, name="remove_evidence"),
    path("<str:reference>/submit/", views.submit, name="submit"),
    path("<str:reference>/withdraw/", views.withdraw, name="withdraw"),
    path("qualifications/start/", views_changes.start_qualification, name="start_qualification"),
    path("accreditations/start/", views_changes.start_accreditation, name="start_accreditation"),
    path("changes/start/", views_changes.start_change, name="start_change"),
    path("<str:reference>/qualification/", views_changes.edit_qualification, name="edit_qualification"),
    path("<str:reference>/accreditation/", views_changes.edit_accreditation, name="edit_accreditation"),
    path("<str:reference>/change/", views_changes.edit_change, name="edit_change"),
    path("<str:reference>/change/rebase/", views_changes.rebase_change, name="rebase_change"),
]
