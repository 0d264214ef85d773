"""The house stands: imports run one way, state has one door, and what decides is not scattered."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import at_this_test

ROOT = Path(__file__).resolve().parent.parent
# Each app and the apps that it may name: registry <- providers <- credentials <- api.
MAY_IMPORT = {
    "registry": {"registry"},
    "providers": {"registry", "providers"},
    "credentials": {"registry", "providers", "credentials"},
    "api": {"registry", "providers", "credentials", "api"},
}
# They name the others as strings: that is how the house is put together.
COMPOSITION = {"registry/settings.py", "registry/urls.py", "registry/public/views.py"}
FILES = sorted(p for app in MAY_IMPORT for p in (ROOT / app).rglob("*.py"))


def named(path: Path) -> set[str]:
    """Every app that a file names: in an import, a foreign key's string, or a migration's dependency."""
    found = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            if match := re.fullmatch(r"(\w+)\.\w+", node.value):
                found.add(match[1])
        elif isinstance(node, ast.Tuple) and "migrations" in path.parts:
            found |= {e.value for e in node.elts[:1] if len(node.elts) == 2 and isinstance(e, ast.Constant)}
    return found & MAY_IMPORT.keys()


@pytest.mark.parametrize(
    "path", [p for p in FILES if str(p.relative_to(ROOT)) not in COMPOSITION], ids=lambda p: str(p.relative_to(ROOT))
)
def test_imports_run_one_way(path):
    relative = path.relative_to(ROOT)
    assert named(path) <= MAY_IMPORT[relative.parts[0]]


def test_the_composition_names_other_apps_as_strings_only():
    for name in COMPOSITION:
        tree = ast.parse((ROOT / name).read_text(encoding="utf-8"))
        imported = {n.module.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module}
        assert not imported & {"providers", "credentials", "api"}, name


def test_the_public_side_reads_the_register_alone():
    """Pages and search cannot leak a draft: they import neither the desks nor the cases."""
    for path in [*(ROOT / "registry" / "public").rglob("*.py"), *(ROOT / "registry" / "search").rglob("*.py")]:
        text = path.read_text(encoding="utf-8")
        assert "casework" not in text, path
        names = set(re.findall(r"from registry\.models import ([\w, ]+)", text))
        assert not {"Case", "Evidence", "Judgement", "Decision"} & {
            n.strip() for line in names for n in line.split(",")
        }


def test_only_the_workflow_writes_a_state():
    """Outside `workflow.move` nobody assigns to a state; the one exception opens a case as a draft."""
    writers = []
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            targets = []
            if isinstance(node, ast.Assign):
                targets = [
                    t for target in node.targets for t in (target.elts if isinstance(target, ast.Tuple) else [target])
                ]
            elif isinstance(node, ast.AugAssign | ast.AnnAssign):
                targets = [node.target]
            if any(isinstance(t, ast.Attribute) and t.attr == "state" for t in targets):
                writers.append(str(path.relative_to(ROOT)))
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("update", "bulk_update"):
                assert "state" not in {k.arg for k in node.keywords}, path
    assert writers == ["registry/casework/workflow.py"]


def test_only_the_journal_writes_entries_and_changes():
    pattern = re.compile(r"\b(Entry|Change)\.objects\.[\w().]*\b(create|update|bulk_create|bulk_update|delete)\b")
    assert [str(p.relative_to(ROOT)) for p in FILES if pattern.search(p.read_text(encoding="utf-8"))] == []


def test_every_app_has_the_same_file_names():
    for app, names in {
        "providers": ("models", "services", "querysets", "publishing"),
        "credentials": ("models", "lifecycle", "rules", "services", "querysets", "publishing", "views", "forms"),
    }.items():
        # What has grown past comfort is a folder of that name.
        assert [n for n in names if not ((ROOT / app / f"{n}.py").exists() or (ROOT / app / n).is_dir())] == []


def test_no_file_has_grown_past_comfort():
    written = [p for p in FILES if "migrations" not in p.parts]  # Django writes those
    assert [str(p.relative_to(ROOT)) for p in written if len(p.read_text(encoding="utf-8").splitlines()) > 520] == []


def test_the_readme_draws_the_transition_tables():
    from credentials.management.commands.diagrams import expected

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme == expected(readme), "run manage.py diagrams"


def test_models_and_migrations_agree(db):
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_with_the_addresses_given_nothing_embedded_starts(db, tmp_path):
    """A command run by hand against a server of one's own makes no home and starts no server."""
    from django.db import connection

    environment = os.environ | {
        "NQR_HOME": str(tmp_path / "home"),
        "DATABASE_URL": at_this_test(connection.settings_dict),
    }
    done = subprocess.run(
        [sys.executable, ROOT / "manage.py", "showmigrations", "registry"],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert "[X] 0001_initial" in done.stdout, done.stderr
    assert not (tmp_path / "home").exists()


def test_a_database_that_was_never_migrated_is_said_in_one_sentence(db, tmp_path):
    environment = os.environ | {
        "NQR_HOME": str(tmp_path / "home"),
        "DATABASE_URL": at_this_test({"NAME": "postgres"}),
    }
    done = subprocess.run(
        [sys.executable, ROOT / "manage.py", "verify_journal"], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.strip().endswith("run `manage.py migrate` first.") and "Traceback" not in done.stderr
