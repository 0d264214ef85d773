"""A calendar as calendar programs read it (RFC 5545): all-day events, written from what falls due and from nothing else, so
that an unchanged calendar is the same bytes."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from registry.casework.agenda.things import Thing

CONTENT_TYPE = "text/calendar; charset=utf-8"
WIDTH = 75
# Section 3.3.11: text holds no control characters; a new line is written as \n.
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# A calendar without a component is none (section 3.6): an empty one says what its day is counted by.
_NOTHING = (
    "BEGIN:VTIMEZONE", "TZID:Etc/UTC", "BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0000",
    "TZOFFSETTO:+0000", "END:STANDARD", "END:VTIMEZONE",
)  # fmt: skip


def write(things: Iterable[Thing], *, name: str, said: str, base: str) -> bytes:
    """The calendar of these things. `base` is the address of the register: pages are named from it, and its host makes the
    ids of events unlike those of another register."""
    host = re.sub(r"^[a-z]+://|[:/].*$", "", base) or "localhost"
    events = [line for thing in things for line in _event(thing, base, host)]
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//National Qualifications Register//Calendar of the desk//EN",
        "CALSCALE:GREGORIAN", f"NAME:{text(name)}", f"X-WR-CALNAME:{text(name)}", f"DESCRIPTION:{text(said)}",
        f"X-WR-CALDESC:{text(said)}", "REFRESH-INTERVAL;VALUE=DURATION:PT6H", "X-PUBLISHED-TTL:PT6H",
        *(events or _NOTHING), "END:VCALENDAR",
    ]  # fmt: skip
    return b"".join(folded(line) for line in lines)


def _event(thing: Thing, base: str, host: str) -> Iterator[str]:
    about = " ".join(filter(None, (thing.number, thing.title)))
    late = thing.late_in_words
    label = str(thing.label)
    summary = f"{label[:1].upper()}{label[1:]}: {about}" + (f" ({late})" if late else "")
    said = [str(thing.kind), thing.body, thing.officer, thing.words, base + thing.url if thing.url else ""]
    yield "BEGIN:VEVENT"
    yield f"UID:{text(thing.uid)}@{host}"
    yield f"DTSTAMP:{moment(thing.touched)}"
    yield f"DTSTART;VALUE=DATE:{thing.day:%Y%m%d}"
    yield f"SUMMARY:{text(summary)}"
    yield f"DESCRIPTION:{text(chr(10).join(filter(None, said)))}"
    yield f"CATEGORIES:{text(str(thing.label))}"
    if thing.url:
        yield f"URL:{base}{thing.url}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def text(words: str) -> str:
    """Words as a value of the type TEXT (section 3.3.11)."""
    words = _UNWRITABLE.sub("", words.replace("\r\n", "\n").replace("\r", "\n"))
    for plain, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        words = words.replace(plain, escaped)
    return words


def moment(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def folded(line: str) -> bytes:
    """A line in pieces of at most 75 octets, none of which cuts a character in two (section 3.1)."""
    pieces, piece = [], b""
    for character in line:
        octets = character.encode()
        if len(piece) + len(octets) > WIDTH:
            pieces.append(piece)
            piece = b" "
        piece += octets
    return b"\r\n".join([*pieces, piece]) + b"\r\n"
