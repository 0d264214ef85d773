"""The public pages. None of them reads the session or sets a cookie, but those that take a form in."""

from django.urls import path
from django.views.generic import RedirectView

from registry import receiving
from registry.public import bodies, changes, framework, health, reporting, views
from registry.public.compare import compare
from registry.public.requests import public
from registry.public.searching import search
from registry.public.verify import verify

app_name = "public"
urlpatterns = [
    path("", views.home, name="home"),
    path("search", search, name="search"),
    path("q/<str:number>", views.entry, name="entry"),
    path("q/<str:number>/r/<int:revision>", views.revision, name="revision"),
    path("q/<str:number>/changes", changes.of_credential, name="changes"),
    path("q/<str:number>/report", reporting.send, {"door": receiving.PROBLEM}, name="report"),
    path("providers", views.providers, name="providers"),
    path("providers/", public(RedirectView.as_view(pattern_name="public:providers", permanent=True))),
    path("providers/<str:number>", bodies.provider, name="provider"),
    path("providers/<str:number>/changes", changes.of_provider, name="provider_changes"),
    path("providers/<str:number>/report", reporting.send, {"door": receiving.PROBLEM}, name="report_provider"),
    path("providers/<str:number>/complaint", reporting.send, {"door": receiving.COMPLAINT}, name="complaint"),
    path("statutory-actions", bodies.statutory_actions, name="statutory_actions"),
    path("compare", compare, name="compare"),
    path("verify", verify, name="verify"),
    path("downloads", views.downloads, name="downloads"),
    path("developers/", views.developers, name="developers"),
    path("framework", framework.framework, name="framework"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("robots.txt", views.robots, name="robots"),
]
