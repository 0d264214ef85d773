"""The providers' portal: the dashboard, and what every case of theirs shares."""

from django.urls import path

from registry.portal import letters, views

app_name = "portal"
urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("cases/<str:reference>/evidence/<int:pk>/", views.evidence, name="evidence"),
    path("cases/<str:reference>/letters/<int:pk>/", letters.letter, name="letter"),
    path("cases/<str:reference>/letters/<int:pk>.pdf", letters.letter_pdf, name="letter_pdf"),
    path("notices/", letters.notices, name="notices"),
    path("notices/read/", letters.read_notices, name="read_notices"),
    path("notices/<int:pk>/read/", letters.read_notices, name="read_notice"),
    path("notices/language/", letters.choose_language, name="notices_language"),
]
