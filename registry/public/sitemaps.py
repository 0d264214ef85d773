"""The addresses of all public pages for search engines (sitemaps.org): an index, the pages, and the entries in parts.

A part begins at a number and is read from there in the order of the key, so that each costs the same, whatever the register
holds. Accreditations have no page of their own; tombstones are left out.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from xml.sax.saxutils import escape, quoteattr

import orjson
from django.conf import settings
from django.db.models import Case, F, QuerySet, When
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse, translate_url
from django.utils import timezone
from django.utils.translation import override

from registry.context import site
from registry.documents import address
from registry.models import Entry
from registry.numbers import parse_number
from registry.public.guidance import TOPICS
from registry.public.requests import CACHED_AN_HOUR, public

# At most so many addresses in one file, by the protocol; and so many rows at once from the database.
PART, BLOCK = 50_000, 5_000
# The series of numbers whose entries have pages: credentials, and providers.
SERIES = ("NQ", "PR")
PAGES = (
    "home", "providers", "pathways", "statutory_actions", "verify", "verify_batch", "statistics", "downloads", "columns",
    "developers", "framework", "guidance", "accessibility", "privacy", "licence",
)  # fmt: skip
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
NAMESPACES = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml"'
XML = "application/xml; charset=utf-8"


@public
def index(request: HttpRequest) -> HttpResponse:
    """Which files there are: that of the pages, and one for each 50,000 numbers."""
    with override(settings.LANGUAGE_CODE):
        addresses = [reverse("public:sitemap_pages")]
        addresses += [reverse("public:sitemap_entries", args=[first]) for first in beginnings()]
    rows = "".join(f"<sitemap><loc>{escape(site(request) + path)}</loc></sitemap>\n" for path in addresses)
    body = f'{HEAD}<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{rows}</sitemapindex>\n'
    return HttpResponse(body, content_type=XML, headers={"Cache-Control": CACHED_AN_HOUR})


@public
def pages(request: HttpRequest) -> HttpResponse:
    """The pages that are no entries, each with its address in every language."""
    with override(settings.LANGUAGE_CODE):
        paths = [reverse(f"public:{name}") for name in PAGES]
        paths += [reverse("public:guidance_topic", args=[topic.slug]) for topic in TOPICS]
        rows = [_page(site(request), path) for path in paths]
    return HttpResponse("".join(_urlset(rows)), content_type=XML, headers={"Cache-Control": CACHED_AN_HOUR})


@public
def entries(request: HttpRequest, first: str) -> StreamingHttpResponse:
    """The entries of one part, from the number `first` on."""
    if parse_number(first) != first or first[:2] not in SERIES:
        raise Http404
    rows = _entries(site(request), first)
    return StreamingHttpResponse(_urlset(rows), content_type=XML, headers={"Cache-Control": CACHED_AN_HOUR})


def beginnings(part: int = PART) -> Iterator[str]:
    """The first number of each part. Each is found from the one before by the key alone, tombstones counted with it."""
    for prefix in SERIES:
        numbers = _series(prefix).values_list("number", flat=True)
        first = numbers.first()
        while first:
            yield first
            first = next(iter(numbers.filter(number__gte=first)[part : part + 1]), None)


def _series(prefix: str) -> QuerySet[Entry]:
    """The entries whose numbers begin with this prefix, by the key: a full stop comes next after the hyphen."""
    return Entry.objects.filter(number__gt=f"{prefix}-", number__lt=f"{prefix}.").order_by("number")


def _entries(base: str, first: str, part: int = PART) -> Iterator[str]:
    """In blocks by the key: what is sent meanwhile holds no cursor and no transaction.

    The first block is read at once, so that a database that is away is told instead of half an answer.
    """
    body = Case(When(kind="provider", then=F("document")))
    numbers = _series(first[:2]).values_list("number", "kind", "recorded_at", "withdrawn_on", body)
    return _following(base, numbers, list(numbers.filter(number__gte=first)[: min(BLOCK, part)]), part)


def _following(base: str, numbers: QuerySet, rows: list[tuple], left: int) -> Iterator[str]:
    while rows:
        left -= len(rows)
        yield "".join(
            _entry(base, number, kind, at)
            for number, kind, at, gone, body in rows
            if gone is None and not (body and _leads_elsewhere(body))
        )
        rows = list(numbers.filter(number__gt=rows[-1][0])[: min(BLOCK, left)]) if left else []


def _leads_elsewhere(body: bytes | memoryview) -> bool:
    """Whether this is another number of a body whose page is at its own."""
    return bool(orjson.loads(bytes(body)).get("same_as"))


def _entry(base: str, number: str, kind: str, recorded_at) -> str:
    """An entry at the address by which it is quoted; its day is that of its last change, where the authority is."""
    day = timezone.localdate(recorded_at).isoformat()
    return f"<url><loc>{escape(base + address(kind, number))}</loc><lastmod>{day}</lastmod></url>\n"


def _page(base: str, path: str) -> str:
    languages = [(code, base + translate_url(path, code)) for code, _ in settings.LANGUAGES]
    links = "".join(
        f'<xhtml:link rel="alternate" hreflang="{code}" href={quoteattr(url)}/>'
        for code, url in [*languages, ("x-default", base + path)]
    )
    return "".join(f"<url><loc>{escape(url)}</loc>{links}</url>\n" for _, url in languages)


def _urlset(rows: Iterable[str]) -> Iterator[str]:
    return chain([f"{HEAD}<urlset {NAMESPACES}>\n"], rows, ["</urlset>\n"])
