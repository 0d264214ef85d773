"""Whether people find what they look for: graded queries over real rows, asked through HTTP.

A query passes when its first `top_k` results, credentials and providers together, hold at least so many entries that
people have judged a must. The answers are printed with and without the lists of synonyms.
"""

import json
from collections import defaultdict
from pathlib import Path
from statistics import mean

import pytest

from credentials import imports
from registry.search import follower, query
from registry.search.query import document

OWN = Path(__file__).with_name("own_queries.jsonl")
# Of the queries that came with the rows, and of our own in each language, so many must pass at least.
LEAST = {"core": 53, "hard": 9, "stretch": 2, "en": 9, "fr": 9, "pt": 9, "ar": 9}


@pytest.fixture
def rows(committing_db, shared):
    imports.run(shared / "data" / "records.csv")
    follower.rebuild()
    query.forget()
    return shared / "data"


def found(client, q: str, most: int) -> list[set[str]]:
    """What stands on the first page, credentials first, by the numbers that each has elsewhere."""
    entries = []
    for what in ("credentials", "providers"):
        answer = client.get(f"/api/v1/{what}", {"q": q, "page_size": most})
        assert answer.status_code == 200, (q, answer.content[:200])
        entries += [row["number"] for row in answer.json()["results"]]
    return [elsewhere(number) for number in dict.fromkeys(entries)]


def elsewhere(number: str) -> set[str]:
    body = json.loads(document(number))
    named = {f"{i['scheme']}:{i['value']}" for i in [*body["identifiers"], *(body.get("other_identifiers") or ())]}
    source = body.get("source")
    return named | ({f"{source['name']}:{source['id']}"} if source else set())


def graded(client, queries: list[dict]) -> tuple[dict[str, list[str]], float]:
    """The queries that fail by their tier, and the mean reciprocal rank of the first entry that is a must."""
    failed, ranks = defaultdict(list), []
    for asked in queries:
        expected = asked["expect"]
        musts = {uid for uid, grade in asked["relevant"].items() if grade == 2}
        hits = [bool(names & musts) for names in found(client, asked["query"], expected["top_k"])]
        if musts:
            ranks.append(next((1 / n for n, hit in enumerate(hits, 1) if hit), 0.0))
        if sum(hits) < expected.get("min_grade2_in_top_k", 0):
            failed[asked["tier"]].append(f"{asked['qid']} {asked['query']}")
    return failed, mean(ranks)


def test_graded_queries_over_real_rows_find_what_people_look_for(rows, client, settings):
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"DEFAULT_THROTTLE_CLASSES": []}
    queries = [json.loads(line) for file in (rows / "queries.jsonl", OWN) for line in file.open(encoding="utf-8")]
    for synonyms in (False, True):
        settings.SEARCH_SYNONYMS = synonyms
        failed, rank = graded(client, queries)
        asked = {tier: sum(each["tier"] == tier for each in queries) for tier in LEAST}
        passed = {tier: asked[tier] - len(failed[tier]) for tier in LEAST}
        print(f"{'with' if synonyms else 'without'} synonyms: mean reciprocal rank {rank:.3f}; ", end="")
        print(", ".join(f"{tier} {passed[tier]} of {asked[tier]}" for tier in LEAST))
        print("  not found:", "; ".join(each for tier in failed.values() for each in tier))
    assert all(passed[tier] >= LEAST[tier] for tier in LEAST), failed
