"""Addresses of the API. No trailing slash."""

from django.urls import path

from api.v1 import changes, exports, read, schema, verify

app_name = "api"
urlpatterns = [
    path("", read.Versions.as_view(), name="versions"),
    path("v1/", read.Index.as_view(), name="index"),
    path("v1/credentials", read.Credentials.as_view(), name="credentials"),
    path("v1/credentials/<str:number>", read.Credential.as_view(), name="credential"),
    path("v1/credentials/<str:number>/revisions", read.Revisions.as_view(), name="revisions"),
    path("v1/credentials/<str:number>/revisions/<int:revision>", read.Revision.as_view(), name="revision"),
    path("v1/providers", read.Providers.as_view(), name="providers"),
    path("v1/providers/<str:number>", read.Provider.as_view(), name="provider"),
    path("v1/accreditations", read.Accreditations.as_view(), name="accreditations"),
    path("v1/accreditations/<str:number>", read.Accreditation.as_view(), name="accreditation"),
    path("v1/verify", verify.Verify.as_view(), name="verify"),
    path("v1/changes", changes.Changes.as_view(), name="changes"),
    path("v1/exports", exports.Exports.as_view(), name="exports"),
    path("v1/suggest", read.Suggest.as_view(), name="suggest"),
    path("v1/framework", read.Framework.as_view(), name="framework"),
    path("v1/openapi.json", schema.OpenAPI.as_view(), name="openapi"),
]
