"""Which entries lead to which, both ways, from the documents that this host's index holds."""

from collections.abc import Collection, Iterable
from typing import Any

import orjson
import tantivy

from registry.search import reader
from registry.search.query import Must, MustNot, Query


def documents(numbers: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The present documents of these entries, as far as the index has them. Raises SearchUnavailable where there is none."""
    wanted = sorted(set(numbers))
    index = reader.snapshot()
    if not wanted:
        return {}
    searcher = index.searcher
    hits = searcher.search(Query.term_set_query(index.schema, "number", wanted), len(wanted), count=False).hits
    found = (_document(searcher, address) for _, address in hits)
    return {document["number"]: document for document in found}


def leading_to(
    number: str, *, limit: int, offset: int = 0, without: Collection[str] = ()
) -> tuple[int, list[dict[str, Any]]]:
    """How many credentials say that they lead to this one, and the documents of some of them, by title.

    Raises SearchUnavailable where this host has no index.
    """
    index = reader.snapshot()
    clauses = [
        (Must, Query.term_query(index.schema, "leads_to", number)),
        (Must, Query.term_query(index.schema, "scope", "credentials")),
    ]
    if without:
        clauses.append((MustNot, Query.term_set_query(index.schema, "number", sorted(without))))
    searcher = index.searcher
    found = searcher.search(
        Query.boolean_query(clauses),
        limit,
        count=True,
        offset=offset,
        order_by_field="title_key",
        order=tantivy.Order.Asc,
    )
    return found.count, [_document(searcher, address) for _, address in found.hits]


def _document(searcher: tantivy.Searcher, address: tantivy.DocAddress) -> dict[str, Any]:
    return orjson.loads(bytes(searcher.doc(address)["document"][0]))
