"""Subject and body of the notices about reviews, returns and reports, and about what becomes of many entries at once: see
`registry.casework.letters.texts`."""

from django.utils.translation import gettext_lazy as _

REPORTS = {
    "submit:report": (
        _("%(reference)s: your report has been received"),
        _("We have received your report on “%(title)s”. It was sealed with the digest %(digest)s."),
    ),
    "return:report": (
        _("%(reference)s: your report is not complete"),
        _("Please hand the report on “%(title)s” in again by %(answer_by)s, with this mended:\n\n%(reason)s"),
    ),
    "evaluate:report": (
        _("%(reference)s: your report is being evaluated"),
        _("The report on “%(title)s” is judged criterion by criterion."),
    ),
    "report_opened": (
        _("%(reference)s: a report is asked for by %(due_on)s"),
        _(
            "“%(title)s” is to be reviewed. Please report by %(due_on)s: in your portal the report has been begun with what "
            "you said last time. Read each part of it before you hand it in."
        ),
    ),
    "report_due": (
        _("%(reference)s: your report is due on %(due_on)s"),
        _("The report on “%(title)s” has not been handed in yet. It is due on %(due_on)s."),
    ),
    "report_overdue": (
        _("%(reference)s: your report is overdue"),
        _(
            "The report on “%(title)s” was due on %(due_on)s and has not been handed in. Please hand it in now. Nothing on "
            "the register alters by itself; what follows of a report that stays away, people decide."
        ),
    ),
    "report_still_overdue": (
        _("%(reference)s: your report is still overdue"),
        _(
            "The report on “%(title)s”, which was due on %(due_on)s, is %(late)s days late. Please hand it in: a review officer "
            "will otherwise decide how to go on."
        ),
    ),
    "report_late_1": (
        _("%(reference)s: the report is overdue"),
        _("%(organisation)s has not handed in the report on “%(title)s”, which was due on %(due_on)s."),
    ),
    "report_late_2": (
        _("%(reference)s: a formal notice is due"),
        _(
            "%(organisation)s is %(late)s days late with the report on “%(title)s”, which was due on %(due_on)s. Give formal "
            "notice, or go on without the report."
        ),
    ),
    "report_late_3": (
        _("%(reference)s: a report has stayed away, please decide"),
        _(
            "%(organisation)s is %(late)s days late with the report on “%(title)s”, which was due on %(due_on)s. Please decide "
            "what follows of it. Nothing follows by itself."
        ),
    ),
    "extend": (
        _("%(reference)s: you have until %(until)s"),
        _("The report on “%(title)s”, which was due on %(due_on)s, is now due on %(until)s.\n\n%(reason)s"),
    ),
    "cover": (
        _("%(reference)s: no report is needed"),
        _(
            "What was decided of the change %(change)s answers the review of “%(title)s”: it is now decided.\n\n%(reason)s"
        ),
    ),
    "cover:deciders": (
        _("%(reference)s waits for a decision"),
        _("“%(title)s” of %(organisation)s was handed on to be decided: the change %(change)s answers the review."),
    ),
    "demand": (
        _("%(reference)s: formal notice"),
        _("The report on “%(title)s” is late. This is a formal notice of it:\n\n%(reason)s"),
    ),
    "go_without": (
        _("%(reference)s: it goes on without your report"),
        _("No report on “%(title)s” has come. It is now judged on what is there.\n\n%(reason)s"),
    ),
    "close_report": (
        _("%(reference)s has been closed"),
        _("“%(title)s” is not reviewed any more in this case: no report is asked for.\n\n%(reason)s"),
    ),
    "part_may_follow": (
        _("%(reference)s: %(number)s may have to follow %(parent)s"),
        _(
            "%(parent)s %(parent_title)s begins to expire on %(day)s. “%(title)s” (%(number)s) is part of it. A draft that lets "
            "it end with it has been opened: go on with it, or drop it. Nothing follows by itself."
        ),
    ),
    "parent_ends": (
        _("%(number)s: what it is part of begins to expire"),
        _(
            "%(parent)s %(parent_title)s begins to expire on %(day)s. “%(title)s” (%(number)s) is part of it, and stays as it "
            "is: whether it follows, the authority decides. Please tell the authority what you mean to do."
        ),
    ),
    "entry_ends": (
        _("%(number)s: its last day is %(day)s"),
        _(
            "The last day of “%(title)s” (%(number)s) is %(day)s. After that day it is awarded to nobody who has not met every "
            "requirement by then. If learners need more time, the end must be extended before that day."
        ),
    ),
    "report_after_registration": (
        _("%(reference)s: a registration ends before the review is due"),
        _(
            "%(organisation)s is registered until %(until)s, and the report on “%(title)s” is due on %(due_on)s. The review "
            "stays as it is: another day is given by a decision alone."
        ),
    ),
    "change_required": (
        _("%(reference)s: please apply for the change by %(due_on)s"),
        _(
            "The review of “%(title)s” has ended with the decision that it must be changed. A draft of the change has been "
            "begun for you. Please hand it in by %(due_on)s.\n\n%(reason)s"
        ),
    ),
    "change_overdue": (
        _("%(reference)s: a change that a review required has not come"),
        _("%(organisation)s was to apply for a change of “%(title)s” by %(due_on)s, and has not."),
    ),
    "conditions_met": (
        _("%(reference)s: every condition is met"),
        _(
            "Every condition of the review of “%(title)s” of %(organisation)s is met: it may continue without conditions."
        ),
    ),
    "return_opened": (
        _("%(reference)s: %(title)s is due on %(due_on)s"),
        _(
            "%(organisation)s is asked for this return: %(title)s. It is due on %(due_on)s. Write it in the portal, and hand "
            "it in by that day. The authority sees nothing of it before."
        ),
    ),
    "consistency_notice": (
        _("%(reference)s: consistency review on %(held_on)s"),
        _(
            "“%(title)s”, which you deliver under %(number)s, is reviewed for the consistency of its graduates, with all who "
            "deliver it, on %(held_on)s at %(venue)s. Taking part is needed to keep the accreditation.\n\n%(question)s\n\n"
            "Please prepare: the number of your graduates, your self-assessment with its evidence, and your own rating, "
            "sufficient or not sufficient. Hand them in before that day. With fewer than five graduates, hand in the "
            "self-assessment alone."
        ),
    ),
    "consistency_received": (
        _("%(reference)s: we have received it"),
        _("We have received what you handed in for the consistency review of “%(title)s”."),
    ),
    "consistency_handed_in": (
        _("%(reference)s: a provider has handed in"),
        _("%(provider)s has handed in for the consistency review of “%(title)s”."),
    ),
    "consistency_missed": (
        _("%(reference)s: the review is held without you"),
        _(
            "You handed in nothing for the consistency review of “%(title)s” and took no part in it. Taking part is needed to "
            "keep the accreditation %(number)s. Nothing follows by itself."
        ),
    ),
    "consistency_dropped": (
        _("%(reference)s has been dropped"),
        _("The authority does not go on with the consistency review of “%(title)s”. What was recorded stays."),
    ),
    "consistency_not_yet": (
        _("%(reference)s: your rating, and time to improve until %(until)s"),
        _(
            "In the consistency review of “%(title)s” your delivery under %(number)s was rated: %(rating)s.\n\n%(reason)s\n\n"
            "The report is interim until %(until)s. You may send what you have improved until then; you are rated once more "
            "before the report is final."
        ),
    ),
    "consistency_rated_interim": (
        _("%(reference)s: your rating"),
        _(
            "In the consistency review of “%(title)s” your delivery under %(number)s was rated: %(rating)s.\n\n%(reason)s\n\n"
            "The report as a whole is still interim. Your rating stays."
        ),
    ),
    "consistency_rated": (
        _("%(reference)s: your rating"),
        _(
            "In the consistency review of “%(title)s” your delivery under %(number)s was rated: %(rating)s.\n\n%(reason)s\n\n"
            "The report is final."
        ),
    ),
    "consistency_read": (
        _("%(reference)s: your self-assessment has been read"),
        _(
            "Your self-assessment for the consistency review of “%(title)s” has been read. With so few graduates your delivery "
            "is not rated. The report is final."
        ),
    ),
    "consistency_interim_over": (
        _("%(reference)s: the final rating is due"),
        _(
            "The report on “%(title)s” was interim until %(until)s. Rate those once more that were not sufficient. Nothing "
            "follows by itself."
        ),
    ),
    "entries_reregistered": (
        _("%(decision)s: %(count)d of your entries are registered for a further term"),
        _(
            "By decision %(decision)s, %(count)d entries which %(body)s awards, develops or delivers are registered for a "
            "further term:\n\n%(entries)s"
        ),
    ),
    "reviews_spread": (
        _("%(decision)s: when %(count)d of your entries are reviewed next"),
        _(
            "By decision %(decision)s, %(count)d entries which %(body)s awards, develops or delivers have a day for their "
            "next review. You will be told when each review opens.\n\n%(entries)s"
        ),
    ),
    "bulk_settled": (
        _("%(reference)s: what was decided is public"),
        _(
            "Of “%(title)s”, %(count)d entries have been changed and %(left_out)d were left out. The page of the case names "
            "each, with the reason."
        ),
    ),
}
