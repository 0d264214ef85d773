"""Nothing of an embargoed decision is public before its day, anywhere: every outlet of the register is walked (design 4.10).

An outlet is whatever tells somebody outside: an address, a file, a mail. One that is not in OUTLETS fails this suite, so
that whoever opens another says here how it is read.
"""

import csv
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core import mail
from django.test import Client

from registry import exports
from registry.casework import notices
from registry.casework import services as desk
from registry.framework import current
from registry.models import Entry, Notice
from registry.search import follower, query
from tests.builders import APPROVE_ALL, make_listed, make_provider, make_recommended, make_user
from tests.registry.test_clock import at
from tests.test_access import routes

TITLE = "Quokka welfare inspection"
DAY = current.today() + timedelta(days=7)


def read(path: str) -> Callable[[Client], str]:
    return lambda client: client.get(path).content.decode()


def entry_page(client: Client) -> str:
    """The address that the entry has, or would have."""
    return client.get(f"/q/{next_number()}").content.decode()


def next_number() -> str:
    last = Entry.objects.credentials().order_by("number").values_list("number", flat=True).last()
    found = Entry.objects.credentials().filter(title=TITLE).values_list("number", flat=True).first()
    return found or f"NQ-{int(last.partition('-')[2]) + 1:06d}"


def at_number(template: str) -> Callable[[Client], str]:
    return lambda client: client.get(template.format(number=next_number())).content.decode()


def sitemap_of_entries(client: Client) -> str:
    return b"".join(client.get("/sitemap/entries-NQ-000001.xml").streaming_content).decode()


def verified(client: Client) -> str:
    """What a table is answered with, without the columns that repeat the question."""
    answer = client.post("/verify/batch", {"pasted": "credential\nQuokka welfare inspection\n", "as": "csv"}).content
    rows = csv.DictReader(answer.decode("utf-8-sig").splitlines())
    return "\n".join(value for row in rows for column, value in row.items() if column != "credential")


# Each public address, by its route: how it is read, and whether it tells of the entry once that is public.
OUTLETS: dict[str, tuple[Callable[[Client], str], bool]] = {
    "": (read("/"), False),
    "search": (read("/search?q=quokka"), True),
    "q/<str:number>": (entry_page, True),
    "q/<str:number>/r/<int:revision>": (at_number("/q/{number}/r/1"), True),
    "q/<str:number>/changes": (at_number("/q/{number}/changes"), True),
    "q/<str:number>/report": (at_number("/q/{number}/report"), True),
    "q/<str:number>/pathways": (at_number("/q/{number}/pathways"), True),
    "pathways": (read("/pathways?add=quokka"), True),
    "providers": (read("/providers"), False),
    "providers/": (read("/providers/"), False),
    "providers/<str:number>": (read("/providers/PR-000001"), True),
    "providers/<str:number>/changes": (read("/providers/PR-000001/changes"), False),
    "providers/<str:number>/report": (read("/providers/PR-000001/report"), False),
    "providers/<str:number>/complaint": (read("/providers/PR-000001/complaint"), False),
    "search/feed": (read("/search/feed"), True),
    "search/follow": (read("/search/follow?kind=micro_credential"), False),
    "changes/feed": (read("/changes/feed"), True),
    "q/<str:number>/feed": (at_number("/q/{number}/feed"), True),
    "q/<str:number>/follow": (at_number("/q/{number}/follow"), True),
    "providers/<str:number>/feed": (read("/providers/PR-000001/feed"), True),
    "providers/<str:number>/follow": (read("/providers/PR-000001/follow"), False),
    "follow/<str:secret>/confirm": (read("/follow/none/confirm"), False),
    "follow/<str:secret>/unsubscribe": (read("/follow/none/unsubscribe"), False),
    "search.csv": (read("/search.csv?q=quokka"), True),
    "statutory-actions": (read("/statutory-actions"), False),
    "compare": (at_number("/compare?n={number}&n=NQ-000001"), True),
    "verify": (read("/verify?credential=Quokka+welfare+inspection"), True),
    "verify/batch": (verified, True),
    "verify/batch/sample.csv": (read("/verify/batch/sample.csv"), False),
    "statistics": (read("/statistics"), False),
    "statistics/<slug:name>.csv": (read("/statistics/kinds.csv"), False),
    "downloads": (read("/downloads"), False),
    "downloads/columns": (read("/downloads/columns"), False),
    "downloads/<str:name>": (read(f"/downloads/{exports.ROWS}"), False),
    "developers/": (read("/developers/"), False),
    "framework": (read("/framework"), False),
    "guidance": (read("/guidance"), False),
    "guidance/<slug:slug>": (read("/guidance/status"), False),
    "accessibility": (read("/accessibility"), False),
    "privacy": (read("/privacy"), False),
    "licence": (read("/licence"), False),
    "healthz": (read("/healthz"), False),
    "readyz": (read("/readyz"), False),
    "robots.txt": (read("/robots.txt"), False),
    ".well-known/security.txt": (read("/.well-known/security.txt"), False),
    "sitemap.xml": (read("/sitemap.xml"), False),
    "sitemap/pages.xml": (read("/sitemap/pages.xml"), False),
    "sitemap/entries-<str:first>.xml": (sitemap_of_entries, False),
    "api/": (read("/api/"), False),
    "api/v1/": (read("/api/v1/"), False),
    "api/v1/credentials": (read("/api/v1/credentials?q=quokka"), True),
    "api/v1/credentials/<str:number>": (at_number("/api/v1/credentials/{number}"), True),
    "api/v1/credentials/<str:number>/revisions": (at_number("/api/v1/credentials/{number}/revisions"), True),
    "api/v1/credentials/<str:number>/revisions/<int:revision>": (
        at_number("/api/v1/credentials/{number}/revisions/1"), True,
    ),
    "api/v1/providers": (read("/api/v1/providers"), False),
    "api/v1/providers/<str:number>": (read("/api/v1/providers/PR-000001"), False),
    "api/v1/accreditations": (read("/api/v1/accreditations?provider=PR-000001"), True),
    "api/v1/accreditations/<str:number>": (read("/api/v1/accreditations/AC-000002"), True),
    "api/v1/verify": (read(f"/api/v1/verify?credential=Quokka+welfare+inspection&on={DAY}"), True),
    "api/v1/changes": (read("/api/v1/changes?after=0&include=document"), True),
    "api/v1/exports": (read("/api/v1/exports"), False),
    "api/v1/suggest": (read("/api/v1/suggest?q=quok"), True),
    "api/v1/framework": (read("/api/v1/framework"), False),
    "api/v1/openapi.json": (read("/api/v1/openapi.json"), False),
}  # fmt: skip
# Behind a signature, or a secret address, for the parties of a case and for staff: not public.
SIGNED_IN = ("portal/", "admin/", "accounts/", "calendar/")


def public_routes() -> list[str]:
    return [
        route for route in routes() if not route.startswith((*SIGNED_IN, "^", "(?P")) and "static" not in route
    ]  # fmt: skip


def files(folder: Path) -> Iterator[tuple[str, str]]:
    """Every bulk file of an export."""
    exports.export(folder)
    for path in sorted(folder.iterdir()):
        yield path.name, path.read_text(encoding="utf-8")


def mails() -> str:
    notices.deliver(now=at(DAY + timedelta(days=1)))
    return "\n".join(f"{m.subject}\n{m.body}" for m in mail.outbox)


@pytest.fixture
def embargoed(committing_db):
    """One entry that is public, and another that was approved today and is public in a week."""
    provider = make_provider()
    make_listed(provider=provider)
    case = make_recommended(provider=provider, title=TITLE)
    # What was written before the decision is between applicant and authority; from here on, nothing.
    Notice.objects.update(sent_at=at(current.today()))
    decisions = desk.decide(
        case_id=case.pk, by=make_user("Dana", "decision_maker"), outcomes=APPROVE_ALL, reason="Quokkas need it.",
        publish_on=DAY,
    )  # fmt: skip
    follower.catch_up()
    query.forget()
    return case, decisions


def secrets(case, decisions) -> list[str]:
    return ["quokka", *(d.number.lower() for d in decisions), case.reference.lower()]


def test_every_public_address_is_an_outlet_that_says_how_it_is_read():
    assert [route for route in public_routes() if route not in OUTLETS] == []
    assert [route for route in OUTLETS if route not in public_routes()] == []


def test_case_14_no_outlet_tells_of_an_embargoed_entry_before_its_day(embargoed, tmp_path):
    case, decisions = embargoed
    hidden = secrets(case, decisions)
    client, told = Client(), []
    for route, (reading, _) in OUTLETS.items():
        body = without_the_question(reading(client).lower())
        told += [(route, secret) for secret in hidden if secret in body]
    told += [(name, secret) for name, body in files(tmp_path / "export") for secret in hidden if secret in body.lower()]
    told += [("mail", secret) for secret in hidden[:-1] if secret in mails().lower()]
    assert told == []


def without_the_question(body: str) -> str:
    """A page without the words that it was asked for, which it repeats in its form, its title and its own address."""
    for pattern in (
        r'value="[^"]*"', r'href="[^"]*"', r"<title>.*?</title>", r'"next": ?"[^"]*"', r"“[^”]*”", r"<h[12].*?</h[12]>",
        r'"detail": ?"[^"]*"', r'"instance": ?"[^"]*"', r'"asked": ?"[^"]*"', r'"q": ?"[^"]*"',
    ):  # fmt: skip
        body = re.sub(pattern, "", body, flags=re.DOTALL)
    return body


def test_an_embargoed_entry_is_counted_nowhere(embargoed):
    client = Client()
    assert client.get("/api/v1/credentials").json()["count"] == 1
    assert client.get("/api/v1/credentials?q=quokka").json()["count"] == 0
    assert client.get("/api/v1/accreditations").json()["count"] == 1
    facets = client.get("/api/v1/credentials?facets=level").json()["facets"]["level"]
    assert sum(facet["count"] for facet in facets) == 1
    assert client.get(f"/q/{next_number()}").status_code == 404
    assert client.get("/api/v1/changes?after=0").json()["last_serial"] == 3


def test_the_walk_sees_what_it_looks_for_each_outlet_tells_once_the_day_has_come(embargoed, tmp_path):
    """Without this, an outlet that is read wrongly would pass for one that keeps a secret."""
    assert desk.release_due(DAY, now=at(DAY)) == 1
    follower.catch_up()
    query.forget()
    client, silent = Client(), []
    number = Entry.objects.credentials().get(title=TITLE).number.lower()
    for route, (reading, tells) in OUTLETS.items():
        body = reading(client).lower()
        if tells and number not in body and "quokka welfare" not in without_the_question(body):
            silent.append(route)
    assert silent == []
    assert {name for name, body in files(tmp_path / "export") if "quokka" in body.lower()} >= {
        exports.HISTORY,
        exports.ROWS,
    }
    assert "quokka" in mails().lower()
