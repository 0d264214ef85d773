"""The providers' portal: the dashboard, and what every case of theirs shares."""

from django.urls import path

from registry.portal import cases, views
from registry.portal.acts import ACTS

app_name = "portal"
urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("cases/<str:reference>/", cases.page, name="case"),
    path("cases/<str:reference>/evidence/<int:pk>/", views.evidence, name="evidence"),
    path("cases/<str:reference>/withdraw/", cases.withdraw, name="withdraw"),
    *(
        path(f"cases/<str:reference>/{name}/", cases.act, {"name": name}, name=name)
        for name in ACTS
        if name != "withdraw"
    ),
]
