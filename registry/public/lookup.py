"""An entry by what people have in hand: its number with or without separators, an id of elsewhere, a name of any day."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import orjson
import tantivy
from django.utils.translation import ngettext

from registry.content.bodies import every_name
from registry.models import Entry
from registry.numbers import parse_number
from registry.search import analyzer, query, reader
from registry.status import CREDENTIAL_KINDS

# More than so many entries under one name are nobody's answer: people choose from these.
MOST = 10
# So many of exactly one title are read, and so many of those that hold its words.
TITLED, LOOKED = 1000, 100
# So much of a folded title the index keeps as one piece (`registry.search.schema`).
TITLE_KEY = 200
SCOPES = {"provider": ("providers", "aliases"), "credential": ("credentials",)}


def find(text: str, sort: str) -> list[str]:
    """The numbers of the credentials or providers (`sort`) that this text may mean: one, several of a name, or none.

    Raises query.SearchUnavailable for what is no register number, where this host has no index.
    """
    found = find_many([text], sort)[text]
    if found is None:
        raise query.SearchUnavailable(text)
    return found


def find_many(texts: Iterable[str], sort: str) -> dict[str, list[str] | None]:
    """The same of each of these texts, with one query for all of them; None where it would take an index that is missing."""
    numbers = {text: parse_number(text) for text in texts}
    kinds = dict(Entry.objects.filter(number__in=set(filter(None, numbers.values()))).values_list("number", "kind"))
    return {text: _one(text, number, kinds.get(number), sort) for text, number in numbers.items()}


def _one(text: str, number: str | None, kind: str | None, sort: str) -> list[str] | None:
    if number and kind:
        return [number] if (kind == "provider") == (sort == "provider") and kind != "accreditation" else []
    try:
        return _by_code(text, sort) or _by_name(text, sort)
    except query.SearchUnavailable:
        return None


def _by_code(text: str, sort: str) -> list[str]:
    """By an id that it has elsewhere: `100/0512/2` and `10005122` are one."""
    compact = analyzer.compact(text)
    if not any(c.isdigit() for c in compact):
        return []
    index = reader.snapshot()
    return _numbers(index, sort, tantivy.Query.term_query(index.schema, "code", compact))


def _by_name(text: str, sort: str) -> list[str]:
    """By a title, or by any name that the body has had: all of it, whatever its accents and capitals.

    The entries of exactly that title come first, and none of them is missed: the index knows whole titles. Among the
    entries that hold its words, of which there may be very many, the best are looked through for other names.
    """
    wanted = analyzer.words(text)
    if not wanted:
        return []
    index = reader.snapshot()
    title = tantivy.Query.term_query(index.schema, "title_key", analyzer.fold(text)[:TITLE_KEY])
    words = [
        (query.Must, tantivy.Query.term_query(index.schema, "word", word)) for word in dict.fromkeys(wanted)
    ]  # fmt: skip
    titled = _numbers(index, sort, title, named=wanted, most=TITLED)
    called = _numbers(index, sort, tantivy.Query.boolean_query(words), named=wanted)
    return list(dict.fromkeys([*titled, *called]))


def _numbers(
    index: reader.Snapshot, sort: str, asked: tantivy.Query, named: list[str] | None = None, most: int | None = None
) -> list[str]:
    scopes = tantivy.Query.term_set_query(index.schema, "scope", list(SCOPES[sort]))
    searcher = index.searcher
    both = tantivy.Query.boolean_query([(query.Must, scopes), (query.Must, asked)])
    found = []
    for _score, address in searcher.search(both, most or LOOKED, count=False).hits:
        document = orjson.loads(bytes(searcher.doc(address)["document"][0]))
        if named is None or any(analyzer.words(name) == named for name in _names(document)):
            # Another number of a body is that body.
            found.append(document.get("same_as") or document["number"])
    return sorted(set(found))


def _names(document: dict) -> Iterable[str]:
    if document["kind"] in CREDENTIAL_KINDS:
        yield from (document["title"], *document["titles"].values())
        yield from (other["text"] for other in document.get("alternative_titles") or ())
    else:
        yield from every_name(document)


# -- where there are many of a name ------------------------------------------------------------------------------------

T = TypeVar("T")


def narrowed(found: Mapping[T, tuple[list[str] | None, str | None]]) -> dict[T, list[str] | None]:
    """What was found for each question; where that is more than people choose from, the ones that the provider asked about
    has to do with: it leads their award, or holds an accreditation for them. Two queries for all questions together."""
    many = [(meant, body) for meant, body in found.values() if meant and body and len(meant) > MOST]
    if not many:
        return {question: meant for question, (meant, _body) in found.items()}
    numbers, bodies = {number for meant, _body in many for number in meant}, {body for _meant, body in many}
    entries = Entry.objects.readable().filter(provider__in=bodies)
    theirs = {
        *entries.credentials().filter(number__in=numbers).values_list("number", "provider"),
        *entries.accreditations().filter(credential__in=numbers).values_list("credential", "provider"),
    }

    def few(meant: list[str] | None, body: str | None) -> list[str] | None:
        if not meant or not body or len(meant) <= MOST:
            return meant
        # One that has to do with none of them tells them not apart.
        return [number for number in meant if (number, body) in theirs] or meant

    return {question: few(*asked) for question, asked in found.items()}


def more(found: Sequence[str]) -> str:
    """In words how many there are beside those that people choose from; nothing where these are all."""
    count = len(found) - MOST
    return ngettext("and %(n)s more", "and %(n)s more", count) % {"n": count} if count > 0 else ""
