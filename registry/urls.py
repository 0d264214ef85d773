"""Every address of the register; the apps above are named as strings."""

from allauth.account.decorators import secure_admin_login
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from registry.casework.agenda.feed import feed

admin.autodiscover()
admin.site.login = secure_admin_login(admin.site.login)

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.account.urls")),
    path("portal/", include("registry.portal.urls")),
    path("portal/micro-credentials/", include("credentials.urls")),
    path("portal/providers/", include("providers.urls")),
    path("api/", include("api.urls")),
    path("calendar/<str:secret>.ics", feed, name="calendar"),
    *i18n_patterns(path("", include("registry.public.urls")), prefix_default_language=False),
]

handler400 = "registry.public.views.bad_request"
handler403 = "registry.public.views.forbidden"
handler404 = "registry.public.views.not_found"
handler500 = "registry.public.views.server_error"
