"""What programs look for at fixed addresses: which pages crawlers may read, and where a weakness is told to."""

from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import override

from registry.context import site
from registry.framework import current
from registry.public.requests import public

# Every combination of filters and every day that somebody may ask for is another address of the same records; forms are
# for people; bulk files are fetched by who wants them. The same pages in the other languages begin with their code.
CLOSED = (
    "/search?", "/search.csv", "/search/", "/providers?", "/compare", "/verify?", "/pathways?", "/statistics?", "/follow/",
    "/q/*/follow", "/providers/*/follow", "/q/*/report", "/providers/*/report", "/providers/*/complaint",
)  # fmt: skip
CLOSED_ONCE = ("/portal/", "/admin/", "/accounts/", "/calendar/", "/downloads/register.", "/*?as_at=", "/*&as_at=")
# RFC 9116 asks for less than a year.
VALID = timedelta(days=364)


@public
def robots(request: HttpRequest) -> HttpResponse:
    """Records may be indexed; combinations of filters, forms, the portal and the desk need not be (RFC 9309)."""
    others = [f"/{code}" for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
    closed = [prefix + path for prefix in ("", *others) for path in CLOSED]
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in (*closed, *CLOSED_ONCE))]
    lines += ["", f"Sitemap: {site(request)}{_plain('public:sitemap')}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@public
def security(request: HttpRequest) -> HttpResponse:
    """Where a weakness of this site is told to (RFC 9116). It ends within a year of each day on which it is read."""
    base, policy = site(request), _plain("public:guidance_topic", "report")
    ends = datetime.combine(current.today() + VALID, time(), tzinfo=UTC)
    lines = [f"Contact: {contact}" for contact in contacts() or [f"{base}{policy}#security"]]
    lines += [
        f"Expires: {ends:%Y-%m-%dT%H:%M:%SZ}",
        f"Preferred-Languages: {', '.join(code for code, _ in settings.LANGUAGES)}",
        f"Canonical: {base}{_plain('public:security')}",
        f"Policy: {base}{policy}#security",
        "",
    ]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


def contacts() -> list[str]:
    """What `SECURITY_CONTACT` names, as addresses; none where it is empty."""
    named = [contact.strip() for contact in settings.SECURITY_CONTACT.split(",")]
    return [contact if ":" in contact else f"mailto:{contact}" for contact in named if contact]


def _plain(name: str, *args: str) -> str:
    """An address without a language before it, whatever language was asked for."""
    with override(settings.LANGUAGE_CODE):
        return reverse(name, args=args)
