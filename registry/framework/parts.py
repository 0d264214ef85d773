"""The smaller parts of a profile, each read from one table of its file; see `registry.framework.reading`."""

import re
from decimal import Decimal

from registry.framework import codes
from registry.framework.law import (
    ENROLMENT,
    EVALUATIONS,
    FIGURES,
    LATEST,
    PROVIDER_TYPES,
    ApplicationFee,
    Criterion,
    Deadline,
    Enrolment,
    Ground,
    ProviderReturn,
    ReviewPeriod,
    Reviews,
    Rule,
)
from registry.framework.operators import OPERATORS
from registry.framework.tables import Table

# The codes are kept with the cases that they open.
LONGEST_CODE = 40
_ITEM = re.compile(r"[a-z][a-z0-9_]{0,39}")
UNITS = ("working_days", "days", "months")


def criterion(table: Table) -> Criterion:
    criterion = Criterion(
        id=table.string("id"), stage=table.one_of("stage", EVALUATIONS), matter=table.string("matter"),
        label=table.words("label"), guidance=table.words("guidance"), source=table.string("source"),
        answered_by=table.strings("answered_by", ()),
    )  # fmt: skip
    table.done()
    return criterion


def deadlines(table: Table, key: str = "deadlines", *, shared: bool = False) -> dict[str, Deadline]:
    named = table.table(key, {})
    return {name: deadline(named.table(name), name, shared) for name in named.raw}


def deadline(table: Table, name: str, shared: bool = False) -> Deadline:
    amount, unit = time(table)
    deadline = Deadline(
        name=name, amount=amount, unit=unit, label=table.words("label"), source=table.string("source"), shared=shared
    )  # fmt: skip
    table.done()
    return deadline


def time(table: Table) -> tuple[int, str]:
    """So many of one unit."""
    units = [unit for unit in UNITS if unit in table.raw]
    if len(units) != 1:
        raise table.wrong("", f"gives {len(units)} units; give one of {', '.join(UNITS)}")
    return table.whole(units[0]), units[0]


def grounds(table: Table, key: str = "statutory_grounds") -> dict[str, Ground]:
    named = table.table(key, {})
    return {code: ground(named.table(code), code) for code in named.raw}


def ground(table: Table, code: str) -> Ground:
    """`for` says what it is a ground for; without it, for an action."""
    serves = table.strings("for", ("action",), ("action", "lapse"))
    ground = Ground(
        code=code, label=table.words("label"), source=table.string("source"), acts="action" in serves,
        lapses="lapse" in serves,
    )  # fmt: skip
    table.done()
    return ground


def fee(table: Table, top: Table) -> ApplicationFee:
    fee = ApplicationFee(
        cases=table.strings("cases"), amount=Decimal(table.exact("amount")), currency=top.one_of("currency", codes.CURRENCIES),
        tax_included=table.take("tax_included", bool, "true or false"), source=table.string("source"),
    )  # fmt: skip
    if fee.amount <= 0 or fee.amount != round(fee.amount, 2):
        raise table.wrong("amount", "is not an amount of money, such as 150.00")
    table.done()
    return fee


def review_period(table: Table, subjects: set[str]) -> ReviewPeriod:
    months = table.take("allowed_months", list, "a list of whole numbers")
    if not months or not all(isinstance(m, int) and not isinstance(m, bool) and m > 0 for m in months):
        raise table.wrong("allowed_months", "is not a list of whole numbers, one at least")
    period = ReviewPeriod(
        kinds=table.strings("kinds", allowed=subjects), allowed=tuple(months), default=table.whole("default_months"),
        source=table.string("source"),
    )  # fmt: skip
    if period.default not in period.allowed:
        raise table.wrong("default_months", f"{period.default} is not among allowed_months")
    table.done()
    return period


def enrolment(table: Table) -> Enrolment:
    rule = table.one_of("rule", ENROLMENT)
    if rule == "end_with_expiring" and "months" in table.raw:
        raise table.wrong("months", "has no meaning where new enrolments end with expiring")
    months = 0 if rule == "end_with_expiring" else table.whole("months")
    enrolment = Enrolment(rule=rule, months=months, source=table.string("source"))
    table.done()
    return enrolment


def examples(table: Table) -> dict[str, list[str]]:
    examples = table.table("examples", {})
    found = {key: list(examples.strings(key)) for key in ("fits", "breaks") if examples.raw}
    examples.done()
    return found


def try_examples(table: Table, rule: Rule) -> None:
    """A pattern is proved by its author's own examples: one that fits and one that breaks it, at least."""
    if rule.operator in ("regex", "not_regex") and not rule.examples:
        raise table.wrong("examples", "is missing: give a pattern examples that fit and that break it")
    for verdict, holds in (("fits", True), ("breaks", False)):
        for example in rule.examples.get(verdict, ()):
            if OPERATORS[rule.operator].holds(example, rule.asked, {}) is not holds:
                said = "breaks" if holds else "fits"
                raise table.wrong(f"examples.{verdict}", f"{example!r} {said} the rule")


def reviews(table: Table) -> Reviews:
    """When those who must report are reminded, and what follows for them of a report that is late."""
    days = table.take("reminders_days", list, "a list of whole numbers")
    if not all(isinstance(n, int) and not isinstance(n, bool) for n in days):
        raise table.wrong("reminders_days", "is not a list of whole numbers")
    found = Reviews(
        reminders=tuple(sorted(days, reverse=True)), shown_as_overdue=table.take("shown_as_overdue", bool, "true or false"),
        blocks_applications_from=table.whole("blocks_applications_from_level", least=0), source=table.string("source"),
    )  # fmt: skip
    if found.blocks_applications_from > LATEST:
        raise table.wrong("blocks_applications_from_level", f"{found.blocks_applications_from} is more than {LATEST}")
    table.done()
    return found


def provider_returns(top: Table) -> tuple[ProviderReturn, ...]:
    """What providers report after each period of their financial year; nothing where a law says nothing."""
    asked = tuple(provider_return(table) for table in top.tables("provider_returns", [], named="code"))
    codes_given = [one.code for one in asked]
    for code in codes_given:
        if codes_given.count(code) > 1:
            raise top.wrong("provider_returns", f"{code} stands there twice")
    return asked


def provider_return(table: Table) -> ProviderReturn:
    code, label, source = table.string("code"), table.words("label"), table.string("source")
    if len(code) > LONGEST_CODE:
        raise table.wrong("code", f"is longer than {LONGEST_CODE} characters")
    months = table.whole("every_months")
    if 12 % months:
        raise table.wrong("every_months", f"{months} does not divide a year: give 1, 2, 3, 4, 6 or 12")
    due = table.table("due")
    amount, unit = time(due)
    due.done()
    contents = table.tables("contents")
    items, documents = (
        tuple(_content(t) for t in contents),
        tuple(t.raw["id"] for t in contents if t.raw.get("document")),
    )
    if not items:
        raise table.wrong("contents", "is empty: say what is attested")
    if len({item.id for item in items}) < len(items):
        raise table.wrong("contents", "names one id twice")
    found = ProviderReturn(
        code=code, label=label, months=months, due=Deadline(name=code, amount=amount, unit=unit, label=label, source=source),
        since=table.day("since"), applies_to=table.strings("applies_to", allowed=PROVIDER_TYPES),
        dispensed=table.strings("dispensed", ()), figures=table.strings("figures", (), FIGURES), contents=items,
        documents=documents, source=source,
    )  # fmt: skip
    table.done()
    return found


def _content(table: Table) -> Criterion:
    """One thing that is attested in a return and judged on the desk. `document`: a file must show it."""
    table.take("document", bool, "true or false", False)
    item = Criterion(
        id=table.string("id"), stage="provider", matter="return", label=table.words("label"),
        guidance=table.words("guidance"), source=table.string("source"),
    )  # fmt: skip
    if not _ITEM.fullmatch(item.id):
        raise table.wrong("id", "is not a name in snake_case of at most 40 characters")
    table.done()
    return item
