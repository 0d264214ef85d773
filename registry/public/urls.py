"""The public pages. None of them reads the session or sets a cookie, but those that take a form in."""

from django.urls import path
from django.views.generic import RedirectView

from registry import receiving
from registry.public import (
    about,
    batch_page,
    bodies,
    changes,
    downloads,
    feeds,
    following,
    framework,
    guidance,
    health,
    home,
    planner,
    reporting,
    sitemaps,
    statistics,
    views,
    wellknown,
)
from registry.public.compare import compare
from registry.public.requests import public
from registry.public.searching import search, sheet
from registry.public.verify import verify

app_name = "public"
urlpatterns = [
    path("", home.home, name="home"),
    path("search", search, name="search"),
    path("search.csv", sheet, name="sheet"),
    path("search/feed", feeds.search, name="search_feed"),
    path("search/follow", following.search, name="follow_search"),
    path("changes/feed", feeds.everything, name="feed"),
    path("follow/<str:secret>/confirm", following.confirm, name="confirm"),
    path("follow/<str:secret>/unsubscribe", following.unfollow, name="unfollow"),
    path("q/<str:number>", views.entry, name="entry"),
    path("q/<str:number>/feed", feeds.entry, name="entry_feed"),
    path("q/<str:number>/follow", following.record, name="follow"),
    path("q/<str:number>/r/<int:revision>", views.revision, name="revision"),
    path("q/<str:number>/changes", changes.of_credential, name="changes"),
    path("q/<str:number>/pathways", planner.leading_here, name="leading"),
    path("q/<str:number>/report", reporting.send, {"door": receiving.PROBLEM}, name="report"),
    path("providers", views.providers, name="providers"),
    path("providers/", public(RedirectView.as_view(pattern_name="public:providers", permanent=True))),
    path("providers/<str:number>", bodies.provider, name="provider"),
    path("providers/<str:number>/changes", changes.of_provider, name="provider_changes"),
    path("providers/<str:number>/feed", feeds.provider, name="provider_feed"),
    path("providers/<str:number>/follow", following.record, name="follow_provider"),
    path("providers/<str:number>/report", reporting.send, {"door": receiving.PROBLEM}, name="report_provider"),
    path("providers/<str:number>/complaint", reporting.send, {"door": receiving.COMPLAINT}, name="complaint"),
    path("statutory-actions", bodies.statutory_actions, name="statutory_actions"),
    path("compare", compare, name="compare"),
    path("verify", verify, name="verify"),
    path("pathways", planner.planner, name="pathways"),
    path("verify/batch", batch_page.verify_batch, name="verify_batch"),
    path("verify/batch/sample.csv", batch_page.sample, name="verify_sample"),
    path("statistics", statistics.statistics, name="statistics"),
    path("statistics/<slug:name>.csv", statistics.table, name="statistics_table"),
    path("downloads", downloads.downloads, name="downloads"),
    path("downloads/columns", downloads.columns, name="columns"),
    path("downloads/<str:name>", downloads.file, name="file"),
    path("developers/", views.developers, name="developers"),
    path("framework", framework.framework, name="framework"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("guidance", guidance.index, name="guidance"),
    path("guidance/<slug:slug>", guidance.topic, name="guidance_topic"),
    path("accessibility", about.accessibility, name="accessibility"),
    path("privacy", about.privacy, name="privacy"),
    path("licence", about.licence, name="licence"),
    path("robots.txt", wellknown.robots, name="robots"),
    path(".well-known/security.txt", wellknown.security, name="security"),
    path("sitemap.xml", sitemaps.index, name="sitemap"),
    path("sitemap/pages.xml", sitemaps.pages, name="sitemap_pages"),
    path("sitemap/entries-<str:first>.xml", sitemaps.entries, name="sitemap_entries"),
]
