"""A form's control for each shape of the field dictionary: plain HTML that needs no script, and reads back plain values.

What was typed comes back as it was typed, also where it cannot be kept: a refusal loses nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from registry.content.dictionary import Field
from registry.content.shapes import (
    BadValue,
    Code,
    Column,
    Day,
    Facts,
    Flag,
    Language,
    Listing,
    Parts,
    Quantity,
    Row,
    Shape,
    Texts,
)
from registry.framework.profile import text as in_language
from registry.framework.published import OwnField
from registry.framework.values import given

# How many blank rows a table of rows ends with, and how many more are offered at once.
BLANK_ROWS = 2
MORE_ROWS = 5
YES_NO = (("", ""), ("true", gettext_lazy("yes")), ("false", gettext_lazy("no")))


class ShapeField(forms.Field):
    """A field whose value is read by a shape of the dictionary."""

    def __init__(
        self, shape: Shape, languages: Sequence[str], facts: Mapping[str, OwnField] | None = None, **kwargs: Any
    ):
        self.shape = shape
        super().__init__(widget=control(shape, languages, facts or {}), required=False, **kwargs)

    def clean(self, value: Any) -> Any:
        """The value in its one spelling. Every row that cannot be read is named, not the first alone."""
        if isinstance(self.shape, Listing) and isinstance(self.shape.of, Row):
            return self._rows(value)
        try:
            return self.shape.read(value)
        except BadValue as bad:
            raise ValidationError(str(bad)) from None

    def _rows(self, value: Any) -> list[Any] | None:
        kept, wrong = [], []
        for place, row in enumerate(value or [], start=1):
            try:
                if read := self.shape.of.read(row):
                    kept.append(read)
            except BadValue as bad:
                wrong.append(_("Row %(place)s. %(problem)s") % {"place": place, "problem": bad})
        if wrong:
            raise ValidationError(wrong)
        return kept or None


def sent(widget: forms.Widget, name: str, value: Any) -> dict[str, Any]:
    """What a page would send for a stored value: the data of a form that shows it together with what is wrong with it."""
    if isinstance(widget, _Composite):
        return widget.sent(name, value)
    if isinstance(widget, FlagControl):
        return {name: widget.format_value(value)[0]}
    return {name: widget.format_value(value) if isinstance(widget, LinesControl) else value}


def field_of(
    field: Field, languages: Sequence[str], facts: Mapping[str, OwnField] | None = None, *, shape: Shape | None = None,
    more: str = "",
) -> ShapeField:  # fmt: skip
    """The form's field for a field of the dictionary, with its label and its help.

    `shape` stands instead of its own where the framework in force offers codes; the field named `more` has more rows.
    """
    made = ShapeField(shape or field.shape, languages, facts, label=field.label, help_text=field.help)
    if field.name == more:
        made.widget.attrs["data-more"] = str(MORE_ROWS)
    return made


def control(shape: Shape, languages: Sequence[str], facts: Mapping[str, OwnField]) -> forms.Widget:
    """The control for a shape."""
    match shape:
        case Texts():
            return TextsControl(languages)
        case Parts():
            return PartsControl(shape.parts, languages)
        case Facts():
            return FactsControl(facts)
        case Listing(of=Row()):
            return RowsControl(shape.of.columns, languages)
        case Listing(of=Code()):
            return forms.CheckboxSelectMultiple(choices=list(shape.of.options.items()))
        case Listing():
            return LinesControl(attrs={"rows": 2})
        case _:
            return _single(shape)


def _single(shape: Shape) -> forms.Widget:
    match shape:
        case Code():
            return forms.Select(choices=[("", ""), *shape.options.items()])
        case Flag():
            return FlagControl(choices=YES_NO)
        case Day():
            return forms.TextInput(attrs={"type": "date"})
        case Quantity():
            return forms.TextInput(attrs={"inputmode": "decimal", "class": "short"})
        case Language():
            return forms.TextInput(attrs={"class": "short"})
        case _:
            return forms.TextInput()


class FlagControl(forms.Select):
    """Yes, no, or not said."""

    def format_value(self, value: Any) -> list[str]:
        return [{True: "true", False: "false"}.get(value, value if isinstance(value, str) else "")]

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        said = super().value_from_datadict(data, files, name)
        return {"true": True, "false": False, "": None}.get(said, said)


class LinesControl(forms.Textarea):
    """One value a line."""

    def format_value(self, value: Any) -> str:
        return "\n".join(map(str, value)) if isinstance(value, list | tuple) else value or ""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        said = super().value_from_datadict(data, files, name) or ""
        return [line.strip() for line in said.splitlines() if line.strip()]


class _Composite(forms.Widget):
    """A control of several inputs, each with a label of its own, in one fieldset."""

    use_fieldset = True
    drawn_by = ""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        attrs = self.build_attrs(self.attrs, attrs)
        return render_to_string(f"components/controls/{self.drawn_by}.html", self.parts_of(name, value, attrs))

    def parts_of(self, name: str, value: Any, attrs: dict[str, Any]) -> dict[str, Any]:
        raise NotImplementedError

    def sent(self, name: str, value: Any) -> dict[str, Any]:
        raise NotImplementedError

    def id_for_label(self, id_: str) -> str:
        return ""

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return not any(key == name or key.startswith(f"{name}-") for key in data)


class TextsControl(_Composite):
    """One text for each language of the register, and for each other one in which something is said already."""

    drawn_by = "texts"

    def __init__(self, languages: Sequence[str], attrs: Any = None):
        super().__init__(attrs)
        self.languages = tuple(languages)

    def parts_of(self, name: str, value: Any, attrs: dict[str, Any]) -> dict[str, Any]:
        said = value if isinstance(value, Mapping) else {}
        # A long text gets room; what fits on a line gets one.
        rows = min(10, 2 + max((len(str(text)) // 90 for text in said.values()), default=0))
        return {
            "name": name, "id": attrs.get("id", name), "rows": rows,
            "texts": [{"language": tag, "text": said.get(tag, "")} for tag in self._tags(said)],
        }  # fmt: skip

    def sent(self, name: str, value: Any) -> dict[str, Any]:
        return {f"{name}-{tag}": words for tag, words in (value or {}).items()}

    def _tags(self, said: Mapping[str, Any]) -> list[str]:
        return list(dict.fromkeys([*self.languages, *said]))

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict[str, str]:
        prefix = f"{name}-"
        tags = [key.removeprefix(prefix) for key in data if key.startswith(prefix)]
        return {tag: data.get(prefix + tag, "") for tag in tags if data.get(prefix + tag, "").strip()}


class PartsControl(_Composite):
    """Texts under fixed names."""

    drawn_by = "parts"

    def __init__(self, parts: Mapping[str, Any], languages: Sequence[str], attrs: Any = None):
        super().__init__(attrs)
        self.parts, self.texts = parts, TextsControl(languages)

    def parts_of(self, name: str, value: Any, attrs: dict[str, Any]) -> dict[str, Any]:
        said = value if isinstance(value, Mapping) else {}
        drawn = [
            {"label": label, "texts": self.texts.parts_of(f"{name}-{part}", said.get(part), {})}
            for part, label in self.parts.items()
        ]
        return {"name": name, "parts": drawn}

    def sent(self, name: str, value: Any) -> dict[str, Any]:
        said = (value or {}).items()
        return {key: words for part, texts in said for key, words in self.texts.sent(f"{name}-{part}", texts).items()}

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict[str, Any]:
        found = {part: self.texts.value_from_datadict(data, files, f"{name}-{part}") for part in self.parts}
        return {part: texts for part, texts in found.items() if texts}


class FactsControl(_Composite):
    """What the law in force asks besides: a control for each field of its profile, by the type that it has there."""

    drawn_by = "facts"

    def __init__(self, facts: Mapping[str, OwnField], attrs: Any = None):
        super().__init__(attrs)
        self.facts = facts

    def parts_of(self, name: str, value: Any, attrs: dict[str, Any]) -> dict[str, Any]:
        said = value if isinstance(value, Mapping) else {}
        names = dict.fromkeys([*self.facts, *said])
        drawn = []
        for fact in names:
            own = f"{name}-{fact}"
            widget, hint = self._control(fact, said.get(fact)), self.facts.get(fact, OwnField("text")).hint
            drawn.append(
                {
                    "label": fact.replace("_", " ").replace(".", ": "), "id": f"id_{own}",
                    "hint": in_language(hint, get_language() or "en") if hint else "",
                    "control": widget.render(
                        own, said.get(fact), {"id": f"id_{own}"} | ({"aria-describedby": f"id_{own}_hint"} if hint else {})
                    ),
                }
            )  # fmt: skip
        return {"name": name, "facts": drawn}

    def sent(self, name: str, value: Any) -> dict[str, Any]:
        said = (value or {}).items()
        return {key: v for fact, one in said for key, v in sent(self._control(fact), f"{name}-{fact}", one).items()}

    def _control(self, fact: str, said: Any = None) -> forms.Widget:
        own = self.facts.get(fact, OwnField("text"))
        if own.options:
            # A code that the entry has from an older law is offered too: a page never loses what it shows.
            options = dict.fromkeys([*([said] if isinstance(said, str) else []), *own.options])
            return forms.Select(choices=[("", ""), *((code, code.replace("_", " ")) for code in options)])
        match own.type:
            case "flag":
                return FlagControl(choices=YES_NO)
            case "list":
                return LinesControl(attrs={"rows": 2})
            case "date":
                return forms.TextInput(attrs={"type": "date"})
        return forms.TextInput()

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict[str, Any]:
        prefix = f"{name}-"
        names = [key.removeprefix(prefix) for key in data if key.startswith(prefix)]
        found = {fact: self._control(fact).value_from_datadict(data, files, prefix + fact) for fact in names}
        return {fact: said for fact, said in found.items() if given(said)}


class RowsControl(_Composite):
    """A table of rows, with blank ones at its end. A row whose cells are emptied is gone."""

    drawn_by = "rows"

    def __init__(self, columns: Mapping[str, Column], languages: Sequence[str], attrs: Any = None):
        super().__init__(attrs)
        self.columns = columns
        self.controls = {name: control(column.shape, languages, {}) for name, column in columns.items()}

    def parts_of(self, name: str, value: Any, attrs: dict[str, Any]) -> dict[str, Any]:
        rows = [row for row in value or () if isinstance(row, Mapping)] if isinstance(value, list | tuple) else []
        blank = attrs.get("data-more") or BLANK_ROWS
        drawn = [self._row(name, place, row) for place, row in enumerate([*rows, *({} for _ in range(int(blank)))])]
        return {
            "name": name, "rows": drawn, "count": len(drawn),
            "columns": [{"label": c.label, "required": c.required} for c in self.columns.values()],
        }  # fmt: skip

    def sent(self, name: str, value: Any) -> dict[str, Any]:
        data: dict[str, Any] = {f"{name}-rows": str(len(value or ()))}
        for place, row in enumerate(value or ()):
            for key, widget in self.controls.items():
                data |= sent(widget, f"{name}-{place}-{key}", row.get(key))
        return data

    def _row(self, name: str, place: int, row: Mapping[str, Any]) -> dict[str, Any]:
        cells = []
        for key, column in self.columns.items():
            own = f"{name}-{place}-{key}"
            label = _("%(column)s, row %(place)s") % {"column": column.label, "place": place + 1}
            widget = self.controls[key]
            if isinstance(widget, TextsControl):
                texts = widget.parts_of(own, row.get(key), {"id": f"id_{own}"})
                cells.append({"label": label, "texts": texts})
            else:
                cells.append({"label": label, "control": widget.render(own, row.get(key), {"aria-label": label})})
        return {"place": place + 1, "cells": cells}

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[dict[str, Any]]:
        count = data.get(f"{name}-rows", "")
        rows = []
        for place in range(min(int(count), 1_000) if count.isdecimal() else 0):
            row = {
                key: widget.value_from_datadict(data, files, f"{name}-{place}-{key}")
                for key, widget in self.controls.items()
            }
            if any(given(said) for said in row.values()):
                rows.append({key: said for key, said in row.items() if given(said)})
        return rows

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}-rows" not in data
