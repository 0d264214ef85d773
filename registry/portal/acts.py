"""What an applicant may do on the page of a case: one form, one act, one service behind it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registry.casework import kinds, services
from registry.casework.models import Case, RequestItem
from registry.errors import Conflict, NotAllowed, RegisterError
from registry.people.models import User
from registry.portal import forms

Data = Mapping[str, Any]


class FilesRefused(RegisterError):
    """Some of the files that were sent cannot be kept; the text names them, and says what became of the others."""


@dataclass(frozen=True)
class Act:
    """`run` does it, and answers with the sentence that says so; `transition`: what in the table of the kind allows it."""

    transition: str
    form: type[forms.ActForm]
    run: Callable[[Case, User, Data], str]


def _submit(case: Case, by: User, data: Data) -> str:
    services.submit(case_id=case.pk, by=by, expected_revision=data["revision"])
    said = {"reference": case.reference}
    if kinds.get(case.kind).asked_for:
        return _("Your report %(reference)s has been handed in.") % said
    return _("Your application %(reference)s has been submitted.") % said


def _withdraw(case: Case, by: User, data: Data) -> str:
    services.withdraw(case_id=case.pk, by=by, expected_revision=data["revision"])
    return _("The application has been withdrawn.")


def _adopt_law(case: Case, by: User, data: Data) -> str:
    services.adopt_law(case_id=case.pk, by=by, expected_revision=data["revision"])
    return _("Your application is judged by the law in force now.")


def _answer(case: Case, by: User, data: Data) -> str:
    """Files come first: where one of them cannot be kept, the answer comes back to be sent again with another."""
    kept = _keep(case, by, data["file"], item_id=data["item"])
    if data["text"]:
        answer = services.answer(case_id=case.pk, by=by, item_id=data["item"], text=data["text"])
        if answer.late:
            return _("Your answer has been kept. It came after the case had lapsed, and is marked as late.")
        return _("Your answer has been kept. It goes to the authority when you send the answers.")
    item = RequestItem.objects.filter(pk=data["item"]).first()
    if item and not item.answers.exists():
        return f"{kept} {_('Write an answer to the question too.')}"
    return kept


def _send_answers(case: Case, by: User, data: Data) -> str:
    services.send_answers(case_id=case.pk, by=by, expected_revision=data["revision"])
    return _("Your answers have been sent. The evaluation goes on.")


def _attach(case: Case, by: User, data: Data) -> str:
    return _keep(case, by, data["file"], criterion=data["criterion"], dated_on=data["dated_on"])


def _keep(case: Case, by: User, uploads: Sequence[UploadedFile], **where: Any) -> str:
    """Keep each file that can be kept, wherever others cannot. Raises FilesRefused for these."""
    refused = []
    for upload in uploads:
        try:
            services.attach(case_id=case.pk, by=by, upload=upload, **where)
        except (Conflict, NotAllowed):
            raise
        except RegisterError as refusal:
            refused.append(str(refusal))
    kept = len(uploads) - len(refused)
    said = ngettext("The file has been attached.", "%(n)d files have been attached.", kept) % {"n": kept}
    if refused:
        raise FilesRefused(" ".join([*refused, *([said] if kept else [])]))
    return said


def _remove_evidence(case: Case, by: User, data: Data) -> str:
    services.remove_evidence(case_id=case.pk, by=by, evidence_id=data["evidence"])
    return _("The file has been removed.")


def _write(case: Case, by: User, data: Data) -> str:
    services.write(case_id=case.pk, by=by, text=data["text"])
    return _("Your message has been sent.")


ACTS = {
    "submit": Act("submit", forms.ActForm, _submit),
    "withdraw": Act("withdraw", forms.ActForm, _withdraw),
    "answer": Act("answer", forms.AnswerForm, _answer),
    "send_answers": Act("send_answers", forms.ActForm, _send_answers),
    "write": Act("write", forms.MessageForm, _write),
    "adopt_law": Act("adopt_law", forms.ActForm, _adopt_law),
    "attach": Act("edit", forms.FilesForm, _attach),
    "remove_evidence": Act("edit", forms.RemoveForm, _remove_evidence),
}
