"""Filters over the register's rows. The values have been checked by `api.v1.parameters`."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet

from registry.models import Entry


class _Any(django_filters.Filter):
    """Any of several values."""

    def filter(self, rows: QuerySet, values: Any) -> QuerySet:
        return rows.filter(**{f"{self.field_name}__in": values}) if values else rows


class _Words(django_filters.Filter):
    """Every word occurs in the name."""

    def filter(self, rows: QuerySet, text: Any) -> QuerySet:
        wanted = Q()
        for word in (text or "").split():
            wanted &= Q(title__icontains=word)
        return rows.filter(wanted)


class _ProviderFilterSet(django_filters.FilterSet):
    q = _Words()
    status = _Any()

    class Meta:
        model = Entry
        fields: list[str] = []


class _AccreditationFilterSet(django_filters.FilterSet):
    credential = _Any()
    provider = _Any()
    status = _Any()

    class Meta:
        model = Entry
        fields: list[str] = []


def _apply(filters: type[django_filters.FilterSet], asked: dict[str, Any], rows: QuerySet) -> QuerySet:
    for name, one in filters.base_filters.items():
        rows = one.filter(rows, asked.get(name))
    return rows


def providers(asked: dict[str, Any], rows: QuerySet) -> QuerySet:
    return _apply(_ProviderFilterSet, asked, rows)


def accreditations(asked: dict[str, Any], rows: QuerySet) -> QuerySet:
    return _apply(_AccreditationFilterSet, asked, rows)
