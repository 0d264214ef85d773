"""What every page knows. It reads neither session nor user: public pages must not."""

from django.conf import settings
from django.http import HttpRequest
from django.urls import translate_url
from django.utils.translation import get_language, get_language_bidi

from registry.framework import current
from registry.framework.profile import text
from registry.public import away


def register(request: HttpRequest) -> dict:
    language = get_language() or "en"
    profile = current.profile()
    path = request.get_full_path()
    return {
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
