"""The draft's form. It refuses only what cannot be kept (a credit that is no number); the rules come at submission."""

from typing import Any

from django import forms
from django.conf.locale import LANG_INFO
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from credentials import rules
from credentials.models import Amendment, Application, Credential
from credentials.proposals import BODIES, DATES, PARTIES
from credentials.publishing import plain
from registry.content.bodies import PARTNERS
from registry.content.comparison import ENTRY_LABELS
from registry.content.controls import MORE_ROWS, ShapeField, field_of, sent
from registry.content.dictionary import BY_NAME, DELIVERY_MODES, EQUIVALENCES, FIELDS, SECTIONS, in_section
from registry.content.shapes import Code, Day, Listing, Number, Quantity, Shape, Texts
from registry.documents import iso
from registry.errors import Violation
from registry.framework import current
from registry.framework.law import Profile
from registry.framework.profile import text
from registry.framework.published import asked_besides
from registry.status import parse

LANGUAGES = [
    ("mi", "Te reo Māori"),
    *((code, LANG_INFO[code]["name_local"]) for code in ("en", "fr", "pt", "ar", "sw")),
]


class Lines(forms.CharField):
    """One item a line, each at most `longest` characters."""

    widget = forms.Textarea

    def __init__(self, *args: Any, longest: int = 8000, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.longest = longest

    def validate(self, value: list[str]) -> None:
        super().validate(value)
        for number, line in enumerate(value, start=1):
            if len(line) > self.longest:
                raise forms.ValidationError(
                    _("Line %(number)d is longer than %(longest)d characters.")
                    % {"number": number, "longest": self.longest}
                )

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:
        return [line.strip() for line in (super().to_python(value) or "").splitlines() if line.strip()]


PARTY_LABELS = {"awarding_body": _("Awarding body (lead)"), "developer": _("Developer")}

# Where the form asks for what a rule calls by another name.
ASKED_AS = {
    "stacking": "part_of", "parent_qualification": "part_of", "parent_status": "part_of", "parent_level": "part_of",
    "notional_hours": "credits", "titles": "title", "titles.en": "title",
}  # fmt: skip


# What the form asks of everybody, in its own way.
ASKED_ALWAYS = frozenset(
    {
        "language", "titles", "purpose", "learning_outcomes", "level", "credits", "delivery_modes", "assessment",
        "languages", "stacking", "components", "fields", "type",
    }
)  # fmt: skip


class DraftForm(forms.Form):
    """What an application asks to be listed, and the applicant's statements, in one language."""

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
    type = forms.ChoiceField(label=_("Type"), required=False)
    part_of = ShapeField(
        Number(),
        (),
        label=_("Qualification that it is part of"),
        help_text=_("Its register number, such as NQ-000123."),
    )
    level = forms.ChoiceField(label=_("Level"), required=False)
    credits = ShapeField(Quantity(), (), label=_("Credits"))
    review_period_months = forms.IntegerField(
        label=_("Months between reviews"), required=False, min_value=1, max_value=120,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "short"}),
    )  # fmt: skip
    delivery_modes = forms.MultipleChoiceField(
        label=_("How it is delivered"),
        choices=tuple(DELIVERY_MODES.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    sites = Lines(
        longest=300,
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
    wants_accreditation = forms.ChoiceField(
        label=_("Do you apply for accreditation to deliver it, too?"), required=False, widget=forms.RadioSelect,
        choices=[("yes", _("Yes, we deliver it ourselves")), ("no", _("No, for listing and approval alone"))],
        help_text=_("A standard-setting body never delivers. Whoever delivers it later applies for that alone."),
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

    def __init__(
        self, *args: Any, kind: str = Credential.Kind.MICRO_CREDENTIAL, more: str = "", **kwargs: Any
    ):  # fmt: skip
        super().__init__(*args, **kwargs)
        self._suit(kind)
        self._ask_what_the_law_needs(kind, more)
        guidance = current.version_on(current.today()).guidance
        for name in guidance.keys() & self.fields.keys():
            self.fields[name].help_text = text(guidance[name], get_language() or "en")
        levels = current.profile().level_values
        self.fields["level"].choices = [("", _("Choose a level")), *((v, v) for v in levels)]

    def _suit(self, kind: str) -> None:
        """Leave out what is not asked of this kind: a part alone has a whole, and a choice of one is none."""
        language = get_language() or "en"
        types = current.profile().types_of(kind)
        self.fields["type"].choices = [
            ("", _("Choose a type")),
            *((t["code"], text(t["label"], language)) for t in types),
        ]
        if len(types) < 2:
            del self.fields["type"]
        if kind != Credential.Kind.PART_QUALIFICATION:
            del self.fields["part_of"]
        if period := current.version_on(current.today()).review_period(kind):
            self.fields["review_period_months"].help_text = _(
                "%(allowed)s months; left empty, it is %(default)s. Another period is only allowed by a decision."
            ) % {"allowed": ", ".join(map(str, period.allowed)), "default": period.default}

    def _ask_what_the_law_needs(self, kind: str, more: str) -> None:
        """The fields of the dictionary that the law in force needs to be told, besides those that every form has."""
        profile = current.profile()
        names, facts = rules.asked_of(current.version_on(current.today()), kind)
        own = ASKED_ALWAYS if profile.hours_per_credit is None else ASKED_ALWAYS | {"notional_hours"}
        for name in [*names, *(["framework_facts"] if facts else [])]:
            if name not in own and name not in self.fields:
                self.fields[name] = field_of(BY_NAME[name], profile.languages, facts, more=more)

    @staticmethod
    def initial_of(application: Application) -> dict[str, Any]:
        revision = application.revision
        language = revision.language
        whole = [link["number"] for link in revision.details.get("stacking") or () if link["relation"] == "part_of"]
        return revision.details | {
            "notional_hours": plain(revision.notional_hours),
            "type": revision.details.get("type", ""),
            "part_of": next(iter(whole), ""),
            "review_period_months": revision.credential.review_period_months,
            "title": revision.title,
            "language": language,
            "purpose": revision.purpose.get(language, ""),
            "learning_outcomes": [outcome["text"].get(language, "") for outcome in revision.learning_outcomes],
            "level": revision.level or "",
            "credits": plain(revision.credits),
            "delivery_modes": revision.delivery_modes,
            "sites": application.sites,
            "wants_accreditation": "yes" if application.wants_accreditation else "no",
            "stakeholder_statement": application.stakeholder_statement,
            "assessment": revision.assessment.get(language, ""),
            "need_statement": application.need_statement,
            "duplication_statement": application.duplication_statement,
            "revision": application.case.revision,
        }

    @classmethod
    def showing(cls, application: Application, violations: list[Violation], **made: Any) -> "DraftForm":
        """The stored draft with each broken rule at the field that it is about; the others stand above the form."""
        made = {"kind": application.revision.credential.kind, **made}
        asked = cls(**made).fields
        data: dict[str, Any] = {}
        for name, value in cls.initial_of(application).items():
            if name in asked and value is not None:
                lines = "\n".join(value) if isinstance(asked[name], Lines) else value
                data |= sent(asked[name].widget, name, lines)
        form = cls(data, **made)
        form.full_clean()
        for violation in violations:
            if violation.severity == "error":
                form.add_error(form._asking(violation.field), violation.message)
        return form

    def _asking(self, field: str) -> str | None:
        """The form's own field for that of a rule: of its name, or what it is read from; None where it has none."""
        told = [field, *sorted(rules.reads(field)), ASKED_AS.get(field, "")]
        return next((name for name in told if name in self.fields), None)

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
        for name in ("level", "type"):
            if name in cleaned:
                cleaned[name] = cleaned[name] or None
        # A page that does not ask it leaves it as it is.
        if wants := cleaned.pop("wants_accreditation", ""):
            cleaned["wants_accreditation"] = wants == "yes"
        if "part_of" in cleaned:
            whole = cleaned.pop("part_of")
            cleaned["stacking"] = [{"relation": "part_of", "number": whole}] if whole else None
        return cleaned | {"language": language, "languages": [language]}


class AmendmentForm(forms.Form):
    """Everything that an entry says, as an officer proposes it: the field dictionary, its dates, and the category.

    It refuses only what cannot be kept; the rules are asked when it is handed on.
    """

    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, amendment: Amendment, more: str = "", **kwargs: Any):
        super().__init__(*args, **kwargs)
        profile = current.profile()
        languages = tuple(dict.fromkeys([*profile.languages, amendment.revision.language]))
        shapes = _framework_shapes(profile, amendment)
        besides = asked_besides(profile)
        for field in FIELDS:
            shape = shapes.get(field.name)
            self.fields[field.name] = field_of(field, languages, besides, shape=shape, more=more)
        for name in DATES:
            self.fields[name] = ShapeField(Day(), languages, label=ENTRY_LABELS[name])
        self.fields["last_new_enrolment"].help_text = _("Left empty, it is the day that the law gives.")
        self.fields["joint_awarding_bodies"] = ShapeField(
            Listing(Number()), languages, label=_("Joint awarding bodies"),
            help_text=_("One register number a line, without the lead."),
        )  # fmt: skip
        self.fields["partners"] = ShapeField(
            PARTNERS, languages, label=_("Others who are named, with their days"),
            help_text=_("A local partner of a foreign body; a body that awarded it together with others and has left."),
        )  # fmt: skip
        self._add_transfer(languages, amendment)
        if more == "partners":
            self.fields["partners"].widget.attrs["data-more"] = str(MORE_ROWS)
        self.fields["category"] = forms.ChoiceField(
            label=_("Category"), required=False,
            choices=[("", _("as it follows from what is altered")), *((c.code, c.code) for c in profile.categories)],
            help_text=_("Another one than follows from what is altered needs a reason."),
        )  # fmt: skip
        self.fields["category_reason"] = forms.CharField(
            label=_("Why another category"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2})
        )
        self.fields["equivalence"] = forms.ChoiceField(
            label=_("Is the entry that replaces it equivalent?"), required=False, choices=[("", ""), *EQUIVALENCES.items()],
            help_text=_("Asked for a replacement alone."),
        )  # fmt: skip
        self.fields["transition_note"] = ShapeField(
            Texts(4000), languages, label=_("Note for the transition"),
            help_text=_("What holders and learners keep, and what they must do. It is public."),
        )  # fmt: skip

    def _add_transfer(self, languages: tuple[str, ...], amendment: Amendment) -> None:
        """Who stands behind the entry, and that whoever takes it on has agreed; and the end that nobody knows the day of."""
        for name, label in PARTY_LABELS.items():
            self.fields[name] = ShapeField(
                Number(), languages, label=label,
                help_text=_("A register number. Another body than now takes the entry on: it must have agreed."),
            )  # fmt: skip
        self.fields["consent"] = forms.CharField(
            label=_("Consent of the body that takes it on"), required=False, max_length=4000,
            widget=forms.Textarea(attrs={"rows": 2}), help_text=_("Who agreed for it, and how. It is not public."),
        )  # fmt: skip
        self.fields["consented_on"] = ShapeField(Day(), languages, label=_("It agreed on"))
        if amendment.credential.closed_undated:
            self.fields["reopened"] = forms.BooleanField(
                label=_("Reinstate it: its end, of which nobody knows the day, is taken back"), required=False
            )

    @staticmethod
    def initial_of(amendment: Amendment) -> dict[str, Any]:
        revision, entry = amendment.revision, amendment.entry
        said = {f.name: getattr(revision, f.name) if f.column else revision.details.get(f.name) for f in FIELDS}
        said |= {name: plain(said[name]) for name in ("credits", "notional_hours")}
        for name in DATES:
            said[name] = entry.get(name, iso(getattr(amendment.credential, name)))
        said |= {name: entry.get(name, getattr(amendment.credential, name)) for name in BODIES}
        for name in PARTIES:
            body = getattr(amendment.credential, name)
            said[name] = entry.get(name, body and body.number)
        own = ("category", "category_reason", "equivalence", "transition_note", "consent")
        said |= {"consented_on": iso(amendment.consented_on), "reopened": entry.get("closed_undated") is False}
        return said | {name: getattr(amendment, name) for name in own} | {"revision": amendment.case.revision}

    def values(self, amendment: Amendment) -> dict[str, Any]:
        """What the service keeps: only fields that could be read, so that one bad field loses none of the others."""
        cleaned = self.cleaned_data
        values: dict[str, Any] = {
            "content": {f.name: cleaned[f.name] for f in FIELDS if f.name in cleaned and self._sent(f.name)}
        }
        entry = dict(amendment.entry)
        for name in (*DATES, *BODIES):
            if name in cleaned and self._sent(name):
                present = getattr(amendment.credential, name)
                if cleaned[name] != (iso(present) if name in DATES else present or None):
                    entry[name] = cleaned[name] if name in DATES else cleaned[name] or []
                else:
                    entry.pop(name, None)
        for name in PARTIES:
            if name in cleaned and self._sent(name):
                body = getattr(amendment.credential, name)
                entry.pop(name, None)
                # A field that is left empty takes nobody's entry away.
                if cleaned[name] and cleaned[name] != (body and body.number):
                    entry[name] = cleaned[name]
        if "reopened" in cleaned:
            entry.pop("closed_undated", None)
            if cleaned["reopened"]:
                entry["closed_undated"] = False
        values["entry"] = entry
        for name in ("category", "category_reason", "equivalence", "transition_note", "consent"):
            if name in cleaned and self._sent(name):
                values[name] = cleaned[name] or ({} if name == "transition_note" else "")
        if "consented_on" in cleaned and self._sent("consented_on"):
            values["consented_on"] = parse(cleaned["consented_on"])
        return values

    def _sent(self, name: str) -> bool:
        """Whether the page had this field at all: what another version of it leaves out stays as it is."""
        widget = self.fields[name].widget
        boxes = isinstance(widget, forms.CheckboxSelectMultiple)
        return boxes or not widget.value_omitted_from_data(self.data, self.files, self.add_prefix(name))

    def sections(self) -> list[dict[str, Any]]:
        """The fields under their headings, in the order of the dictionary."""
        shown = [
            {"id": name, "label": label, "fields": [self[f.name] for f in in_section(name)]}
            for name, label in SECTIONS.items()
        ]
        reopened = ["reopened"] if "reopened" in self.fields else []
        dates = [self[name] for name in (*reopened, *DATES, *PARTIES, "consent", "consented_on", *BODIES)]
        means = [self[name] for name in ("category", "category_reason", "equivalence", "transition_note")]
        return [
            *shown,
            {"id": "dates", "label": _("Dates and awarding bodies"), "fields": dates},
            {"id": "category", "label": _("What sort of change it is"), "fields": means},
        ]

    def keep_revision(self, revision: int) -> None:
        """What could be read has been saved: the page that comes next builds on that."""
        self.data = self.data.copy()
        self.data["revision"] = str(revision)


def _framework_shapes(profile: Profile, amendment: Amendment) -> dict[str, Shape]:
    """The fields whose codes are those of the framework in force: offered for choosing, not for typing.

    A code that the entry has from elsewhere, or from an older law, is offered too: a page never loses what it shows.
    """
    language, revision = get_language() or "en", amendment.revision
    types = profile.types_of(amendment.credential.kind)
    offered = {
        "level": {level["value"]: text(level["label"], language) for level in profile.levels},
        "credit_system": {s.code: text(s.label, language) for s in profile.credit_systems},
        "type": {t["code"]: text(t["label"], language) for t in types},
    }
    kept = {"level": revision.level, **{name: revision.details.get(name) for name in ("credit_system", "type")}}
    return {
        name: Code({**({kept[name]: kept[name]} if kept[name] else {}), **codes})
        for name, codes in offered.items()
        if codes
    }
