"""The law as data: a malformed profile is refused with file, key and reason."""

from datetime import date
from decimal import Decimal

import pytest

from registry.framework import profile


def test_the_profile_of_new_zealand_has_the_rules_of_2023():
    version = profile.load("nz").version_on(date(2026, 11, 24))
    assert version.id == "nz-2023"
    assert next(r.value for r in version.rules if r.id == "NZ-01") == [1, 40]
    assert all(rule.source and "en" in rule.message for rule in version.rules)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("code = ", "broken.toml: "),
        ('code = "x"', "broken.toml: interface_languages: is missing"),
    ],
)
def test_a_malformed_profile_is_refused(tmp_path, monkeypatch, text, message):
    (tmp_path / "broken.toml").write_text(text)
    monkeypatch.setattr(profile, "FOLDER", tmp_path)
    profile.load.cache_clear()
    with pytest.raises(profile.ProfileError, match=message):
        profile.load("broken")
    profile.load.cache_clear()


def test_an_unknown_profile_names_those_that_there_are():
    with pytest.raises(profile.ProfileError, match="there are: acqf-generic, au-nmf-2021"):
        profile.load("atlantis")


def test_a_message_comes_in_the_readers_language_else_in_english():
    message = {"en": "Hello", "pt": "Olá"}
    assert [profile.text(message, tag) for tag in ("pt", "pt-BR", "fr")] == ["Olá", "Olá", "Hello"]


@pytest.mark.parametrize("code", ["au-nmf-2021", "za-nqf"])
def test_the_demo_register_loads_under_another_countrys_rules(db, settings, tmp_path, code):
    """What those rules refuse stays a draft: nobody needs New Zealand's law to try the register."""
    from credentials.demo.load import load
    from registry.models import Case

    settings.NQR_PROFILE = code
    assert load(tmp_path)
    assert Case.objects.filter(state="draft").exists()


def test_the_form_gives_the_guidance_of_the_profile_in_the_applicants_language(db):
    from django.utils import translation

    from credentials.forms import DraftForm

    assert DraftForm().fields["credits"].help_text.startswith("1 to 40. One credit is ten hours")
    with translation.override("fr"):
        assert DraftForm().fields["credits"].help_text.startswith("De 1 à 40.")


def test_a_case_is_judged_by_its_own_version_even_where_the_register_has_another_profile_since(settings):
    from registry.framework import current

    settings.NQR_PROFILE = "za-nqf"
    assert current.version("nz-2018").effective_from == date(2018, 8, 22)
    with pytest.raises(profile.ProfileError, match="no profile has a version 'nz-1066'"):
        current.version("nz-1066")


def test_hours_follow_from_credits_exactly_and_only_where_a_credit_fixes_them():
    assert profile.load("nz").hours_of(Decimal("2.55")) == Decimal("25.5")
    assert profile.load("au-nmf-2021").hours_of(Decimal("2.55")) is None
