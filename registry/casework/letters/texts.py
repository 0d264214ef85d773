"""Subject and body of every notice, by what has happened; each is written in the language of who receives it.

While a decision is not public, texts of their own tell neither what was decided nor about what: a mail is read by more
people than it is sent to (design 4.10).
"""

from django.utils.translation import gettext_lazy as _

from registry.casework.letters.reports import REPORTS

# In which role somebody acted, as a letter says it.
ROLES = {
    "editor": _("editor for the applicant"),
    "signatory": _("signatory of the applicant"),
    "evaluator": _("evaluator"),
    "decision_maker": _("decision maker"),
    "review_officer": _("review officer"),
    "registrar": _("registrar"),
    "auditor": _("auditor"),
    "administrator": _("administrator"),
    "system": _("the register itself"),
    "public": _("somebody outside, without an account"),
}

TEXTS = {
    "submit": (
        _("%(reference)s: your application has been received"),
        _("We have received “%(title)s”. Its reference is %(reference)s. It was sealed with the digest %(digest)s."),
    ),
    "submit:deciders": (
        _("%(reference)s waits for a decision"),
        _("“%(title)s” of %(organisation)s was handed on to be decided."),
    ),
    "return": (
        _("%(reference)s: your application is not complete"),
        _(
            "“%(title)s” cannot be evaluated yet. Please hand it in again by %(answer_by)s, with this mended:\n\n%(reason)s"
        ),
    ),
    "evaluate": (
        _("%(reference)s: an evaluator has taken your application on"),
        _("“%(title)s” is being evaluated criterion by criterion."),
    ),
    "assign": (
        _("%(reference)s has been assigned to you"),
        _("%(person)s has assigned “%(title)s” of %(organisation)s to you."),
    ),
    "adopt_law": (
        _("%(reference)s: judged by %(profile)s from now on"),
        _("%(organisation)s has chosen that “%(title)s” is judged by the law in force now."),
    ),
    "withdraw": (
        _("%(reference)s has been withdrawn"),
        _("%(organisation)s has taken “%(title)s” back. What you have recorded stays with the case."),
    ),
    "request": (
        _("%(reference)s: please answer by %(due_on)s"),
        _("About “%(title)s” we ask you, in request %(request)s:\n\n%(items)s\n\nYour time runs to %(due_on)s."),
    ),
    "give_notice": (
        _("%(reference)s: notice, please reply by %(due_on)s"),
        _(
            "The authority gives notice about “%(title)s”. Nothing has been decided. Before it is, you may reply to each of "
            "these grounds:\n\n%(items)s\n\nYour time runs to %(due_on)s."
        ),
    ),
    "withdraw:heard": (
        _("%(reference)s has been dropped"),
        _("The authority does not go on with “%(title)s”. What was recorded stays with the case."),
    ),
    "succeeded": (
        _("What became of your body is on the register"),
        _("By decision %(decision)s the register says:\n\n%(what)s"),
    ),
    "take_back_request": (
        _("%(reference)s: request %(request)s has been taken back"),
        _("You need not answer request %(request)s about “%(title)s” any more."),
    ),
    "send_answers": (
        _("%(reference)s: the answers are there"),
        _("%(organisation)s has answered what was asked about “%(title)s”. The clock runs again."),
    ),
    "remind": (
        _("%(reference)s: reminder, please answer by %(due_on)s"),
        _("Request %(request)s about “%(title)s” is not answered yet:\n\n%(items)s\n\nYour time runs to %(due_on)s."),
    ),
    "overdue": (
        _("%(reference)s: your time to answer is over"),
        _(
            "Request %(request)s about “%(title)s” was to be answered by %(due_on)s:\n\n%(items)s\n\n"
            "You may still answer up to %(lapses_after)s. After that day the authority may let the case lapse."
        ),
    ),
    "stand_still": (
        _("%(reference)s stands still"),
        _("“%(title)s” of %(organisation)s: %(why)s"),
    ),
    "go_on": (
        _("%(reference)s goes on"),
        _("“%(title)s” of %(organisation)s is worked on again from where it stood."),
    ),
    "propose_lapse": (
        _("%(reference)s: confirm that the case lapses, or give more time"),
        _("“%(title)s” of %(organisation)s was not answered in time. Nothing happens until an officer confirms it."),
    ),
    "lapse": (
        _("%(reference)s has lapsed"),
        _("“%(title)s” has lapsed, because what was asked was not answered in time. You may apply again."),
    ),
    "recommend": (
        _("%(reference)s waits for a decision"),
        _("“%(title)s” of %(organisation)s has been evaluated and recommended."),
    ),
    "send_back": (
        _("%(reference)s has been sent back to you"),
        _("“%(title)s” is to be looked at again:\n\n%(reason)s"),
    ),
    "propose_decision": (
        _("%(reference)s waits for a second approver"),
        _(
            "%(person)s has drafted a decision on “%(title)s” that takes effect on an earlier day. Please confirm or return it."
        ),
    ),
    "return_decision": (
        _("%(reference)s: the drafted decision was returned"),
        _("%(person)s did not confirm the drafted decision on “%(title)s”:\n\n%(reason)s"),
    ),
    "decided": (
        _("%(reference)s: decision"),
        _("“%(title)s” has been decided.\n\n%(outcomes)s\n\n%(reason)s\n\n%(published)s\n\n%(appeal)s"),
    ),
    "decided_under_embargo": (
        _("%(reference)s: decision"),
        _(
            "%(reference)s has been decided. Please read the letter in the portal: until %(publish_on)s it is for you alone."
        ),
    ),
    "under_embargo": (
        _("%(reference)s: there is something new"),
        _("There is something new about %(reference)s. Please sign in to read it: it is not public yet."),
    ),
    "release": (
        _("%(reference)s: now on the public register"),
        _("“%(title)s” is public.\n\n%(published)s"),
    ),
    "tell": (
        _("%(reference)s: a message from the authority"),
        _("About “%(title)s”:\n\n%(text)s"),
    ),
    "write": (
        _("%(reference)s: a message from the applicant"),
        _("%(organisation)s writes about “%(title)s”:\n\n%(text)s"),
    ),
    "invoice": (
        _("%(reference)s: invoice %(invoice)s"),
        _("The fee for “%(title)s” is %(amount)s %(currency)s. Please name %(invoice)s when you pay."),
    ),
    "waive_fee": (
        _("%(reference)s: the fee has been waived"),
        _("Nothing is to be paid for “%(title)s”: %(reason)s"),
    ),
    "meet_condition": (
        _("%(reference)s: a condition is met"),
        _("The authority has found this condition of “%(title)s” to be met:\n\n%(condition)s"),
    ),
    "evidence_found": (
        _("%(reference)s: a file was found to be malicious"),
        _(
            "The scanner found %(signature)s in the file “%(file)s” that was attached to “%(title)s”. "
            "Nobody can open it any more. Please check your computer, and attach a clean copy."
        ),
    ),
    "ask_reconsideration": (
        _("%(reference)s: a reconsideration is asked for"),
        _("%(organisation)s asks for a reconsideration of the decision on “%(title)s”:\n\n%(reason)s"),
    ),
    "registration_lapse": (
        _("%(reference)s: a registration may have lapsed"),
        _(
            "The registration of %(organisation)s may have lapsed:\n\n%(held)s\n\n"
            "Give the body notice, or drop it. Nothing follows by itself."
        ),
    ),
    "open_submissions": (
        _("%(reference)s: an interim decision, to which you may reply"),
        _(
            "The authority has made an interim decision on “%(title)s”. You may reply to each ground until %(due_on)s, and "
            "what you say is considered before the final decision.\n\n%(items)s"
        ),
    ),
    "entry_removed": (
        _("%(number)s has been removed from the register"),
        _(
            "“%(title)s” (%(number)s), which you deliver or develop, has been removed from the register.\n\n%(reason)s\n\n"
            "Nobody is accredited for it any more."
        ),
    ),
    "admit": (
        _("%(reference)s: your reconsideration has been admitted"),
        _("“%(title)s” is looked at again by somebody without a part in the decision.\n\n%(stay)s\n\n%(reason)s"),
    ),
    "admit:assigned": (
        _("%(reference)s has been assigned to you"),
        _("%(person)s has admitted the reconsideration “%(title)s” of %(organisation)s: you review it.\n\n%(stay)s"),
    ),
    "reject_out_of_time": (
        _("%(reference)s: your reconsideration is not admitted"),
        _(
            "“%(title)s” is not looked at again, because it was asked for too late:\n\n%(reason)s\n\nThe decision stands."
        ),
    ),
    "reject_no_ground": (
        _("%(reference)s: your reconsideration is not admitted"),
        _(
            "“%(title)s” is not looked at again, because it names no ground that counts:\n\n%(reason)s\n\nThe decision stands."
        ),
    ),
    "reopen": (
        _("%(reference)s is to be decided again"),
        _(
            "By the reconsideration %(reconsideration)s “%(title)s” of %(organisation)s is open again, and decided anew."
        ),
    ),
    "entry_altered": (
        _("%(number)s has changed on the register"),
        _("“%(title)s” (%(number)s), which you deliver or develop, has changed.\n\n%(what)s"),
    ),
    "entry_handed_over": (
        _("%(number)s has been handed over"),
        _("Another body stands behind “%(title)s” (%(number)s).\n\n%(bodies)s"),
    ),
    "body_ended": (
        _("%(number)s: the registration of %(body)s has ended"),
        _(
            "%(body)s (%(body_number)s) stands behind “%(title)s” (%(number)s), which you deliver. Its registration ends on "
            "%(day)s. The entry stays as it is, and so does your accreditation. The authority decides who takes it on."
        ),
    ),
    "body_suspended": (
        _("%(number)s: %(body)s is suspended"),
        _(
            "%(body)s (%(body_number)s) stands behind “%(title)s” (%(number)s), which you deliver. Its registration is "
            "suspended from %(day)s. The entry stays as it is, and so does your accreditation."
        ),
    ),
    "condition_due": (
        _("%(reference)s: a condition is due on %(due_on)s"),
        _("“%(title)s” was approved on this condition, which is due on %(due_on)s:\n\n%(condition)s"),
    ),
    "condition_overdue": (
        _("%(reference)s: a condition is overdue"),
        _(
            "“%(title)s” of %(organisation)s was approved on this condition, which was due on %(due_on)s and has not been "
            "found to be met:\n\n%(condition)s\n\nNothing follows by itself."
        ),
    ),
    "problem:received": (
        _("%(reference)s: we have received your report"),
        _(
            "Thank you for telling us of a problem with %(number)s. An officer looks into it, and we write to you again."
        ),
    ),
    "problem:fixed": (
        _("%(reference)s: the record has been put right"),
        _("You told us of a problem with %(number)s. It has been put right.\n\n%(reason)s"),
    ),
    "problem:refused": (
        _("%(reference)s: the record stays as it is"),
        _(
            "You told us of a problem with %(number)s. We have looked into it, and the record stays as it is:\n\n%(reason)s"
        ),
    ),
    "complaint:received": (
        _("%(reference)s: we have received your complaint"),
        _(
            "We have received your complaint about %(provider)s. Its reference is %(reference)s. An officer reads it and "
            "decides whether we can look into it. We do not tell the provider who you are."
        ),
    ),
    "complaint:provider_first": (
        _("%(reference)s: please turn to the provider first"),
        _(
            "Before we look into your complaint about %(provider)s, the provider's own process comes first:\n\n%(reason)s\n\n"
            "Write to us again, with the reference %(reference)s, when it has ended or nothing comes of it."
        ),
    ),
    "complaint:taken_up": (
        _("%(reference)s: we look into your complaint"),
        _("An officer is looking into your complaint about %(provider)s. We write to you when that has ended."),
    ),
    "complaint:out_of_scope": (
        _("%(reference)s: we cannot look into your complaint"),
        _("We cannot look into your complaint about %(provider)s:\n\n%(reason)s"),
    ),
    "complaint:taken_back": (
        _("%(reference)s: we do not go on with your complaint"),
        _("As you asked, we do not go on with your complaint about %(provider)s."),
    ),
    "complaint:concluded": (
        _("%(reference)s: the outcome of your complaint"),
        _("We have looked into your complaint about %(provider)s.\n\n%(outcome)s\n\n%(text)s"),
    ),
    "advise": (
        _("%(reference)s waits for its outcome"),
        _("A complaint about %(title)s has been looked into, and an outcome advised. Somebody else concludes it."),
    ),
    "conclude:heard": (
        _("%(reference)s: the outcome of a complaint"),
        _("The authority has looked into a complaint about %(title)s.\n\n%(outcome)s\n\n%(to_provider)s"),
    ),
    "out_of_scope:heard": (
        _("%(reference)s: a complaint is not looked into any further"),
        _("The authority does not go on with a complaint about %(title)s. Nothing follows from it."),
    ),
    "take_back_complaint:heard": (
        _("%(reference)s: a complaint is not looked into any further"),
        _("The authority does not go on with a complaint about %(title)s. Nothing follows from it."),
    ),
} | REPORTS
