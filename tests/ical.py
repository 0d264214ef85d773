"""A calendar read as strictly as RFC 5545 (and RFC 7986, for its name) lets one: what is not allowed fails."""

import re
from datetime import datetime

NAME = re.compile(r"[A-Z][A-Z0-9-]*")
PARAMETER = re.compile(r"[A-Z][A-Z0-9-]*=[^\x00-\x1f\x7f\";:,]+")
OF_CALENDAR = {"VERSION", "PRODID", "CALSCALE", "METHOD", "NAME", "DESCRIPTION", "REFRESH-INTERVAL"}
OF_EVENT = {"UID", "DTSTAMP", "DTSTART", "SUMMARY", "DESCRIPTION", "CATEGORIES", "URL", "TRANSP"}
TEXTS = {"PRODID", "NAME", "DESCRIPTION", "SUMMARY", "UID", "X-WR-CALNAME", "X-WR-CALDESC", "CATEGORIES"}


def lines_of(body: bytes) -> list[str]:
    """Section 3.1: lines end in CRLF, hold at most 75 octets, and go on in one that begins with a space."""
    assert body.endswith(b"\r\n")
    physical = body.removesuffix(b"\r\n").split(b"\r\n")
    lines = []
    for piece in physical:
        assert len(piece) <= 75, piece
        assert b"\r" not in piece and b"\n" not in piece, piece
        # None of ours cuts a character in two, which section 3.1 allows and programs get wrong.
        words = piece.decode()
        assert not re.search(r"[\x00-\x08\x0a-\x1f\x7f]", words), piece
        if words.startswith(" "):
            lines[-1] += words[1:]
        else:
            lines.append(words)
    return lines


def plain(value: str) -> str:
    """Section 3.3.11: what a value of the type TEXT says."""
    assert re.fullmatch(r"(?:[^\\;,]|\\[\\;,nN])*", value), value
    return re.sub(r"\\(.)", lambda m: "\n" if m[1] in "nN" else m[1], value)


def read(body: bytes) -> tuple[dict[str, str], list[dict[str, str]]]:
    """The calendar's own properties, and its events, each with the words of its properties."""
    calendar: dict[str, str] = {}
    events: list[dict[str, str]] = []
    stack: list[str] = []
    components = 0
    lines = lines_of(body)
    assert lines[0] == "BEGIN:VCALENDAR" and lines[-1] == "END:VCALENDAR"
    for line in lines:
        head, colon, value = line.partition(":")
        assert colon, line
        name, *parameters = head.split(";")
        assert NAME.fullmatch(name) and all(PARAMETER.fullmatch(p) for p in parameters), line
        if name == "BEGIN":
            assert stack or value == "VCALENDAR"
            stack.append(value)
            components += len(stack) == 2
            if value == "VEVENT":
                events.append({})
            continue
        if name == "END":
            assert stack.pop() == value, line
            continue
        if stack[-1] not in ("VCALENDAR", "VEVENT"):
            continue
        into = calendar if stack[-1] == "VCALENDAR" else events[-1]
        assert name not in into, f"{name} stands twice"
        assert name.startswith("X-") or name in (OF_CALENDAR if into is calendar else OF_EVENT), line
        into[name] = plain(value) if name in TEXTS else value
        if name == "DTSTART":
            assert parameters == ["VALUE=DATE"] and datetime.strptime(value, "%Y%m%d")
        if name == "DTSTAMP":
            assert not parameters and datetime.strptime(value, "%Y%m%dT%H%M%SZ")
    assert not stack and components, "a calendar has a component"
    assert calendar["VERSION"] == "2.0" and calendar["PRODID"]
    for event in events:
        assert {"UID", "DTSTAMP", "DTSTART"} <= event.keys()
    assert len({event["UID"] for event in events}) == len(events)
    return calendar, events
