"""Files that are evidence."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from registry.casework.models.asking import RequestItem
from registry.casework.models.case import Case
from registry.casework.querysets import EvidenceQuerySet
from registry.people.models import User


def evidence_path(evidence: "Evidence", _name: str) -> str:
    """A random name: what the applicant calls the file is kept in the row and never touches the disk."""
    return f"{evidence.case_id}/{uuid.uuid4().hex}"


class Evidence(models.Model):
    """A file that an applicant ties to one criterion. Served to those who may read the case, as an attachment only.

    `item`: the item of an information request that it answers. `scan`: what the scanner for malicious files said, if
    there is one; `scan_detail` what it found or why it failed, `scanned_at` when it was asked last. `dated_on`: the day
    that it is of, which a reconsideration asks for: only what existed at the decision counts (section 4.8).
    """

    class Scan(models.TextChoices):
        OFF = "off", _("not scanned")
        PENDING = "pending", _("being scanned")
        CLEAN = "clean", _("nothing found")
        FOUND = "found", _("malicious")
        FAILED = "failed", _("could not be scanned")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="evidence")
    criterion = models.CharField(max_length=60)
    item = models.ForeignKey(RequestItem, on_delete=models.PROTECT, null=True, blank=True, related_name="files")
    file = models.FileField(upload_to=evidence_path)
    name = models.CharField(_("file name"), max_length=255)
    media_type = models.CharField(max_length=100)
    size = models.BigIntegerField(_("bytes"))
    sha256 = models.CharField(max_length=64)
    scan = models.CharField(max_length=10, choices=Scan.choices, default=Scan.OFF)
    scan_detail = models.CharField(max_length=300, blank=True)
    scanned_at = models.DateTimeField(null=True, blank=True)
    dated_on = models.DateField(_("the day that it is of"), null=True, blank=True)
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering = ["added_at", "id"]
        indexes = [models.Index(fields=["added_at"], name="evidence_to_scan", condition=models.Q(scan="pending"))]

    def __str__(self) -> str:
        return self.name

    @property
    def withheld(self) -> bool:
        """Whether nobody may open it, officers neither: something malicious was found in it."""
        return self.scan == self.Scan.FOUND

    @property
    def scan_said(self) -> str:
        """What is known of it, for lists: with the name of what was found."""
        said = str(self.get_scan_display())
        return f"{said}: {self.scan_detail}" if self.withheld else said
