"""The draft's form. It refuses only what cannot be kept (a credit that is no number); the rules come at submission."""

from typing import Any

from django import forms
from django.conf.locale import LANG_INFO
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from credentials.models import Application
from registry.content.dictionary import DELIVERY_MODES
from registry.errors import Violation
from registry.framework import current
from registry.framework.profile import text

LANGUAGES = [
    ("mi", "Te reo Māori"),
    *((code, LANG_INFO[code]["name_local"]) for code in ("en", "fr", "pt", "ar", "sw")),
]


class Lines(forms.CharField):
    """One item a line."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:
        return [line.strip() for line in (super().to_python(value) or "").splitlines() if line.strip()]


class DraftForm(forms.Form):
    """A micro-credential's content and the applicant's statements, in one language."""

    title = forms.CharField(label=_("Title"), max_length=300, required=False)
    language = forms.ChoiceField(
        label=_("Language of this application"), choices=LANGUAGES, required=False,
        help_text=_("The title, purpose, outcomes and assessment below are in this language."),
    )  # fmt: skip
    purpose = forms.CharField(
        label=_("Purpose"), required=False, max_length=8000, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("What it is used for, for whom it matters, and what a learner will know and be able to do."),
    )  # fmt: skip
    learning_outcomes = Lines(
        label=_("Learning outcomes"), required=False, max_length=8000, widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("One outcome a line, each beginning with what the learner can do."),
    )  # fmt: skip
    level = forms.ChoiceField(label=_("Level"), required=False)
    credits = forms.DecimalField(
        label=_("Credits"), required=False, max_digits=6, decimal_places=2, min_value=0, localize=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "short"}),
    )  # fmt: skip
    delivery_modes = forms.MultipleChoiceField(
        label=_("How it is delivered"),
        choices=tuple(DELIVERY_MODES.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    sites = Lines(
        label=_("Sites"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("One site a line."),
    )
    assessment = forms.CharField(
        label=_("Assessment"), required=False, max_length=8000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("How each outcome is assessed, and how assessment is moderated."),
    )  # fmt: skip
    need_statement = forms.CharField(
        label=_("Evidence of need"), required=False, max_length=8000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Who needs it and how you know. Attach letters and surveys on the application's page."),
    )  # fmt: skip
    duplication_statement = forms.CharField(
        label=_("Duplication statement"), required=False, max_length=8000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The entries of the register that you compared, and why this is not a duplicate."),
    )  # fmt: skip
    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        guidance = current.version_on(current.today()).guidance
        for name in guidance.keys() & self.fields.keys():
            self.fields[name].help_text = text(guidance[name], get_language() or "en")
        levels = current.profile().level_values
        self.fields["level"].choices = [("", _("Choose a level")), *((v, v) for v in levels)]

    @staticmethod
    def initial_of(application: Application) -> dict[str, Any]:
        revision = application.revision
        language = revision.language
        return {
            "title": revision.title,
            "language": language,
            "purpose": revision.purpose.get(language, ""),
            "learning_outcomes": [outcome["text"].get(language, "") for outcome in revision.learning_outcomes],
            "level": revision.level or "",
            "credits": None if revision.credits is None else f"{revision.credits.normalize():f}",
            "delivery_modes": revision.delivery_modes,
            "sites": application.sites,
            "assessment": revision.assessment.get(language, ""),
            "need_statement": application.need_statement,
            "duplication_statement": application.duplication_statement,
            "revision": application.case.revision,
        }

    @classmethod
    def showing(cls, application: Application, violations: list[Violation]) -> "DraftForm":
        """The stored draft with each broken rule at the field that it is about; the others stand above the form."""
        stored = cls.initial_of(application)
        form = cls({n: "\n".join(v) if isinstance(cls.base_fields[n], Lines) else v for n, v in stored.items()})
        form.full_clean()
        for violation in violations:
            if violation.severity == "error":
                form.add_error(violation.field if violation.field in form.fields else None, violation.message)
        return form

    def keep_revision(self, revision: int) -> None:
        """What could be read has been saved: the page that comes next builds on that."""
        self.data = self.data.copy()
        self.data["revision"] = str(revision)

    def values(self) -> dict[str, Any]:
        """What the service keeps: only fields that could be read, so that one bad field loses none of the others."""
        cleaned = dict(self.cleaned_data)
        cleaned.pop("revision", None)
        language = cleaned.get("language") or "en"
        for name in ("purpose", "assessment"):
            if name in cleaned:
                cleaned[name] = {language: cleaned[name]} if cleaned[name] else {}
        if "learning_outcomes" in cleaned:
            cleaned["learning_outcomes"] = [{"text": {language: outcome}} for outcome in cleaned["learning_outcomes"]]
        if "title" in cleaned:
            cleaned["titles"] = {language: cleaned["title"]} if cleaned["title"] else {}
        if "level" in cleaned:
            cleaned["level"] = cleaned["level"] or None
        return cleaned | {"language": language, "languages": [language]}
