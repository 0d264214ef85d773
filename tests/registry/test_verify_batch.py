"""Verify many at once: tolerant of how tables are written, line by line in its answers, and nothing is kept of it."""

import csv
import io
import re
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registry import standing
from registry.framework import current
from registry.public import lookup, sheets
from registry.search import follower, query
from tests.builders import make_provider, publish
from tests.registry.test_standing import FIRST, accredited, at, listed
from tests.sending import visitor

ADDRESS = "/verify/batch"


@pytest.fixture
def harbour(db):
    return make_provider("Harbour Institute", registered_on=FIRST)


@pytest.fixture
def register(harbour):
    """Three credentials: one that Harbour is accredited for, one that has ended, one of which nobody knows since when."""
    accredited(listed(title="Certificate in Plumbing"), harbour.number, FIRST, accredited_until=at(99))
    listed(title="Old Certificate", expiry_end="2020-12-31")
    listed(title="Café Māori", listed_on=None)
    follower.catch_up()


def send(content: bytes | str, status: int = 200, client=None, **data) -> str:
    """What comes back for a file, or for what was pasted."""
    sent = {"pasted": content} if isinstance(content, str) else {"file": SimpleUploadedFile("asked.csv", content)}
    response = (client or visitor()).post(ADDRESS, {**sent, **data})
    assert response.status_code == status, (response.status_code, response.content.decode()[-2000:])
    return response.content.decode()


def rows(content: bytes | str) -> list[dict[str, str]]:
    """The answer as a table."""
    return list(csv.DictReader(io.StringIO(send(content, **{"as": "csv"}).removeprefix("\ufeff"))))


def verdicts(content: bytes | str) -> list[str]:
    return [row["answer"] for row in rows(content)]


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


# -- how tables are written --------------------------------------------------------------------------------------------

PLAIN = "credential,provider,on\nNQ-000001,PR-000001,2020-01-05\nNQ-000002,,2021-06-01\n"


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.encode(),
        PLAIN.encode("utf-8-sig"),
        PLAIN.encode("utf-16"),
        b"\xfe\xff" + PLAIN.encode("utf-16-be"),
        PLAIN.replace(",", ";").encode(),
        PLAIN.replace(",", "\t").encode(),
        b"sep=;\r\n" + PLAIN.replace(",", ";").encode(),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", "\r").encode(),
        b"\n\n" + PLAIN.replace("\n", "\n,,\n").encode(),
        b"On;CREDENTIAL Number; Provider\n2020-01-05;nq 1;pr1\n2021-06-01; NQ-2 ;\n",
        b'"credential","provider","on"\n"NQ000001","PR 000001","2020-01-05"\n"nq-000002","","2021-06-01"\n',
        b"qualification,institution,date,\nCertificate in Plumbing,harbour institute,2020-01-05,\nold certificate,,2021-06-01,\n",
        PLAIN,
    ],
)  # fmt: skip
def test_a_table_is_read_however_a_program_wrote_it(register, content):
    assert verdicts(content) == ["Accredited", "Not registered"]


def test_latin_letters_are_read_in_an_old_encoding(register):
    publish(title="Pâtisserie générale")
    follower.catch_up()
    assert rows("credential\nPâtisserie générale\n".encode("latin-1"))[0]["credential_number"] == "NQ-000004"


def test_a_line_without_a_day_is_answered_for_today(register):
    assert [row["on"] for row in rows("credential\nNQ-000001\n")] == [current.today().isoformat()]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "There is nothing in it"),
        (b"\n \n", "There is nothing in it"),
        ("", "Choose a CSV file, or paste its lines."),
        ("credential,provider,on\n", "There is no line below"),
        ("NQ-000001,PR-000001\n", "The first line must name the columns: credential, provider, on."),
        ("provider,on\nPR-000001,2020-01-01\n", "The column “credential” is missing."),
        ("credential,holder,born\nNQ-000001,Ana,2000-01-01\n", "The columns “holder”, “born” are not known"),
        ("credential,number\nNQ-000001,NQ-000001\n", "The column “credential” is there more than once."),
        (b"credential\nNQ-\x00000001\n", "NUL"),
        ("credential\nNQ-\x00000001\n", "NUL"),
        (b"PK\x03\x04rest of a workbook", "This is not a CSV file."),
        (b"%PDF-1.7", "This is not a CSV file."),
        (b"\xff\xfea", "cannot be read"),
        ('credential\nNQ-000001\n"NQ-000002\n', "Line 3: a quotation mark is not closed"),
        ("credential\n" + "NQ-000001\n" * 1001, "There are 1,001 lines; at most 1,000"),
        (b"credential\n" + b"x" * sheets.LARGEST, "It is larger than 1 MB."),
    ],
)  # fmt: skip
def test_what_is_no_such_table_is_refused_with_the_reason_and_what_was_pasted_is_kept(register, content, said):
    html = send(content, 422)
    assert said in words(html) and "<title>Error: " in " ".join(html.split()) and 'class="error-summary"' in html
    for link in re.findall(r'<li><a href="#([\w-]+)">', html):
        assert f'id="{link}"' in html, link
    if isinstance(content, str) and "\0" not in content:
        kept = re.search(r"<textarea[^>]*>\r?\n?(.*?)</textarea>", html, re.DOTALL)[1]
        assert kept.replace("&quot;", '"').split() == content.split()


def test_a_file_and_text_together_are_not_guessed_between(register):
    html = send(PLAIN.encode(), 422, pasted=PLAIN)
    assert "Send a file or text, not both" in html and "NQ-000002,,2021-06-01" in html


def test_a_request_of_many_megabytes_is_not_even_read(register):
    response = visitor().post(ADDRESS, {"pasted": "x" * (2 * sheets.LARGEST + 1)})
    assert response.status_code == 413 and "It is larger than 1 MB." in response.content.decode()


def test_a_thousand_lines_are_answered(register):
    assert len(rows("credential\n" + "NQ-000001\n" * 1000)) == 1000


# -- line by line ------------------------------------------------------------------------------------------------------


def test_each_line_is_answered_for_itself_and_what_is_wrong_names_line_column_and_rule(register):
    publish(title="Certificate in Plumbing")
    follower.catch_up()
    asked = [
        "credential,provider,on", "NQ-000001,PR-000001,2020-01-05", "NQ-000001,,31.12.2020", "NQ-000001,,2021-02-29",
        "NQ-999999,,", ",PR-000001,", "NQ-000001,Nobody & Sons,", "Certificate in Plumbing,,", "PR-000001,,",
        "NQ-000001,NQ-000001,", f"{'x' * 201},,", "NQ-000001,,,more", "NQ-000003,,2020-05-05", "NQ-000002,,2020-12-31",
        "NQ-000001,PR-000001,2020-06-01", "NQ-000001,,2019-12-31",
    ]  # fmt: skip
    found = {int(row["line"]): (row["answer"], row["problems"]) for row in rows("\n".join(asked))}
    assert found[2] == ("Accredited", "")
    assert found[3] == ("Problem", "on: “31.12.2020” is not a date such as 2026-01-31.")
    assert found[4] == ("Problem", "on: “2021-02-29” is not a date such as 2026-01-31.")
    nothing = "credential: The register has no qualification or micro-credential of that number or title."
    assert found[5] == found[9] == ("Problem", nothing)
    assert found[6][1] == "credential: Each line needs the number or the title of what is asked about."
    nobody = "provider: The register knows no provider of that number or name, now or in the past."
    assert found[7] == found[10] == ("Problem", nobody)
    assert "give a number, such as NQ-000001, NQ-000004." in found[8][1]
    assert "longer than 200 letters" in found[11][1] and "more cells than columns" in found[12][1]
    assert [found[n][0] for n in (13, 14, 15, 16)] == ["Not known", "Registered", "Not accredited", "Not registered"]


def test_the_page_sums_up_and_says_since_and_until_when(register):
    html = send("credential,provider,on\nNQ-000001,PR-000001,2020-01-05\nNQ-000002,,2020-05-05\nNQ-9,,\n")
    text = words(html)
    assert "3 lines answered 1 registered, and the provider accredited for it 1 registered; no provider" in text
    assert "1 with a problem, and not answered" in text
    assert "from 1 January 2020 until 9 April 2020." in text and "Last day: 31 December 2020." in text
    assert 'href="/q/NQ-000002?as_at=2020-05-05"' in html and '<th scope="col">' in html


def test_the_table_has_the_same_as_the_page(register):
    (row,) = rows("credential,provider,on\nnq 1,pr 1,2020-01-05\n")
    assert row == {
        "line": "2", "credential": "nq 1", "provider": "pr 1", "on": "2020-01-05", "answer": "Accredited",
        "credential_number": "NQ-000001", "credential_title": "Certificate in Plumbing", "registered": "yes",
        "registered_since": "2020-01-01", "registered_until": "", "provider_number": "PR-000001",
        "provider_name": "Harbour Institute", "provider_registered": "yes", "provider_since": "2020-01-01",
        "provider_until": "", "accredited": "yes", "accreditation": "AC-000001", "accredited_from": "2020-01-01",
        "accredited_until": "2020-04-09", "reasons": "", "problems": "",
    }  # fmt: skip


def test_what_a_spreadsheet_would_run_is_told_as_text(register):
    (row,) = rows('credential,provider\n"=HYPERLINK(""http://x"")","+1"\n')
    assert row["credential"] == '\'=HYPERLINK("http://x")' and row["provider"] == "'+1"
    assert [sheets.guarded(text) for text in ("@a", "-1", "'=1", "'a", "\tx", "a=1", None, 5)] == [
        "'@a", "'-1", "''=1", "'a", "'\tx", "a=1", "", "5",
    ]  # fmt: skip


def test_markup_in_a_table_is_text(register):
    html = send("credential\n<script>alert(1)</script>\n")
    assert "<script>alert" not in html and "&lt;script&gt;alert" in html


def test_a_day_that_has_not_come_is_said(register):
    coming = (current.today() + timedelta(days=30)).isoformat()
    assert "Some of the days have not come" in send(f"credential,on\nNQ-000001,{coming}\n")
    assert "Some of the days have not come" not in send("credential\nNQ-000001\n")


def test_a_number_is_answered_where_no_name_can_be_searched(harbour, settings, tmp_path):
    """This host has no index: what is asked by number is answered all the same."""
    listed(title="Certificate in Plumbing")
    settings.SEARCH_INDEX_DIR = tmp_path / "none"
    query.forget()
    try:
        found = rows("credential\nNQ-000001\nCertificate in Plumbing\n")
    finally:
        query.forget()
    assert found[0]["answer"] == "Registered" and "cannot be searched at the moment" in found[1]["problems"]


# -- what it costs, and what it leaves ---------------------------------------------------------------------------------


def test_five_and_five_hundred_lines_take_the_same_number_of_queries(harbour):
    """Of many credentials and providers, on many days, with accreditations, partners and bodies that award jointly."""
    providers = [make_provider(f"Provider {n}", registered_on=FIRST) for n in range(20)]
    parties = [{"number": p.number, "role": "awarding", "lead": n == 0} for n, p in enumerate(providers[:2])]
    credentials = [listed(title=f"Certificate {n}", providers=parties) for n in range(20)]
    for n, credential in enumerate(credentials):
        accredited(credential, providers[n].number, at(n), jointly_with=[providers[n - 1].number])
    follower.catch_up()

    def asked(lines: int) -> str:
        said = [f"{credentials[n % 20]},{providers[n * 7 % 18 + 2].number},{at(n % 90)}" for n in range(lines)]
        return "\n".join(["credential,provider,on", *said])

    numbers = {}
    for lines in (5, 500):
        with CaptureQueriesContext(connection) as queries:
            assert len(rows(asked(lines))) == lines
        numbers[lines] = len(queries)
    assert numbers[5] == numbers[500] <= 10


def test_many_answers_are_those_of_one_by_one(register, harbour):
    asked = [
        (credential, provider, day)
        for credential in ("NQ-000001", "NQ-000002", "NQ-000003", "NQ-000009", harbour.number)
        for provider in (None, harbour.number, "PR-000009")
        for day in (date(2019, 1, 1), FIRST, at(99), at(100), date(2021, 1, 1))
    ]
    assert standing.verify_many(asked) == [standing.verify(*question) for question in asked]


def test_only_the_form_sets_a_cookie_and_no_cache_keeps_it(register):
    client = visitor()
    response = client.get(ADDRESS)
    assert list(response.cookies) == ["csrftoken"] and "no-store" in response.headers["Cache-Control"]
    assert response.headers["X-Robots-Tag"] == "noindex"
    sample = visitor().get(f"{ADDRESS}/sample.csv")
    assert not sample.cookies and sample.headers["Content-Type"].startswith("text/csv")
    assert not visitor().get("/verify").cookies


def test_the_form_without_its_token_is_refused(register):
    client = visitor(enforce_csrf_checks=True)
    send("credential\nNQ-000001\n", 403, client)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get(ADDRESS).content.decode())[1]
    send("credential\nNQ-000001\n", 200, client, csrfmiddlewaretoken=token)


def test_one_address_sends_only_so_many_and_what_was_pasted_stays(register, settings):
    settings.PUBLIC_FORM_RATE = "1/hour"
    client = visitor()
    send("credential\nNQ-000001\n", client=client)
    response = client.post(ADDRESS, {"pasted": "credential\nNQ-000002\n"})
    assert response.status_code == 429 and int(response.headers["Retry-After"]) > 0
    html = response.content.decode()
    assert "Too many tables" in html and "NQ-000002" in html


def test_what_the_register_does_not_know_to_be_registered_is_not_said_to_be(register):
    """That a provider held no accreditation is no word about the registration."""
    (row,) = rows("credential,provider\nNQ-000003,PR-000001\n")
    assert (row["answer"], row["registered"], row["accredited"]) == ("Not known", "not known", "no")
    assert "registered, but the provider" not in words(send("credential,provider\nNQ-000003,PR-000001\n"))


# -- names that many have ----------------------------------------------------------------------------------------------


@pytest.fixture
def plumbing(harbour):
    """Thirteen certificates of one title, of which Harbour awards the last, and is accredited for the first."""
    numbers = [listed(title="Certificate in Plumbing") for _n in range(12)]
    led = [{"number": harbour.number, "role": "awarding", "lead": True}]
    numbers.append(listed(title="Certificate in Plumbing", providers=led))
    accredited(numbers[0], harbour.number, FIRST)
    follower.catch_up()
    return numbers


def test_an_exact_title_is_found_among_any_number_of_titles_that_hold_its_words(harbour, monkeypatch):
    monkeypatch.setattr(lookup, "LOOKED", 2)
    for n in range(4):
        listed(title=f"Care, care, care: care of care {n}")
    short, long = listed(title="Çare"), listed(title="Care " * 60)
    follower.catch_up()
    assert lookup.find("care", "credential") == [short]
    assert lookup.find("care " * 60, "credential") == [long], "a title of which the index keeps the beginning alone"
    assert lookup.find("care " * 59, "credential") == []


def test_of_many_of_one_title_ten_are_offered_and_the_others_counted(plumbing, client):
    assert lookup.find("certificate in plumbing", "credential") == plumbing
    text = words(client.get("/verify?credential=Certificate+in+Plumbing").content.decode())
    assert plumbing[9] in text and plumbing[10] not in text and "and 3 more" in text
    (row,) = rows("credential\nCertificate in Plumbing\n")
    assert f"{plumbing[9]}, and 3 more." in row["problems"] and plumbing[10] not in row["problems"]


def test_of_many_of_one_title_the_provider_tells_which_is_meant(plumbing, harbour, client):
    other = make_provider("Elsewhere")
    text = words(client.get(f"/verify?credential=Certificate+in+Plumbing&provider={harbour.number}").content.decode())
    assert plumbing[0] in text and plumbing[12] in text and plumbing[1] not in text and "more" not in text.split()
    text = words(client.get(f"/verify?credential=Certificate+in+Plumbing&provider={other.number}").content.decode())
    assert plumbing[9] in text and "and 3 more" in text
    led = [{"number": other.number, "role": "awarding", "lead": True}]
    theirs = listed(title="Certificate in Plumbing", providers=led)
    follower.catch_up()
    found = rows(f"credential,provider\nCertificate in Plumbing,{other.number}\nCertificate in Plumbing,pr1\n")
    assert found[0]["credential_number"] == theirs and not found[0]["problems"]
    assert f"{plumbing[0]}, {plumbing[12]}." in found[1]["problems"]


def test_the_sample_is_such_a_table(register):
    assert verdicts(visitor().get(f"{ADDRESS}/sample.csv").content) == [
        "Not accredited",
        "Registered",
        "Not registered",
    ]


def test_the_page_of_one_leads_to_the_page_of_many(register, client):
    assert f'href="{ADDRESS}"' in client.get("/verify").content.decode()


def test_the_page_of_one_says_from_when_until_when_and_of_a_suspension_too(harbour, client):
    suspended = [{"from": "2020-02-01", "until": "2020-02-10"}]
    number = listed(suspensions=suspended, expiry_end="2020-12-31")
    accredited(
        number, harbour.number, at(10), accredited_until=at(100), suspensions=[{"from": "2020-02-03", "until": None}]
    )
    follower.catch_up()
    text = words(client.get(f"/verify?credential={number}&provider={harbour.number}&on=2020-02-05").content.decode())
    assert (
        "Since 1 January 2020. Last day: 31 December 2020. Suspended from 1 February 2020. Until 10 February 2020."
        in text
    )
    assert "from 11 January 2020 until 10 April 2020. Suspended from 3 February 2020." in text
    text = words(client.get(f"/verify?credential={number}&on=2020-03-05").content.decode())
    assert "Suspended" not in text
