"""The journal: what became public, once, in order, for ever."""

import threading
from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from registry import journal
from registry.errors import RegisterError
from registry.journal import Publication
from registry.models import Change, Entry, NumberSeries
from tests.builders import DAY, document, publish


def test_the_first_publication_lists_an_entry_under_a_new_number(db):
    published = publish(title="Certificate in Tiling")
    change = Change.objects.get(serial=published.serial)
    assert (published.number, published.revision, change.action) == ("NQ-000001", 1, "listed")
    assert Entry.objects.get(number=published.number).title == "Certificate in Tiling"


def test_changed_content_makes_a_revision_and_names_the_fields(db):
    number = publish().number
    publish(number=number, title="Certificate in Plumbing and Gasfitting", credits="70")
    change = Change.objects.of(number).last()
    assert (change.action, change.revision) == ("revised", 2)
    assert change.changed_fields == ["credits", "title", "titles"]


def test_unchanged_content_makes_no_serial(db):
    first = publish()
    again = publish(number=first.number)
    assert again.serial is None
    assert journal.head() == first.serial


def test_a_correction_keeps_the_revision(db):
    number = publish().number
    with transaction.atomic():
        journal.publish(
            document(number=number, title="Certificate in Plumbing."), effective_from=DAY, action="corrected"
        )
    assert Entry.objects.get(number=number).revision == 1


def test_a_withdrawn_entry_leaves_a_tombstone_and_its_number_is_never_used_again(db):
    number = publish().number
    with transaction.atomic():
        journal.withdraw(number, effective_from=DAY, decision_number=None, reason="Listed twice.")
    assert Entry.objects.get(number=number).withdrawn_on == DAY
    assert publish().number != number
    with pytest.raises(RegisterError, match="withdrawn"):
        publish(number=number, title="Back again")


def test_a_listing_is_withdrawn_only_with_a_reason(db):
    number = publish().number
    with pytest.raises(RegisterError, match="reason"), transaction.atomic():
        journal.withdraw(number, effective_from=DAY, decision_number=None, reason=" ")


def test_a_document_of_tomorrow_waits_at_the_desk(db):
    with pytest.raises(RegisterError, match="waits"):
        publish(effective_from=timezone.localdate() + timedelta(days=1))


def test_a_batch_has_at_most_a_thousand_documents(db):
    with pytest.raises(RegisterError, match="1000"), transaction.atomic():
        journal.publish_many([Publication(document=document(), effective_from=DAY)] * 1001)


def test_nothing_is_published_outside_a_transaction(committing_db):
    with pytest.raises(RegisterError, match="transaction"):
        journal.publish(document(), effective_from=DAY)
    assert journal.head() == 0


def test_a_rolled_back_publication_leaves_no_gap_in_serials_or_numbers(committing_db):
    publish()
    with transaction.atomic():
        journal.publish(document(title="Never"), effective_from=DAY)
        transaction.set_rollback(True)
    after = publish(title="Second")
    assert (after.serial, after.number) == (2, "NQ-000002")
    assert NumberSeries.objects.get(prefix="NQ").last == 2


@pytest.mark.parametrize(
    "statement",
    [
        "update registry_change set reason = 'nothing happened'",
        "delete from registry_change",
        "truncate registry_change",
        "delete from registry_entry",
        "drop table registry_change",
        "create table mine ()",
        "alter table registry_change disable trigger all",
    ],
)
def test_the_application_role_cannot_rewrite_the_journal(db, statement):
    publish()
    with pytest.raises(Exception, match=r"permission denied|must be owner"), transaction.atomic():
        connection.cursor().execute(statement)


def test_even_the_owner_cannot_alter_a_change(committing_db):
    from django.db import connections

    publish()
    with pytest.raises(Exception, match="append-only"):
        connections["owner"].cursor().execute("update registry_change set reason = 'x'")
    connections["owner"].close()


def test_the_database_refuses_a_change_that_does_not_continue_the_chain(db):
    publish()
    columns = ", ".join(journal.CHANGE_COLUMNS[1:])
    with pytest.raises(Exception, match="does not continue the journal"), transaction.atomic():
        connection.cursor().execute(
            f"insert into registry_change (serial, {columns}) select serial + 1, {columns} from registry_change"
        )


def test_serials_of_concurrent_writers_become_visible_in_commit_order(committing_db, second_connection):
    """A follower that polls while four writers publish sees every serial once, and never a later one first."""
    writers, each = 4, 12
    errors: list[Exception] = []

    def write() -> None:
        try:
            for n in range(each):
                with transaction.atomic():
                    journal.publish(document(title=f"{threading.get_ident()} {n}"), effective_from=DAY)
        except Exception as error:  # shown by the assertion below
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(writers)]
    followers = [second_connection(), second_connection()]
    seen: list[list[int]] = [[], []]
    for thread in threads:
        thread.start()
    while any(t.is_alive() for t in threads) or any(len(s) < writers * each for s in seen):
        for follower, serials in zip(followers, seen, strict=True):
            last = serials[-1] if serials else 0
            rows = follower.execute("select serial from registry_change where serial > %s order by serial", [last])
            serials.extend(row[0] for row in rows.fetchall())
            follower.rollback()
        if errors:
            break
    for thread in threads:
        thread.join()
    assert errors == []
    assert seen == [list(range(1, writers * each + 1))] * 2


def test_the_journal_waits_for_no_reader_and_names_its_lock(committing_db, second_connection):
    """Two publications of one moment are one after the other; the second sees the first's serial."""
    blocker = second_connection()
    blocker.execute("select pg_advisory_xact_lock(%s)", [journal.JOURNAL_LOCK])
    with transaction.atomic():
        connection.cursor().execute("set local lock_timeout = '200ms'")
        with pytest.raises(Exception, match="lock timeout"):
            journal.publish(document(), effective_from=DAY)
        transaction.set_rollback(True)
    blocker.rollback()
    assert publish().serial == 1


def test_status_on_a_date_is_known_by_effective_date_not_by_order_of_recording(db):
    number = publish(effective_from=date(2026, 1, 10)).number
    publish(effective_from=date(2026, 3, 1), number=number, title="Spring title")
    titles = {d: Change.objects.as_at(d).get(number=number).revision for d in (date(2026, 2, 1), date(2026, 3, 1))}
    assert titles == {date(2026, 2, 1): 1, date(2026, 3, 1): 2}
