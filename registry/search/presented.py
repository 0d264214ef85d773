"""Matches of the duplicate check made ready for a page: what both texts say, side by side, with their shared words."""

from collections.abc import Mapping
from typing import Any

from registry.search.likeness import marked


def side_by_side(match: Mapping[str, Any]) -> dict[str, Any]:
    """A match as it was kept, with each passage in pieces: words that the other text says too are marked."""
    passages = [
        {
            "field": passage["field"], "score": passage["score"],
            "own": marked(passage["own"], passage["theirs"]), "theirs": marked(passage["theirs"], passage["own"]),
        }
        for passage in match["passages"]
    ]  # fmt: skip
    return {**match, "percent": round(match["score"] * 100), "passages": passages}
