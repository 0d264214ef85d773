"""Registration and changes of scope in the portal."""

from django.urls import path

from providers import views

app_name = "providers"
urlpatterns = [
    path("start/", views.start, name="start"),
    path("scope/start/", views.start_scope, name="start_scope"),
    path("<str:reference>/edit/", views.edit, name="edit"),
]
