"""What an applicant may ask to be listed: each kind with what its law and the register ask of it."""

import pytest

from credentials import services
from credentials.models import Credential
from registry.casework import services as desk
from registry.errors import RegisterError, RuleViolations
from registry.models import Entry
from tests.builders import (
    COMPLETE,
    approve,
    document_of,
    letter,
    make_developing,
    make_provider,
    make_recommended,
    make_signatory,
    make_user,
    publish,
    searched,
)


def submitted(kind: str, **values):
    """An application of this kind, handed to the authority: of a full qualification, in its second stage."""
    if kind == WHOLE:
        case = make_developing()
        services.save_draft(case_id=case.pk, by=case.signatory, values={**COMPLETE, **values})
        return desk.submit(case_id=case.pk, by=case.signatory)
    provider = make_provider()
    by = make_signatory(provider)
    application = services.draft(provider=provider, by=by, kind=kind)
    services.save_draft(case_id=application.case_id, by=by, values={**COMPLETE, **values})
    desk.attach(case_id=application.case_id, by=by, criterion="need", upload=letter())
    return desk.submit(case_id=application.case_id, by=by)


def broken(kind: str, **values) -> list[str]:
    with pytest.raises(RuleViolations) as refusal:
        submitted(kind, **values)
    return [v.rule for v in refusal.value.violations if v.severity == "error"]


PART, WHOLE = Credential.Kind.PART_QUALIFICATION, Credential.Kind.QUALIFICATION


def test_there_are_three_kinds(db):
    provider = make_provider()
    with pytest.raises(RegisterError, match="a qualification, a part qualification or a micro-credential"):
        services.draft(provider=provider, by=make_signatory(provider), kind="badge")


def test_a_part_qualification_needs_a_registered_qualification_that_it_is_part_of(db):
    assert broken(PART) == ["REG-parent"]
    assert broken(PART, stacking=[{"relation": "part_of", "number": "NQ-000999"}]) == ["REG-parent", "REG-links"]
    micro = publish(kind="micro_credential").number
    assert broken(PART, stacking=[{"relation": "part_of", "number": micro}]) == ["REG-parent"]
    whole = publish().number
    assert submitted(PART, stacking=[{"relation": "part_of", "number": whole}]).state == "submitted"


def test_a_part_is_refused_in_south_africa_where_its_level_is_not_that_of_the_whole(db, settings):
    settings.NQR_PROFILE = "za-nqf"
    whole = publish(level="5").number
    refused = broken(
        PART, stacking=[{"relation": "part_of", "number": whole}], framework_facts={"sub_framework": "OQSF"}
    )
    assert "ZA-02" in refused and "ZA-01" not in refused


def test_a_type_is_one_of_the_frameworks_at_its_levels_with_its_credits(db):
    titles = {"titles": {"en": "New Zealand Certificate in Scaffolding"}}
    assert broken(WHOLE, type="badge", **titles) == ["REG-type"]
    assert broken(WHOLE, type="diploma", level="4", credits="120", **titles) == ["REG-type"]
    assert broken(WHOLE, type="certificate", **titles) == ["NZ-20", "REG-type"]  # ten credits
    assert submitted(WHOLE, type="certificate", credits="60", **titles).state == "submitted"


def test_a_level_5_diploma_has_72_credits_at_level_5_or_above_counted_from_its_components(db):
    values = {
        "titles": {"en": "New Zealand Diploma in Scaffolding"}, "type": "diploma", "level": "5", "credits": "120",
        "components": [
            {"title": {"en": "Basics"}, "credits": "60", "level": "4"},
            {"title": {"en": "Design"}, "credits": "60", "level": "5"},
        ],
    }  # fmt: skip
    assert broken(WHOLE, **values) == ["NZ-21-level"]
    values["components"][0]["level"] = "5"
    assert submitted(WHOLE, **values).state == "submitted"


def test_components_whose_credits_do_not_add_up_are_refused_with_the_sum(db):
    components = [{"title": {"en": "Tubes"}, "credits": "4.25"}, {"title": {"en": "Boards"}, "credits": "5.7"}]
    with pytest.raises(RuleViolations) as refusal:
        submitted("micro_credential", components=components)
    (found,) = [v for v in refusal.value.violations if v.severity == "error"]
    assert (found.rule, found.field) == ("FORM-components", "credits")
    assert "Expected: 9.95." in found.message and "Found: 10" in found.message
    components[1]["credits"] = "5.75"
    assert submitted("micro_credential", components=components).state == "submitted"


def test_only_a_body_that_the_law_names_may_apply(db):
    provider = make_provider(type="community")
    by = make_signatory(provider)
    application = services.draft(provider=provider, by=by)
    services.save_draft(case_id=application.case_id, by=by, values=COMPLETE)
    desk.attach(case_id=application.case_id, by=by, criterion="need", upload=letter())
    with pytest.raises(RuleViolations) as refusal:
        desk.submit(case_id=application.case_id, by=by)
    assert [v.rule for v in refusal.value.violations if v.severity == "error"] == ["NZ-17"]


def test_the_same_title_as_another_entry_is_told_and_does_not_hold_it(db):
    """Edge case 22."""
    other = publish(kind="micro_credential", title="Scaffold inspection").number
    case = make_recommended()
    (found,) = [v for v in desk.broken_rules(case) if v.rule == "FORM-same-title"]
    assert (found.severity, found.found) == ("warning", [other])
    approve(case)
    assert Entry.objects.credentials().filter(title="Scaffold inspection").count() == 2


def test_a_proposed_review_period_is_that_of_the_entry_and_the_laws_where_none_is(db):
    approve(make_recommended(review_period_months=24))
    approve(make_recommended(title="Another"))
    periods = [document_of(e.number)["review_period_months"] for e in Entry.objects.credentials().order_by("number")]
    assert periods == [24, 12]


def test_what_a_credential_counts_for_is_never_more_than_its_own_credits(db):
    whole = publish().number
    link = {"relation": "counts_towards", "number": whole, "credits": "10.5"}
    assert broken("micro_credential", stacking=[link]) == ["REG-recognised"]
    assert submitted("micro_credential", stacking=[link | {"credits": "10"}]).state == "submitted"


def test_a_link_to_a_group_names_one_that_the_other_entry_has(db):
    groups = [{"group": "core", "label": {"en": "Core"}, "rule": "some", "least": "2"}]
    whole = publish(stacking_groups=groups).number
    link = {"relation": "counts_towards", "number": whole, "group": "electives"}
    assert broken("micro_credential", stacking=[link]) == ["REG-links"]
    assert submitted("micro_credential", stacking=[link | {"group": "core"}]).state == "submitted"


def test_case_1_the_same_case_is_judged_by_the_law_of_the_day_on_which_it_was_handed_in(db):
    """Two credits: too few before 2023, enough from then on; the law is that of the submission, whatever came later."""
    from datetime import UTC, datetime

    case = make_recommended(credits="2")
    case.profile = "nz-2018"
    case.save(update_fields=["profile"])
    assert [v.rule for v in desk.broken_rules(case) if v.severity == "error"] == ["NZ-01"]
    with pytest.raises(RuleViolations):
        approve(case)
    assert desk.version_of(case).id == "nz-2018"
    provider = make_provider()
    by = make_signatory(provider)
    early = services.draft(provider=provider, by=by)
    services.save_draft(case_id=early.case_id, by=by, values={**COMPLETE, "credits": "2"})
    desk.attach(case_id=early.case_id, by=by, criterion="need", upload=letter())
    with pytest.raises(RuleViolations) as refusal:
        desk.submit(case_id=early.case_id, by=by, now=datetime(2022, 12, 30, tzinfo=UTC))
    assert [v.rule for v in refusal.value.violations if v.severity == "error"] == ["NZ-01"]


# -- the portal's form asks what the law in force needs to be told -----------------------------------------------------

# What a person writes into the portal's form under each law, besides what every form asks.
WRITTEN = {
    "nz": {},
    "ie-springboard": {"study_mode": "part_time", "framework_facts-award_class": "special_purpose", "level": "6"},
    "eu-2022": {
        "assessment_methods": ["observation"], "assessment_criteria-en": "Every defect is found.",
        "participation_form": "on_site", "notional_hours": "100",
        "quality_assurance-rows": "2", "quality_assurance-0-type": "external",
    },
    "au-nmf-2021": {
        "assessment_methods": ["observation"], "award_basis": "course", "notional_hours": "100",
        "framework_facts-relation_to_award": "additional",
    },
    "unesco-2021": {
        "assessment_methods": ["observation"], "award_basis": "course", "stackability": "standalone",
        "standards-rows": "2", "standards-0-title-en": "AS/NZS 1576",
    },
    "cv-cnqp": {"framework_facts-structure": "standalone_module"},
    "acqf-generic": {},
    "za-nqf": {},
}  # fmt: skip
FORM = {
    "title": "Scaffold inspection", "language": "en", "purpose": "Prepares supervisors.", "level": "4", "credits": "10",
    "learning_outcomes": "Inspect a scaffold and record its state.", "delivery_modes": ["on_site"], "sites": "Harbour",
    "assessment": "An observed inspection.", "need_statement": "Three operators.", "duplication_statement": "Neither does.",
}  # fmt: skip


@pytest.mark.parametrize("law", sorted(WRITTEN))
def test_what_a_person_writes_into_the_portals_form_can_be_approved_under_every_law(db, settings, client, law):
    from registry.framework import current

    settings.NQR_PROFILE = law
    provider = make_provider(country="NZ")
    client.force_login(make_signatory(provider), backend="allauth.account.auth_backends.AuthenticationBackend")
    address = client.post("/portal/micro-credentials/start/", {"provider": provider.pk})["Location"]
    html = client.get(address).content.decode()
    written = FORM | WRITTEN[law]
    assert [name for name in written if f'name="{name}"' not in html] == [], "every field is on the page"
    reference = address.split("/")[-3]
    case = desk.Case.objects.get(reference=reference)
    assert client.post(address, written | {"revision": case.revision}).status_code == 302
    evidence = {"criterion": "need", "file": letter()}
    client.post(f"/portal/micro-credentials/{reference}/evidence/", evidence)
    case.refresh_from_db()
    submitted = client.post(f"/portal/micro-credentials/{reference}/submit/", {"revision": case.revision})
    assert submitted.status_code == 302, submitted.content.decode()
    evaluated(case)
    approve(case)
    entry = Entry.objects.credentials().get()
    assert (entry.title, entry.credits) == ("Scaffold inspection", 10)
    assert current.version(desk.Case.objects.get(pk=case.pk).profile).id.startswith(law[:2])


def evaluated(case) -> None:
    """Judged on every criterion that its law has, and recommended."""
    eva = make_user("Eva", "evaluator")
    desk.start_evaluation(case_id=case.pk, by=eva)
    case.refresh_from_db()
    for criterion in desk.version_of(case).criteria_for(("listing", "approval", "accreditation")):
        desk.judge(case_id=case.pk, by=eva, criterion=criterion.id, verdict="met", reason="The evidence shows it.")
    searched(case, eva)
    desk.recommend(case_id=case.pk, by=eva, outcome="approved", reason="Every criterion is met.")


def test_a_rule_that_is_broken_stands_at_its_field_and_every_cell_that_was_written_stays(db, settings, client):
    settings.NQR_PROFILE = "au-nmf-2021"
    provider = make_provider()
    client.force_login(make_signatory(provider), backend="allauth.account.auth_backends.AuthenticationBackend")
    address = client.post("/portal/micro-credentials/start/", {"provider": provider.pk})["Location"]
    case = desk.Case.objects.get(reference=address.split("/")[-3])
    written = FORM | WRITTEN["au-nmf-2021"] | {"award_basis": "unassessed", "revision": case.revision}
    client.post(address, written)
    html = client.get(f"{address}?check").content.decode()
    assert 'value="unassessed" selected' in html and 'value="additional"' in html
    assert "AU-04" not in html and 'id="id_award_basis_error"' in html


def test_what_a_rule_reads_from_another_field_is_told_at_that_field(db, settings, client):
    """The hours of the law are those of the form; what this framework alone asks stands together."""
    settings.NQR_PROFILE = "au-nmf-2021"
    provider = make_provider()
    client.force_login(make_signatory(provider), backend="allauth.account.auth_backends.AuthenticationBackend")
    address = client.post("/portal/micro-credentials/start/", {"provider": provider.pk})["Location"]
    html = client.get(f"{address}?check").content.decode()
    hours = html[html.index('id="id_notional_hours_error"') :].partition("</div>")[0]
    assert "A microcredential takes at least one hour of learning." in hours


def test_a_credit_written_with_a_comma_is_refused_with_what_was_meant_and_the_rest_is_kept(db, client):
    provider = make_provider()
    client.force_login(make_signatory(provider), backend="allauth.account.auth_backends.AuthenticationBackend")
    address = client.post("/portal/micro-credentials/start/", {"provider": provider.pk})["Location"]
    case = desk.Case.objects.get(reference=address.split("/")[-3])
    response = client.post(address, FORM | {"credits": "12,5", "revision": case.revision})
    assert response.status_code == 422 and "Did you mean 12.5?" in response.content.decode()
    assert case.application.revision.title == "Scaffold inspection"
