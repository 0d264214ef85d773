"""The forms of a draft. They refuse only what cannot be kept (a day that is none); the rules come when it is handed in."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.conf.locale import LANG_INFO
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from providers import asked, rules
from providers.models import Registration, ScopeChange
from registry.casework import services as desk
from registry.content.controls import MORE_ROWS, ShapeField, sent
from registry.content.shapes import Code, Day
from registry.documents import iso
from registry.errors import Violation
from registry.framework import current
from registry.framework.profile import text

SITES_AND_SCOPE = ("sites", "scope")
LABELS = {
    "legal_name": _("Legal name"), "language": _("Language of the name"), "other_names": _("Other names"),
    "type": _("Type"), "body_register": _("Register in which the body stands"), "body_number": _("Its number there"),
    "address": _("Address"), "country": _("Country"), "region": _("Region"), "website": _("Website"),
    "may_deliver": _("Do you mean to deliver?"), "sites": _("Sites"), "scope": _("Scope of registration"),
    "asked_from": _("Registered from"), "asked_until": _("Registered until"),
    "governing_members": _("Governing members"), "contacts": _("Contact people"),
}  # fmt: skip
HELP = {
    "legal_name": _("As it stands in the register of companies, or in the law that made the body."),
    "other_names": _("Trading names and acronyms, one a line."),
    "body_register": _("A short code for the register of companies, or of other bodies, such as nzbn."),
    "country": _("Two capital letters, such as NZ."),
    "may_deliver": _("A standard-setting body develops and does not deliver."),
    "sites": _("Where learners are taught. A row whose cells are emptied is gone."),
    "scope": _("What you want to offer. What is not included is not covered; an exclusion takes something out again."),
    "asked_from": _("Left empty, it is the day of the decision."),
    "asked_until": _("The last day. Left empty, it is without an end."),
    "governing_members": _(
        "Everybody who governs the body, with their interests and answers. Only you and the authority's officers read "
        "this: it is never public."
    ),
    "contacts": _("Whom the authority writes to. This is never public."),
}  # fmt: skip
PARTS = (
    ("body", _("The body"), ("legal_name", "language", "other_names", "type", "body_register", "body_number", "address",
                             "country", "region", "website")),
    ("registration", _("What it is to be registered for"), ("may_deliver", "sites", "scope", "asked_from", "asked_until")),
    ("people", _("People"), ("governing_members", "contacts")),
)  # fmt: skip


class _CaseForm(forms.Form):
    """What both drafts share: fields by their shapes, a statement for each criterion, and the revision that is edited."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    asks: tuple[str, ...] = ()
    parts: tuple[tuple[str, Any, tuple[str, ...]], ...] = ()

    def __init__(self, *args: Any, record: Registration | ScopeChange, more: str = "", **kwargs: Any):
        super().__init__(*args, **kwargs)
        languages = current.profile().languages
        for name in self.asks:
            shape = Code(languages_of(record.language)) if name == "language" else asked.SHAPES[name]
            self.fields[name] = ShapeField(shape, languages, label=LABELS[name], help_text=HELP.get(name, ""))
            if not isinstance(shape, Day) and isinstance(self.fields[name].widget, forms.TextInput | forms.Textarea):
                self.fields[name].widget.attrs["dir"] = "auto"
        if more in self.fields:
            self.fields[more].widget.attrs["data-more"] = str(MORE_ROWS)
        language = get_language() or "en"
        for criterion in desk.criteria_of(record.case):
            self.fields[rules.statement_field(criterion.id)] = forms.CharField(
                label=text(criterion.label, language), help_text=text(criterion.guidance, language), required=False,
                max_length=asked.STATEMENT.longest, widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
            )  # fmt: skip
        self._criteria = {rules.statement_field(c.id): c.id for c in desk.criteria_of(record.case)}

    @classmethod
    def initial_of(cls, record: Registration | ScopeChange) -> dict[str, Any]:
        said = {name: getattr(record, name) for name in cls.asks}
        said |= {name: iso(said[name]) for name in ("asked_from", "asked_until") if name in said}
        said |= {rules.statement_field(criterion): words for criterion, words in record.statements.items()}
        return said | {"revision": record.case.revision}

    @classmethod
    def showing(cls, record: Registration | ScopeChange, violations: Iterable[Violation]) -> "_CaseForm":
        """The stored draft with each broken rule at the field that it is about; the others stand above the form."""
        fields = cls(record=record).fields
        data: dict[str, Any] = {}
        for name, value in cls.initial_of(record).items():
            if name in fields and value is not None:
                data |= sent(fields[name].widget, name, value)
        form = cls(data, record=record)
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
        read = {name: self.cleaned_data[name] for name in self.asks if name in self.cleaned_data and self._sent(name)}
        told = {self._criteria[name]: words for name, words in self.cleaned_data.items() if name in self._criteria}
        return read | {"statements": told}

    def _sent(self, name: str) -> bool:
        """Whether the page had this field at all: what another version of it leaves out stays as it is."""
        return not self.fields[name].widget.value_omitted_from_data(self.data, self.files, self.add_prefix(name))

    def sections(self) -> list[dict[str, Any]]:
        """The fields under their headings."""
        shown = [
            {"id": key, "label": label, "fields": [self[name] for name in names]} for key, label, names in self.parts
        ]
        statements = [self[name] for name in self._criteria]
        return [*shown, {"id": "criteria", "label": _("How each criterion is met"), "fields": statements}]


def languages_of(held: str) -> dict[str, str]:
    """The languages that are offered for a name: the register's, and the one that it has already."""
    tags = dict.fromkeys([*current.profile().languages, *([held] if held else [])])
    return {tag: _language_name(tag) for tag in tags}


def _language_name(tag: str) -> str:
    known: Mapping[str, Any] = LANG_INFO.get(tag.lower(), {})
    return {"mi": "Te reo Māori"}.get(tag) or known.get("name_local") or tag


class RegistrationForm(_CaseForm):
    """What a body asks for that wants to be registered."""

    asks = tuple(LABELS)
    parts = PARTS


class ScopeForm(_CaseForm):
    """The whole scope and all the sites that a registered provider asks for."""

    asks = SITES_AND_SCOPE
    parts = (("registration", _("What it is to be registered for"), SITES_AND_SCOPE),)
