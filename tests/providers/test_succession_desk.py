"""A succession as officers bring it about with browsers: begun on a body's page, written twice, handed on, decided."""

import re
from html import unescape

import pytest

from providers.models import Provider, Succession
from registry.models import Case
from tests.builders import document_of, letter, make_provider, make_signatory, make_user
from tests.desk import act, page, signed_in
from tests.providers.succeeding import HAPPENED, TODAY, accreditation_of, listed_since

KIND = "provider_succession"


@pytest.fixture
def harbour(db) -> Provider:
    return make_provider("Harbour Institute")


@pytest.fixture
def whole(db) -> Provider:
    return make_provider("Kestrel Harbour Polytechnic")


def begun(client, provider: Provider) -> Case:
    response = client.post(f"/admin/registry/case/begin/{KIND}/{provider.number}/")
    assert response.status_code == 302
    return Case.objects.get(kind=KIND)


def saved(client, case: Case, status: int = 302, **typed) -> str:
    case.refresh_from_db()
    response = act(client, case, "edit", {"revision": case.revision, **typed})
    assert response.status_code == status, unescape(response.content.decode())
    return unescape(response.content.decode())


def labels(html: str) -> set[str]:
    """The fields that the page asks for, each with a label of its own."""
    names = set(re.findall(r'<(?:select|input|textarea)[^>]* name="(\w+[\w-]*)"', html))
    return {n for n in names if n.startswith(("what_", "until_"))}


def test_a_merger_is_begun_written_twice_handed_on_and_decided_by_another(harbour, whole):
    listed_since(provider=harbour)
    held = accreditation_of(harbour)
    reg, dana = (signed_in(make_user(name, role)) for name, role in (("Reg", "registrar"), ("Dana", "decision_maker")))
    body = reg.get(f"/admin/providers/provider/{harbour.pk}/change/").content.decode()
    assert f"/admin/registry/case/begin/{KIND}/{harbour.number}/" in body
    assert reg.get(f"/admin/registry/case/begin/{KIND}/{harbour.number}/").status_code == 200
    case = begun(reg, harbour)
    assert labels(page(reg, case)) == {f"what_{held.number}", f"until_{held.number}"}
    assert f"transfer:{whole.number}" not in page(reg, case)

    typed = {
        "relation": "merger", "before": harbour.number, "after": f"pr {whole.number[3:]}", "happened_on": f"{TODAY}",
    }  # fmt: skip
    saved(reg, case, **typed)
    shown = page(reg, case)
    assert f'value="transfer:{whole.number}"' in shown and "not decided yet" in shown
    refused = act(reg, case, "hand_on", {"revision": Case.objects.get(pk=case.pk).revision})
    assert refused.status_code == 422 and f"Say what becomes of {held.number}" in unescape(refused.content.decode())

    saved(reg, case, **typed, **{f"what_{held.number}": f"transfer:{whole.number}"})
    assert f'value="transfer:{whole.number}" selected' in page(reg, case)
    case.refresh_from_db()
    attached = {"criterion": "identity", "file": letter("deed.txt", b"The deed."), "revision": case.revision}
    assert act(reg, case, "attach", attached).status_code == 302
    case.refresh_from_db()
    assert act(reg, case, "hand_on", {"revision": case.revision}).status_code == 302
    assert "You cannot decide" not in page(dana, case)
    case.refresh_from_db()
    decision = {"succession": "approved", "reason": "The deed shows it.", "revision": case.revision}
    answer = act(dana, case, "decide", decision)
    assert answer.status_code == 302, unescape(answer.content.decode())
    assert document_of(harbour.number)["ended_as"] == "merged"
    made = accreditation_of(whole)
    assert made.accredited_from == TODAY and made.number in page(dana, case) + case.letters.get().html


def test_what_cannot_be_read_comes_back_as_it_was_typed(harbour):
    reg = signed_in(make_user("Reg", "registrar"))
    case = begun(reg, harbour)
    shown = saved(reg, case, 422, relation="merger", after="PR-999999", happened_on="in spring")
    assert "PR-999999" in shown and "in spring" in shown and "Write a date such as" in shown
    shown = page(reg, case)
    assert Succession.objects.get(case=case).relation == ""
    saved(reg, case, relation="merger", after="PR-999999")
    assert "PR-999999: not on the register" in page(reg, case)
    assert "“PR-999999” is not the number of a provider" in page(reg, case)


def test_who_saves_what_a_colleague_has_altered_is_told_and_overwrites_nothing(harbour, whole):
    reg, rita = (signed_in(make_user(name, "registrar")) for name in ("Reg", "Rita"))
    case = begun(reg, harbour)
    seen = Case.objects.get(pk=case.pk).revision
    saved(reg, case, relation="merger", before=harbour.number, after=whole.number)
    stale = act(rita, case, "edit", {"revision": seen, "relation": "split", "after": "PR-000077"})
    assert stale.status_code == 409 and "PR-000077" in unescape(stale.content.decode())
    assert Succession.objects.get(case=case).relation == "merger"


def test_a_second_one_about_the_same_body_is_refused_with_the_first_one_s_reference(harbour):
    reg = signed_in(make_user("Reg", "registrar"))
    case = begun(reg, harbour)
    answer = reg.post(f"/admin/registry/case/begin/{KIND}/{harbour.number}/")
    assert answer.status_code == 409 and case.reference in answer.content.decode()
    assert act(reg, case, "drop", {"revision": case.revision}).status_code == 302
    assert reg.post(f"/admin/registry/case/begin/{KIND}/{harbour.number}/").status_code == 302


def test_a_number_that_is_none_begins_nothing_and_strangers_come_to_no_page(harbour):
    reg, dana = (signed_in(make_user(name, role)) for name, role in (("Reg", "registrar"), ("Dana", "decision_maker")))
    assert reg.post(f"/admin/registry/case/begin/{KIND}/PR-999999/").status_code in (409, 422)
    assert dana.get(f"/admin/registry/case/begin/{KIND}/{harbour.number}/").status_code == 403
    case = begun(reg, harbour)
    sina = signed_in(make_signatory(harbour))
    assert sina.get(f"/portal/cases/{case.reference}/").status_code == 404
    assert case.reference not in sina.get("/portal/").content.decode()


def test_a_name_by_letter_is_begun_on_the_page_of_its_body(harbour):
    reg = signed_in(make_user("Reg", "registrar"))
    assert reg.post(f"/admin/registry/case/begin/provider_rename_by_letter/{harbour.number}/").status_code == 302
    case = Case.objects.get(kind="provider_rename_by_letter")
    typed = {"legal_name": "Harbour Polytechnic", "language": "en", "borne_from": f"{HAPPENED}"}
    assert act(reg, case, "edit", {"revision": case.revision, **typed}).status_code == 302
    assert "Harbour Polytechnic" in page(reg, case)
