"""What the index holds of an entry, and where it lies on disk."""

import hashlib
import inspect
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import tantivy

from registry.content.dictionary import links
from registry.documents import address
from registry.framework.current import profile
from registry.search import analyzer
from registry.status import CREDENTIAL_KINDS, last_day_to_start, new_learners_may_start, next_change, parse, status_on

# The document that tells how far the index has followed the journal.
MARK = "(mark)"
NEVER = 9_999_999
FACETS = ("kind", "level", "status", "field", "provider", "language")


def build() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in ("number", "scope", "title_key", "party", *FACETS):
        builder.add_text_field(name, stored=name == "number", fast=True, tokenizer_name="raw", index_option="basic")
    for name in ("code", "leads_to"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in ("title", "names", "body"):
        builder.add_text_field(name, tokenizer_name=analyzer.STEMMED)
    builder.add_text_field("word", tokenizer_name=analyzer.EXACT, index_option="freq")
    for name in ("serial", "ordinal", "listed_on", "last_start", "next_change", "level_rank"):
        builder.add_integer_field(name, stored=name == "serial", indexed=True, fast=True)
    builder.add_bytes_field("card", stored=True)
    builder.add_bytes_field("document", stored=True)
    return builder.build()


def fingerprint() -> str:
    """Changes with what the index holds, so that an index of another shape is built anew."""
    # The last day to start is the law's where none was decided: another law, another index.
    law = repr([(v.effective_from, v.enrolment) for v in profile().versions])
    source = inspect.getsource(sys.modules[__name__]) + inspect.getsource(analyzer) + tantivy.__version__ + law
    return hashlib.sha256(source.encode()).hexdigest()[:12]


def mark(serial: int) -> tantivy.Document:
    document = tantivy.Document()
    document.add_text("number", MARK)
    document.add_text("scope", "mark")
    document.add_integer("serial", serial)
    return document


def entry(body: bytes, names: Mapping[str, str], day: date) -> tantivy.Document:
    """The index's document for a public document. `names` gives the present names of the providers it names."""
    content = orjson.loads(body)
    kind = content["kind"]
    scope = "credentials" if kind in CREDENTIAL_KINDS else f"{kind}s"
    if content.get("same_as"):
        scope = "aliases"  # another number of a body that is found under its own
    parties = content.get("providers") or []
    document = tantivy.Document()
    document.add_text("number", content["number"])
    # Of one scope all numbers have one prefix: the digits alone tell their order, and ranges need an integer.
    document.add_integer("ordinal", int(content["number"].rpartition("-")[2]))
    document.add_text("scope", scope)
    document.add_text("kind", kind)
    document.add_text("status", status_on(content, day))
    changes = next_change(content, day)
    document.add_integer("next_change", changes.toordinal() if changes else NEVER)
    listed = parse(content.get("listed_on") or content.get("registered_on"))
    document.add_integer("listed_on", listed.toordinal() if listed else 0)
    last = last_day_to_start(content) if kind in CREDENTIAL_KINDS else None
    document.add_integer("last_start", last.toordinal() if last else NEVER)
    if content.get("language"):
        document.add_text("language", content["language"])
    levels = own_levels(content)
    for level in levels:
        document.add_text("level", level)
    document.add_integer("level_rank", rank(levels[0]) if levels else 0)
    for field in content.get("fields") or ():
        document.add_text("field", field["code"] or field["label"])
    for party in parties:
        document.add_text("party", f"{party['role']}:{party['number']}")
    for number in {party["number"] for party in parties}:
        document.add_text("provider", number)
    # What it says that it may lead to, so that the other way can be asked too: what leads to an entry.
    for number in {link["number"] for link in links(content)}:
        document.add_text("leads_to", number)
    elsewhere = [*(content.get("identifiers") or ()), *(content.get("other_identifiers") or ())]
    identifiers = [content["number"], *(i["value"] for i in elsewhere)]
    for identifier in identifiers:
        document.add_text("code", analyzer.compact(identifier))
    _texts(document, content, names)
    document.add_bytes("card", orjson.dumps(card(content, names)))
    document.add_bytes("document", body)
    return document


def card(content: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """What a row of results shows; `status` is worked out for the day of reading, from `dates`."""
    lead = next((p["number"] for p in content.get("providers") or () if p.get("lead")), None)
    return {
        "number": content["number"],
        "kind": content["kind"],
        "title": content.get("title"),
        "language": content.get("language"),
        "level": content.get("level"),
        "credits": content.get("credits"),
        "status": None,
        "last_new_enrolment": content.get("last_new_enrolment"),
        "provider": {"number": lead, "name": names.get(lead)} if lead else None,
        "revision": content["revision"],
        "uri": address(content["kind"], content["number"]),
        "type": content.get("type"),
        "dates": {name: content.get(name) for name in DATES},
    }


DATES = (
    "kind", "listed_on", "last_new_enrolment", "expiring_from", "expiry_end", "closed_undated", "suspensions",
    "ended_on", "ended_as", "unverified", "accredited_until", "withdrawn_on",
)  # fmt: skip


def own_levels(content: Mapping[str, Any]) -> list[str]:
    """The levels of the register's own framework that an entry is at, lowest first: one, or each of a range."""
    if content.get("level"):
        return [content["level"]]
    own, known = profile(), profile().level_values
    for row in content.get("levels") or ():
        ends = row.get("from") or row.get("value"), row.get("to") or row.get("value")
        if row.get("framework") == own.code and set(ends) <= set(known):
            first, last = sorted(known.index(end) for end in ends)
            return list(known[first : last + 1])
    return []


def on_day(stored: dict[str, Any], day: date) -> dict[str, Any]:
    """A stored card as it reads on a day."""
    dates = stored.pop("dates")
    stored["status"] = status_on(dates, day)
    if stored["kind"] in CREDENTIAL_KINDS:
        stored["new_learners_may_start"] = new_learners_may_start(dates, day)
    return stored


def rank(level: str | None) -> int:
    return int(level) if level and level.isdigit() else 0


def _texts(document: tantivy.Document, content: Mapping[str, Any], names: Mapping[str, str]) -> None:
    titles = {content.get("title") or "", *(content.get("titles") or {}).values()}
    others = [n["text"] for n in content.get("alternative_titles") or ()]
    others += [n["name"] for n in content.get("former_names") or ()]
    others += [n["text"] for n in content.get("names") or ()]
    providers = [names.get(p["number"], "") for p in content.get("providers") or ()]
    body = [
        *(content.get("purpose") or {}).values(),
        *(text for outcome in content.get("learning_outcomes") or () for text in outcome["text"].values()),
        *(content.get("assessment") or {}).values(),
        *(field["label"] or "" for field in content.get("fields") or ()),
        content.get("region") or "",
        *(f"{site['name']} {site.get('region') or ''}" for site in _sites(content)),
        *(text for part in (content.get("purpose_parts") or {}).values() for text in part.values()),
        *(
            text
            for name in ("components", "standards", "occupations", "skills")
            for row in content.get(name) or ()
            for text in row["title"].values()
        ),
    ]
    title, name = (analyzer.fold(" ".join(sorted(t))) for t in (titles, [*others, *providers]))
    document.add_text("title", title)
    document.add_text("names", name)
    document.add_text("body", analyzer.fold(" ".join(body)))
    document.add_text("word", f"{title} {name}")
    document.add_text("title_key", analyzer.fold(content.get("title") or "")[:200])


def _sites(content: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The sites of a provider, which are rows; those of an accreditation are names."""
    return content.get("sites") or [] if content["kind"] == "provider" else []


def current(root: Path) -> Path | None:
    """The folder of the index that readers use, where one of the present shape has been built."""
    try:
        name = (root / "current").read_text().strip()
    except OSError:
        return None
    folder = root / name
    return folder if name.startswith(fingerprint()) and folder.is_dir() else None
