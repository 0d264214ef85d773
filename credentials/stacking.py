"""Which entry may lead to which: kept in rows beside the revisions that say so, so that it can be asked both ways.

Stacking is always possible and never an entitlement: the provider that receives a learner decides what it recognises
(EU Recommendation on micro-credentials, Annex II, principle 5).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.utils.translation import gettext as _

from credentials.models import Credential, StackingLink
from registry.errors import RegisterError


class Circle(RegisterError):
    """The entry would lead back to itself."""


def keep(said: Mapping[int, Sequence[Mapping[str, Any]]], keys: Mapping[str, int]) -> None:
    """Bring the rows of these credentials in step with the links that their public revisions hold.

    `said` gives the links by the key of the credential, `keys` the key of each credential that is named; a link to one
    that the desk has no record of makes no row. Raises Circle where an entry would come back to itself.
    """
    wanted = {
        (of, keys[link["number"]], link["relation"])
        for of, links in said.items()
        for link in links
        if link["number"] in keys
    }
    kept = {
        (row.credential_id, row.target_id, row.relation): row.pk
        for row in StackingLink.objects.filter(credential__in=said)
    }
    StackingLink.objects.filter(pk__in=[pk for link, pk in kept.items() if link not in wanted]).delete()
    fresh = [StackingLink(credential_id=of, target_id=to, relation=how) for of, to, how in sorted(wanted - kept.keys())]
    try:
        with transaction.atomic():
            StackingLink.objects.bulk_create(fresh)
    except DatabaseError as error:
        if "stacking comes back" not in str(error) and "never_part_of_itself" not in str(error):
            raise
        numbers = ", ".join(sorted(Credential.objects.filter(pk__in=said).values_list("number", flat=True)))
        raise Circle(
            _("%(numbers)s would lead back to itself: an entry is never part of what is part of it.")
            % {"numbers": numbers}
        ) from None


def keep_one(credential: Credential, links: Sequence[Mapping[str, Any]]) -> None:
    """The same for one credential."""
    named = Credential.objects.standing().filter(number__in=[link["number"] for link in links])
    keep({credential.pk: links}, dict(named.values_list("number", "pk")))


def back_to(credential: Credential, numbers: Iterable[str]) -> list[str]:
    """Those of the numbers from which one comes, link by link, back to the credential; itself among them."""
    wanted = set(numbers)
    if not wanted or credential.number is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            """
            with recursive leads (origin, credential_id) as (
                select number::text, id from credentials_credential where number = any(%s)
                union
                select leads.origin, link.target_id
                from leads join credentials_stackinglink link on link.credential_id = leads.credential_id
            )
            select distinct origin from leads where credential_id = %s order by origin
            """,
            [sorted(wanted), credential.pk],
        )
        return [number for (number,) in cursor.fetchall()]
