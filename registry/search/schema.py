"""What the index holds of an entry, and where it lies on disk."""

import hashlib
import inspect
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import tantivy

from registry.content import broad_fields
from registry.content.dictionary import links
from registry.documents import address
from registry.framework.current import profile
from registry.framework.values import number
from registry.search import analyzer, had, levels
from registry.status import CREDENTIAL_KINDS, last_day_to_start, new_learners_may_start, next_change, parse, status_on

# The document that tells how far the index has followed the journal.
MARK = "(mark)"
NEVER = 9_999_999
FACETS = (
    "kind", "level", "status", "field", "field_group", "provider", "language", "delivery_mode", "credits_band",
    "recognition",
)  # fmt: skip
# Credits as people ask for them: up to so many. What is above the last band is a band of its own.
BANDS = (5, 20, 60, 120)


def build() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in ("number", "scope", "title_key", "party", *FACETS):
        builder.add_text_field(name, stored=name == "number", fast=True, tokenizer_name="raw", index_option="basic")
    for name in ("code", "code_ever", "hangs_on", "leads_to", "level_said", "suspended"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in ("title", "names", "body"):
        builder.add_text_field(name, tokenizer_name=analyzer.STEMMED)
    for name in ("word", "forms", "body_forms", "initials"):
        builder.add_text_field(name, tokenizer_name=analyzer.EXACT, index_option="freq")
    builder.add_text_field("ever", tokenizer_name=analyzer.EXACT, index_option="basic")
    for name in ("serial", "ordinal", "listed_on", "last_start", "next_change", "level_rank", "credit_hundredths"):
        builder.add_integer_field(name, stored=name == "serial", indexed=True, fast=True)
    builder.add_bytes_field("card", stored=True)
    builder.add_bytes_field("document", stored=True)
    return builder.build()


def fingerprint() -> str:
    """Changes with what the index holds, so that an index of another shape is built anew."""
    # The last day to start is the law's where none was decided: another law, another index.
    law = repr([(v.effective_from, v.enrolment) for v in profile().versions])
    return hashlib.sha256((_SOURCE + tantivy.__version__ + law).encode()).hexdigest()[:12]


def mark(serial: int) -> tantivy.Document:
    document = tantivy.Document()
    document.add_text("number", MARK)
    document.add_text("scope", "mark")
    document.add_integer("serial", serial)
    return document


def entry(body: bytes, names: Mapping[str, str], day: date, past: had.Had = had.NOTHING) -> tantivy.Document:
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
    document.add_integer("last_start", _last_start(content) if kind in CREDENTIAL_KINDS else NEVER)
    if content.get("suspensions"):
        document.add_text("suspended", "ever")
    if content.get("language"):
        document.add_text("language", content["language"])
    own = own_levels(content)
    for level in own:
        document.add_text("level", level)
    document.add_integer("level_rank", rank(own[0]) if own else 0)
    for level in said_levels(content, own):
        document.add_text("level_said", level)
    _facets(document, content)
    for party in parties:
        document.add_text("party", f"{party['role']}:{party['number']}")
    for provider in {party["number"] for party in parties}:
        document.add_text("provider", provider)
    # What it says that it may lead to, so that the other way can be asked too: what leads to an entry.
    for onward in {link["number"] for link in links(content)}:
        document.add_text("leads_to", onward)
    elsewhere = [*(content.get("identifiers") or ()), *(content.get("other_identifiers") or ())]
    identifiers = [content["number"], *(i["value"] for i in elsewhere)]
    for identifier in identifiers:
        document.add_text("code", analyzer.compact(identifier))
    if kind == "accreditation":
        # A credential and a provider are shown with the accreditations that they have.
        for number in (content["credential"], content["provider"]):
            document.add_text("hangs_on", number)
    _texts(document, content, names, past.former)
    _ever(document, content, past)
    document.add_bytes("card", orjson.dumps(card(content, names, past.former)))
    document.add_bytes("document", body)
    return document


def _ever(document: tantivy.Document, content: Mapping[str, Any], past: had.Had) -> None:
    """All words of all titles that it ever had and all its numbers of elsewhere: where a past day is to be looked for."""
    titles = {text for _, text in had.titles_of(content)} | past.titles
    document.add_text("ever", " ".join(sorted({word for title in titles for word in analyzer.words(title)})))
    for identifier in past.identifiers:
        document.add_text("code_ever", analyzer.compact(identifier))


def _last_start(content: Mapping[str, Any]) -> int:
    """The last day on which a learner may start where nobody suspends it, as an ordinal; 0: none any more."""
    if content.get("closed_undated"):
        return 0
    ends = [end for end in (last_day_to_start(content), parse(content.get("expiry_end"))) if end]
    return min(ends).toordinal() if ends else NEVER


def _facets(document: tantivy.Document, content: Mapping[str, Any]) -> None:
    """What visitors narrow a search by, beside what an entry is and who offers it."""
    for field in content.get("fields") or ():
        document.add_text("field", field["code"] or field["label"])
    for group in {broad_fields.group(field["code"], field.get("scheme")) for field in content.get("fields") or ()} - {
        None
    }:
        document.add_text("field_group", group)
    for mode in content.get("delivery_modes") or ():
        document.add_text("delivery_mode", mode)
    if (credits := credits_of(content)) is not None:
        document.add_integer("credit_hundredths", int(credits * 100))
        document.add_text("credits_band", band_of(content))
    if by_recognition(content):
        document.add_text("recognition", "true")


def credits_of(content: Mapping[str, Any]) -> Decimal | None:
    return number(content.get("credits")) if content["kind"] in CREDENTIAL_KINDS else None


def by_recognition(content: Mapping[str, Any]) -> bool:
    """Whether what a learner knows already may be recognised for it, as far as the document says."""
    says = content.get("award_basis") in ("recognition", "both") or content.get("rpl_url")
    return bool(says) or "recognition" in (content.get("assessment_methods") or ())


def band_of(content: Mapping[str, Any]) -> str | None:
    """The band of its credits: the most of it, or `more`; None where they are not known."""
    credits = credits_of(content)
    return None if credits is None else next((str(most) for most in BANDS if credits <= most), "more")


def said_levels(content: Mapping[str, Any], own: list[str]) -> set[str]:
    """The levels by which people may ask for an entry: its own, and those that its source or its titles tell."""
    texts = [content.get("title"), content.get("level_native"), *(content.get("titles") or {}).values()]
    return {level for text in texts if text for level in levels.said(analyzer.fold(text))} | set(own)


def card(
    content: Mapping[str, Any], names: Mapping[str, str], former: Iterable[tuple[str, str]] = ()
) -> dict[str, Any]:
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
        "former": [{"language": language, "title": title} for language, title in former],
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


def _texts(
    document: tantivy.Document, content: Mapping[str, Any], names: Mapping[str, str], former: Iterable[tuple[str, str]]
) -> None:
    """The words by which an entry is found. English endings are removed by the index; other languages' forms are here."""
    language = content.get("language") or ""
    titles = dict(content.get("titles") or {})
    titles.setdefault(language, content.get("title") or "")
    others = [(row.get("language") or language, row["text"]) for row in content.get("alternative_titles") or ()]
    others += [(row.get("language") or language, row["name"]) for row in content.get("former_names") or ()]
    others += [(row.get("language") or language, row["text"]) for row in content.get("names") or ()]
    others += former
    providers = [names.get(p["number"], "") for p in content.get("providers") or ()]
    sites = [f"{site['name']} {site.get('region') or ''}" for site in _sites(content)]
    known_by = [
        content.get("region") or "",
        _host(content.get("website")),
        (content.get("source") or {}).get("name") or "",
    ]
    body = list(_in_languages(content))
    title = analyzer.fold(" ".join(sorted(set(titles.values()))))
    name = analyzer.fold(" ".join(sorted([*(text for _, text in others), *providers, _host(content.get("website"))])))
    plain = [
        *(text for _, text in body),
        *(field["label"] or "" for field in content.get("fields") or ()),
        *sites,
        *known_by,
    ]
    document.add_text("title", title)
    document.add_text("names", name)
    document.add_text("body", analyzer.fold(" ".join(plain)))
    document.add_text("word", f"{title} {name}")
    document.add_text("title_key", analyzer.fold(content.get("title") or "")[:200])
    called = [*titles.items(), *others]
    document.add_text("forms", " ".join(filter(None, (analyzer.forms(text, code) for code, text in called))))
    document.add_text("body_forms", " ".join(filter(None, (analyzer.forms(text, code) for code, text in body))))
    short = set().union(*(analyzer.initials(text) for text in [*(text for _, text in called), *providers]))
    document.add_text("initials", " ".join(sorted(short)))


def _in_languages(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each text of the content beside the titles, with its language."""
    texts = [content.get("purpose"), content.get("assessment"), *(content.get("purpose_parts") or {}).values()]
    texts += [outcome["text"] for outcome in content.get("learning_outcomes") or ()]
    for name in ("components", "standards", "occupations", "skills"):
        texts += [row["title"] for row in content.get(name) or ()]
    for text in texts:
        yield from (text or {}).items()


def _host(website: str | None) -> str:
    """The name by which a body is known on the web: `unisa` of `http://www.unisa.ac.za/`."""
    host = re.sub(r"^\s*(?:https?://)?(?:www\d?\.)?|[/:?#].*$", "", (website or "").lower())
    labels = host.split(".")
    return next((label for label in labels[:-1] if len(label) > 3), labels[0] if len(labels) > 1 else "")


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


# As this process runs it. Read later, the files may be those of a newer release, whose index this one cannot write.
_SOURCE = "".join(inspect.getsource(module) for module in (sys.modules[__name__], analyzer, had, levels, broad_fields))
