"""Information and guidance: plain pages, written from the profile in force, so that no country reads another's rules."""

import re
from html import unescape

import pytest

from registry.framework import profile
from registry.public.guidance import TOPICS

# What each of these countries says of itself, by the page on which it stands, in the words of a reader.
SAID = {
    "nz": {
        "micro-credentials": [
            "at least 1 and at most 40 credits", "one credit is 10 hours of learning",
            "Somebody has shown that it is needed.",
        ],
        "levels": ["This framework has 10 levels.", "EQF", "level 8 has no counterpart", "Doctoral Degree"],
        "status": [
            "No new learner may start from the day on which an entry begins to expire.",
            "From expiring to discontinued", "24 months",
        ],
        "stacking": [
            "one credit is 10 hours of learning", "40 credits are shown as 20 ECTS by years",
            "13.3–16 ECTS by hours",
        ],
        "decisions": [
            "Every year, unless another period was decided.", "Other periods in months: 24, 36.", "Every 60 months",
            "approved twice", "within 10 working days", "Annual return.",
        ],
        "report": ["no more than 12 months ago"],
    },
    "au-nmf-2021": {
        "micro-credentials": [
            "A microcredential takes at least one hour of learning.", "It is smaller than any formal award.",
            "Hours of learning",
        ],
        "levels": ["This framework has 10 levels.", "No comparison with other frameworks has been published."],
        "status": [
            "New learners may start for 12 months after an entry was superseded, the last day included.",
            "A deleted qualification is completed", "24 months",
        ],
        "stacking": ["a credit fixes no number of hours"],
        "decisions": ["Every year, unless another period was decided.", "Other periods in months: 24, 36, 48, 60."],
    },
    "za-nqf": {
        "micro-credentials": [
            "It belongs to one full qualification, which it names.", "one credit is 10 hours of learning",
        ],
        "levels": ["This framework has 10 levels.", "No comparison with other frameworks has been published."],
        "status": [
            "New learners may start for 12 months after registration has ended, the last day included.",
            "Usually awards end three to four years after the last new learner may start",
        ],
        "stacking": ["Part qualification: It belongs to one full qualification, which it names."],
        "decisions": ["Every 36 months, unless another period was decided."],
    },
    "cv-cnqp": {
        "micro-credentials": ["A micro-credential has at least 2 credits.", "The catalogue covers levels 2 to 5."],
        "levels": ["This framework has 8 levels.", "level 8 the highest"],
        "status": ["No new learner may start from the day on which an entry begins to expire."],
        "stacking": ["Credits of the catalogue: one credit is 10 hours of learning."],
        "decisions": ["Every year, unless another period was decided."],
    },
}  # fmt: skip
# What only one of them says: no page of another may.
ALONE = {
    "nz": ["New Zealand", "NZQA", "at most 40 credits", "ECTS", "Annual return", "approved twice", "Doctoral Degree", "EQF",
           "From expiring to discontinued"],
    "au-nmf-2021": ["Microcredentials Framework", "ASQA", "superseded", "A deleted qualification", "formal award"],
    "za-nqf": [
        "SAQA", "36 months, unless", "three to four years", "registration has ended",
        "belongs to one full qualification",
    ],
    "cv-cnqp": ["Cabo Verde", "Credits of the catalogue", "at least 2 credits", "levels 2 to 5", "8 levels"],
}  # fmt: skip


@pytest.fixture
def read(client, settings):
    """The words of one page of guidance in one country."""

    def page(code: str, address: str) -> str:
        settings.NQR_PROFILE = code
        response = client.get(address)
        assert response.status_code == 200, address
        return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", response.content.decode())))

    return page


def every_page(read, code: str) -> str:
    """All pages of guidance of a country, without the footer that all pages have."""
    return "\n".join(read(code, f"/guidance/{topic.slug}") for topic in TOPICS)


@pytest.mark.parametrize("code", SAID)
def test_each_country_reads_its_own_figures(db, read, code):
    for slug, sentences in SAID[code].items():
        text = read(code, f"/guidance/{slug}")
        for sentence in sentences:
            assert sentence in text, (slug, sentence)


@pytest.mark.parametrize("code", SAID)
def test_no_country_reads_the_figures_of_another(db, read, code):
    text = every_page(read, code)
    for other, sentences in ALONE.items():
        for sentence in sentences:
            assert (sentence in text) == (other == code), (other, sentence)


def test_what_a_profile_does_not_say_is_left_out(db, read):
    """Australia fixes no hours, South Africa sets no limit to a micro-credential, Cabo Verde names no time of its own."""
    assert "hours of learning, assessment included" not in read("au-nmf-2021", "/guidance/micro-credentials")
    micro = (
        read("za-nqf", "/guidance/micro-credentials")
        .split("Micro-credential It certifies")[1]
        .split("How they differ")[0]
    )
    assert "By the rules in force" not in micro
    assert " months" not in read("cv-cnqp", "/guidance/status")
    assert "A dash means" not in read("cv-cnqp", "/guidance/levels")
    assert "Types at this level" not in read("za-nqf", "/guidance/levels")
    assert "In other systems" not in read("za-nqf", "/guidance/stacking")


def test_a_neighbour_of_a_level_stands_only_where_the_profile_names_one(client, db, settings):
    settings.NQR_PROFILE = "nz"
    rows = re.findall(r"<tr><th scope=\"row\">.*?</tr>", client.get("/guidance/levels").content.decode())
    cells = {re.search(r"level=(\w+)", row)[1]: re.findall(r"<td>(.*?)</td>", row)[0] for row in rows}
    assert cells == {level["value"]: level.get("eqf") or "–" for level in profile.load("nz").levels}
    assert cells["8"] == "–" and cells["10"] == "8"


@pytest.mark.parametrize("code", profile.shipped())
@pytest.mark.parametrize("prefix", ["", "/fr", "/pt", "/ar"])
def test_every_page_of_every_profile_is_read_in_every_language(client, db, settings, code, prefix):
    settings.NQR_PROFILE = code
    for address in ("/guidance", *(f"/guidance/{topic.slug}" for topic in TOPICS)):
        response = client.get(prefix + address)
        assert response.status_code == 200, address
        text = re.sub(r"<[^>]+>", "", response.content.decode())
        assert "{" not in text and "None" not in text, address


def test_stacking_is_possible_and_never_an_entitlement(db, read):
    assert "It is always possible. It is never an entitlement." in read("nz", "/guidance/stacking")


def test_a_topic_that_there_is_none_of_is_not_found(client, db):
    assert client.get("/guidance/horses").status_code == 404
    assert client.post("/guidance/levels").status_code == 405


def test_the_pages_ask_the_database_nothing_and_set_no_cookie(client, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        for address in ("/guidance", *(f"/guidance/{topic.slug}" for topic in TOPICS)):
            response = client.get(address)
            assert response.headers["Cache-Control"].startswith("public") and not response.cookies


def test_a_profile_that_is_no_law_says_so_on_every_page(db, read):
    for address in ("/guidance", "/guidance/levels"):
        assert "it is no country's law" in read("acqf-generic", address)
