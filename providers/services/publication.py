"""Bringing the public document of a provider up to date."""

from datetime import date, datetime

from django.db import transaction

from providers import publishing, standing_changed
from providers.models import Provider
from registry import journal
from registry.journal import Publication, Published


def publish(
    provider: Provider, *, effective_from: date, decision_number: str | None = None, reason: str = "",
    now: datetime | None = None,
) -> Published:  # fmt: skip
    """Bring the provider's public document up to date, allotting its number the first time.

    What it must report may be otherwise with what has changed: the daily step works that out anew.
    """
    with transaction.atomic():
        published = journal.publish(
            publishing.document(provider),
            effective_from=effective_from, decision_number=decision_number, reason=reason, now=now,
        )  # fmt: skip
        provider.number, provider.returns_law = published.number, ""
        provider.save(update_fields=["number", "returns_law"])
        standing_changed.tell(provider, published, now=now)
        return published


def publish_many(
    providers: list[Provider], *, effective_from: date, reason: str, now: datetime | None = None
) -> list[Published]:
    """The same for up to a journal's batch of them, saved or not yet."""
    with transaction.atomic():
        published = journal.publish_many(
            [
                Publication(document=publishing.document(p), effective_from=effective_from, reason=reason)
                for p in providers
            ],
            now=now,
        )
        for provider, landed in zip(providers, published, strict=True):
            provider.number, provider.returns_law = landed.number, ""
        Provider.objects.bulk_create([p for p in providers if p.pk is None])
        Provider.objects.bulk_update([p for p in providers if p.pk], ["number", "returns_law"])
        return published


def lock(*provider_ids: int) -> list[Provider]:
    """These providers, in the order asked for; their rows are locked in one order, whoever asks.

    What refers to a row meanwhile, such as a new accreditation, need not wait: its writer may hold the journal.
    """
    rows = Provider.objects.select_for_update(no_key=True).select_related("organisation").filter(pk__in=provider_ids)
    found = {provider.pk: provider for provider in rows.order_by("pk")}
    return [found[key] for key in provider_ids]
