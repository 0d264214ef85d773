"""Damaged texts: tidied and told, or offered with a suggestion that an officer settles; never mended in silence."""

import csv
from pathlib import Path

import orjson
import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from credentials import damage, imports, repairs
from credentials.imports.reading import COLUMNS
from credentials.models import TextRepair
from registry import journal
from registry.errors import Conflict, NotAllowed, RegisterError
from registry.models import Change, Entry, Event
from tests.builders import make_user

ROW = {
    "source": "nzqa-ncea", "source_id": "91085", "kind": "qualification", "title": "Certificate in Music", "lang": "en",
    "awarding_body": "Music Board", "country": "NZ",
}  # fmt: skip


@pytest.fixture
def load(db, tmp_path):
    def write(*rows: dict) -> imports.Report:
        path: Path = tmp_path / "rows.csv"
        with path.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, COLUMNS)
            writer.writeheader()
            writer.writerows(ROW | row for row in rows)
        return imports.run(path)

    return write


def document(kind: str = "qualification") -> dict:
    return orjson.loads(bytes(Entry.objects.get(kind=kind).document))


# -- what is found -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind", "suggestion"),
    [
        ("TÃ¢tissier", "double_encoded", "Tâtissier"),
        ("MÄ\x81ori studies", "double_encoded", "Māori studies"),
        ("DIPLÔ\x94ME D'ÉTAT", "double_encoded", "DIPLÔME D'ÉTAT"),
        ("SYSTE\x88ME", "double_encoded", "SYSTÈME"),
        ("CONDUITE DÂ\x92UN ÉLEVAGE", "double_encoded", "CONDUITE D’UN ÉLEVAGE"),
        ("Сertificate in Сookery", "look_alikes", "Certificate in Cookery"),
        ("Фiзика", "look_alikes", "Фізика"),
        ("Diploma in АВС analysis", "look_alikes", "Diploma in ABC analysis"),
        ("Use M?ori in speech", "lost_letters", ""),
        ("?huatanga", "lost_letters", ""),
    ],
)
def test_damage_is_found_with_a_suggestion_where_the_text_gives_one(text, kind, suggestion):
    assert [(d.kind, d.suggestion) for d in damage.found(text)] == [(kind, suggestion)]


@pytest.mark.parametrize(
    "text",
    [
        "What is law?", "Why? An introduction", "Boulangerie-pâtisserie", "Физика и химия", "Ngā mahi a te rēhia",
        "https://example.org/?q=a", "مهارات رقمية", "Is it safe? (part 2)", "Éducation physique", "",
    ],
)  # fmt: skip
def test_sound_texts_are_left_alone(text):
    assert damage.found(text) == []


@given(st.text())
def test_tidying_is_done_once_and_never_alters_a_word(text):
    tidied, kinds = damage.tidy(text)
    assert damage.tidy(tidied) == (tidied, [])
    assert bool(kinds) == (tidied != text)
    import unicodedata

    assert tidied.split() == unicodedata.normalize("NFC", " ".join(text.split())).split()


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_looking_for_damage_never_fails_and_never_suggests_the_same_text(text):
    tidied, _ = damage.tidy(text)
    assert all(d.suggestion != tidied for d in damage.found(tidied))


def test_lost_letters_are_looked_up_among_the_words_of_the_register_first():
    known = damage.vocabulary([("Pākehā", 3), ("mātauranga", 9)])
    assert damage.restored("M?tauranga M?ori", known) == "Mātauranga Māori"
    assert damage.restored("WH?NAU and P?keh?", known) == "WHĀNAU and Pākehā"
    assert damage.restored("Te t?tahi x?z", known) == "", "a word that nobody knows is left to a person"
    assert damage.restored("What is M?ori law?", known) == "What is Māori law?"


# -- what an import does with it -----------------------------------------------------------------------------------------


def test_spaces_are_tidied_and_what_stood_before_is_kept(load):
    report = load({"title": "  Certificate  in\u00a0Music\t", "alt_titles": "Music  theory"})
    assert document()["title"] == "Certificate in Music"
    assert report.tidied == {"title": {"spaces": 1}, "alt_titles": {"spaces": 1}}
    kept = TextRepair.objects.get()
    assert (kept.standing, kept.kind, kept.before) == ("tidied", "spaces", "  Certificate  in\u00a0Music\t")


def test_letters_are_composed(load):
    report = load({"title": "Certificate in Cafe\u0301 work"})
    assert document()["title"] == "Certificate in Café work"
    assert report.tidied["title"] == {"composed": 1}


def test_damage_lands_as_it_is_with_a_suggestion_waiting(load):
    load({"title": "Use M?ori in music"})
    assert document()["title"] == "Use M?ori in music", "never mended in silence"
    offered = TextRepair.objects.get()
    assert (offered.standing, offered.after) == ("offered", "Use Māori in music")
    load({"title": "Use M?ori in music"})
    assert TextRepair.objects.count() == 1


def test_a_rehearsal_offers_nothing(db, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text(f"source,source_id,kind,title\n{'nzqa-ncea'},1,qualification,M?ori\n", encoding="utf-8")
    imports.run(path, dry_run=True)
    assert not TextRepair.objects.exists()


# -- what an officer does with it -----------------------------------------------------------------------------------------


@pytest.fixture
def registrar(db):
    return make_user("Grace", "registrar")


def test_an_accepted_suggestion_is_published_as_a_correction_with_its_author_on_record(load, registrar):
    load({"title": "Use M?ori in music"})
    repair = TextRepair.objects.get()
    assert repairs.accept(repair_ids=[repair.pk], by=registrar) == 1
    assert document()["title"] == "Use Māori in music" and document()["titles"] == {"en": "Use Māori in music"}
    change = Change.objects.order_by("-serial").first()
    assert (change.action, change.revision, change.changed_fields) == ("corrected", 1, ["title", "titles"])
    event = Event.objects.get(name="register:text:accepted")
    assert (event.person_id, event.role, event.details["numbers"]) == (
        registrar.person_id,
        "registrar",
        [repair.number],
    )


def test_what_was_repaired_stays_repaired_when_the_source_sends_the_row_again(load, registrar):
    load({"title": "Use M?ori in music"})
    repairs.accept(repair_ids=[TextRepair.objects.get().pk], by=registrar)
    head = journal.head()
    assert load({"title": "Use M?ori in music"}).unchanged == 1
    report = load({"title": "Use M?ori in music", "field_code": "Music"})
    assert (report.updated, document()["title"]) == (1, "Use Māori in music")
    assert Change.objects.get(serial__gt=head).changed_fields == ["fields"]
    assert TextRepair.objects.count() == 1


def test_a_body_whose_name_was_repaired_is_still_known_by_the_damaged_one(load, registrar):
    load({"awarding_body": "Te M?ori Trust"})
    repairs.accept(repair_ids=[TextRepair.objects.get(number__startswith="PR-").pk], by=registrar)
    load({"awarding_body": "Te M?ori Trust", "source_id": "2"})
    assert Entry.objects.providers().get().title == "Te Māori Trust"


def test_many_are_settled_in_one_act(load, registrar):
    load(*({"source_id": str(n), "title": f"M?ori part {n}", "alt_titles": f"Te reo M?ori {n}"} for n in range(30)))
    ids = list(TextRepair.objects.filter(standing="offered").values_list("pk", flat=True))
    assert len(ids) == 60 and repairs.accept(repair_ids=ids, by=registrar) == 30
    assert not Entry.objects.filter(title__contains="?").exists()
    assert not TextRepair.objects.filter(standing="offered").exists()


def test_an_officer_may_write_what_the_text_should_say(load, registrar):
    load({"title": "Weave x?z"})
    repair = TextRepair.objects.get()
    with pytest.raises(RegisterError, match="nobody has said yet"):
        repairs.accept(repair_ids=[repair.pk], by=registrar)
    repairs.accept(repair_ids=[repair.pk], by=registrar, text=" Weave  xyz ")
    assert document()["title"] == "Weave xyz"


def test_a_dismissed_suggestion_is_not_offered_again(load, registrar):
    load({"title": "Use M?ori in music"})
    repairs.dismiss(repair_ids=[TextRepair.objects.get().pk], by=registrar)
    load({"title": "Use M?ori in music", "field_code": "Music"})
    assert [r.standing for r in TextRepair.objects.all()] == ["dismissed"]
    assert document()["title"] == "Use M?ori in music"


def test_a_repair_is_settled_once(load, registrar):
    load({"title": "Use M?ori in music"})
    repair = TextRepair.objects.get()
    repairs.dismiss(repair_ids=[repair.pk], by=registrar)
    with pytest.raises(Conflict, match="has been settled already"):
        repairs.accept(repair_ids=[repair.pk], by=registrar)


def test_a_text_that_has_changed_meanwhile_is_a_conflict_and_nothing_is_published(load, registrar):
    load({"title": "Use M?ori in music"})
    repair = TextRepair.objects.get()
    load({"title": "Quite another title"})
    head = journal.head()
    with pytest.raises(Conflict, match="no longer says"):
        repairs.accept(repair_ids=[repair.pk], by=registrar)
    assert journal.head() == head


@pytest.mark.parametrize("role", ["evaluator", "decision_maker", "auditor", "administrator"])
def test_only_a_registrar_settles(load, role):
    load({"title": "Use M?ori in music"})
    with pytest.raises(NotAllowed):
        repairs.accept(repair_ids=[TextRepair.objects.get().pk], by=make_user("Other", role))


# -- pages ---------------------------------------------------------------------------------------------------------------


def client_of(user) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_the_registrar_accepts_a_batch_on_the_list_and_hears_what_is_left(load, registrar):
    load({"source_id": "1", "title": "Use M?ori"}, {"source_id": "2", "title": "Weave x?z"})
    client = client_of(registrar)
    assert client.get("/admin/credentials/textrepair/").headers["Location"].endswith("?standing__exact=offered")
    ids = list(TextRepair.objects.values_list("pk", flat=True))
    page = client.post(
        "/admin/credentials/textrepair/?standing__exact=offered",
        {"action": "accept_selected", "_selected_action": ids}, follow=True,
    )  # fmt: skip
    assert "1 repair was accepted and published." in page.content.decode()
    assert "1 has no suggestion yet" in page.content.decode()
    assert Entry.objects.filter(title="Use Māori").exists()


def test_the_registrar_settles_one_on_its_page_and_keeps_what_was_typed_when_refused(load, registrar):
    load({"title": "Weave x?z"})
    repair, client = TextRepair.objects.get(), client_of(registrar)
    page = client.get(f"/admin/credentials/textrepair/{repair.pk}/change/").content.decode()
    assert "Weave x?z" in page and "Accept" in page
    refused = client.post(f"/admin/credentials/textrepair/{repair.pk}/settle/", {"after": "", "accept": ""})
    assert refused.status_code == 422 and "Write what the text should say." in refused.content.decode()
    load({"title": "Other"})
    conflict = client.post(f"/admin/credentials/textrepair/{repair.pk}/settle/", {"after": "Weave xyz", "accept": ""})
    assert conflict.status_code == 409 and "Weave xyz" in conflict.content.decode()


@pytest.mark.parametrize("role", ["evaluator", "auditor"])
def test_other_officers_read_repairs_and_cannot_settle_them(load, role):
    load({"title": "Use M?ori"})
    repair, client = TextRepair.objects.get(), client_of(make_user("Other", role))
    assert "Accept" not in client.get(f"/admin/credentials/textrepair/{repair.pk}/change/").content.decode()
    answer = client.post(f"/admin/credentials/textrepair/{repair.pk}/settle/", {"after": "Use Māori", "accept": ""})
    assert answer.status_code == 409
    repair.refresh_from_db()
    assert repair.standing == "offered"
    page = client.post(
        "/admin/credentials/textrepair/", {"action": "accept_selected", "_selected_action": [repair.pk]}, follow=True
    )
    repair.refresh_from_db()
    assert repair.standing == "offered" and page.status_code in (200, 403)


def test_a_runs_page_shows_its_problems_and_offers_the_whole_report(load, registrar):
    report = load({"title": ""}, {"source_id": "2"})
    client = client_of(registrar)
    page = client.get(f"/admin/credentials/importrun/{report.run.pk}/change/").content.decode()
    assert "The row has no title." in page and "rows.csv" in page
    whole = client.get(f"/admin/credentials/importrun/{report.run.pk}/report/")
    told = orjson.loads(b"".join(whole.streaming_content))
    assert told["rejected"] == [{"line": 2, "field": "title", "reason": "The row has no title."}]
    assert (told["read"], told["created"]) == (2, 1)


def test_gaps_are_summed_and_lead_to_their_entries(load, registrar):
    load({"source_id": "1"}, {"source_id": "2", "credits_native": "5"})
    client = client_of(registrar)
    page = client.get("/admin/credentials/credential/gaps/").content.decode()
    assert '<a href="/admin/credentials/credential/?gap=credits">1</a>' in page
    assert '<a href="/admin/credentials/credential/?gap=purpose">2</a>' in page
    assert "What entries do not tell" in client.get("/admin/credentials/credential/").content.decode()
    listed = client.get("/admin/credentials/credential/?gap=credits").content.decode()
    assert "1 credential" in listed


def test_a_rehearsals_page_shows_before_and_after_and_leads_to_the_public_page(load, registrar, tmp_path):
    load({"title": "Weaving"})
    path = tmp_path / "rows.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("Weaving", "Carving"), encoding="utf-8")
    run = imports.run(path, dry_run=True).run
    page = client_of(registrar).get(f"/admin/credentials/importrun/{run.pk}/change/").content.decode()
    number = Entry.objects.credentials().get().number
    assert "rehearsal: nothing was changed" in page and f'<a href="/q/{number}">' in page
    assert "<del>Weaving</del> → <ins>Carving</ins>" in page
