"""What a public service says of itself: how accessible it is, what it keeps of its readers, and under which licence."""

from datetime import date

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from registry.exports import LICENCE
from registry.following.subscriptions import KEPT
from registry.public.requests import public

# The day on which the pages were last tested, as the accessibility statement tells: whoever tests them again alters it.
TESTED_ON = date(2026, 11, 26)
# Where the text of a licence is read, by its SPDX identifier.
LICENCES = {
    "CC-BY-4.0": ("Creative Commons Attribution 4.0", "https://creativecommons.org/licenses/by/4.0/"),
    "CC0-1.0": ("Creative Commons Zero 1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
    "ODC-By-1.0": ("Open Data Commons Attribution License 1.0", "https://opendatacommons.org/licenses/by/1-0/"),
}


@public
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement. Its template is the authority's to complete."""
    return render(request, "public/about/accessibility.html", {"page": "about", "tested_on": TESTED_ON})


@public
def privacy(request: HttpRequest) -> HttpResponse:
    hours = settings.SESSION_COOKIE_AGE // 3600
    return render(
        request, "public/about/privacy.html", {"page": "about", "session_hours": hours, "kept_days": KEPT.days}
    )


@public
def licence(request: HttpRequest) -> HttpResponse:
    name, address = LICENCES.get(LICENCE, (LICENCE, ""))
    context = {"page": "about", "code": LICENCE, "name": name, "address": address}
    return render(request, "public/about/licence.html", context)
