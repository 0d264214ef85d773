"""Verify, many at once: each line of a table is one question, and is answered for itself, whatever the others hold.

Nothing of it is stored: the answer is the page, or the same as a table.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry import standing
from registry.public import lookup
from registry.public.entry import NotADay, asked_day
from registry.public.sheets import Line
from registry.standing import Answer, Standing

# The columns, and the words that are taken for each; case, spaces and signs do not count.
COLUMNS = {
    "credential": ("credential number", "qualification", "qualification number", "micro-credential", "number", "title"),
    "provider": ("provider number", "provider name", "institution"),
    "on": ("date", "day", "on date"),
}
# What comes of a line, in the order of the summary, each with its words in the table and in the summary.
VERDICTS: dict[str, tuple[Any, Any]] = {
    "accredited": (gettext_lazy("Accredited"), gettext_lazy("registered, and the provider accredited for it")),
    "registered": (gettext_lazy("Registered"), gettext_lazy("registered; no provider was asked about")),
    "not_accredited": (gettext_lazy("Not accredited"), gettext_lazy("registered, but the provider not accredited for it")),
    "not_registered": (gettext_lazy("Not registered"), gettext_lazy("not registered")),
    "not_known": (gettext_lazy("Not known"), gettext_lazy("of which the register does not know it")),
    "problem": (gettext_lazy("Problem"), gettext_lazy("with a problem, and not answered")),
}  # fmt: skip
SAID = {True: gettext_lazy("yes"), False: gettext_lazy("no"), None: gettext_lazy("not known")}


@dataclass(frozen=True)
class Answered:
    """A line with what comes of it: the answer, or what is wrong with it, by column."""

    line: Line
    day: date
    answer: Answer | None
    problems: dict[str, str]

    @property
    def verdict(self) -> str:
        if self.answer is None:
            return "problem"
        entry = self.answer.credential.registered
        # What is said of a provider begins with “registered”: nothing of that is said where the register does not know it.
        if self.answer.provider is None or not entry:
            return {True: "registered", False: "not_registered", None: "not_known"}[entry]
        return {True: "accredited", False: "not_accredited", None: "not_known"}[self.answer.accredited]

    @property
    def label(self) -> str:
        return VERDICTS[self.verdict][0]

    @property
    def sentences(self) -> list[Any]:
        return [standing.REASONS[reason] for reason in self.answer.reasons] if self.answer else []


def answer(lines: Sequence[Line], today: date) -> list[Answered]:
    """Each line, answered. The register is read as often for a thousand lines as for one."""
    problems = {line.number: dict(line.problems) for line in lines}
    days = {line.number: _day(line, today, problems[line.number]) for line in lines}
    providers = _numbers("provider", lines, problems)
    numbers = {"provider": providers, "credential": _numbers("credential", lines, problems, providers)}
    sound = [line for line in lines if not problems[line.number]]
    asked = [
        (numbers["credential"][line.number], numbers["provider"].get(line.number), days[line.number]) for line in sound
    ]
    answers = dict(zip((line.number for line in sound), standing.verify_many(asked), strict=True))
    return [
        Answered(line, days[line.number], answers.get(line.number), problems[line.number]) for line in lines
    ]  # fmt: skip


def _day(line: Line, today: date, problems: dict[str, str]) -> date:
    try:
        return asked_day(line.cells.get("on")) or today
    except NotADay as wrong:
        problems.setdefault("on", str(wrong))
        return today


def _numbers(
    sort: str, lines: Sequence[Line], problems: dict[int, dict[str, str]], providers: Mapping[int, str] | None = None
) -> dict[int, str]:
    """Which entry each line means; where that is not certain, its problem says why. `providers`: who each line asks about."""
    texts = {line.number: text for line in lines if (text := line.cells.get(sort))}
    # A name of the whole register is looked for once, however many lines ask for it.
    found = lookup.find_many(dict.fromkeys(texts.values()), sort)
    if sort == "credential":
        for line in lines:
            if line.number not in texts:
                problems[line.number].setdefault(
                    sort, _("Each line needs the number or the title of what is asked about.")
                )
    meant_by = lookup.narrowed({line: (found[text], (providers or {}).get(line)) for line, text in texts.items()})
    numbers = {}
    for number, meant in meant_by.items():
        if meant and len(meant) == 1:
            numbers[number] = meant[0]
        else:
            problems[number].setdefault(sort, _unclear(sort, meant))
    return numbers


def _unclear(sort: str, meant: list[str] | None) -> str:
    if meant is None:
        return _("Names cannot be searched at the moment. A register number is found at any time.")
    if meant:
        shown = [*meant[: lookup.MOST], *filter(None, [lookup.more(meant)])]
        return _("It is the name of several: give a number, such as %(numbers)s.") % {"numbers": ", ".join(shown)}
    if sort == "credential":
        return _("The register has no qualification or micro-credential of that number or title.")
    return _("The register knows no provider of that number or name, now or in the past.")


def summary(answered: Sequence[Answered]) -> list[tuple[int, Any]]:
    """How many lines came to what, without those of which there are none."""
    counted = Counter(row.verdict for row in answered)
    return [(counted[verdict], said) for verdict, (_label, said) in VERDICTS.items() if counted[verdict]]


# -- the same as a table -----------------------------------------------------------------------------------------------

Cell = Callable[[Answered], Any]


def _of(side: str, name: str) -> Cell:
    def cell(row: Answered) -> Any:
        entry: Standing | None = getattr(row.answer, side) if row.answer else None
        value = getattr(entry, name) if entry else None
        return SAID[value] if entry and name == "registered" else value

    return cell


def _held(name: str) -> Cell:
    return lambda row: row.answer.accreditation.get(name) if row.answer and row.answer.accreditation else None


TABLE: dict[str, Cell] = {
    "line": lambda row: row.line.number,
    "credential": lambda row: row.line.cells.get("credential"),
    "provider": lambda row: row.line.cells.get("provider"),
    "on": lambda row: None if "on" in row.problems else row.day.isoformat(),
    "answer": lambda row: row.label,
    "credential_number": _of("credential", "number"),
    "credential_title": _of("credential", "name"),
    "registered": _of("credential", "registered"),
    "registered_since": _of("credential", "since"),
    "registered_until": _of("credential", "until"),
    "provider_number": _of("provider", "number"),
    "provider_name": _of("provider", "name"),
    "provider_registered": _of("provider", "registered"),
    "provider_since": _of("provider", "since"),
    "provider_until": _of("provider", "until"),
    "accredited": lambda row: SAID[row.answer.accredited] if row.answer and row.answer.provider else None,
    "accreditation": _held("number"),
    "accredited_from": _held("accredited_from"),
    "accredited_until": _held("accredited_until"),
    "reasons": lambda row: " ".join(str(sentence) for sentence in row.sentences),
    "problems": lambda row: " ".join(f"{column}: {said}" if column else said for column, said in row.problems.items()),
}


def table(answered: Sequence[Answered]) -> Iterator[list[Any]]:
    yield list(TABLE)
    for row in answered:
        yield [cell(row) for cell in TABLE.values()]


SAMPLE = [
    ["credential", "provider", "on"],
    ["NQ-000001", "PR-000001", "2024-03-01"],
    ["nq 1", "", ""],
    ["Certificate in Plumbing", "Harbour Institute", "2019-12-31"],
]
