"""The law as data: a malformed profile is refused with file, key and reason."""

from dataclasses import replace
from datetime import date

import pytest

from registry.framework import profile, rules


def test_the_profile_of_new_zealand_has_the_rules_of_2023():
    version = profile.load("nz").version_on(date(2026, 11, 24))
    assert version.id == "nz-2023"
    assert next(r.value for r in version.rules if r.id == "NZ-01") == [1, 40]
    assert all(rule.source and "en" in rule.message for rule in version.rules)


def test_every_profile_that_ships_is_sound():
    for path in profile.FOLDER.glob("*.toml"):
        rules.validate(profile.load(path.stem))


def test_an_unknown_operator_is_refused_with_its_place():
    broken = replace(profile.load("nz").versions[0].rules[0], operator="roughly")
    version = replace(profile.load("nz").versions[0], rules=(broken,))
    with pytest.raises(
        profile.ProfileError, match=r"nz.toml: versions.nz-2023.rules.NZ-01.operator: 'roughly' is unknown"
    ):
        rules.validate(replace(profile.load("nz"), versions=(version,)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("code = ", "broken.toml: "),
        ('code = "x"', "broken.toml: key 'versions' is missing"),
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
    with pytest.raises(profile.ProfileError, match="there are: nz"):
        profile.load("atlantis")


def test_a_message_comes_in_the_readers_language_else_in_english():
    message = {"en": "Hello", "pt": "Olá"}
    assert [profile.text(message, tag) for tag in ("pt", "pt-BR", "fr")] == ["Olá", "Olá", "Hello"]
