"""What may be attached: by extension, by what the bytes say, and by size. Uploads are never trusted."""

import os
from dataclasses import dataclass

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from registry.casework.models import Evidence
from registry.errors import RegisterError

# Extension: media type, and the bytes that such a file begins with (None: plain text without NUL bytes).
ACCEPTED: dict[str, tuple[str, bytes | None]] = {
    ".pdf": ("application/pdf", b"%PDF-"),
    ".png": ("image/png", b"\x89PNG\r\n\x1a\n"),
    ".jpg": ("image/jpeg", b"\xff\xd8\xff"),
    ".jpeg": ("image/jpeg", b"\xff\xd8\xff"),
    ".txt": ("text/plain", None),
    ".csv": ("text/csv", None),
}


@dataclass(frozen=True)
class Checked:
    """A file whose name, type and size are acceptable."""

    name: str
    media_type: str


def inspect(upload: UploadedFile) -> Checked:
    """Raise RegisterError, in words for the applicant, where this file cannot be kept as evidence."""
    name = os.path.basename(upload.name or "").replace("\x00", "").strip()[-255:]
    extension = os.path.splitext(name)[1].lower()
    if extension not in ACCEPTED:
        raise RegisterError(
            _("%(name)s: attach one of %(types)s.") % {"name": name or "?", "types": ", ".join(sorted(ACCEPTED))}
        )
    if not upload.size:
        raise RegisterError(_("%(name)s is empty.") % {"name": name})
    if upload.size > settings.EVIDENCE_MAX_BYTES:
        raise RegisterError(
            _("%(name)s is larger than %(limit)s.")
            % {"name": name, "limit": filesizeformat(settings.EVIDENCE_MAX_BYTES)}
        )
    media_type, beginning = ACCEPTED[extension]
    start = upload.read(4096)
    upload.seek(0)
    if b"\x00" in start if beginning is None else not start.startswith(beginning):
        raise RegisterError(_("%(name)s is not what its name says: its content is of another type.") % {"name": name})
    return Checked(name, media_type)


def first_state() -> str:
    """What is known of a file that has just come in: it waits for the scanner, where there is one."""
    return Evidence.Scan.PENDING if settings.CLAMD_ADDRESS else Evidence.Scan.OFF
