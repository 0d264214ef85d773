"""The providers' portal: the dashboard, and what every case of theirs shares."""

from django.urls import path

from registry.portal import cases, letters, starting, views
from registry.portal.acts import ACTS

app_name = "portal"
urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("start/<str:kind>/", starting.start, name="start"),
    path("cases/<str:reference>/", cases.page, name="case"),
    path("cases/<str:reference>/edit/", starting.edit, name="edit"),
    path("cases/<str:reference>/evidence/<int:pk>/", views.evidence, name="evidence"),
    path("cases/<str:reference>/letters/<int:pk>/", letters.letter, name="letter"),
    path("cases/<str:reference>/letters/<int:pk>.pdf", letters.letter_pdf, name="letter_pdf"),
    path("notices/", letters.notices, name="notices"),
    path("notices/read/", letters.read_notices, name="read_notices"),
    path("notices/<int:pk>/read/", letters.read_notices, name="read_notice"),
    path("notices/language/", letters.choose_language, name="notices_language"),
    path("cases/<str:reference>/withdraw/", cases.withdraw, name="withdraw"),
    *(
        path(f"cases/<str:reference>/{name}/", cases.act, {"name": name}, name=name)
        for name in ACTS
        if name != "withdraw"
    ),
]
