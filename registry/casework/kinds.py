"""What a kind of case is: its states and transitions as data, its matters, and what a decision does.

The apps above register theirs in `AppConfig.ready`; the desk knows a kind by its name alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from registry.errors import Conflict

# `registry.casework.models.Case`: its queries ask which kinds there are, and so it is not named here.
Case = Any
# Asked with the case, whoever acts and the day; it answers with the sentence that says why not, or with nothing.
Guard = Callable[[Case, Any, date], str | None]
Sentence = str | Callable[[], str]
# What a case is begun about that is about no single entry, and its key.
REGISTER = "register"


@dataclass(frozen=True)
class Transition:
    """One arrow of a state diagram; without a target the state stays. `actors` are staff roles, `editor` and `signatory`
    of the applicant, or `system`: the clock, which never decides anything.

    `part`: the part that the actor takes in the case by it, which the four eyes of the database watch. `said`: a plain
    sentence of it for the history, with `%(person)s` in it. `clock`: the deadline of the law that starts to run, or
    `pause`, `resume`, `stop`. `tells`: who is owed a notice, `applicant`, `assigned` or `deciders`. `reopens`: it takes up
    again what was decided, and is at its end without that.
    """

    name: str
    sources: tuple[str, ...]
    target: str | None
    actors: tuple[str, ...]
    label: Any
    part: str | None = None
    guards: tuple[Guard, ...] = ()
    said: Any = ""
    clock: str | None = None
    tells: tuple[str, ...] = ()
    reopens: bool = False


@dataclass(frozen=True)
class Record:
    """What a case of a kind says besides what every case has, where one form writes it: at the desk, for what the
    authority prepares, and in the portal, for what a body asks for.

    `form`: a `registry.casework.forms.RecordForm`; `initial(case)` fills it. `begin(about=, by=, now=)` opens a draft about
    something, by its key, and answers with the case; `save(case_id=, by=, values=, expected_revision=, now=)` keeps what
    was written, complete or not. Both check that the person may.

    `about`: the kinds of entry (`provider`, `credential`, `accreditation`), or `case`, from whose page at the desk it is
    begun, its key then being the number or the reference; or `register`, which is its own key, for what is about no single
    entry. `choices(organisations)`: what bodies may begin it about in the
    portal, each with its key and label. `needs`: what it takes, read before it is begun.
    """

    form: Any
    initial: Callable[[Case], Mapping[str, Any]]
    begin: Callable[..., Case]
    save: Callable[..., Any]
    about: tuple[str, ...] = ()
    choices: Callable[[list[Any]], list[tuple[str, Any]]] | None = None
    needs: Any = ""


@dataclass(frozen=True)
class Alone:
    """By what one person completes a case: the `ground` of its `Exemption`, and `instrument(case)`, the rule, law or
    delegation that allows it, as it is kept and told."""

    ground: str
    instrument: Callable[[Case], str]


@dataclass(frozen=True)
class Redress:
    """What a reconsideration may do to what was decided in a case of a kind (section 4.8 of the domain specification).

    Each is called with the decided `case`, its `decisions` of the stage that is looked at again, `reference`, `on` (a day
    not after today) and `now`, by these names, in the transaction of the act; publishes what follows; and answers with
    sentences for the body. `reference` is the number of the decision on the reconsideration, or its case's reference while
    there is none.

    `stay`: the decision has no effect until the reconsideration is decided. `resume`: it has again. `set_aside`: it is as
    if it had not been made, from `on`. `vary(terms=)`: it holds on other terms, those that `terms_form` asks for, which
    `terms(case)` fills. `remits`: what was granted, once it is set aside, can be granted anew in the same case; without
    it only a refusal is remitted. `refusals`: a refusal has an effect too, which these take back, as where what is
    reviewed does not continue. `tell(row=)`: the public record names the reconsideration; see `registry.content.redress`.
    A kind that makes nothing public of a refusal needs none of them: a refusal is upheld, or remitted.
    """

    stay: Callable[..., list[Sentence]] | None = None
    resume: Callable[..., list[Sentence]] | None = None
    set_aside: Callable[..., list[Sentence]] | None = None
    vary: Callable[..., list[Sentence]] | None = None
    terms_form: Any = None
    terms: Callable[[Case], Mapping[str, Any]] | None = None
    remits: bool = False
    refusals: bool = False
    tell: Callable[..., None] | None = None


@dataclass(frozen=True)
class CaseKind:
    """A kind of case.

    `effect(case=, decisions=, by=, now=)` publishes what was granted, in the decision's transaction or in that of its
    release, and answers with sentences for the applicant: text, or callables that say it in each reader's language.
    `freeze(case, effective_on)` lets nothing of it be altered while that waits. `preview(case)`: the documents that an
    approval would make public.

    `authority`: it is opened by staff about a body, which is told the decision and sees nothing before. `page` names the
    staff page on which its draft is written, `own_page` the applicant's page of a case and `edit_page` the form of its
    draft, both by its reference.

    `entries(case)`: the numbers that it has on the public register, which are none before it is there.

    `content(case)` is what is frozen when it is handed in; `level(case)` what a delegation must cover; `alike(case, day)`
    what the register has already that is like its draft, as `registry.search.similar` finds it.

    `private`: matters of which an approval makes nothing public. `matters_of(case)`: the matters that are decided now,
    where not all are decided at once; `step(case, name)`: which transition a decision is at this stage.
    `condition_met(condition, now=)` is told that a condition was found to be met.

    `record`: how its draft is written with one form alone. `criteria(case)`: what is judged of it, where that is not what
    the law names for its matters: the grounds of a sanction. `heard`: the body that an authority's case is about sees it
    from its first request on, and answers; it then reads `told(case)`, where that differs from `sections`. `meanings`: what
    its states mean to the body, where they mean something of their own.

    `paused(case, day)`: the sentence that says why a case of a body stands still, for nothing of it is lost; None where it
    goes on. Its clock then stands too; see `registry.casework.lifecycle.standing_still`.

    `onward(case)`: which kinds of case may follow from what was found in it, each with the key of what that is about; its
    page offers to begin them, and nothing follows by itself.

    `alone`: by what one person completes it, who need not be another than whoever wrote it. There are three exceptions to
    the decision of a second person: an import, the correction of a typo, and a change of kind by law; each leaves an
    `Exemption`. `redress`: what a reconsideration may do to its decisions.

    `after`: what follows of a transition, by its name, in its transaction: called with `case`, `by`, `details` and `now`.
    `declined(case=, decisions=, by=, now=)`: what follows of a refusal, where something does; it answers like `effect`.
    `outcomes` and `verdicts`: what its outcomes and judgements are called, where they have names of their own.
    `moot(case, day)`: what a report was asked for is over, so that nothing follows of its being late.

    `leading`: the matter that says of the whole case that it is declined, whatever is granted beside it.

    `asked_for`: the register opens it and asks a body for a report. The authority knows of it from its first day; what the
    body has written is the body's own until it is handed in, and `told(case)` shows it to the body alone.
    `ends_with(case)`: what its letter says to whoever does not agree, where cases of this kind have no reconsideration.
    """

    name: str
    label: Any
    prefix: str
    states: Mapping[str, Any]
    transitions: tuple[Transition, ...]
    matters: Mapping[str, Any]
    effect: Callable[..., list[Sentence]]
    sections: Callable[[Case], list[dict[str, Any]]]
    check: Callable[[Case, str], list[Any]]
    authority: bool = False
    page: str | None = None
    own_page: str | None = None
    edit_page: str | None = None
    entries: Callable[[Case], list[str]] | None = None
    alike: Callable[[Case, date], list[Any] | None] | None = None
    content: Callable[[Case], Mapping[str, Any]] | None = None
    level: Callable[[Case], str | None] | None = None
    preview: Callable[[Case], list[Mapping[str, Any]]] | None = None
    freeze: Callable[[Case, date], None] | None = None
    private: frozenset[str] = frozenset()
    matters_of: Callable[[Case], Mapping[str, Any]] | None = None
    step: Callable[[Case, str], str] | None = None
    condition_met: Callable[..., None] | None = None
    record: Record | None = None
    criteria: Callable[[Case], list[Any]] | None = None
    heard: bool = False
    asked_for: bool = False
    moot: Callable[[Case, date], bool] | None = None
    leading: str = ""
    told: Callable[[Case], list[dict[str, Any]]] | None = None
    meanings: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    paused: Callable[[Case, date], str | None] | None = None
    alone: Alone | None = None
    redress: Redress | None = None
    onward: Callable[[Case], list[tuple[str, str]]] | None = None
    after: Mapping[str, Callable[..., None]] = field(default_factory=dict)
    declined: Callable[..., list[Sentence]] | None = None
    outcomes: Mapping[str, Any] = field(default_factory=dict)
    verdicts: Mapping[str, Any] = field(default_factory=dict)
    ends_with: Callable[[Case], str] | None = None
    _by_name: dict[str, Transition] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self._by_name.update({t.name: t for t in self.transitions})

    def transition(self, name: str) -> Transition:
        """The arrow of that name. Raises Conflict for an act that a case of this kind does not know."""
        if name not in self._by_name:
            raise Conflict(_("A case of this kind knows no such act."))
        return self._by_name[name]

    def has(self, name: str) -> bool:
        return name in self._by_name

    def from_state(self, state: str) -> list[Transition]:
        return [t for t in self.transitions if state in t.sources]

    def ends_in(self, state: str) -> bool:
        """Whether nothing leads out of a state into another, but what takes it up again."""
        return not any(t.target and t.target != state and not t.reopens for t in self.from_state(state))

    def outcome(self, name: str) -> Any:
        """What an outcome is called in cases of this kind; nothing where it has no name of its own."""
        return self.outcomes.get(name, "")

    def verb(self, case: Case, name: str) -> str:
        """Which transition a decision, or its being sent back, is at the stage of a case."""
        return self.step(case, name) if self.step else name

    def decided_in(self, case: Case) -> Mapping[str, Any]:
        """The matters of a case that are decided together now: all of them, or those of its stage."""
        return self.matters_of(case) if self.matters_of else self.matters


_kinds: dict[str, CaseKind] = {}


def register(kind: CaseKind) -> None:
    _kinds[kind.name] = kind


def get(name: str) -> CaseKind:
    return _kinds[name]


def every() -> list[CaseKind]:
    return list(_kinds.values())


def is_the_bodys_own(case: Case) -> bool:
    """Whether a report that a body was asked for has never been handed in: officers see that it is open, and nothing of
    what the body has written or attached."""
    return get(case.kind).asked_for and case.submitted_at is None


def asked_for() -> list[str]:
    """The names of the kinds of case in which the register asks a body for a report."""
    return [kind.name for kind in every() if kind.asked_for]


def begun_about(what: str) -> list[CaseKind]:
    """The kinds of case that officers begin on the page of an entry of this kind, or of a `case`."""
    return [kind for kind in every() if kind.record and what in kind.record.about]
