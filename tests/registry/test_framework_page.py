"""The public page of the rules in force, and the report of what would not fit others."""

import json
import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from registry.framework import profile
from registry.models import Change
from tests.builders import publish


@pytest.mark.parametrize("code", profile.shipped())
@pytest.mark.parametrize("prefix", ["", "/fr", "/pt", "/ar"])
def test_the_page_says_every_rule_of_every_profile_in_plain_words_with_its_source(client, db, settings, code, prefix):
    settings.NQR_PROFILE = code
    text = client.get(f"{prefix}/framework").content.decode()
    for rule in profile.load(code).versions[-1].rules:
        assert f"<bdi>{rule.id}</bdi>" in text, rule.id
    assert "{" not in text and "None" not in re.sub(r"<[^>]+>", "", text)
    for level in profile.load(code).levels:
        assert f'<th scope="row">{profile.text(level["label"], prefix[1:] or "en")}</th>' in text


def test_the_page_of_new_zealand_tells_limits_levels_credits_enrolment_and_deadlines(client, db):
    text = client.get("/framework").content.decode()
    for words in (
        "A micro-credential has at least 1 and at most 40 credits.",
        "NZQA, micro-credentials: 1 to 40 credits",
        "a decision maker may waive it, with a reason",
        "40 credits are shown as 20 ECTS by years: indicative",
        "40 credits are shown as 13.3–16 ECTS by hours: indicative",
        "No new learner may start from the day on which an entry begins to expire.",
        "12, 24, 36 months; 12 unless another is asked for.",
        "10 working days",
        "level 8 has no counterpart",
        "After every 12 months of the provider’s own financial year; due 5 months after its last day.",
        "After every 3 months of the provider’s own financial year; due 5 working days after its last day.",
        "Annual return, Statutory declaration, Assurance report.",
    ):
        assert words in text, words


def test_the_rules_of_an_earlier_day_are_kept_and_said_to_be_earlier(client, db):
    text = client.get("/framework?version=nz-2018").content.decode()
    assert "These rules are not those of today." in text and "at least 5 and at most 40 credits" in text
    assert "These rules are not those of today." not in client.get("/framework?version=nz-2023").content.decode()
    assert client.get("/framework?version=nz-1066").status_code == 404


@pytest.mark.parametrize(
    ("language", "words"),
    [("fr", "Les règles en vigueur"), ("pt", "As regras em vigor"), ("ar", "القواعد السارية")],
)
def test_the_page_speaks_the_readers_language(client, db, language, words):
    text = client.get(f"/{language}/framework").content.decode()
    text = re.sub(r'<span[^>]* lang="en".*?</span>', "", text)  # a source is quoted as it is
    assert words in text
    for english in ("The rules in force", "An officer looks at it", "on submission", "working days", "Registering a"):
        assert english not in text, english


def test_the_footer_of_every_page_leads_to_the_rules(client, db):
    assert 'href="/framework"' in client.get("/downloads").content.decode()


def test_the_page_asks_the_database_nothing_and_sets_no_cookie(client, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/framework")
    assert response.headers["Cache-Control"].startswith("public") and not response.cookies


# -- check_profile ---------------------------------------------------------------------------------------------------


def check(*arguments) -> str:
    out = StringIO()
    call_command("check_profile", *arguments, stdout=out, skip_checks=False)  # as it is typed
    return out.getvalue()


@pytest.fixture
def register(db):
    sound = {
        "kind": "micro_credential", "purpose": {"en": "To inspect scaffolds."}, "assessment": {"en": "Observed."},
        "learning_outcomes": [{"number": 1, "text": {"en": "Inspect a scaffold."}}], "level": "4", "credits": "10",
        "notional_hours": "100",
    }  # fmt: skip
    publish(**sound)
    publish(**sound | {"credits": "45", "notional_hours": "450"})
    publish(**sound | {"credits": "2", "notional_hours": "20", "title": "National Diploma of Scaffolding"})


def test_the_report_names_entry_rule_field_value_and_message_of_what_would_not_fit(register, tmp_path):
    path = tmp_path / "report.json"
    said = check("--report", str(path))
    assert "nz nz-2023: 3 entries, 2 fit, 1 do not." in said and "1  NZ-01 (error)" in said
    body = json.loads(path.read_text())
    assert {k: body[k] for k in ("profile", "version", "read", "unfit", "rules")} == {
        "profile": "nz", "version": "nz-2023", "read": 3, "unfit": 1, "rules": {"NZ-01": 1},
    }  # fmt: skip
    assert body["found"] == [
        {"number": "NQ-000002", "rule": "NZ-01", "severity": "error", "field": "credits", "value": "45",
         "message": "A micro-credential has at least 1 and at most 40 credits. Found: 45."}
    ]  # fmt: skip


def test_another_profile_and_another_version_find_other_things(register):
    assert "nz nz-2018: 3 entries, 1 fit, 2 do not." in check("--version", "nz-2018")
    assert "eu-2022 eu-2022: 3 entries, 0 fit, 3 do not." in check("--profile", "eu-2022")


def test_the_report_changes_nothing(register):
    before = Change.objects.count()
    check("--profile", "za-nqf")
    assert Change.objects.count() == before


@pytest.mark.parametrize(
    ("arguments", "message"), [(["--profile", "atlantis"], "there is no such profile"), (["--version", "x"], "no 'x'")]
)
def test_a_profile_or_version_that_there_is_not_is_said(db, arguments, message):
    with pytest.raises(CommandError, match=message):
        check(*arguments)


def test_an_entry_with_gaps_is_reported_and_nothing_is_invented_for_it(db):
    publish(kind="micro_credential", credits=None, level=None, gaps=["credits", "level"])
    assert "NZ-01 (error)" in check() and "NZ-02 (error)" in check()


def test_an_empty_register_makes_a_report_too(db, tmp_path):
    path = tmp_path / "report.json"
    assert "0 entries, 0 fit, 0 do not." in check("--report", str(path))
    assert json.loads(path.read_text())["found"] == []


def test_a_report_that_cannot_be_written_is_said_in_one_sentence(db):
    with pytest.raises(CommandError, match=r"The report cannot be written to /nowhere/x\.json"):
        check("--report", "/nowhere/x.json")
