"""Where an entry stands among others, on its page and in the planner: drawn, listed, added up, and never promised."""

import re
from datetime import date
from html import unescape
from xml.etree import ElementTree

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry import journal
from registry.public.ladder import Band, Box, ladder
from registry.search import follower, leading
from tests.builders import approve, document_of, make_provider, make_recommended, publish

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def page(client):
    def get(address: str, status: int = 200) -> str:
        response = client.get(address)
        assert response.status_code == status, (address, response.status_code)
        assert not response.cookies, "no public page sets a cookie"
        return response.content.decode()

    return get


def words(html: str) -> str:
    """What a reader reads of a page's main part, but for the picture: marks within a line part no words."""
    main = html[html.index("<main") : html.index("</main>")]
    main = re.sub(r"<svg.*?</svg>", "", main, flags=re.S)
    main = re.sub(r"</?(?:a|bdi|code|span|strong)\b[^>]*>", "", main)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def picture(html: str) -> ElementTree.Element:
    """The picture of a page: well-formed, which an HTML page need not be."""
    found = re.search(r"<svg.*?</svg>", html, re.S)
    return ElementTree.fromstring(found[0].replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1))


def drawn(html: str) -> str:
    return " ".join(each.text.strip("\u2068\u2069") for each in picture(html).iter(f"{SVG}text"))


def link(number: str, relation: str = "counts_towards", **more) -> dict:
    return {"relation": relation, "number": number, **more}


def leads(title: str, *links: dict, **fields) -> str:
    """An entry that leads to these; returns its number."""
    by = {name: [e["number"] for e in links if e["relation"] == name] for name in ("part_of", "counts_towards")}
    return publish(title=title, **by, stacking=list(links), **fields).number


def withdraw(number: str) -> None:
    with transaction.atomic():
        journal.withdraw(number, effective_from=date(2026, 3, 1), decision_number="D-1", reason="Listed twice.")


CORE = [{"group": "core", "label": {"en": "Core"}, "rule": "some", "least": "2"}]


@pytest.fixture
def family(db) -> dict[str, str]:
    """A qualification of 60 credits with a group, a part of it, two micro-credentials, and what the whole leads to."""
    found = {"diploma": publish(title="Diploma in Building", credits="120", level="5").number}
    found["whole"] = leads("Certificate in Building", link(found["diploma"], credits="40"), stacking_groups=CORE)
    found["part"] = leads(
        "Concreting", link(found["whole"], "part_of", group="core"), kind="part_qualification", credits="20"
    )
    found["micro"] = leads(
        "Formwork",
        link(found["whole"], credits="3"),
        link(found["part"], "part_of"),
        kind="micro_credential",
        credits="5",
        level="2",
    )
    found["old"] = leads(
        "Scaffolding", link(found["whole"], "component_of"), kind="micro_credential", credits="7.5",
        expiring_from="2019-01-01", expiry_end="2020-12-31",
    )  # fmt: skip
    follower.catch_up()
    return found


# -- the page of an entry ----------------------------------------------------------------------------------------------


def test_the_page_lists_what_leads_to_an_entry_though_only_the_others_say_so(page, family):
    text = words(page(f"/q/{family['whole']}"))
    assert f"Core (core): at least 2 of them Concreting ({family['part']}): part of it, up to 20 credits" in text
    assert f"Formwork ({family['micro']}): may count towards it, up to 3 credits" in text
    assert f"Scaffolding ({family['old']}): a component of it, up to 7.5 credits Discontinued" in text
    assert "Together they may count for up to 27.5 of its 60 credits." in text, (
        "the formwork lies within the concreting"
    )
    assert "it is possible, never an entitlement" in text


def test_the_page_says_how_much_is_missing_for_the_next_step_and_where_it_leads_on(page, family):
    text = words(page(f"/q/{family['micro']}"))
    assert "Part of Concreting If all its 5 credits count, 15 of 20 are still needed." in text
    assert (
        "May count towards Certificate in Building: up to 3 credits "
        "How many credits are still needed then is not known: at least 57 of 60. From there:" in text
    )
    assert "May count towards Diploma in Building: up to 40 credits" in text
    assert "(Core: at least 2 of them)" in words(page(f"/q/{family['part']}"))


@pytest.mark.parametrize(
    ("own", "theirs", "said"),
    [
        ({"credits": None}, {}, "How many credits are still needed then is not known."),
        ({}, {"credits": None}, "How many credits are still needed then is not known."),
        ({"credit_system": "ects"}, {}, "Its credits are of another credit system, and are not added up with these."),
        ({"credits": "60"}, {}, "If all its 60 credits count, no more are needed."),
        ({"credits": "0.5"}, {"credits": "2"}, "If all its 0.5 credits count, 1.5 of 2 are still needed."),
    ],
)
def test_what_is_not_known_is_said_and_what_is_known_is_exact(page, db, own, theirs, said):
    whole = publish(title="Whole", **theirs).number
    part = leads("Part", link(whole), **{"credits": "10", **own})
    follower.catch_up()
    assert said in words(page(f"/q/{part}"))


def test_the_picture_shows_what_the_list_says_and_tells_it_to_those_who_do_not_see_it(page, family):
    html = page(f"/q/{family['whole']}")
    svg, shown = picture(html), drawn(html)
    assert svg.get("role") == "img"
    title, said = svg.find(f"{SVG}title"), svg.find(f"{SVG}desc")
    assert (svg.get("aria-labelledby"), svg.get("aria-describedby")) == (title.get("id"), said.get("id"))
    assert title.text == "Pathways of Certificate in Building"
    assert said.text.startswith("3 entries may lead to it. It may lead to 1 entry.")
    for said in (
        "Core: at least 2 of them Concreting 20 credits · part of it", "Formwork 5 credits · may count towards it",
        "Scaffolding 7.5 credits · a component of it · Discontinued", "Certificate in Building 60 credits · this entry",
        "What it may lead to Diploma in Building 120 credits · may count towards",
    ):  # fmt: skip
        assert said in shown, (said, shown)
    assert not re.search(r"style=|<script|<a\b|\bon\w+=", ElementTree.tostring(svg, encoding="unicode"))


def test_where_one_reads_from_the_right_the_picture_is_mirrored_and_nothing_leaves_it(page, family):
    def boxes(address: str) -> list[tuple[int, int]]:
        rects = picture(page(address)).iter(f"{SVG}rect")
        return [(int(rect.get("x")), int(rect.get("width"))) for rect in rects]

    left, right = boxes(f"/q/{family['whole']}"), boxes(f"/ar/q/{family['whole']}")
    assert picture(page(f"/ar/q/{family['whole']}")).get("direction") == "rtl"
    assert [(360 - x - width, width) for x, width in left] == right and left != right
    assert all(x >= 0 and x + width <= 360 for x, width in left + right)


@given(
    st.lists(st.builds(Box, st.text(max_size=90), st.text(max_size=40), st.just(1)), max_size=5),
    st.lists(st.integers(1, 3), max_size=6), st.booleans(),
)  # fmt: skip
def test_whatever_titles_say_the_picture_stays_well_formed_and_within_its_frame(above, depths, rtl):
    steps, last = [], 0
    for depth in depths:
        last = min(depth, last + 1)
        steps.append(Box("Onward", "120 credits", last))
    clean = [Box(*(re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd]", "", t) for t in (b.title, b.said))) for b in above]
    svg = picture(ladder(
        [Band("It replaces", clean[:2], dashed=True), Band("What may lead to it", clean, "and 3 more")],
        Box("<b>This & that</b>"), [Band("On", steps)], name="p", title="<T>", said="&", rtl=rtl,
    ))  # fmt: skip
    width, height = (int(n) for n in svg.get("viewBox").split()[2:])
    for each in svg.iter():
        for name, most in (("x", width), ("x1", width), ("x2", width), ("y", height), ("y1", height), ("y2", height)):
            assert 0 <= int(each.get(name, 0)) <= most
    assert "<b>This" in " ".join(t.text for t in svg.iter(f"{SVG}text"))


def test_links_that_come_back_in_a_circle_end(page, db):
    """No service makes one; an import of old data might have, and the page of none of them hangs."""
    numbers = ["NQ-000001", "NQ-000002", "NQ-000003"]
    for title in ("First", "Second", "Third"):
        publish(title=title)
    for number, title, on in zip(numbers, ("First", "Second", "Third"), numbers[1:] + numbers[:1], strict=True):
        publish(number=number, title=title, counts_towards=[on, number])
    follower.catch_up()
    for number in numbers:
        html = page(f"/q/{number}")
        assert "Third" in words(html) and len(re.findall("<rect", html)) <= 6
        page(f"/pathways?held={number}")
    page("/pathways?" + "&".join(f"held={n}" for n in numbers))


def test_many_parts_are_cut_and_all_are_on_a_page_of_their_own(page, client, db):
    whole = publish(title="Whole").number
    for n in range(60):
        leads(f"Part {n:03d}", link(whole), kind="micro_credential", credits="1")
    withdraw("NQ-000002")
    follower.catch_up()
    html = page(f"/q/{whole}")
    text = words(html)
    assert "Part 012" in text and "Part 013" not in text and "Part 000" not in text
    assert f'href="/q/{whole}/pathways"' in html and "and 47 more that may lead to it" in text
    assert "Together" not in text and "and 51 more" in drawn(html)
    first, second = words(page(f"/q/{whole}/pathways")), words(page(f"/q/{whole}/pathways?page=2"))
    assert "59 entries" in first and "Part 050" in first and "Part 051" not in first and "Part 059" in second
    page(f"/q/{whole}/pathways?page=3", 404)
    assert client.get("/q/nq1/pathways").headers["Location"] == f"/q/{whole}/pathways"
    page("/q/NQ-000002/pathways", 410)
    page("/q/NQ-999999/pathways", 404)
    assert "The register names nothing that may lead to it." in page("/q/NQ-000003/pathways")
    provider = make_provider()
    assert client.get(f"/q/{provider.number}/pathways").headers["Location"] == f"/providers/{provider.number}"


def test_an_entry_without_any_pathway_has_no_such_section(page, db):
    number = publish().number
    follower.catch_up()
    html = page(f"/q/{number}")
    assert "<svg" not in html and "Where it can lead" not in words(html)


def test_a_target_that_was_listed_by_mistake_is_shown_by_its_number_alone(page, family):
    withdraw(family["diploma"])
    follower.catch_up()
    html = page(f"/q/{family['whole']}")
    assert f"May count towards {family['diploma']}: up to 40 credits Withdrawn" in words(html)
    assert f"{family['diploma']} may count towards · Withdrawn" in drawn(html) and "Diploma in Building" not in html
    assert "May count" not in words(page(f"/pathways?held={family['whole']}"))


def test_what_replaces_an_entry_and_what_it_replaces_is_drawn_too(page, db):
    old = publish(title="Old").number
    new = publish(title="New", replaces=[{"number": old, "equivalence": "equivalent"}]).number
    publish(number=old, title="Old", replaced_by=[{"number": new, "equivalence": "partly_equivalent"}])
    follower.catch_up()
    assert "It replaces Old equivalent New" in drawn(page(f"/q/{new}"))
    assert "It is replaced by New partly equivalent" in drawn(page(f"/q/{old}"))
    assert "Replaced by New (partly equivalent)." in words(page(f"/q/{old}")).partition("Where it can lead")[2]


def test_a_past_day_and_an_earlier_revision_say_what_they_said_and_point_at_today(page, family):
    publish(number=family["whole"], title="Certificate in Building", effective_from=date(2026, 2, 1), credits="70",
            counts_towards=[family["diploma"]])  # fmt: skip
    follower.catch_up()
    for address in (f"/q/{family['whole']}?as_at=2026-01-20", f"/q/{family['whole']}/r/1"):
        html = page(address)
        assert "Concreting" not in words(html) and "up to 40 credits" in words(html)
        assert f'href="/q/{family["whole"]}#pathways"' in html


def test_without_an_index_the_page_answers_and_says_what_it_cannot_tell(page, family, settings, tmp_path):
    from registry.search import query

    settings.SEARCH_INDEX_DIR = tmp_path / "none"
    query.forget()
    text = words(page(f"/q/{family['micro']}"))
    assert "What may lead to it cannot be looked up at the moment." in text
    assert "Part of Concreting If all its 5 credits count, 15 of 20 are still needed." in text
    assert "Certificate in Building" in words(page(f"/pathways?held={family['micro']}"))
    assert "Titles cannot be searched at the moment." in words(page("/pathways?add=concrete"))
    page(f"/q/{family['whole']}/pathways", 503)


def test_a_detail_costs_no_more_queries_for_its_pathways(client, family, django_assert_max_num_queries):
    """Two in all, with five entries that lead to it and with fifty: its own row, and its history."""
    for count in (5, 50):
        for n in range(count):
            leads(f"Part {count} {n}", link(family["whole"]), link(family["part"]))
        follower.catch_up()
        for number in family.values():
            with django_assert_max_num_queries(2):
                client.get(f"/q/{number}")


def test_the_index_finds_what_names_an_entry_and_forgets_it_when_it_no_longer_does(db):
    whole = publish(title="Whole").number
    parts = [leads(f"Part {n}", link(whole, "component_of")) for n in range(3)]
    follower.catch_up()
    assert leading.leading_to(whole, limit=2)[0] == 3
    assert [d["number"] for d in leading.leading_to(whole, limit=9, without=parts[:1])[1]] == parts[1:]
    withdraw(parts[0])
    publish(number=parts[1], title="Part 1")
    follower.catch_up()
    assert [d["title"] for d in leading.leading_to(whole, limit=9)[1]] == ["Part 2"]
    assert leading.documents([whole, parts[0], "NQ-999999"]) == {whole: document_of(whole)}


# -- the planner -------------------------------------------------------------------------------------------------------


def test_at_first_the_planner_says_that_nothing_is_named_yet(page, db):
    follower.catch_up()
    html = page("/pathways")
    assert "You have named nothing yet." in words(html) and "What it may count towards" not in words(html)
    assert "It is possible, never an entitlement: the provider that you go to decides what it recognises." in words(
        html
    )
    assert 'method="get"' in html and "csrf" not in html


def test_a_page_of_the_planner_may_be_cached_and_not_found_by_search_engines(client, family):
    response = client.get(f"/pathways?held={family['micro']}")
    assert response.headers["Cache-Control"].startswith("public")
    assert '<meta name="robots" content="noindex">' in response.content.decode()


@pytest.mark.parametrize(
    "written", ["held=nq%204", "held=NQ-4", "add=nq4", "add=NQ-000004", "add=Formwork", "add=FORMWORK"]
)
def test_what_is_held_is_found_however_it_is_written(page, family, written):
    assert family["micro"] == "NQ-000004"
    html = page(f"/pathways?{written}")
    assert 'name="held" value="NQ-000004" id="held-NQ-000004" checked' in html
    text = words(html)
    assert "May count up to 3 of 60 credits" in text and "Still missing at least 57 credits" in text
    assert "May count up to 5 of 20 credits" in text


def test_words_of_a_title_offer_what_may_be_meant_and_leave_the_choice(page, family):
    html = page(f"/pathways?held={family['micro']}&add=building")
    for each in ("whole", "diploma"):
        assert f'value="{family[each]}" id="found-{family[each]}">' in html, "not ticked"
    assert f'value="{family["micro"]}" id="held-{family["micro"]}" checked' in html, "what was ticked is kept"
    assert "is in your list already" in words(page(f"/pathways?held={family['micro']}&add=formwork"))


def test_of_many_that_may_be_meant_ten_are_offered_and_the_others_counted(page, db):
    for n in range(14):
        publish(title=f"Certificate in Joinery {n}")
    follower.catch_up()
    html = page("/pathways?add=joinery")
    assert len(re.findall('id="found-', html)) == 10 and "and 4 more: write more of the title" in words(html)


def test_several_numbers_are_taken_at_once_and_each_once(page, family):
    both = f"{family['part']}, nq{int(family['micro'][-6:])}, {family['part']}"
    html = page(f"/pathways?held={family['part']}&add={both}")
    assert len(re.findall('name="held"', html)) == 2
    assert f"{family['part']} is in your list already." in words(html)
    assert html.split("<form")[1] == page(f"/pathways?held={family['part']}&held={family['micro']}").split("<form")[1]


def test_what_is_learnt_once_is_counted_once(page, family):
    text = words(page(f"/pathways?held={family['part']}&held={family['micro']}"))
    assert "May count up to 20 of 60 credits" in text and "Still missing at least 40 credits" in text
    assert (
        f"Formwork ({family['micro']}): not counted again: it is part of another one that counts; at level 2; this is at level 3"
        in text
    )
    assert "Core: at least 2 of them; you hold 1 of them; 1 still missing" in text


def test_what_else_may_count_is_named_and_can_be_added(page, family):
    html = page(f"/pathways?held={family['micro']}")
    assert f'href="/pathways?held={family["micro"]}&amp;held={family["part"]}"' in html
    text = words(html)
    assert f"Concreting ({family['part']}): up to 20 credits I hold it too" in text
    assert "From there it may lead on to Diploma in Building" in text


def test_one_that_is_discontinued_still_counts_for_who_holds_it(page, family):
    text = words(page(f"/pathways?held={family['old']}"))
    assert "Discontinued after 31 December 2020. What was awarded until then stays valid." in text
    assert "May count up to 7.5 of 60 credits" in text and "Still missing at least 52.5 credits" in text


def test_one_that_was_replaced_by_its_equal_leads_to_what_that_one_may_count_towards(page, family):
    old = publish(title="Older", replaced_by=[{"number": family["micro"], "equivalence": "equivalent"}]).number
    follower.catch_up()
    html = page(f"/pathways?held={old}")
    assert f'href="/pathways?held={old}&amp;held={family["micro"]}"' in html
    assert "The register names nothing that it may count towards." in words(html)


def test_a_target_that_ends_is_shown_as_that(page, db):
    gone = publish(title="Gone", expiring_from="2019-01-01", expiry_end="2020-01-01").number
    part = leads("Part", link(gone), credits="5")
    follower.catch_up()
    text = words(page(f"/pathways?held={part}"))
    assert "Discontinued It is discontinued: nobody can start on it any more." in text


def test_credits_that_are_unknown_or_of_another_system_are_not_added_and_that_is_said(page, db):
    whole = publish(title="Whole").number
    unknown, foreign = leads("Unknown", link(whole), credits=None), leads("Foreign", link(whole), credit_system="ects")
    follower.catch_up()
    text = words(page(f"/pathways?held={unknown}&held={foreign}"))
    assert f"Unknown ({unknown}): how many credits is not known" in text
    assert f"Foreign ({foreign}): its credits are of another credit system and are not added up" in text
    assert "May count up to 0 of 60 credits" in text and "Still missing not known" in text


def test_what_the_target_is_made_of_and_asks_at_entry_is_told(page, db):
    part = publish(title="Placeholder").number
    whole = publish(
        title="Whole", credits="72", entry_requirements={"en": "A driving licence."},
        framework_facts={"credits_at_level_3": "40"},
        components=[
            {"title": {"en": "Held already"}, "code": part}, {"title": {"en": "Site work"}, "credits": "12", "compulsory": True}
        ],
    ).number  # fmt: skip
    publish(number=part, title="Part", counts_towards=[whole], credits="10", level="4")
    follower.catch_up()
    text = words(page(f"/pathways?held={part}"))
    assert "Its components Site work · 12 credits · compulsory" in text and "Held already" not in text
    assert "40 of its credits are at level 3 or above; of what you hold up to 10 are." in text
    assert "Entry requirements A driving licence." in text


@pytest.mark.parametrize("name", ["held", "add"])
def test_what_cannot_be_held_is_told_by_name(page, family, name):
    approve(make_recommended())
    withdraw(family["old"])
    follower.catch_up()
    for number, said in (
        ("NQ-000999", "The register has no entry of the number NQ-000999."),
        ("PR-000001", "PR-000001 is a provider."), ("AC-000001", "AC-000001 is an accreditation."),
        (family["old"], f"{family['old']} was listed by mistake and withdrawn on 1 March 2026"),
    ):  # fmt: skip
        html = page(f"/pathways?held={family['micro']}&{name}={number}")
        assert said in words(html) and 'role="alert"' in html
        assert "May count up to 3 of 60 credits" in words(html), "what else is held is still reckoned with"


def test_words_that_nothing_is_called_by_are_told(page, family):
    text = words(page("/pathways?add=zzqqxxyy"))
    assert "The register has no qualification or micro-credential of that number or title." in text


def test_a_title_that_looks_like_a_number_is_searched_too(page, db):
    number = publish(title="CO2 monitoring").number
    follower.catch_up()
    assert f'id="held-{number}" checked' in page("/pathways?add=CO2+monitoring")
    assert f'value="{number}"' in page("/pathways?add=CO2")


def test_a_number_that_is_badly_written_is_refused_with_what_was_found(page, family):
    html = page(f"/pathways?held=%3Cb%3E&held={family['micro']}", 400)
    assert "Held: “<b>” is not a register number such as NQ-000123." in words(html) and "<b>" not in html
    assert f'id="held-{family["micro"]}" checked' in html, "nothing of the rest is lost"
    assert "<title>Error:" in html


def test_more_than_thirty_are_refused_and_thirty_kept(page, db):
    numbers = [publish(title=f"Entry {n}").number for n in range(31)]
    follower.catch_up()
    page("/pathways?" + "&".join(f"held={n}" for n in numbers[:30]))
    for address in (
        "&".join(f"held={n}" for n in numbers),
        "&".join(f"held={n}" for n in numbers[:30]) + f"&add={numbers[30]}",
    ):
        html = page(f"/pathways?{address}", 400)
        assert "31 entries are more than the 30 that are reckoned with at once." in words(html)
        assert len(re.findall('name="held"', html)) == 30
    page("/pathways?" + "&".join(f"held={n}" for n in numbers[:30]) + "&add=Entry+30", 400)


def test_nothing_is_promised_anywhere(page, family):
    for address in (f"/q/{family['micro']}", f"/q/{family['whole']}/pathways", f"/pathways?held={family['micro']}"):
        text = words(page(address)).lower()
        assert "never an entitlement" in text
        assert not re.search(r"\b(will count|counts in full|you are entitled|guarantee)", text)


def test_a_plan_costs_no_more_queries_for_thirty_than_for_one(client, db):
    whole = publish(title="Whole").number
    numbers = [leads(f"Part {n}", link(whole), credits="1") for n in range(30)]
    follower.catch_up()
    counts = []
    for held in (numbers[:1], numbers):
        with CaptureQueriesContext(
            connection,
        ) as caught:
            client.get("/pathways?" + "&".join(f"held={n}" for n in held))
        counts.append(len(caught))
    assert counts == [0, 0], "everything is in the index"


numberish = st.one_of(st.text(max_size=12), st.from_regex(r"nq ?\d{1,9}", fullmatch=True))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
@given(add=st.text(max_size=60), held=st.lists(numberish, max_size=4))
def test_whatever_is_typed_the_planner_answers(client, family, add, held):
    response = client.get("/pathways", {"add": add, "held": held})
    assert response.status_code in (200, 400)
    assert "<main" in response.content.decode()


def test_what_is_not_public_leads_nowhere(page, family):
    from tests.builders import make_submitted

    make_submitted(title="Secret formwork", stacking=[link(family["whole"])])
    follower.catch_up()
    for address in (
        f"/q/{family['whole']}",
        f"/q/{family['whole']}/pathways",
        f"/pathways?held={family['micro']}&add=secret+formwork",
    ):
        assert "Secret" not in words(page(address))
