"""Every kind of case has its table walked, by itself or by a kind with the same table."""

from importlib import import_module

from registry.casework import kinds
from tests.machines import WalksItsTable, arrows

WALKS = (
    "registry.test_state_machine", "registry.test_reconsidering_machine", "registry.test_problem_reports",
    "providers.test_state_machine", "providers.test_sanction_machine", "providers.test_identity_machine",
    "providers.test_complaints", "credentials.test_accreditation_machine",
    "credentials.test_change_machine", "credentials.test_inquiry_machine", "credentials.test_review_machine",
    "credentials.test_wrongs_machine", "credentials.test_consistency_machine",
)  # fmt: skip
# Kinds that differ from one that is walked in nothing but what their guards ask.
SAME = {
    "provider_scope": "accreditation_application",
    "provider_lapse": "provider_sanction",
    "entry_suspension": "provider_sanction",
    "accreditation_sanction": "provider_sanction",
    "provider_rename_by_letter": "provider_succession",
    "entry_lifting": "provider_lifting",
    "bulk_reregistration": "provider_succession",
    "review_spread": "provider_succession",
}
# The table of a review, without what requires a change of an entry.
WITHOUT_CHANGE = {"provider_return"}
# The table of a registration, without the search for duplicates.
WITHOUT_SEARCH = ("provider_rename", "provider_withdrawal", "accreditation_relinquishing")
# Walked stage by stage in `tests.credentials.test_development`.
IN_STAGES = {"qualification_application"}


def walked() -> set[str]:
    modules = [import_module(f"tests.{name}") for name in WALKS]
    tests = [t for m in modules for t in vars(m).values() if isinstance(t, type) and issubclass(t, WalksItsTable)]
    return {test.subject.kind for test in tests if test is not WalksItsTable}


def test_every_kind_of_case_is_walked_or_has_the_table_of_one_that_is():
    known = {kind.name for kind in kinds.every()}
    assert walked() | SAME.keys() | set(WITHOUT_SEARCH) | IN_STAGES | WITHOUT_CHANGE == known
    assert set(SAME.values()) <= walked()


def test_kinds_with_the_same_table_differ_in_nothing_but_their_guards():
    for name, other in SAME.items():
        assert arrows(name) == arrows(other), name
        assert kinds.get(name).states == kinds.get(other).states, name
    registration = [t for t in arrows("provider_registration") if t[0] != "compare"]
    for name in WITHOUT_SEARCH:
        assert arrows(name) == registration, name
    review = [t for t in arrows("credential_review") if t[0] not in ("require_change", "cover")]
    for name in WITHOUT_CHANGE:
        states = kinds.get(name).states
        known = [(act, tuple(s for s in sources if s in states), *rest) for act, sources, *rest in review]
        assert arrows(name) == known, name
