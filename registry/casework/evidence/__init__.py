"""What may be attached: by extension, by what the bytes say, and by size. Uploads are never trusted, nor unpacked.

Each kind of file has a check, which reads no more than it must and answers with the sentence that says why not, or with
nothing. Whatever the bytes are, the answer is that sentence and never another error.
"""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from registry.casework.evidence import images, names, packages, texts
from registry.casework.models import Evidence
from registry.errors import RegisterError

Check = Callable[[BinaryIO], str | None]
OFFICE = "application/vnd.openxmlformats-officedocument."
OPEN_DOCUMENT = "application/vnd.oasis.opendocument."


@dataclass(frozen=True)
class Sort:
    """One sort of file: its media type, the bytes that it begins with, and what else is asked of it."""

    media_type: str
    beginning: bytes
    check: Check | None = None


def _office(name: str, main: str) -> Sort:
    """Office Open XML: `main` is the content type of its main part."""
    check = partial(packages.office, main=f"{OFFICE}{main}.main+xml")
    return Sort(f"{OFFICE}{name}", packages.BEGINNING, check)


def _open_document(name: str) -> Sort:
    media_type = f"{OPEN_DOCUMENT}{name}"
    return Sort(media_type, packages.BEGINNING, partial(packages.open_document, media_type=media_type))


_JPEG = Sort("image/jpeg", b"\xff\xd8\xff", images.jpeg)
# By extension. The end of a PDF is not examined: readers mend one that was cut short, and an officer sees what is missing.
ACCEPTED: dict[str, Sort] = {
    ".pdf": Sort("application/pdf", b"%PDF-"),
    ".png": Sort("image/png", b"\x89PNG\r\n\x1a\n", images.png),
    ".jpg": _JPEG,
    ".jpeg": _JPEG,
    ".txt": Sort("text/plain", b"", texts.plain),
    ".csv": Sort("text/csv", b"", texts.csv),
    ".docx": _office("wordprocessingml.document", "wordprocessingml.document"),
    ".xlsx": _office("spreadsheetml.sheet", "spreadsheetml.sheet"),
    ".pptx": _office("presentationml.presentation", "presentationml.presentation"),
    ".odt": _open_document("text"),
    ".ods": _open_document("spreadsheet"),
    ".odp": _open_document("presentation"),
}


@dataclass(frozen=True)
class Checked:
    """A file whose name, type and size are acceptable, with the SHA-256 of its bytes in hexadecimal."""

    name: str
    media_type: str
    sha256: str


def inspect(upload: UploadedFile) -> Checked:
    """Raise RegisterError, in words for the applicant, where this file cannot be kept as evidence (edge case 40)."""
    name = names.clean(upload.name or "")
    sort = ACCEPTED.get(os.path.splitext(name)[1].lower())
    if sort is None:
        raise RegisterError(
            _("%(name)s: attach one of %(types)s.") % {"name": name or "?", "types": ", ".join(sorted(ACCEPTED))}
        )
    if why := _why_not(upload, sort):
        raise RegisterError(_("%(name)s: %(why)s") % {"name": name, "why": why})
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    return Checked(name, sort.media_type, digest.hexdigest())


def _why_not(upload: UploadedFile, sort: Sort) -> str | None:
    if not upload.size:
        return _("it is empty.")
    if upload.size > settings.EVIDENCE_MAX_BYTES:
        return _("it is larger than %(limit)s.") % {"limit": filesizeformat(settings.EVIDENCE_MAX_BYTES)}
    upload.seek(0)
    if upload.read(len(sort.beginning)) != sort.beginning:
        return _("it is not what its name says: its content is of another type.")
    return sort.check(upload.file) if sort.check else None


def first_state() -> str:
    """What is known of a file that has just come in: it waits for the scanner, where there is one."""
    return Evidence.Scan.PENDING if settings.CLAMD_ADDRESS else Evidence.Scan.OFF
