"""Who an unverified provider is: an officer says it, with suggestions; everything that named it names the body then."""

from datetime import date
from decimal import Decimal
from functools import partial

import pytest
from django.test import Client

from credentials import imports
from credentials.models import Credential
from providers import services
from providers.models import Provider
from providers.services import matching
from registry.errors import NotAllowed, RegisterError
from registry.models import Change, Event
from registry.search import follower
from registry.verification import differences
from tests.builders import document_of, make_provider, make_user
from tests.together import at_once

HEADER = "source,source_id,kind,title,level_native,credits_native,awarding_body,status,country,lang\n"
ROWS = "".join(f"plain,{n},qualification,Certificate {n},4,40,Harbour Inst. of Tech.,current,NZ,en\n" for n in range(3))


@pytest.fixture
def grace(db):
    return make_user("Grace", "registrar")


@pytest.fixture
def imported(db, tmp_path):
    """Three entries of a body that no row is about: an unverified provider."""
    (tmp_path / "rows.csv").write_text(HEADER + ROWS, encoding="utf-8")
    imports.run(tmp_path / "rows.csv")
    return Provider.objects.get(unverified=True)


@pytest.fixture
def harbour(db):
    return make_provider("Harbour Institute of Technology", country="NZ")


def match(unverified, provider, by) -> int:
    return matching.match(unverified_id=unverified.pk, provider_id=provider.pk, by=by)


def test_the_likeliest_registered_body_is_suggested_first(imported, harbour):
    make_provider("Kestrel College", country="NZ")
    make_provider("Harbour Inst. of Tech.", unverified=True, registered_on=None, country="AU")
    follower.catch_up()
    found = matching.suggestions(imported)
    assert found[0].number == harbour.number and all(m.status != "unverified" for m in found)


def test_a_match_brings_everything_over_and_the_old_number_leads_there(imported, harbour, grace, client):
    assert match(imported, harbour, grace) == 3
    for credential in Credential.objects.all():
        assert credential.awarding_body == harbour
        said = document_of(credential.number)
        assert [p["number"] for p in said["providers"]] == [harbour.number] and said["revision"] == 1
    assert document_of(imported.number)["same_as"] == harbour.number
    assert [t["text"] for t in document_of(harbour.number)["alternative_titles"]] == ["Harbour Inst. of Tech."]
    assert {c.action for c in Change.objects.filter(kind="qualification").order_by("-serial")[:3]} == {"corrected"}
    follower.catch_up()
    response = client.get(f"/providers/{imported.number}")
    assert (response.status_code, response.headers["Location"]) == (302, f"/providers/{harbour.number}")
    assert imported.title not in client.get("/providers?q=Harbour").content.decode().partition("<ol")[2]
    assert client.get(f"/api/v1/providers/{imported.number}").json()["same_as"] == harbour.number
    event = Event.objects.get(name="provider:matched")
    assert (event.role, event.details) == ("registrar", {"unverified": imported.number, "provider": harbour.number})
    assert list(differences()) == []


def test_the_next_import_of_the_same_rows_finds_the_body_by_its_other_name(imported, harbour, grace, tmp_path):
    match(imported, harbour, grace)
    fresh = "plain,9,qualification,Certificate 9,4,40,Harbour Inst. of Tech.,current,NZ,en\n"
    changed = ROWS.replace("Certificate 1,4,40", "Certificate 1,4,45")
    (tmp_path / "again.csv").write_text(HEADER + changed + fresh, encoding="utf-8")
    report = imports.run(tmp_path / "again.csv")
    assert (report.created, report.updated, report.unchanged, report.rejected) == (1, 1, 2, [])
    assert {c.awarding_body_id for c in Credential.objects.all()} == {harbour.pk}
    assert Credential.objects.get(source_id="1").revisions.latest_public().credits == Decimal(45)


def test_an_interrupted_match_is_ended_by_another_try(imported, harbour, grace, monkeypatch):
    def fails(*args, **kwargs):
        raise OSError("The power went.")

    with monkeypatch.context() as broken:
        broken.setattr(matching, "_followers", [fails])
        with pytest.raises(OSError, match="power"):
            match(imported, harbour, grace)
    assert Credential.objects.filter(awarding_body=imported).count() == 3
    assert match(imported, harbour, grace) == 3
    assert Event.objects.filter(name="provider:matched").count() == 1


def test_partners_and_joint_bodies_are_brought_over_too(imported, harbour, grace):
    credential = Credential.objects.first()
    credential.joint_awarding_bodies = [imported.number]
    credential.partners = [{"number": imported.number, "role": "partner", "from": "2020-01-01"}]
    credential.awarding_body = None
    credential.save()
    match(imported, harbour, grace)
    credential.refresh_from_db()
    assert credential.joint_awarding_bodies == [harbour.number]
    assert credential.partners == [{"number": harbour.number, "role": "partner", "from": "2020-01-01"}]


def test_only_a_registrar_says_who_it_is(imported, harbour):
    for role in ("evaluator", "decision_maker", "auditor", "administrator"):
        with pytest.raises(NotAllowed, match="Only a registrar"):
            match(imported, harbour, make_user(role, role))
    assert "same_as" not in document_of(imported.number)


def test_what_cannot_be_is_refused(imported, harbour, grace):
    other = make_provider("Elsewhere", unverified=True, registered_on=None)
    with pytest.raises(RegisterError, match="is verified already"):
        match(harbour, imported, grace)
    with pytest.raises(RegisterError, match="is not verified itself"):
        match(imported, other, grace)
    with pytest.raises(RegisterError, match="with itself"):
        match(imported, imported, grace)


def test_two_registrars_who_name_different_bodies_at_once_leave_one_answer(committing_db, tmp_path):
    (tmp_path / "rows.csv").write_text(HEADER + ROWS, encoding="utf-8")
    imports.run(tmp_path / "rows.csv")
    unverified = Provider.objects.get(unverified=True)
    choices, grace = [make_provider("Harbour"), make_provider("Kestrel")], make_user("Grace", "registrar")
    said = at_once(*(partial(match, unverified, provider, grace) for provider in choices))
    same = Provider.objects.get(pk=unverified.pk).details["same_as"]
    assert sorted(map(str, said)) == sorted(["3", f"A colleague has said meanwhile that it is {same}."])
    assert {c.awarding_body.number for c in Credential.objects.select_related("awarding_body")} == {same}


# -- the officer's page ------------------------------------------------------------------------------------------------


def signed_in(*roles: str) -> Client:
    client = Client()
    client.force_login(
        make_user("-".join(roles), *roles), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    return client


def test_the_page_of_an_unverified_provider_offers_bodies_and_takes_one(imported, harbour):
    follower.catch_up()
    desk = signed_in("registrar")
    listing = desk.get("/admin/providers/provider/?who=waiting").content.decode()
    assert imported.number in listing and f">{harbour.number}<" not in listing
    address = f"/admin/providers/provider/{imported.pk}/"
    page = desk.get(f"{address}change/").content.decode()
    assert "Which body is it?" in page and f"It is {harbour.number}" in page and "<mark>Harbour " in page
    response = desk.post(f"{address}match/", {"number": harbour.number}, follow=True)
    assert f"{imported.number} is {harbour.number} Harbour Institute of Technology. 3 records name it now." in (
        response.content.decode()
    )
    page = desk.get(f"{address}change/").content.decode()
    assert f"An officer has said that it is {harbour.number}." in page and "Which body is it?" not in page
    assert imported.number in desk.get("/admin/providers/provider/?who=matched").content.decode()


def test_a_number_that_is_none_is_told_and_kept_on_the_page(imported):
    follower.catch_up()
    response = signed_in("registrar").post(f"/admin/providers/provider/{imported.pk}/match/", {"number": "PR-99"})
    text = response.content.decode()
    assert response.status_code == 422 and "Give the number of a provider on the register." in text
    assert 'value="PR-99"' in text


def test_an_evaluator_reads_the_page_and_is_offered_nothing(imported, harbour):
    follower.catch_up()
    desk = signed_in("evaluator")
    page = desk.get(f"/admin/providers/provider/{imported.pk}/change/").content.decode()
    assert harbour.number in page and "<button" not in page.partition("Which body is it?")[2].partition("</section>")[0]
    response = desk.post(f"/admin/providers/provider/{imported.pk}/match/", {"number": harbour.number})
    assert response.status_code == 409 and "Only a registrar" in response.content.decode()


def test_the_page_works_without_an_index(imported):
    page = signed_in("registrar").get(f"/admin/providers/provider/{imported.pk}/change/").content.decode()
    assert "give the number" in page


def test_a_provider_that_is_not_public_yet_has_a_page(db):
    provider = make_provider("Draft College", public=False)
    page = signed_in("registrar").get(f"/admin/providers/provider/{provider.pk}/change/").content.decode()
    assert "Nothing is public of it yet." in page


def test_the_desk_lists_entries_of_which_a_body_has_left(imported):
    provider = make_provider("Harbour Institute of Technology")
    match(imported, provider, make_user("Grace", "registrar"))
    desk = signed_in("evaluator")
    assert "0 credentials" in desk.get("/admin/credentials/credential/?bodies=left").content.decode()
    provider.refresh_from_db()
    services.impose(provider, kind="cancellation", summary={"en": "Cancelled."}, on=date(2026, 2, 1))
    follower.catch_up()
    assert "3 credentials" in desk.get("/admin/credentials/credential/?bodies=left").content.decode()
    credential = Credential.objects.first()
    text = desk.get(f"/admin/credentials/credential/{credential.pk}/change/").content.decode()
    assert "A decision is needed." in text
