"""What the register's entries do not tell, summed for staff: each gap is listed on its entry, and none is ever invented."""

from dataclasses import dataclass, field

from django.db import connection

from registry.documents import GAPS


@dataclass
class Sum:
    """One gap: how many entries have it, in all and for each source of their rows."""

    gap: str
    total: int = 0
    by_source: list[tuple[str, int]] = field(default_factory=list)

    @property
    def label(self) -> str:
        return GAPS.get(self.gap, self.gap)


def sums(table: str) -> list[Sum]:
    """The gaps of one of the desk's tables of public entries, the commonest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"select gap, coalesce(source, ''), count(*) from {connection.ops.quote_name(table)}, unnest(gaps) as gap "  # noqa: S608 quoted name
            "where number is not null group by 1, 2 order by 3 desc, 2"
        )
        rows = cursor.fetchall()
    found: dict[str, Sum] = {}
    for gap, source, count in rows:
        one = found.setdefault(gap, Sum(gap))
        one.total += count
        one.by_source.append((source, count))
    return sorted(found.values(), key=lambda one: -one.total)
