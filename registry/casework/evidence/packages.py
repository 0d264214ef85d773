"""Office files are zip packages. Their directory is read, with two small parts; nothing else of them is unpacked.

What a package claims is believed only where it counts against it: its parts may neither be more, nor larger, nor packed
tighter than an office writes them, nor lie upon each other in the file.
"""

import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import BinaryIO

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

BEGINNING = b"PK\x03\x04"
MAX_PARTS = 5_000
MAX_DIRECTORY = 2 << 20  # bytes
# Offices pack their XML up to some thirty times; what unpacks to little is not asked how it was packed.
MAX_RATIO, SMALL = 100, 1 << 20
MAX_READ = 1 << 20  # bytes of one part
# The record at the very end of a package: nothing may follow it, and nothing may stand between it and the directory.
END = struct.Struct("<4s4H2LH")
LOCAL_HEADER = 30  # bytes, at least, before each part
ENCRYPTED = 0x1
ARCHIVES = (
    ".zip", ".rar", ".7z", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".tar", ".cab", ".iso", ".jar", ".arj", ".lzh", ".ace",
)  # fmt: skip
MACROS = ("vbaproject.bin", "vbadata.xml", ".docm", ".dotm", ".xlsm", ".xltm", ".xlam", ".pptm", ".potm", ".ppsm")
# Whatever the library raises at a package that is none.
UNREADABLE = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, OSError, ValueError, RuntimeError, EOFError,
    ArithmeticError,
)  # fmt: skip


def office(file: BinaryIO, *, main: str) -> str | None:
    """Why an Office Open XML package cannot be kept. `main`: the content type that its main part must have."""

    def inside(package: zipfile.ZipFile) -> str | None:
        types = _part(package, "[Content_Types].xml").lower()
        if b"macroenabled" in types or b"vbaproject" in types:
            return _macros()
        return None if main.lower().encode() in types else _another_type()

    return _examined(file, inside)


def open_document(file: BinaryIO, *, media_type: str) -> str | None:
    """Why an OpenDocument package cannot be kept: its first part says what it is, its manifest whether it is locked."""

    def inside(package: zipfile.ZipFile) -> str | None:
        first = min(package.infolist(), key=lambda part: part.header_offset)
        if first.filename != "mimetype" or _part(package, "mimetype") != media_type.encode():
            return _another_type()
        if any(name.startswith(("Basic/", "Scripts/")) for name in package.namelist()):
            return _macros()
        return _locked() if b"encryption-data" in _part(package, "META-INF/manifest.xml") else None

    return _examined(file, inside)


def _examined(file: BinaryIO, inside: Callable[[zipfile.ZipFile], str | None]) -> str | None:
    try:
        if why := _directory(file):
            return why
        with zipfile.ZipFile(file) as package:
            return _parts(package) or inside(package)
    except UNREADABLE:
        return _unreadable()


def _directory(file: BinaryIO) -> str | None:
    """Looked at before the library reads it, which makes an object of every part that the directory names."""
    end = file.seek(0, 2) - END.size
    file.seek(end)
    mark, disk, first_disk, here, parts, size, start, comment = END.unpack(file.read(END.size))
    if mark != b"PK\x05\x06" or disk or first_disk or comment or here != parts or start + size != end:
        return _unreadable()
    return _too_many() if parts > MAX_PARTS or size > MAX_DIRECTORY else None


def _parts(package: zipfile.ZipFile) -> str | None:
    """Why what the directory says of the parts cannot be."""
    parts = package.infolist()
    names = [part.orig_filename for part in parts]
    lowered = [name.lower() for name in names]
    if len(parts) > MAX_PARTS:
        return _too_many()
    if any(part.flag_bits & ENCRYPTED for part in parts):
        return _locked()
    if any(map(_leads_elsewhere, names)) or len(set(lowered)) < len(names) or _lie_upon_each_other(package):
        return _unreadable()
    if any(part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for part in parts):
        return _unreadable()
    if any(name.endswith(MACROS) for name in lowered):
        return _macros()
    if any(name.endswith(ARCHIVES) for name in lowered):
        return _("it contains an archive: attach the files themselves.")
    unpacked, packed = sum(part.file_size for part in parts), sum(part.compress_size for part in parts)
    if unpacked > settings.EVIDENCE_MAX_UNPACKED_BYTES or unpacked > max(SMALL, MAX_RATIO * packed):
        limit = filesizeformat(settings.EVIDENCE_MAX_UNPACKED_BYTES)
        return _("it unpacks to too much: at most %(limit)s, and %(ratio)d times its size.") % {
            "limit": limit, "ratio": MAX_RATIO,
        }  # fmt: skip
    return None


def _leads_elsewhere(name: str) -> bool:
    """Whether a part's name is absolute, climbs out of the package, or is none."""
    unclear = not name or "\\" in name or ":" in name or "\x00" in name
    return unclear or name.startswith("/") or ".." in name.split("/")


def _lie_upon_each_other(package: zipfile.ZipFile) -> bool:
    """Whether two parts share bytes of the file, as no office writes them: so a few bytes unpack to very many."""
    placed = sorted((part.header_offset, part.compress_size) for part in package.infolist())
    ends = [start + LOCAL_HEADER + size for start, size in placed]
    starts = [*(start for start, _size in placed[1:]), package.start_dir]
    return any(end > following for end, following in zip(ends, starts, strict=False))


def _part(package: zipfile.ZipFile, name: str) -> bytes:
    """The beginning of a part, empty where there is none; UTF-16 reads as plain letters."""
    if name not in package.namelist():
        return b""
    with package.open(name) as part:
        return part.read(MAX_READ).replace(b"\x00", b"")


def _another_type() -> str:
    return _("it is not what its name says: its content is of another type.")


def _unreadable() -> str:
    return _("it cannot be opened as an office file. Save it again, or attach a PDF.")


def _macros() -> str:
    return _("it contains macros: save it without them.")


def _locked() -> str:
    return _("it is protected with a password: save it without.")


def _too_many() -> str:
    return _("it has more than %(limit)d parts.") % {"limit": MAX_PARTS}
