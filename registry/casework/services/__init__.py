"""Every write at the desk. Each is one transaction, with its events; what is refused is logged."""

from registry.casework.guards import criteria_of
from registry.casework.models import Case
from registry.casework.services.asking import (
    answer,
    ask,
    lapse,
    propose_lapses,
    remind,
    resume,
    send_answers,
    take_back_request,
)
from registry.casework.services.attaching import attach, log_reading, remove_evidence
from registry.casework.services.common import (
    authority_as_body,
    granted,
    logged_when_refused,
    open_case,
    role_to_prepare,
    saving,
    version_of,
)
from registry.casework.services.deciding import (
    broken_rules,
    confirm,
    decide,
    meet_condition,
    return_decision,
    send_back,
    waive,
)
from registry.casework.services.evaluating import (
    assign,
    compare,
    declare_interest,
    declare_interest_in,
    judge,
    recommend,
    return_incomplete,
    start_evaluation,
)
from registry.casework.services.fees import invoice, record_payment, waive_fee
from registry.casework.services.hearing import complete, give_notice, open_submissions
from registry.casework.services.officers import delegate, end_delegation, end_interest
from registry.casework.services.panels import convene, record_minutes
from registry.casework.services.receiving import one_at_a_time, receive_case
from registry.casework.services.releasing import release_due
from registry.casework.services.submitting import adopt_law, submit, withdraw
from registry.casework.services.writing import note, tell, write

__all__ = [
    "Case",
    "adopt_law",
    "answer",
    "ask",
    "assign",
    "attach",
    "authority_as_body",
    "broken_rules",
    "compare",
    "complete",
    "confirm",
    "convene",
    "criteria_of",
    "decide",
    "declare_interest",
    "declare_interest_in",
    "delegate",
    "end_delegation",
    "end_interest",
    "give_notice",
    "granted",
    "invoice",
    "judge",
    "lapse",
    "log_reading",
    "logged_when_refused",
    "meet_condition",
    "note",
    "one_at_a_time",
    "open_case",
    "open_submissions",
    "propose_lapses",
    "receive_case",
    "recommend",
    "record_minutes",
    "record_payment",
    "release_due",
    "remind",
    "remove_evidence",
    "resume",
    "return_decision",
    "return_incomplete",
    "role_to_prepare",
    "saving",
    "send_answers",
    "send_back",
    "start_evaluation",
    "submit",
    "take_back_request",
    "tell",
    "version_of",
    "waive",
    "waive_fee",
    "withdraw",
    "write",
]  # fmt: skip
