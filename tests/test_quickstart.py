"""The register as a new user starts it: the main job through HTTP alone, and every child killed once."""

import os
import re
import signal
import threading

import pytest

from tests.casework_over_http import DECISION, DRAFT, draft, recommended, submit
from tests.quickstart import Running, eventually, free_port, start


@pytest.fixture(scope="module")
def register(tmp_path_factory):
    running = start(tmp_path_factory.mktemp("a home with a space"))
    yield running
    running.stop()


def found(register: Running, title: str) -> dict | None:
    rows = register.browser().get(f"/api/v1/credentials?q={title.replace(' ', '+')}").json["results"]
    return next((row for row in rows if row["title"] == title), None)


def test_the_demo_register_is_found_by_search(register):
    page = register.browser().get("/search?q=care")
    assert page.status == 200 and "Dementia care in the home" in page.text


def test_the_demo_accounts_are_of_every_role_and_private(register):
    assert {a["role"] for a in register.accounts} == {
        "provider", "evaluator", "decision_maker", "review_officer", "registrar", "auditor", "administrator",
    }  # fmt: skip
    assert len({a["provider"] for a in register.accounts if a["role"] == "provider"}) >= 2
    assert sum(a["role"] == "decision_maker" for a in register.accounts) == 2
    assert (register.home / "demo-accounts.json").stat().st_mode & 0o777 == 0o600


def test_the_main_job_from_draft_to_public_record(register):
    """Sign in, draft, be refused field by field, mend, submit, judge, approve; public everywhere within two seconds."""
    provider, public = register.browser("provider"), register.browser()
    before = public.get("/api/v1/changes?limit=1000").json["last_serial"]
    reference = draft(provider, credits="41", assessment="")
    refused = submit(provider, reference)
    assert refused.status == 422
    assert (
        "at least 1 and at most 40 credits" in refused.text and "Describe how each outcome is assessed" in refused.text
    )
    assert "Attach at least one document" in refused.text and "Nine growers asked for it." in refused.text
    desk = recommended(register, DRAFT["title"])
    assert found(register, DRAFT["title"]) is None, "nothing is public before the decision"
    answer = register.browser("decision_maker").post(f"{desk}decide/", DECISION, page=f"{desk}change/")
    assert "The decision has been recorded" in answer.text
    row = eventually(lambda: found(register, DRAFT["title"]), 20)
    assert (row["kind"], row["level"], row["credits"], row["status"], row["revision"]) == (
        "micro_credential",
        "3",
        "5",
        "current",
        1,
    )
    number = row["number"]
    detail = public.get(f"/q/{number}").text
    assert DRAFT["title"] in detail and "New learners may start." in detail and "Recognise signs of disease." in detail
    document = public.get(f"/api/v1/credentials/{number}").json
    assert document["assessment"] == {"en": DRAFT["assessment"]} and document["decisions"][0]["number"].startswith("D-")
    held = public.get(f"/api/v1/accreditations?credential={number}").json["results"]
    assert [(a["status"], a["provider"]) for a in held] == [("accredited", row["provider"]["number"])]
    feed = public.get(f"/api/v1/changes?after={before}").json["changes"]
    assert [(c["number"], c["action"]) for c in feed] == [(number, "listed"), (held[0]["number"], "listed")]
    assert register.browser().get(f"/search?q={number}").url.endswith(f"/q/{number}")


def test_the_second_decision_maker_is_told_who_decided(register):
    desk = recommended(register, "Grafting for nurseries")
    officers = [register.browser("decision_maker", n) for n in (0, 1)]
    answers = [None, None]

    def decide(n: int) -> None:
        answers[n] = officers[n].post(f"{desk}decide/", DECISION, page=f"{desk}change/")

    threads = [threading.Thread(target=decide, args=[n]) for n in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(a.status for a in answers) == [200, 409]
    late = next(a for a in answers if a.status == 409)
    assert re.search(r"(Dana Whitcombe|Samuel Okoye) decided this case on \d{4}-\d\d-\d\d at \d\d:\d\d", late.text)
    eventually(lambda: found(register, "Grafting for nurseries"))
    rows = register.browser().get("/api/v1/credentials?q=Grafting+for+nurseries").json
    assert rows["count"] == 1


@pytest.mark.parametrize("victim", ["bin/postgres", "follow_journal", "registry worker", "valkey-server"])
def test_a_part_killed_while_deciding_leaves_nothing_half_published(register, victim):
    """Whatever dies, the decision is either whole or absent, and the register recovers by itself."""
    title = f"Resilience {victim.split()[-1].replace('/', ' ')}"
    desk = recommended(register, title)
    officer = register.browser("decision_maker")
    officer.get(f"{desk}change/")
    pid = register.child(victim)
    answer: list[object] = []

    def decide() -> None:
        try:
            answer.append(officer.post(f"{desk}decide/", DECISION, page=f"{desk}change/").status)
        except (OSError, TypeError) as error:  # the page itself may fail while the database is away
            answer.append(error)

    thread = threading.Thread(target=decide)
    thread.start()
    os.kill(pid, signal.SIGKILL)
    thread.join(40)
    eventually(lambda: register.child(victim) != pid, 20)
    eventually(lambda: register.browser().get("/readyz").json["ready"], 20)

    def decided() -> bool:
        """Decide again if the first try was lost; a decision that is there is told of, and made once."""
        again = register.browser("decision_maker").post(f"{desk}decide/", DECISION, page=f"{desk}change/")
        return again.status in (200, 409)

    if answer[0] != 200:
        eventually(lambda: register.browser("auditor").get(f"{desk}change/").status == 200, 20)
        page = register.browser("auditor").get(f"{desk}change/").text
        if "The decision" not in page and "D-20" not in page:
            eventually(decided, 20)
    row = eventually(lambda: found(register, title), 20)
    held = register.browser().get(f"/api/v1/accreditations?credential={row['number']}").json
    assert held["count"] == 1
    serials = [c["serial"] for c in register.browser().get("/api/v1/changes?limit=1000").json["changes"]]
    assert serials == list(range(1, len(serials) + 1))


def test_the_journal_verifies_after_all_that(register):
    import subprocess
    import sys

    from tests.quickstart import ROOT

    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DATABASE_", "REDIS_", "SECRET_"))}
    verify = [sys.executable, str(ROOT / "manage.py"), "verify_journal"]

    def agrees() -> bool:
        done = subprocess.run(verify, env=kept | {"NQR_HOME": str(register.home)}, capture_output=True, text=True)
        assert "Everything agrees" in done.stdout, done.stderr
        return True

    eventually(agrees, 20)


def test_a_second_quickstart_on_the_same_home_says_so_in_one_sentence(register):
    second = start(register.home, wait=False)
    output, _ = second.process.communicate(timeout=60)
    assert second.process.returncode == 1
    assert "Another register is running on" in output and "Traceback" not in output


def test_a_port_in_use_is_said_in_one_sentence(register, tmp_path):
    second = start(tmp_path / "home", port=register.port, wait=False)
    output, _ = second.process.communicate(timeout=60)
    assert second.process.returncode == 1
    assert f"Port {register.port} on 127.0.0.1 is in use" in output and "Traceback" not in output


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_ends_every_child_within_five_seconds_and_a_second_run_reuses_the_data(register, how):
    children = set(register.children())
    assert register.stop(how) < 5
    assert register.process.returncode == 0
    assert [pid for pid in children if os.path.exists(f"/proc/{pid}")] == []
    again = start(register.home, port=free_port())
    register.process, register.port, register.output = again.process, again.port, again.output
    assert found(register, DRAFT["title"]) is not None


def test_a_killed_supervisor_leaves_no_orphans(register):
    children = set(register.children())
    register.stop(signal.SIGKILL)
    eventually(lambda: [pid for pid in children if os.path.exists(f"/proc/{pid}")] == [], 10)
    again = start(register.home, port=free_port())
    register.process, register.port, register.output = again.process, again.port, again.output
    assert found(register, DRAFT["title"]) is not None
