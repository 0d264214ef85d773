from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from credentials import lifecycle
from registry.casework import kinds

START, END = "<!-- states: made by manage.py diagrams -->", "<!-- end of states -->"


def diagram(kind: kinds.CaseKind) -> str:
    """The transition table of a kind of case as a Mermaid state diagram."""
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> draft"]
    for transition in kind.transitions:
        for source in transition.sources:
            if transition.target and transition.target != source:
                lines.append(
                    f"    {source} --> {transition.target}: {transition.name} ({', '.join(transition.actors)})"
                )
    ends = [state for state in kind.states if kind.ends_in(state)]
    return "\n".join([*lines, *(f"    {state} --> [*]" for state in ends), "```"])


def public(steps: tuple[lifecycle.Step, ...]) -> str:
    """What becomes of an entry, or of an accreditation, as a Mermaid state diagram: by which kind of case, or which day."""
    lines = ["```mermaid", "stateDiagram-v2"]
    for step in steps:
        by = ", ".join([*step.cases, *([step.day] if step.day else [])])
        lines.append(f"    {step.source or '[*]'} --> {step.target}: {step.code} ({by})")
    return "\n".join([*lines, "```"])


def folded(title: str, drawing: str) -> str:
    """A diagram behind its title: there are many, and nobody reads all of them."""
    return f"<details><summary>{title}</summary>\n\n{drawing}\n\n</details>"


def expected(readme: str) -> str:
    """The README with its diagrams as the tables say them."""
    before, rest = readme.split(START)
    _, after = rest.split(END)
    alike: dict[str, list[str]] = {}
    for kind in kinds.every():
        alike.setdefault(diagram(kind), []).append(f"{kind.label} (`{kind.prefix}`)")
    cases = [folded("; ".join(labels), drawing) for drawing, labels in alike.items()]
    lifecycles = [
        folded(title, public(steps))
        for title, steps in (
            ("In public, an entry", lifecycle.ENTRY_STEPS),
            ("In public, an accreditation", lifecycle.ACCREDITATION_STEPS),
        )
    ]
    drawn = "\n\n".join([*cases, *lifecycles])
    return f"{before}{START}\n\n{drawn}\n\n{END}{after}"


class Command(BaseCommand):
    help = "Draw the README's state diagrams from the transition tables."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true", help="change nothing; fail where the README is out of date")

    def handle(self, *, check: bool, **options):
        path = settings.BASE_DIR / "README.md"
        present = path.read_text(encoding="utf-8")
        if check and present != expected(present):
            raise CommandError("The README's diagrams differ from the tables: run manage.py diagrams.")
        path.write_text(expected(present), encoding="utf-8")
