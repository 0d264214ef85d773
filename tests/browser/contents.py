"""What the visited register holds: an entry and a provider in each state that a page can show, by names for the addresses.

Its own words are invented: none of them is a word of the interface, so that one that is found on a page in another
language is either content, which says its language, or was left untranslated.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import orjson
from django.db import transaction

from providers import services
from providers.models import Provider
from registry import journal
from registry.following import subscriptions
from registry.following.models import Subscription
from registry.framework import current
from registry.framework.current import today
from registry.models import Change
from registry.status import ENDED
from tests.builders import CONCEPT, DAY, DETAILED, make_provider, publish
from tests.registry.test_standing import accredited

LISTED = date(2020, 1, 1)
AGO, AHEAD = date(2024, 3, 1), date(2099, 12, 31)
# Two hundred characters and more without a place to break, and with none that is a word.
LONG = "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft" * 3
MAORI = "Te Pōkaitahi Whakaora Waimāori me ngā Ōhākī Tūpuna"
ARABIC = "شهادة في صيانة شبكات المياه والصرف الصحي"
BODY = "Kōwhai Wānanga"
ALIKE = 47  # entries that are like each other: three pages of results


def fill() -> dict[str, str]:
    """Fill the empty register; the numbers of its entries, by name."""
    bodies = _providers()
    numbers = {name: body.number for name, body in bodies.items()}
    numbers |= _credentials(numbers["body"])
    numbers["accreditation"] = accredited(numbers["everything"], numbers["body"], LISTED, sites=["Rimu yard"])
    accredited(numbers["current"], numbers["body"], LISTED, accredited_until=AHEAD)
    accredited(numbers["long"], numbers["long_body"], LISTED)
    _many(numbers["body"])
    return numbers | _links_of_mails(numbers["current"])


def words_of_the_register() -> frozenset[str]:
    """Every text that a document holds or held, and the names that the country's law gives: what a page repeats in any
    language because it is nobody's to translate."""
    bodies = Change.objects.exclude(document=None).values_list("document", flat=True)
    documents = [orjson.loads(bytes(body)) for body in bodies]
    profile = current.profile()
    found = {text for document in documents for text in _texts(document)}
    facts = [document.get("framework_facts") or {} for document in documents]
    found |= {f"{name}: {', '.join(said)}" for each in facts for name, said in each.items() if isinstance(said, list)}
    return frozenset(found | set(profile.authority.values()) | set(profile.framework.values()))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _links_of_mails(number: str) -> dict[str, str]:
    """Somebody asks to follow an entry by mail: the secrets of the links that they get."""
    subscriptions.ask(address="ana@example.org", about=Subscription.About.ENTRY, what=number, language="en")
    asked = Subscription.objects.get()
    return {"confirming": subscriptions.confirming(asked), "stopping": subscriptions.stopping(asked)}


# -- providers ---------------------------------------------------------------------------------------------------------


def _providers() -> dict[str, Provider]:
    body = make_provider(BODY, registered_on=LISTED, website="https://example.org/", region="Te Tai Tokerau")
    services.correct(body, _DETAILS, on=DAY)
    services.impose(body, kind="compliance_notice", summary={"en": "It keeps its yard book from now on."}, on=DAY)
    held = make_provider("Nīkau Hui", registered_on=LISTED)
    services.impose(
        held, kind="suspension", summary={"en": "It takes nobody in."}, on=DAY, until=today() + timedelta(days=400)
    )
    # Each way in which a registration ends; a merger has a successor besides.
    trees = dict(zip((how for how in ENDED if how != "merged"), ("Rātā", "Kauri", "Karaka", "Miro"), strict=True))
    ended = {how: make_provider(tree, registered_on=LISTED, ended_on=AGO, ended_as=how) for how, tree in trees.items()}
    merged = make_provider("Mānuka Kura", registered_on=LISTED)
    services.succeed([merged], [body], relation="merger", on=AGO)
    return {
        "body": body, "suspended_body": held, "merged_body": merged, "long_body": make_provider(LONG[:240]),
        "unverified_body": make_provider("Tōtara Ako", unverified=True, registered_on=None),
        "arabic_body": make_provider("معهد المياه", language="ar"), **{f"{how}_body": one for how, one in ended.items()},
    }  # fmt: skip


_DETAILS: Mapping[str, Any] = {
    "names": [
        {"kind": "trading", "text": "Kōwhai Ipurangi", "from": "2021-01-01"}, {"kind": "acronym", "text": "KWX"},
    ],
    "sites": [{"name": "Rimu yard", "address": "1 Tūī Quay"}, {"name": "Kahikatea yard", "until": "2020-12-31"}],
    "quality_categories": [{"category": "1", "from": "2024-05-01", "report": "https://example.org/eer.pdf"}],
    "scope": [
        {"effect": "included", "kinds": ["micro_credential"], "lowest": "3", "highest": "6", "modes": ["online"]},
        {"effect": "excluded", "field": "09", "note": {"en": "Outside of hauora."}},
    ],
    "founded_on": "1960-02-01", "other_identifiers": [{"scheme": "moe", "value": "6010"}],
}  # fmt: skip


# -- credentials -------------------------------------------------------------------------------------------------------


def _credentials(body: str) -> dict[str, str]:
    awarded = [{"number": body, "role": "awarding", "lead": True}]

    def listed(**fields: Any) -> str:
        return publish(LISTED, **{"providers": awarded, "listed_on": LISTED.isoformat(), **fields}).number

    numbers = {
        "current": listed(title="Waka Ama Crewing"),
        "expiring": listed(title="Harakeke Weaving", expiring_from="2024-06-01", expiry_end=AHEAD.isoformat()),
        "discontinued": listed(title="Whare Thatching", expiry_end="2021-12-31"),
        "closed": listed(title="Pounamu Drilling", closed_undated=True),
        "suspended": listed(title="Kina Diving", suspensions=[_SUSPENSION]),
        "revised": listed(title="Hāngī Laying"),
        "removed": listed(title="Moa Plucking"),
        "twin": listed(title="Toheroa Digging"),
        "other_twin": listed(title="Toheroa Digging", level="4"),
        "long": listed(title=LONG, purpose={"en": LONG}, learning_outcomes=[{"text": {"en": LONG}}]),
        "maori": listed(title=MAORI, language="mi", titles={"mi": MAORI, "en": "Fresh Streams"}),
        "arabic": listed(title=ARABIC, language="ar", titles={"ar": ARABIC, "en": "Mains Upkeep"}),
    }
    publish(DAY, number=numbers["revised"], title="Hāngī Laying and Lifting", providers=awarded, listed_on="2020-01-01")
    with transaction.atomic():
        journal.withdraw(
            numbers["removed"], effective_from=DAY, decision_number=None, reason="It had never been approved."
        )
    linked = [{"relation": "counts_towards", "number": numbers["current"], "credits": "2.5", "group": "core"}]
    numbers["everything"] = listed(
        title="Tuna Smoking", kind="micro_credential", purpose={"en": "Tuna for the marae.", "mi": "He tuna mō te marae."},
        learning_outcomes=[{"text": {"en": "Smoke a tuna whole."}}, {"text": {"en": "Keep the fire low."}}],
        fields=[{"scheme": "isced-f", "code": "0721", "label": "Kai"}], delivery_modes=["on_site", "online"],
        assessment={"en": "One tuna, tasted by two."}, entry_requirements={"en": "A knife."}, notional_hours="75",
        alternative_titles=[{"language": "en", "text": "Eel Smoking"}], gaps=["assessment"],
        **{name: value for name, value in DETAILED.items() if name != "effective_from"} | {
            "stacking": linked, "replaces": [{"number": numbers["discontinued"], "equivalence": "equivalent"}],
            "replaced_by": [{"number": numbers["revised"], "equivalence": "not_equivalent"}], "skills": [CONCEPT],
        },
    )  # fmt: skip
    return numbers


_SUSPENSION = {"from": "2024-01-01", "until": AHEAD.isoformat(), "summary": {"en": "Kina are scarce."}, "advice": {}}


def _many(body: str) -> None:
    """Entries enough for three pages of results, and values enough for every facet."""
    kinds, modes = ("qualification", "part_qualification", "micro_credential"), ("on_site", "online", "blended")
    for n in range(ALIKE):
        publish(
            LISTED, title=f"Paua Polishing {n + 1}", kind=kinds[n % 3], level=str(n % 8 + 1), credits=str(5 + n),
            listed_on=LISTED.isoformat(), delivery_modes=[modes[n % 3]], languages=[("en", "mi", "fr", "pt", "ar")[n % 5]],
            fields=[{"scheme": "isced-f", "code": f"0{n % 10}", "label": f"Mahi {n % 10}"}],
            providers=[{"number": body, "role": "awarding", "lead": True}],
        )  # fmt: skip
