"""The field dictionary and its shapes: strict, in one spelling, and helpful where something is wrong."""

import json
import math
from decimal import Decimal

import orjson
import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from credentials import imports, proposals, publishing
from credentials.models import Credential, Revision
from credentials.proposals import BadContent
from registry import exports, journal
from registry.content.dictionary import BY_NAME, DETAILS, FIELDS, NOTHING, complete
from registry.content.shapes import BadValue
from registry.models import Entry
from registry.search import follower, query
from tests.builders import DAY, DETAILED, document
from tests.conftest import clone, drop, point_at

anything = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20),
        st.sampled_from(["\0", "\ud800", "NaN", "1e9", "-1", "", " ", "en", "PT60H", "NQ-1", "https://[", "2026-02-30"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["en", "text", "title", "credits", "number", "x", "rule"]), inner, max_size=3),
    ),
    max_leaves=8,
)  # fmt: skip


@given(name=st.sampled_from(sorted(BY_NAME)), value=anything)
@example(name="framework_facts", value={"en": 1e16})
def test_no_value_whatever_makes_a_field_raise_anything_but_a_refusal(name, value):
    shape = BY_NAME[name].shape
    try:
        read = shape.read(value)
    except BadValue:
        return
    assert shape.read(read) == read, "what was read reads the same again"
    if read not in (None, {}, []):
        assert all(isinstance(line, str) for line in shape.lines(read, "en"))
        json.dumps(read, allow_nan=False)


@pytest.mark.parametrize("field", DETAILS, ids=lambda field: field.name)
def test_every_field_reads_what_a_public_document_says(field):
    assert field.shape.read(DETAILED.get(field.name)) == DETAILED.get(field.name)


def test_every_field_is_named_once_and_exported():
    assert len(BY_NAME) == len(FIELDS)
    assert set(BY_NAME) <= {*exports.KEYS}


def test_a_complete_document_has_every_key_and_keeps_what_is_said():
    said = document(duration="PT60H")
    whole = complete(said)
    assert whole.keys() == said.keys() | NOTHING.keys() and whole["duration"] == "PT60H"
    assert (whole["components"], whole["grading_scale"], whole["purpose_parts"]) == ([], None, None)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("credits", "12,5", "“12,5” is not a number such as 15 or 2.5, with two decimals at most. Did you mean 12.5?"),
        ("credits", "1e3", "“1e3” is not a number"),
        ("credits", 12.125, "“12.125” is not a number"),
        ("level", "04", "“04” is not a level such as 4. Did you mean 4?"),
        ("duration", "60 hours", "Did you mean PT60H?"),
        ("duration", "P", "“P” is not a duration of ISO 8601"),
        ("language", "GER", "“GER” is not a language of BCP 47, such as en or pt-BR. Did you mean de?"),
        ("titles", {"GER": "Zeugnis"}, "Did you mean de?"),
        ("titles", {"en": "a\0b"}, "no register can keep (NUL)"),
        ("award_basis", "party", "“party” is not one of course, recognition, both"),
        ("rpl_url", "javascript:alert(1)", "is not an address such as https://example.org/page"),
        ("rpl_url", "//example.org", "is not an address such as https://example.org/page"),
        ("components", [{"credits": "5"}], "Title is missing."),
        ("components", [{"title": {"en": "A"}, "price": "5"}], "It does not have a field named price."),
        ("components", [{"title": {"en": "A"}, "credits": "5,5"}], "Credits: “5,5” is not a number"),
        ("fees", [{"amount": "5", "currency": "EURO"}], "Currency: “EURO” is not one of"),
        ("quality_assurance", [{"type": "external", "date": "31.12.2026"}], "Date: “31.12.2026” is not a date such as"),
        ("stacking", [{"relation": "part_of", "number": "seven"}], "Entry: “seven” is not a register number such as NQ-000123."),
        ("purpose_parts", {"aim": {"en": "x"}}, "“aim” is not one of use, relevance"),
        ("framework_facts", {"Bad Name": "x"}, "is not the name of a field of the framework"),
        ("languages", ["en"] * 501, "There are more than 500 of them."),
    ],
)  # fmt: skip
def test_a_refusal_says_what_was_found_and_what_was_meant(name, value, said):
    with pytest.raises(BadValue) as refusal:
        BY_NAME[name].shape.read(value)
    assert said in str(refusal.value)
    with pytest.raises(BadContent) as kept:
        proposals.fill(Revision(titles={"en": "x"}), {name: value})
    assert kept.value.field == name


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("credits", "12.50", "12.5"),
        ("credits", 15, "15"),
        ("credits", Decimal("0.10"), "0.1"),
        ("stacking", [{"relation": "part_of", "number": "nq 12"}], [{"relation": "part_of", "number": "NQ-000012"}]),
        ("languages", ["en", " mi ", "en", ""], ["en", "mi"]),
        ("titles", {"en": " Baking ", "mi": ""}, {"en": "Baking"}),
        ("framework_facts", {"work_based": False, "hours": 12, "empty": ""}, {"hours": "12", "work_based": False}),
    ],
)
def test_what_is_kept_has_one_spelling(name, value, kept):
    assert BY_NAME[name].shape.read(value) == kept


def test_a_title_is_that_of_the_drafts_own_language():
    draft = Revision()
    proposals.fill(draft, {"language": "mi", "titles": {"en": "Baking", "mi": "Tunu parāoa"}})
    assert draft.title == "Tunu parāoa"
    proposals.fill(draft, {"titles": {"en": "Baking"}})
    assert draft.title == "Baking"


# -- credits never lose a digit ----------------------------------------------------------------------------------------

amounts = st.decimals("0.01", "999999.99", places=2)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(amount=amounts)
def test_credits_are_the_same_text_in_draft_document_column_and_comparison(db, amount):
    draft = Revision(titles={"en": "x"})
    written = f"{amount:f}"
    proposals.fill(draft, {"credits": written, "components": [{"title": {"en": "All"}, "credits": written}]})
    said = publishing.credential_document(Credential(kind="qualification"), draft)
    plain = said["credits"]
    assert Decimal(plain) == amount and plain == said["components"][0]["credits"]
    assert Decimal(said["notional_hours"]) == amount * 10
    with transaction.atomic():
        number = journal.publish(document(credits=plain), effective_from=DAY).number
        entry = Entry.objects.get(number=number)
        assert entry.credits == amount and not isinstance(entry.credits, float)
        assert orjson.loads(bytes(entry.document))["credits"] == plain
        transaction.set_rollback(True)


def test_credits_are_the_same_text_in_search_api_and_files_and_in_a_register_restored_from_them(
    committing_db, client, tmp_path
):
    texts = ["0.01", "0.1", "2.5", "12.25", "33.33", "100", "99999.99", "0.07", "19.99", "1.1"]
    with transaction.atomic():
        numbers = [journal.publish(document(credits=t, title=f"C {t}"), effective_from=DAY).number for t in texts]
    follower.catch_up()
    cards = {row["number"]: row["credits"] for row in query.search(day=DAY, page_size=100).rows}
    listed = {r["number"]: r["credits"] for r in client.get("/api/v1/credentials?page_size=100").json()["results"]}
    detail = {n: client.get(f"/api/v1/credentials/{n}").json()["credits"] for n in numbers}
    assert cards == listed == detail == dict(zip(numbers, texts, strict=True))
    exports.export(tmp_path)
    from django.db import connection

    mine = connection.settings_dict["NAME"]
    for name in (exports.HISTORY, exports.ROWS):
        clone(f"{mine}_again")
        point_at(f"{mine}_again")
        try:
            imports.run(tmp_path / name)
            again = {e.number: orjson.loads(bytes(e.document))["credits"] for e in Entry.objects.all()}
            assert again == detail
        finally:
            point_at(mine)
            drop(f"{mine}_again")


def test_a_number_that_is_none_is_refused(db):
    for value in (math.nan, math.inf, "NaN", True, "٣"):
        with pytest.raises(BadValue):
            BY_NAME["credits"].shape.read(value)
