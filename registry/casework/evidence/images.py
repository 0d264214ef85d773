"""Images are measured by their header, and never drawn: a small file may claim to be a very large picture."""

import struct
from typing import BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _

# The segments of a JPEG that state its size; the three left out hold tables.
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Data begins, or the picture ends: its size was to come before.
TOO_LATE = frozenset({0xD9, 0xDA})
MAX_SEGMENTS = 2_000


def png(file: BinaryIO) -> str | None:
    """Why a PNG cannot be kept: its first chunk says its width and height."""
    file.seek(12)
    header = file.read(12)
    if len(header) < 12 or header[:4] != b"IHDR":
        return _unreadable()
    return _measured(*struct.unpack(">II", header[4:]))


def jpeg(file: BinaryIO) -> str | None:
    """Why a JPEG cannot be kept: one of its first segments says its height and width."""
    file.seek(2)
    for _segment in range(MAX_SEGMENTS):
        head = file.read(4)
        if len(head) < 4 or head[0] != 0xFF:
            break
        if head[1] == 0xFF:  # a filling byte before the marker
            file.seek(-3, 1)
            continue
        length = int.from_bytes(head[2:], "big")
        if head[1] in FRAMES:
            frame = file.read(5)
            return _measured(*struct.unpack(">HH", frame[1:])) if len(frame) == 5 else _unreadable()
        if head[1] in TOO_LATE or length < 2:
            break
        file.seek(length - 2, 1)
    return _unreadable()


def _measured(one: int, other: int) -> str | None:
    if not one * other:
        return _unreadable()
    if one * other <= settings.EVIDENCE_MAX_PIXELS:
        return None
    limit = settings.EVIDENCE_MAX_PIXELS // 1_000_000
    return _("its picture has more than %(limit)s million points.") % {"limit": limit}


def _unreadable() -> str:
    return _("it cannot be read as a picture.")
