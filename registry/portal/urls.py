"""The providers' portal: the dashboard, and what every case of theirs shares."""

from django.urls import path

from registry.portal import views

app_name = "portal"
urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("cases/<str:reference>/evidence/<int:pk>/", views.evidence, name="evidence"),
]
