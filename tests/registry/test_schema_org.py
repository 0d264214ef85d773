"""The data in schema.org's words: only what the document says, in terms that schema.org has, and never out of its element."""

import json
import re

import pytest

from registry.exchange import schema_org
from registry.search import follower
from tests.builders import DETAILED, document, document_of, make_provider, publish

# What schema.org lets each type say, of all that is said here (schema.org 29, by domain and supertypes).
THING = {"@type", "@id", "@context", "name", "alternateName", "description", "identifier", "url", "mainEntityOfPage"}
MAY_SAY = {
    "EducationalOccupationalCredential": THING | {
        "credentialCategory", "educationalLevel", "competencyRequired", "recognizedBy", "validIn", "validFor", "about",
        "inLanguage", "creativeWorkStatus", "datePublished", "version",
    },
    "EducationalOrganization": THING | {"address", "foundingDate", "dissolutionDate"},
    "Organization": THING | {"address", "foundingDate", "dissolutionDate"},
    "AdministrativeArea": THING, "DefinedTermSet": THING, "DefinedTerm": THING | {"termCode", "inDefinedTermSet"},
    "PropertyValue": THING | {"propertyID", "value"}, "PostalAddress": THING | {"addressRegion", "addressCountry"},
}  # fmt: skip


@pytest.fixture
def said(client):
    """What a page says in the data block of its head; None where it has none."""

    def of(address: str) -> dict | None:
        html = client.get(address).content.decode()
        found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.S)
        assert len(found) <= 1
        return json.loads(found[0]) if found else None

    return of


def things(said):
    if isinstance(said, dict):
        yield said
        for value in said.values():
            yield from things(value)
    elif isinstance(said, list):
        for value in said:
            yield from things(value)


def test_a_credential_is_told_in_the_words_of_schema_org(said, db):
    number = publish(
        purpose={"en": "For plumbers.", "fr": "Pour plombiers."}, learning_outcomes=[{"number": 1, "text": {"en": "Mend."}}],
        fields=[{"scheme": "isced-f-2013", "code": "0732", "label": "Building"}], type="certificate",
        titles={"en": "Certificate in Plumbing", "mi": "Tiwhikete Paipa"},
    ).number  # fmt: skip
    found = said(f"/q/{number}")
    assert found == {
        "@context": "https://schema.org", "@type": "EducationalOccupationalCredential",
        "@id": f"http://testserver/q/{number}", "url": f"http://testserver/q/{number}",
        "name": "Certificate in Plumbing", "alternateName": "Tiwhikete Paipa", "inLanguage": "en",
        "description": "For plumbers.", "identifier": {"@type": "PropertyValue", "value": number},
        "credentialCategory": [
            {"@type": "DefinedTerm", "name": "Qualification", "termCode": "qualification"},
            {"@type": "DefinedTerm", "name": "Certificate", "termCode": "certificate"},
        ],
        "educationalLevel": {
            "@type": "DefinedTerm", "name": "3", "termCode": "3",
            "inDefinedTermSet": {
                "@type": "DefinedTermSet", "name": "New Zealand Qualifications and Credentials Framework",
            },
        },
        "competencyRequired": "Mend.",
        "about": {
            "@type": "DefinedTerm", "name": "Building", "termCode": "0732",
            "inDefinedTermSet": {"@type": "DefinedTermSet", "name": "isced-f-2013"},
        },
        "recognizedBy": {"@type": "Organization", "name": "Qualifications Authority"},
        "validIn": {"@type": "AdministrativeArea", "name": "NZ"},
        "creativeWorkStatus": "Current", "datePublished": "2020-01-01", "version": 1,
    }  # fmt: skip
    assert (
        said(f"/fr/q/{number}")["description"] == "Pour plombiers." and said(f"/fr/q/{number}")["url"] == found["url"]
    )


def test_what_is_not_known_is_left_out_and_nothing_is_said_of_another_registers_entry(said, db):
    source = {"name": "cricos", "id": "1", "url": None, "facts": {}}
    number = publish(level=None, level_native="Certificate IV", listed_on=None, source=source).number
    found = said(f"/q/{number}")
    assert found["educationalLevel"] == "Certificate IV"
    absent = {"recognizedBy", "validIn", "datePublished", "competencyRequired", "description", "about"}
    assert not absent & found.keys()


def test_a_body_that_delivers_is_an_educational_organisation_and_any_other_an_organisation(said, db):
    teaching = make_provider(
        "Harbour Institute", website="https://harbour.example", country="NZ", details={"founded_on": "1971-02-01"}
    )
    setting = make_provider("Skills Board", may_deliver=False, website="javascript:alert(1)")
    found = said(f"/providers/{teaching.number}")
    assert found["@type"] == "EducationalOrganization" and found["url"] == "https://harbour.example"
    assert (
        found["address"] == {"@type": "PostalAddress", "addressCountry": "NZ"} and found["foundingDate"] == "1971-02-01"
    )
    found = said(f"/providers/{setting.number}")
    assert found["@type"] == "Organization" and "url" not in found and found["name"] == "Skills Board"


@pytest.mark.parametrize("title", ["</script><script>alert(1)</script>", "<!--<script>", "A & B \u2028 C", '"\\'])
def test_no_title_breaks_out_of_the_element(client, said, db, title):
    number = publish(title=title, purpose={"en": title}).number
    body = make_provider(title).number
    for address in (f"/q/{number}", f"/providers/{body}"):
        html = client.get(address).content.decode()
        inside = html[html.index('ld+json">') :].partition("</script>")[0].removeprefix('ld+json">')
        assert not set("<>&\u2028") & set(inside) and "<script>alert" not in html
        assert said(address)["name"] == title


def test_a_day_and_an_earlier_revision_say_nothing_of_their_own(said, db):
    """Search engines are told what stands; the page of the past leads there."""
    number = publish().number
    publish(number=number, credits="70")
    assert said(f"/q/{number}/r/1") is None and said(f"/q/{number}?as_at=2026-02-01") is None
    assert said(f"/q/{number}")["version"] == 2
    assert said(f"/providers/{make_provider().number}?as_at=2026-02-01") is None


def test_every_term_is_one_that_its_type_has(said, db):
    whole = document(number="NQ-000001", revision=1, purpose={"en": "For plumbers."}, level_native="x") | DETAILED
    own = schema_org.credential(
        whole, address="https://register.example.org/q/NQ-000001", kind="Qualification", type_label="Certificate",
        status="Current", language="en",
    )  # fmt: skip
    body = document_of(make_provider("Harbour Institute", region="Otago").number)
    follower.catch_up()
    bodies = schema_org.provider(body, address="https://register.example.org/providers/PR-000001", name="Harbour")
    found = [*things(own), *things(bodies)]
    assert len(found) > 6
    for thing in found:
        assert set(thing) <= MAY_SAY[thing["@type"]], thing
