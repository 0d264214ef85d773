"""What entries were called before, and which numbers of elsewhere they bore, from the journal."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from registry.querysets import ChangeQuerySet

Title = tuple[str, str]  # its language, and what it says
ALTER = ["title", "titles", "identifiers"]


@dataclass
class Had:
    """`former`: the titles that a revision has replaced, which people may still know an entry by; a title that was corrected
    was a slip and is none of them. `titles` and `identifiers`: all that any document of it has said, slips included."""

    former: dict[Title, None] = field(default_factory=dict)
    titles: set[str] = field(default_factory=set)
    identifiers: set[str] = field(default_factory=set)


NOTHING = Had()


def of(changes: ChangeQuerySet) -> dict[str, Had]:
    """By number, for those of these changes' entries whose titles or identifiers were ever altered."""
    altered = changes.filter(action__in=["revised", "corrected"], changed_fields__overlap=ALTER)
    numbers = set(altered.values_list("number", flat=True))
    if not numbers:
        return {}
    told = changes.model.objects.filter(number__in=numbers).exclude(document=None).order_by("number", "serial")
    found: dict[str, Had] = {}
    before: dict[str, dict[Title, None]] = {}
    for number, action, body in told.values_list("number", "action", "document").iterator(chunk_size=1000):
        document = orjson.loads(bytes(body))
        titles, had = titles_of(document), found.setdefault(number, Had())
        replaced = {title: None for title in before.get(number, {}) if title not in titles}
        if action == "revised":
            had.former |= replaced
        elif action == "corrected":
            had.former = {title: None for title in had.former if title not in replaced}
        had.titles.update(text for _, text in titles)
        had.identifiers.update(row["value"] for row in document.get("identifiers") or ())
        before[number] = titles
    for number, had in found.items():
        present = {text for _, text in before[number]}
        had.former = {title: None for title in had.former if title[1] not in present}
    return found


def titles_of(document: Mapping[str, Any]) -> dict[Title, None]:
    """The titles of a document, each with its language, in their order."""
    own = document.get("language") or ""
    return dict.fromkeys([(own, document.get("title") or ""), *(document.get("titles") or {}).items()])
