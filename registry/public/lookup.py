"""An entry by what people have in hand: its number with or without separators, an id of elsewhere, a name of any day."""

from collections.abc import Iterable

import orjson
import tantivy

from registry.content.bodies import every_name
from registry.models import Entry
from registry.numbers import parse_number
from registry.search import analyzer, query, reader
from registry.status import CREDENTIAL_KINDS

# More than so many entries under one name are nobody's answer: people choose from these.
MOST = 10
SCOPES = {"provider": ("providers", "aliases"), "credential": ("credentials",)}


def find(text: str, sort: str) -> list[str]:
    """The numbers of the credentials or providers (`sort`) that this text may mean: one, several of a name, or none.

    Raises query.SearchUnavailable for what is no register number, where this host has no index.
    """
    number = parse_number(text)
    if number and (entry := Entry.objects.filter(number=number).values_list("kind", flat=True).first()):
        return [number] if (entry == "provider") == (sort == "provider") and entry != "accreditation" else []
    return _by_code(text, sort) or _by_name(text, sort)


def _by_code(text: str, sort: str) -> list[str]:
    """By an id that it has elsewhere: `100/0512/2` and `10005122` are one."""
    compact = analyzer.compact(text)
    if not any(c.isdigit() for c in compact):
        return []
    index = reader.snapshot()
    return _numbers(index, sort, tantivy.Query.term_query(index.schema, "code", compact))


def _by_name(text: str, sort: str) -> list[str]:
    """By a title, or by any name that the body has had: all of it, whatever its accents and capitals."""
    wanted = analyzer.words(text)
    if not wanted:
        return []
    index = reader.snapshot()
    words = [
        (query.Must, tantivy.Query.term_query(index.schema, "word", word)) for word in dict.fromkeys(wanted)
    ]  # fmt: skip
    return _numbers(index, sort, tantivy.Query.boolean_query(words), named=wanted)


def _numbers(index: reader.Snapshot, sort: str, asked: tantivy.Query, named: list[str] | None = None) -> list[str]:
    scopes = tantivy.Query.term_set_query(index.schema, "scope", list(SCOPES[sort]))
    searcher = index.searcher
    both = tantivy.Query.boolean_query([(query.Must, scopes), (query.Must, asked)])
    found = []
    for _, address in searcher.search(both, 100, count=False).hits:
        document = orjson.loads(bytes(searcher.doc(address)["document"][0]))
        if named is None or any(analyzer.words(name) == named for name in _names(document)):
            # Another number of a body is that body.
            found.append(document.get("same_as") or document["number"])
    return sorted(set(found))[:MOST]


def _names(document: dict) -> Iterable[str]:
    if document["kind"] in CREDENTIAL_KINDS:
        yield from (document["title"], *document["titles"].values())
        yield from (other["text"] for other in document.get("alternative_titles") or ())
    else:
        yield from every_name(document)
