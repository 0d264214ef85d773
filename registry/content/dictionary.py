"""The field dictionary: everything that a revision of a credential may say, each field once.

It follows section 3.11 of the domain specification, whose sources are named there field by field: NZQA's listing rules,
SAQA's records, Annex I of the EU Recommendation on micro-credentials, the European Learning Model and the ACQF model.
The names are those of the public document, and the rules of a framework profile use them too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from registry.content.shapes import (
    Address,
    Code,
    Column,
    Day,
    Duration,
    Facts,
    Flag,
    FreeCode,
    Language,
    Level,
    Listing,
    Number,
    Parts,
    Quantity,
    Shape,
    Text,
    Texts,
    rows,
)
from registry.framework.codes import CURRENCIES

Options = Mapping[str, str | Promise]

DELIVERY_MODES: Options = {
    "on_site": _("on site"),
    "online": _("online"),
    "blended": _("blended"),
    "work_based": _("work-based"),
}
PURPOSE_PARTS: Options = {
    "use": _("Use in this country or others"),
    "relevance": _("Relevance to learners, industry and community"),
    "outcomes": _("What holders know, can do and are"),
    "education_pathway": _("Education pathways"),
    "contribution": _("Employment, cultural or community contribution"),
}
# Knowledge, skills, responsibility and autonomy: the three sorts of the European and the African framework.
OUTCOME_TYPES: Options = {
    "knowledge": _("knowledge"),
    "skill": _("skill"),
    "autonomy": _("responsibility and autonomy"),
}
ASSESSMENT_METHODS: Options = {
    "examination": _("examination"),
    "written_work": _("written work"),
    "oral": _("oral examination"),
    "practical": _("practical test"),
    "observation": _("observation"),
    "portfolio": _("portfolio"),
    "project": _("project"),
    "simulation": _("simulation"),
    "recognition": _("recognition of prior learning"),
    "continuous": _("continuous assessment"),
}
SUPERVISION: Options = {
    "unsupervised_no_identity_check": _("unsupervised, identity not checked"),
    "supervised_no_identity_check": _("supervised, identity not checked"),
    "supervised_online_identity_check": _("supervised online, identity checked"),
    "supervised_onsite_identity_check": _("supervised on site, identity checked"),
}
GRADING: Options = {
    "pass_fail": _("pass or fail"),
    "graded": _("graded"),
    "competent": _("competent or not yet competent"),
    "none": _("not graded"),
}
PARTICIPATION: Options = DELIVERY_MODES | {"assessment_only": _("assessment alone")}
STUDY_MODES: Options = {"full_time": _("full time"), "part_time": _("part time")}
AWARD_BASES: Options = {
    "course": _("a course"),
    "recognition": _("recognition of prior learning"),
    "both": _("a course, or recognition of prior learning"),
    "participation_only": _("taking part alone"),
    "unassessed": _("learning that nobody assesses"),
    "work_integrated_without_assessment": _("work experience that nobody assesses"),
}
WORKLOAD_METHODS: Options = {
    "year_based": _("by the credits of a full-time year"),
    "hours_based": _("by hours of learning"),
    "declared": _("declared by the provider"),
}
QUALITY_ASSURANCE: Options = {
    "external": _("external quality assurance"),
    "internal": _("the provider's own quality assurance"),
    "accreditation": _("accreditation"),
    "recommendation": _("recommended by a quality council"),
}
PAYERS: Options = {
    "learner": _("the learner"),
    "employer": _("the employer"),
    "public": _("public funds"),
}
FEE_UNITS: Options = {"whole": _("for the whole"), "credit": _("for each credit"), "year": _("for each year")}
STACKABILITY: Options = {"standalone": _("stands alone"), "stackable": _("may count towards others")}
RELATIONS: Options = {
    "part_of": _("part of"),
    "counts_towards": _("may count towards"),
    "component_of": _("a component of"),
}
EQUIVALENCES: Options = {
    "equivalent": _("equivalent"),
    "partly_equivalent": _("partly equivalent"),
    "not_equivalent": _("not equivalent"),
}
GROUP_RULES: Options = {
    "all": _("all of them"),
    "some": _("some of them"),
    "credits": _("so many credits of them"),
}


@dataclass(frozen=True)
class Field:
    """One field of a public record. `column` says that it has a column of its own; the others are kept in `details`."""

    name: str
    label: Any
    shape: Shape
    section: str = ""
    column: bool = False
    help: Any = ""


SECTIONS: Options = {
    "title": _("Title"),
    "purpose": _("Purpose and outcomes"),
    "size": _("Level and size"),
    "structure": _("Structure"),
    "assessment": _("Assessment"),
    "delivery": _("Delivery and entry"),
    "quality": _("Quality assurance"),
    "fees": _("Fees"),
    "references": _("Fields, standards, occupations and skills"),
    "pathways": _("Where it can lead"),
    "framework": _("What this framework asks besides"),
}

_CONCEPT = {
    "scheme": Column(_("Scheme"), FreeCode()),
    "code": Column(_("Code"), FreeCode()),
    "title": Column(_("Title"), Texts(1_000), required=True),
    "uri": Column(_("Address"), Address()),
}

FIELDS: tuple[Field, ...] = (
    Field("language", _("Language of the title"), Language(), "title", column=True),
    Field("titles", _("Title"), Texts(1_000), "title", column=True, help=_("One in each language that it has one in.")),
    Field("alternative_titles", _("Other titles"), rows(
        language=Column(_("Language"), Language(), required=True), text=Column(_("Title"), Text(1_000), required=True),
    ), "title", column=True),
    Field("type", _("Type"), FreeCode(), "title"),
    Field("purpose", _("Purpose"), Texts(), "purpose", column=True),
    Field("purpose_parts", _("Parts of the purpose statement"), Parts(PURPOSE_PARTS), "purpose"),
    Field("learning_outcomes", _("Learning outcomes"), rows(
        text=Column(_("Outcome"), Texts(), required=True), type=Column(_("Sort"), Code(OUTCOME_TYPES)),
        esco=Column(_("ESCO skill"), Address()),
    ), "purpose", column=True),
    Field("level", _("Level"), Level(), "size", column=True),
    Field("levels", _("Levels of other frameworks, ranges, levels still to be set"), rows(
        framework=Column(_("Framework"), FreeCode(), required=True), value=Column(_("Level"), Level()),
        **{"from": Column(_("From level"), Level()), "to": Column(_("To level"), Level())},
        pending=Column(_("Still to be set"), Flag()),
    ), "size"),
    Field("credits", _("Credits"), Quantity(), "size", column=True),
    Field("credit_system", _("Credit system"), FreeCode(), "size"),
    Field("notional_hours", _("Hours of learning"), Quantity(), "size", column=True),
    Field("workload_ects", _("Workload in ECTS, as declared"), Quantity(), "size"),
    Field("workload_method", _("How the workload was declared"), Code(WORKLOAD_METHODS), "size"),
    Field("workload_declared_by", _("Who declared the workload"), Text(), "size"),
    Field("components", _("Components"), rows(
        title=Column(_("Title"), Texts(1_000), required=True), code=Column(_("Code"), FreeCode()),
        credits=Column(_("Credits"), Quantity()), level=Column(_("Level"), Level()),
        compulsory=Column(_("Compulsory"), Flag()),
    ), "structure", help=_("The credits of the components add up to those of the whole.")),
    Field("assessment", _("Assessment"), Texts(), "assessment", column=True),
    Field("assessment_methods", _("Assessment methods"), Listing(Code(ASSESSMENT_METHODS)), "assessment"),
    Field("assessment_criteria", _("Assessment criteria"), Texts(), "assessment"),
    Field("moderation", _("Moderation"), Texts(), "assessment"),
    Field("supervision", _("Supervision and identity"), Code(SUPERVISION), "assessment"),
    Field("grading_scale", _("Grading"), Code(GRADING), "assessment"),
    Field("delivery_modes", _("Delivery"), Listing(Code(DELIVERY_MODES)), "delivery", column=True),
    Field("participation_form", _("Form of participation"), Code(PARTICIPATION), "delivery"),
    Field("study_mode", _("Study mode"), Code(STUDY_MODES), "delivery"),
    Field("duration", _("Duration"), Duration(), "delivery", help=_("ISO 8601: PT60H is sixty hours, P6M six months.")),
    Field("languages", _("Languages of delivery"), Listing(Language()), "delivery", column=True),
    Field("entry_requirements", _("Entry requirements"), Texts(), "delivery", column=True),
    Field("award_basis", _("Awarded for"), Code(AWARD_BASES), "delivery"),
    Field("rpl_url", _("About recognition of prior learning"), Address(), "delivery"),
    Field("quality_assurance", _("Quality assurance"), rows(
        type=Column(_("Sort"), Code(QUALITY_ASSURANCE), required=True), body=Column(_("Body"), Text()),
        decision=Column(_("Decision number"), Text(60)), date=Column(_("Date"), Day()),
        conditions=Column(_("Conditions"), Text(2_000)),
    ), "quality"),
    Field("fees", _("Fees"), rows(
        amount=Column(_("Amount"), Quantity(), required=True),
        currency=Column(_("Currency"), Code({c: c for c in sorted(CURRENCIES)}), required=True),
        per=Column(_("For what"), Code(FEE_UNITS)), tax_included=Column(_("Tax included"), Flag()),
        payer=Column(_("Who pays"), Code(PAYERS)), funded_by=Column(_("Fund"), FreeCode()),
        **{"from": Column(_("Since"), Day())},
    ), "fees"),
    Field("fields", _("Fields of study"), rows(
        scheme=Column(_("Scheme"), FreeCode()), code=Column(_("Code"), FreeCode()), label=Column(_("Name"), Text(500)),
    ), "references", column=True),
    Field("standards", _("Standards"), rows(**_CONCEPT), "references"),
    Field("occupations", _("Occupations"), rows(**_CONCEPT), "references"),
    Field("skills", _("Skills"), rows(**_CONCEPT), "references"),
    Field("stackability", _("Stacking"), Code(STACKABILITY), "pathways"),
    Field("stacking", _("Entries that it may lead to"), rows(
        relation=Column(_("Relation"), Code(RELATIONS), required=True), number=Column(_("Entry"), Number(), required=True),
        credits=Column(_("Credits recognised"), Quantity()), group=Column(_("Group"), FreeCode()),
    ), "pathways", help=_("Always possible, never an entitlement: the provider that receives a learner decides.")),
    Field("stacking_groups", _("Groups of entries that may lead to it"), rows(
        group=Column(_("Group"), FreeCode(), required=True), label=Column(_("Name"), Texts(300), required=True),
        rule=Column(_("How many"), Code(GROUP_RULES), required=True), least=Column(_("At least so many"), Quantity()),
    ), "pathways"),
    Field("framework_facts", _("What this framework asks besides"), Facts(), "framework"),
)  # fmt: skip

BY_NAME: Mapping[str, Field] = {field.name: field for field in FIELDS}
DETAILS: tuple[Field, ...] = tuple(field for field in FIELDS if not field.column)


def nothing_of(fields: Iterable[Field]) -> dict[str, Any]:
    """What stands for each of these fields where nothing is said."""
    return {field.name: [] if isinstance(field.shape, Listing) else None for field in fields}


# The keys of a credential's document that are there only where something is said, and what stands for nothing.
NOTHING: Mapping[str, Any] = {
    "effective_from": None, "last_award": None, "replaces": [], "replaced_by": [], "transition": None,
    "reconsiderations": [], "last_review": None,
    **nothing_of(DETAILS),
}  # fmt: skip


def complete(document: Mapping[str, Any]) -> dict[str, Any]:
    """A credential's document with every key that one may have: what is not known is told, never left out."""
    return {**NOTHING, "stacking": links(document), **document}


def links(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What an entry may lead to; of a document that says no more than the two lists of numbers, those."""
    return document.get("stacking") or [
        {"relation": relation, "number": number}
        for relation in ("part_of", "counts_towards")
        for number in document.get(relation) or ()
    ]


@cache
def in_section(section: str) -> tuple[Field, ...]:
    return tuple(field for field in FIELDS if field.section == section)
