"""Applications in the portal."""

from django.urls import path

from credentials import views

app_name = "credentials"
urlpatterns = [
    path("start/", views.start, name="start"),
    path("<str:reference>/", views.application, name="application"),
    path("<str:reference>/edit/", views.edit, name="edit"),
    path("<str:reference>/evidence/", views.attach, name="attach"),
    path("<str:reference>/evidence/<int:pk>/remove/", views.remove_evidence, name="remove_evidence"),
    path("<str:reference>/submit/", views.submit, name="submit"),
    path("<str:reference>/withdraw/", views.withdraw, name="withdraw"),
]
