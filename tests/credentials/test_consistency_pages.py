"""What is read of a consistency review: by the public, by each body, and on the pages of desk and portal (domain 1.10, edge
case 43)."""

import json
from datetime import timedelta

from django.core.management import call_command
from django.test import Client

from credentials.models import Accreditation, Credential
from credentials.services import consistency
from registry.casework import kinds
from registry.casework import services as desk
from registry.models import Case, Change, Letter, Membership, Notice
from registry.search import follower
from tests.builders import decide, make_user
from tests.credentials.reviewed import (
    HELD,
    SAID,
    accredit,
    again,
    announced,
    full_qualification,
    hand_in,
    handed_in,
    part,
    prepared,
    rate,
    signatory,
)
from tests.desk import act, page, signed_in, words
from tests.registry.test_clock import at

COUNT = 34_817  # a number of graduates that is nowhere by chance


# -- what the public reads -----------------------------------------------------------------------------------------------


def test_no_count_and_no_word_of_a_provider_is_public_anywhere(committing_db, tmp_path):
    case = announced()
    hand_in(case, "Kestrel College", graduates=COUNT)
    hand_in(case, "Tern Academy", graduates=3, self_assessment="Zebulon told us.")
    consistency.begin_rating(case_id=case.pk, by=case.rosa, now=at(HELD))
    case = rate(again(case), kestrel="not_met")
    (decision,) = decide(case, outcome="declined", now=at(HELD))
    follower.catch_up()
    numbers = [case.credential.number, *Accreditation.objects.values_list("number", flat=True)]
    client, read = Client(), []
    addresses = [f"/q/{numbers[0]}", f"/api/v1/credentials/{numbers[0]}", f"/q/{numbers[0]}/history"]
    addresses += [f"/api/v1/accreditations/{number}" for number in numbers[1:]]
    addresses += ["/api/v1/changes?after=0&limit=500&include=document", "/api/v1/accreditations", "/api/v1/credentials"]
    for address in addresses:
        answer = client.get(address)
        if answer.status_code == 200:
            read.append(answer.content.decode())
    assert len(read) >= len(addresses) - 1
    call_command("export_register", out=tmp_path)
    read += [file.read_bytes().decode(errors="replace") for file in tmp_path.rglob("*") if file.is_file()]
    everything = "\n".join(read)
    assert decision.number in everything and "not_sufficient" in everything
    for secret in (
        str(COUNT),
        f"{COUNT:,}",
        'graduates"',
        "Zebulon",
        SAID["self_assessment"],
        "So it is: Kestrel",
        "CNP-",
    ):
        assert secret not in everything, secret
    changed = Change.objects.filter(decision_number=decision.number)
    assert {c.number for c in changed} == {
        numbers[0],
        Accreditation.objects.get(provider__title="Kestrel College").number,
    }


def test_the_awarding_body_and_the_other_providers_read_no_count(db):
    case = announced()
    hand_in(case, "Kestrel College", graduates=COUNT)
    hand_in(case, "Tern Academy")
    consistency.begin_rating(case_id=case.pk, by=case.rosa, now=at(HELD))
    decide(rate(again(case)), now=at(HELD))
    kestrel = part(case, "Kestrel College")
    others = Notice.objects.exclude(person=signatory(kestrel)).values_list("subject", "body")
    assert str(COUNT) not in json.dumps(list(others)) and str(COUNT) not in Letter.objects.get(case=case).html
    tern = part(case, "Tern Academy")
    shown = signed_in(signatory(tern)).get(f"/portal/cases/{tern.case.reference}/").content.decode()
    assert str(COUNT) not in shown and "So it is: Tern Academy." in shown


# -- pages ---------------------------------------------------------------------------------------------------------------


def test_the_story_at_the_desk_and_in_the_portal(db):
    credential = full_qualification()
    kim, tea = accredit(credential, "Kestrel College", "Tern Academy")
    rosa, dana = (signed_in(make_user(n, r)) for n, r in (("Rosa", "review_officer"), ("Dana", "decision_maker")))
    entry = Credential.objects.get(pk=credential.pk)
    assert "Consistency review of a full qualification" in words(
        rosa.get(f"/admin/credentials/credential/{entry.pk}/change/").content.decode()
    )
    begun = rosa.post(f"/admin/registry/case/begin/consistency_review/{credential.number}/")
    assert begun.status_code == 302
    case = Case.objects.get(kind="consistency_review")
    typed = {
        "question-en": "How well?", "threshold-en": "Alone.", "held_on": HELD.isoformat(), "venue": "Harbour hall",
        "revision": case.revision,
    }  # fmt: skip
    assert act(rosa, case, "edit", typed).status_code == 302
    assert "Harbour hall" in words(page(rosa, case))
    assert act(rosa, case, "announce").status_code == 302
    for client, name in ((signed_in(kim), "Kestrel College"), (signed_in(tea), "Tern Academy")):
        its = part(case, name)
        address = f"/portal/cases/{its.case.reference}/"
        shown = words(client.get(address).content.decode())
        assert "Harbour hall" in shown and "Taking part is needed" in shown
        assert its.case.reference in client.get("/portal/").content.decode()
        form = {"graduates": "12", "self_rating": "sufficient", "self_assessment": f"We at {name} asked them."}
        sent = client.post(f"{address}edit/", form | {"revision": its.case.revision})
        assert sent.status_code == 302, sent.content.decode()
        assert client.post(f"{address}submit/", {}).status_code == 302
        assert part(case, name).case.state == "submitted"
    assert "We at Tern Academy asked them." in words(page(rosa, case))
    case.refresh_from_db()
    consistency.begin_rating(case_id=case.pk, by=case.assigned_to, now=at(HELD))
    for criterion in desk.criteria_of(case):
        verdict = "met" if "Kestrel" in criterion.label["en"] else "not_met"
        data = {"criterion": criterion.id, "verdict": verdict, "reason": "Seen."}
        assert act(rosa, case, "judge", data).status_code == 302
    assert act(rosa, case, "recommend", {"outcome": "declined", "reason": "One is not."}).status_code == 302
    shown = words(page(dana, case))
    assert "interim report" in shown and "not each provider that was rated is sufficient" in shown
    assert act(dana, case, "decide", {"interim": "declined", "reason": "As rated."}).status_code == 302
    case.refresh_from_db()
    assert case.state == "interim"
    its, client = part(case, "Tern Academy"), signed_in(tea)
    address = f"/portal/cases/{its.case.reference}/"
    assert "not found sufficient yet" in words(client.get(address).content.decode())
    typed = {"improvements": "Each is observed.", "revision": its.case.revision}
    assert client.post(f"{address}edit/", typed).status_code == 302
    assert client.post(f"{address}submit/", {}).status_code == 302
    assert act(rosa, case, "rate_again").status_code == 302
    (criterion,) = desk.criteria_of(case)
    assert act(rosa, case, "judge", {"criterion": criterion.id, "verdict": "met", "reason": "Seen."}).status_code == 302
    assert act(rosa, case, "recommend", {"outcome": "approved", "reason": "Now."}).status_code == 302
    assert act(dana, case, "decide", {"final": "approved", "reason": "As rated."}).status_code == 302
    case.refresh_from_db()
    assert case.state == "approved"
    assert "report is final" in words(client.get(address).content.decode())
    body = Membership.objects.get(organisation=credential.awarding_body.organisation).user
    for letter in case.letters.all():
        assert signed_in(body).get(f"/portal/cases/{case.reference}/letters/{letter.pk}/").status_code == 200


def test_the_pages_of_desk_and_portal_stand_in_every_state(db):
    readers = [
        signed_in(make_user(r, r)) for r in ("review_officer", "evaluator", "registrar", "decision_maker", "auditor")
    ]
    seen = set()

    def read(case):
        for client in readers:
            page(client, case)
        assert readers[0].get(f"/admin/registry/case/{case.pk}/report/").status_code == 200
        assert case.reference in readers[0].get("/admin/registry/case/?kind=consistency_review").content.decode()
        seen.add(("review", Case.objects.get(pk=case.pk).state))
        for its in case.consistency_review.parts.in_order():
            page(readers[0], its.case)
            client = signed_in(signatory(its))
            assert client.get(f"/portal/cases/{its.case.reference}/").status_code == 200
            assert client.get(f"/portal/cases/{its.case.reference}/edit/").status_code in (200, 302)
            seen.add(("part", its.case.state))

    case = prepared("Kestrel College", "Tern Academy", "Gannet School")
    read(case)
    consistency.announce(case_id=case.pk, by=case.rosa)
    read(case)
    for name in ("Kestrel College", "Tern Academy"):
        hand_in(case, name)
    consistency.begin_rating(case_id=case.pk, by=case.rosa, now=at(HELD))
    read(case)
    case = rate(again(case), tern="not_met")
    read(case)
    decide(case, outcome="declined", now=at(HELD))
    read(case)
    later = at(again(case).consistency_review.interim_until + timedelta(days=1))
    consistency.rate_again(case_id=case.pk, by=case.rosa, now=later)
    read(case)
    decide(rate(again(case), tern="not_met", now=later), outcome="declined", now=later)
    read(case)
    dropped = announced("Petrel School")
    desk.withdraw(case_id=dropped.pk, by=dropped.rosa)
    read(dropped)
    fine = rate(handed_in("Shearwater School"))
    decide(fine, now=at(HELD))
    read(fine)
    assert {s for of, s in seen if of == "review"} == set(kinds.get("consistency_review").states)
    assert {s for of, s in seen if of == "part"} == set(kinds.get("consistency_part").states)
