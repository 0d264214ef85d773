"""What may be asked, and what is said of anything else: an unknown parameter is an error, never silently ignored."""

import threading
from typing import Any

from rest_framework import serializers

from api.errors import BadParameter
from registry.content.dictionary import DELIVERY_MODES
from registry.framework import current
from registry.numbers import parse_number
from registry.search import query, schema
from registry.status import ACCREDITATION_STATUSES, CREDENTIAL_KINDS, CREDENTIAL_STATUSES, PROVIDER_STATUSES

ROWS_BY_PAGE = 10_000
CREDENTIAL_FIELDS = (
    "number", "kind", "title", "level", "credits", "status", "last_new_enrolment", "provider", "revision", "uri",
    "identifiers",
)  # fmt: skip


class Commas(serializers.CharField):
    """Several names, separated by commas, out of those that there are."""

    def __init__(self, *, choices: tuple[str, ...], **kwargs: Any):
        self.choices = choices
        super().__init__(**kwargs)

    def get_value(self, dictionary: Any) -> Any:
        if self.field_name in dictionary and hasattr(dictionary, "getlist"):
            return ",".join(dictionary.getlist(self.field_name))
        return super().get_value(dictionary)

    def to_internal_value(self, data: Any) -> list[str]:
        names = [name.strip() for name in super().to_internal_value(data).split(",") if name.strip()]
        if wrong := [name for name in names if name not in self.choices]:
            raise serializers.ValidationError(f"{', '.join(wrong)}: choose from {', '.join(self.choices)}.")
        return names


def choices(values: tuple[str, ...]) -> serializers.ListField:
    """A parameter that may be repeated; its values are alternatives."""
    field = serializers.ChoiceField(
        choices=values, error_messages={"invalid_choice": "{input}: choose from " + ", ".join(values) + "."}
    )
    return serializers.ListField(child=field, required=False)


def texts() -> serializers.ListField:
    return serializers.ListField(child=serializers.CharField(max_length=200), required=False)


def known_level(value: str) -> None:
    if value not in current.profile().level_values:
        raise serializers.ValidationError(f"{value}: choose from {', '.join(current.profile().level_values)}.")


class Number(serializers.CharField):
    """A register number, in any of the ways in which people write it."""

    def to_internal_value(self, data: Any) -> str:
        number = parse_number(super().to_internal_value(data))
        if number is None:
            raise serializers.ValidationError(f"{data}: is not a register number.")
        return number


def numbers() -> serializers.ListField:
    return serializers.ListField(child=Number(max_length=40), required=False)


class Page(serializers.Serializer):
    page = serializers.IntegerField(min_value=1, default=1, help_text="from 1; reaches 10,000 rows")
    page_size = serializers.IntegerField(min_value=1, max_value=100, default=20)

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        if values["page"] * values["page_size"] > ROWS_BY_PAGE:
            raise serializers.ValidationError(
                {"page": "Pages reach 10,000 rows. Order by number and ask for what comes after the last one with "
                 "after=NUMBER, or follow /api/v1/changes."}
            )  # fmt: skip
        return values


class CredentialQuery(Page):
    q = serializers.CharField(required=False, allow_blank=True, max_length=200, help_text="words, or a number")
    kind = choices(CREDENTIAL_KINDS)
    level = serializers.ListField(child=serializers.CharField(validators=[known_level]), required=False)
    level__gte = serializers.IntegerField(required=False, min_value=0, max_value=99)
    level__lte = serializers.IntegerField(required=False, min_value=0, max_value=99)
    status = choices(CREDENTIAL_STATUSES)
    field = texts()
    field_group = texts()
    provider = numbers()
    role = choices(("awarding", "developer", "delivering"))
    language = texts()
    delivery_mode = choices(tuple(DELIVERY_MODES))
    credits__gte = serializers.DecimalField(required=False, max_digits=8, decimal_places=2, min_value=0)
    credits__lte = serializers.DecimalField(required=False, max_digits=8, decimal_places=2, min_value=0)
    credits_band = choices((*map(str, schema.BANDS), "more"))
    recognition = serializers.ChoiceField(
        choices=("true",), required=False, help_text="what a learner knows already may be recognised for it"
    )
    start_on = serializers.DateField(required=False, help_text="new learners may start on this day")
    verbatim = serializers.ChoiceField(
        choices=("true", "false"), default="false", help_text="true: search for what was typed, try no other spelling"
    )
    new_learners_may_start = serializers.ChoiceField(
        choices=("true", "false"),
        required=False,
        help_text="whether new learners may start on the day asked, today unless told",
    )
    as_at = serializers.DateField(required=False, help_text="what was in force on this day, on present knowledge")
    facets = Commas(choices=schema.FACETS, required=False)
    ordering = serializers.ChoiceField(choices=tuple(query.ORDERINGS), required=False)
    after = Number(required=False, max_length=40, help_text="with ordering=number: those after this one")


# Declared so because a class body cannot: `fields` is also DRF's own name for all of them.
CredentialQuery._declared_fields["fields"] = Commas(choices=CREDENTIAL_FIELDS, required=False)


class ProviderQuery(Page):
    q = serializers.CharField(required=False, allow_blank=True, max_length=200)
    verbatim = serializers.ChoiceField(choices=("true", "false"), default="false")
    status = choices(PROVIDER_STATUSES)


class AccreditationQuery(Page):
    credential = numbers()
    provider = numbers()
    status = choices(ACCREDITATION_STATUSES)
    as_at = serializers.DateField(required=False)


class EntryQuery(serializers.Serializer):
    as_at = serializers.DateField(required=False)


class VerifyQuery(serializers.Serializer):
    credential = serializers.CharField(
        max_length=200, help_text="its number with or without separators, an id of elsewhere, or its whole title"
    )
    provider = serializers.CharField(
        required=False, max_length=200, help_text="its number, an id of elsewhere, or a name that it has or had"
    )
    on = serializers.DateField(required=False, help_text="the day asked about; today unless told")


class ChangesQuery(serializers.Serializer):
    after = serializers.IntegerField(min_value=0, default=0, help_text="the last serial that you have seen")
    limit = serializers.IntegerField(min_value=1, max_value=1000, default=100)
    include = serializers.ChoiceField(choices=("document",), required=False)


class SuggestQuery(serializers.Serializer):
    q = serializers.CharField(max_length=200)


class NoQuery(serializers.Serializer):
    """No parameter at all."""


def read(request: Any, asked: type[serializers.Serializer]) -> dict[str, Any]:
    """The parameters of this request. Raises a 400 problem naming each one that is unknown or wrong."""
    known = asked._declared_fields
    for name in request.query_params:
        if name not in known:
            raise BadParameter(
                name, f"is not a parameter here; there are: {', '.join(sorted(known)) or 'none'}.", "unknown"
            )
    serializer = _reader(asked)
    serializer.initial_data = request.query_params
    for of_before in ("_validated_data", "_errors"):
        serializer.__dict__.pop(of_before, None)
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data


_readers = threading.local()


def _reader(asked: type[serializers.Serializer]) -> serializers.Serializer:
    """The serializer of this thread: to copy its fields for each request takes as long as a search does."""
    known = _readers.__dict__
    if asked not in known:
        known[asked] = asked(data={})
    return known[asked]
