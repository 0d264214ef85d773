"""What every case shares. Rows that are evidence (see `registry.grants`) are added and never altered."""

from registry.casework.models.asking import Answer, InformationRequest, Message, RequestItem
from registry.casework.models.case import Case, Exemption, Fee, Submission
from registry.casework.models.deciding import (
    Backdating,
    Condition,
    ConditionMet,
    Decision,
    DecisionDraft,
    Letter,
    Outcome,
    Release,
)
from registry.casework.models.evidence import Evidence, evidence_path
from registry.casework.models.judging import DuplicateCheck, Judgement, Recommendation, Waiver
from registry.casework.models.notices import Notice
from registry.casework.models.parts import Delegation, Interest, Panel, PanelMember, Part
from registry.casework.models.problems import ProblemReport
from registry.casework.models.reconsidering import Reconsideration

__all__ = [
    "Answer",
    "Backdating",
    "Case",
    "Condition",
    "ConditionMet",
    "Decision",
    "DecisionDraft",
    "Delegation",
    "DuplicateCheck",
    "Evidence",
    "Exemption",
    "Fee",
    "InformationRequest",
    "Interest",
    "Judgement",
    "Letter",
    "Message",
    "Notice",
    "Outcome",
    "Panel",
    "PanelMember",
    "Part",
    "ProblemReport",
    "Recommendation",
    "Reconsideration",
    "Release",
    "RequestItem",
    "Submission",
    "Waiver",
    "evidence_path",
]
