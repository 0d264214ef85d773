"""Letters and notices in the languages of their readers: each word of them is said in French, Portuguese and Arabic."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import translation

from credentials.lifecycle import ACCREDITATION_STATES, ENTRY_STATES
from registry.casework import kinds
from registry.casework import services as desk
from registry.casework.letters.texts import ROLES, TEXTS
from registry.casework.models import Outcome, RequestItem
from registry.casework.models.deciding import Backdating
from registry.casework.models.evidence import Evidence
from registry.casework.models.judging import Judgement
from registry.models import Notice
from tests.builders import approve, evaluate, make_draft, make_editor, make_provider, make_signatory

LETTER = Path(settings.BASE_DIR) / "templates" / "letters" / "decision.html"
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]")
MARKED = re.compile(r"""{% translate (?:"([^"]+)"|'([^']+)') %}""")
# What is written alike in English and in that language.
SHARED = {("fr", "Conditions"), ("fr", "Date"), ("pt", "auditor")}

languages = pytest.mark.parametrize("language", ["fr", "pt", "ar"])


def texts() -> Iterator[tuple[str, Any]]:
    for name, (subject, body) in TEXTS.items():
        yield f"{name}, subject", subject
        yield f"{name}, body", body


def labels() -> Iterator[tuple[str, Any]]:
    """Each state, matter and name of each kind of case, and each choice that a letter or a notice may say."""
    for kind in kinds.every():
        yield kind.name, kind.label
        for sort, said in (
            ("state", kind.states),
            ("matter", kind.matters),
            ("outcome", kind.outcomes),
            ("verdict", kind.verdicts),
        ):
            for name, label in said.items():
                yield f"{kind.name}, {sort} {name}", label
    for where, said in (("entry", ENTRY_STATES), ("accreditation", ACCREDITATION_STATES), ("role", ROLES)):
        for name, label in said.items():
            yield f"{where}, {name}", label
    choices = (
        Outcome, Backdating, RequestItem.Kind, RequestItem.Unanswered, Judgement.Verdict, Evidence.Scan,
    )  # fmt: skip
    for chosen in choices:
        for value, label in chosen.choices:
            yield f"{chosen.__qualname__}, {value}", label


def in_language(label: Any, language: str) -> str:
    with translation.override(language):
        return str(label)


def left_in_english(said: list[tuple[str, Any]], language: str) -> list[str]:
    pairs = [(where, in_language(label, "en"), in_language(label, language)) for where, label in said]
    return [where for where, english, other in pairs if english == other and (language, english) not in SHARED]


@languages
def test_every_text_of_a_notice_is_said_in_each_language(language):
    said = list(texts())
    assert len(said) == 2 * len(TEXTS) > 50
    assert left_in_english(said, language) == []


@languages
def test_a_translated_text_is_filled_with_just_what_the_english_one_is(language):
    for where, text in texts():
        english, other = (PLACEHOLDER.findall(in_language(text, code)) for code in ("en", language))
        assert Counter(english) == Counter(other), where


@languages
def test_every_text_keeps_its_paragraphs_and_raises_no_voice(language):
    for where, text in texts():
        english, other = in_language(text, "en"), in_language(text, language)
        assert english.count("\n\n") == other.count("\n\n"), where
        assert "!" not in other, where


@languages
def test_every_state_matter_outcome_and_choice_is_said_in_each_language(language):
    said = list(labels())
    assert len(said) > 100
    assert left_in_english(said, language) == []


@languages
def test_every_sentence_of_the_letter_is_said_in_each_language(language):
    marked = {double or single for double, single in MARKED.findall(LETTER.read_text(encoding="utf-8"))}
    assert "What was decided" in marked and len(marked) > 15
    with translation.override(language):
        left = {words for words in marked if translation.gettext(words) == words}
    assert {words for words in left if (language, words) not in SHARED} == set()


def test_an_arabic_text_begins_in_arabic_so_that_it_is_laid_out_from_the_right():
    for where, text in texts():
        assert re.match(r"[\u0600-\u06ff]", in_language(text, "ar")), where


def test_each_member_of_an_applicant_is_told_in_their_own_language(db):
    provider = make_provider()
    signatory, editor = make_signatory(provider), make_editor(provider)
    signatory.language = "fr"
    signatory.save()
    case = make_draft(provider, signatory)
    desk.submit(case_id=case.pk, by=signatory)
    case.refresh_from_db()
    french, english = Notice.objects.get(person=signatory), Notice.objects.get(person=editor)
    assert french.language == "fr" and french.subject == f"{case.reference} : votre demande a été reçue"
    assert french.body.startswith(f"Nous avons reçu « {case.title} ». La référence du dossier est {case.reference}.")
    assert english.language == "en" and english.subject == f"{case.reference}: your application has been received"


def test_the_letter_and_the_notice_of_a_decision_are_french_down_to_what_was_published(db):
    provider = make_provider()
    signatory = make_signatory(provider)
    signatory.language = "fr"
    signatory.save()
    case = make_draft(provider, signatory)
    desk.submit(case_id=case.pk, by=signatory)
    approve(evaluate(case))
    letter, notice = case.letters.get(), Notice.objects.filter(person=signatory, subject__endswith="décision").get()
    assert letter.language == "fr"
    for words in (
        "Ce qui a été décidé",
        "inscription au registre",
        "approuvé",
        "Enregistrement sous le numéro NQ-000001.",
    ):
        assert words in letter.html, words
    for words in ("What was decided", "listing on the register", "approved", "Registered as", "Decided by"):
        assert words not in letter.html, words
    assert notice.body.startswith(f"Une décision a été prise sur le dossier « {case.title} ».")
    assert "accréditation à dispenser: approuvé (" in notice.body
    assert "Vous pouvez demander un réexamen jusqu'au " in notice.body
