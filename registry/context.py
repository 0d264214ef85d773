"""What every page knows. It reads neither session nor user: public pages must not."""

from django.conf import settings
from django.http import HttpRequest
from django.urls import translate_url
from django.utils.translation import get_language, get_language_bidi

from registry.framework import current
from registry.framework.profile import text
from registry.public import away


def site(request: HttpRequest) -> str:
    """The address that outside systems know the register by, without a slash at its end."""
    return settings.PUBLIC_URL or request.build_absolute_uri("/")[:-1]


def register(request: HttpRequest) -> dict:
    language = get_language() or "en"
    profile = current.profile()
    path = request.get_full_path()
    return _addresses(request) | {
        "authority": text(profile.authority, language),
        "framework_name": text(profile.framework, language),
        "language": language,
        "away": away.told,  # asked by the template: by then the page knows whether it found the database
        "direction": "rtl" if get_language_bidi() else "ltr",
        "languages": [
            {
                "code": code,
                "name": name,
                "url": translate_url(path, code),
                "direction": "rtl" if code in settings.LANGUAGES_BIDI else "ltr",
            }
            for code, name in settings.LANGUAGES
        ],
    }


def _addresses(request: HttpRequest) -> dict:
    """Of a public page: its own whole address, and that of each language, for search engines and for who quotes it.

    What was asked of a page is no part of its address, but the number of a page of a list. An answer to an address that
    is none, or to a host that is not this one, has none.
    """
    if request.resolver_match is None or request.resolver_match.namespace != "public":
        return {}
    base, page = site(request), request.GET.get("page", "")
    path = request.path + (f"?page={page}" if page.isdecimal() else "")
    return {
        "site": base,
        "canonical": base + path,
        "alternates": [(code, base + translate_url(path, code)) for code, _ in settings.LANGUAGES],
        "default_alternate": base + translate_url(path, settings.LANGUAGE_CODE),
    }
