"""The states of the public pages that a browser visits, as data: adding a page is adding a line.

An address may name an entry of the visited register in braces (`contents.fill` gives the names). `sees` are words of
the English page that tell that it is in this state; without one a state could not be told from an error, so each has one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from registry.public.guidance import TOPICS
from registry.status import PROVIDER_STATUSES

# The registers that are visited: one with everything, the same while its database is away, one without entries, and one
# whose index is still to be built.
FULL, AWAY, EMPTY, WITHOUT_INDEX = "full", "away", "empty", "without_index"


@dataclass(frozen=True)
class State:
    """A page as a visitor meets it. `site`: the register that is visited; `fill` and `send`: what is written into a form
    of the page by the names of its fields, and that it is sent, before the page is looked at. `status` is that of the
    page that is looked at in the end."""

    name: str
    address: str
    sees: tuple[Any, ...]
    status: int = 200
    site: str = FULL
    fill: Mapping[str, str] = field(default_factory=dict)
    send: bool = False

    def at(self, numbers: Mapping[str, str], language: str = "en") -> str:
        """Its address in a language."""
        path = self.address.format_map(numbers)
        return path if language == "en" else f"/{language}{path}"


def state(name: str, address: str, *sees: Any, **others: Any) -> State:
    assert sees, f"{name}: a state says what is seen on it"
    return State(name, address, sees, **others)


AWAY_NOTICE = "The register's database cannot be reached."
WRONG = {"text": "x", "email": "nobody"}
LINES = "credential,provider,on\n{current},{body},2024-05-01\n{expiring},{suspended_body},\nxyzzyqv,,\n{current},,soon"
REPORT = {"what": "wrong", "text": "The record says level 3; it ought to say level 4."}

STATES: tuple[State, ...] = (
    # Home
    state("home", "/", "Find a qualification or micro-credential", "By level"),
    state("home of an empty register", "/", "Nothing has been listed yet.", site=EMPTY),
    # Search
    state("results", "/search", "Find a qualification", "results", "Apply filters"),
    state("results of a word, filtered", "/search?q=paua&level=3&kind=qualification", "Selected filters", "Remove"),
    state("a later page of results", "/search?q=paua&page=2", "Previous", "Next"),
    state(
        "results with discontinued ones", "/search?q=thatching&status=discontinued&status=current", "Whare Thatching"
    ),
    state("results with long titles", "/search?q={long}x&sort=title", "Apply filters"),
    state("results in Arabic script", "/search?q=المياه", "شهادة"),
    state("results with macrons", "/search?q=pokaitahi", "Te Pōkaitahi"),
    state("a misspelt search", "/search?q=harakeka+weavin", "Harakeke Weaving"),
    state("no results", "/search?q=xyzzyqv", "No entry matches.", "Check the spelling"),
    state("no results with filters", "/search?q=xyzzyqv&level=3", "Search again without filters"),
    state("search in an empty register", "/search", "No entry matches.", site=EMPTY),
    state("search without an index", "/search?q=paua", "Search is being prepared", status=503, site=WITHOUT_INDEX),
    state("results as at a day", "/search?q=hangi&as_at=2021-06-01", "As it was on 1 June 2021", "Hāngī Laying"),
    state("results for who may start on a day", "/search?q=harakeka&start_on=2023-01-01", "Selected filters"),
    state("a search for no day", "/search?q=paua&start_on=soon", "There is a problem", status=400),
    state("results while the database is away", "/search?q=paua", "Paua Polishing", "Apply filters", site=AWAY),
    state("a page of results that is none", "/search?page=999", "Page not found", status=404),
    # A record
    state(
        "a current record", "/q/{current}", "New learners may start.", "Where this record comes from", "Who offers it"
    ),
    state("a record with everything", "/q/{everything}", "Tuna Smoking", "Replaced by", "SHA-256"),
    state("an expiring record", "/q/{expiring}", "Expiring since 1 June 2024."),
    state("a discontinued record", "/q/{discontinued}", "Discontinued after 31 December 2021."),
    state("a record closed on an unknown day", "/q/{closed}", "Discontinued; the date is not known."),
    state("a suspended record", "/q/{suspended}", "Suspended from 1 January 2024.", "Kina are scarce."),
    state("a record with a long title", "/q/{long}", "Donaudampfschiff"),
    state("a record with macrons", "/q/{maori}", "Ōhākī", "Fresh Streams"),
    state("a record in Arabic", "/q/{arabic}", "شهادة", "Mains Upkeep"),
    state("a revised record", "/q/{revised}", "Hāngī Laying and Lifting", "Revision 2"),
    state("an earlier revision", "/q/{revised}/r/1", "This is an earlier revision."),
    state("a record as at a day", "/q/{revised}?as_at=2021-06-01", "As it was on 1 June 2021, as we know it today."),
    state("a record as at a day to come", "/q/{expiring}?as_at=2100-01-01", "As it will be on 1 January 2100"),
    state("a record before its listing", "/q/{revised}?as_at=2019-01-01", "It was not on the register", status=404),
    state("a record as at no day", "/q/{revised}?as_at=soon", "is not a date", status=400),
    state("a tombstone", "/q/{removed}", "Removed: this was listed by mistake", status=410),
    state("a record while the database is away", "/q/{current}", AWAY_NOTICE, "New learners may start.", site=AWAY),
    state("an unknown number while the database is away", "/q/NQ-999999", "cannot be told", status=503, site=AWAY),
    state("an unknown number", "/q/NQ-999999", "Page not found", status=404),
    # What changed, and two records side by side
    state("what changed", "/q/{revised}/changes", "From revision 1 to revision 2"),
    state("what changed of one revision", "/q/{current}/changes", "There is one revision alone"),
    state("what changed between none", "/q/{revised}/changes?from=7&to=9", "There is a problem", status=404),
    state("what changed at a provider", "/providers/{body}/changes", "What changed"),
    state("compare", "/compare", "Compare two entries", "First number"),
    state("two compared", "/compare?n={everything}&n={long}", "differences", "What is the same"),
    state("two compared, what differs alone", "/compare?n={arabic}&n={maori}&only=1", "not shown"),
    state("two compared wrongly", "/compare?n=seven&n={current}", "is not a register number", status=400),
    # Providers
    state("providers", "/providers", "Kōwhai Wānanga"),
    state("no providers", "/providers?q=xyzzyqv", "0 providers"),
    state("providers of an empty register", "/providers", "0 providers", site=EMPTY),
    state("a provider with everything", "/providers/{body}", "Excluded:", "Quality category", "Rimu yard"),
    state("a provider as at a day", "/providers/{body}?as_at=2020-06-01", "1 June 2020"),
    state("a provider as at no day", "/providers/{body}?as_at=soon", "is not a date", status=400),
    state("a provider with a long name", "/providers/{long_body}", "Donaudampfschiff"),
    state("a provider in Arabic", "/providers/{arabic_body}", "معهد"),
    *(
        state(f"a provider that is {status}", f"/providers/{{{status}_body}}", "Use this record")
        for status in PROVIDER_STATUSES
        if status != "registered"  # that with everything is
    ),
    state("statutory actions", "/statutory-actions", "It keeps its yard book from now on."),
    state("no statutory actions", "/statutory-actions", "There is none at the moment.", site=EMPTY),
    state("a provider while the database is away", "/providers/{body}", AWAY_NOTICE, "Rimu yard", site=AWAY),
    # Verify
    state("verify", "/verify", "Was it registered, and was that provider accredited?"),
    state("verify with nothing written", "/verify?credential=", "There is a problem", status=400),
    state("verify with no day", "/verify?credential={current}&on=soon", "is not a date", status=400),
    state("verify with a provider", "/verify?provider={body}", "On which day"),
    state("verify something unknown", "/verify?credential=xyzzyqv", "There is a problem", status=200),
    state("verify: yes", "/verify?credential={current}&provider={body}&on=2024-05-01", "Accredited.", "Registered."),
    state("verify: no", "/verify?credential={expiring}&provider={suspended_body}", "Not accredited."),
    state(
        "verify: a day to come", "/verify?credential={current}&provider={body}&on=2098-01-01", "That day has not come"
    ),
    state("verify many", "/verify/batch", "Send a table with up to 1,000 questions."),
    state("many verified", "/verify/batch", "4 lines answered", fill={"pasted": LINES}, send=True),
    state(
        "many verified wrongly", "/verify/batch", "There is a problem", fill={"pasted": "number"}, send=True, status=422
    ),
    state("verify: a choice", "/verify?credential=toheroa+digging&provider={body}", "Which of these entries?"),
    # Forms
    state("report a problem", "/q/{current}/report", "Waka Ama Crewing"),
    state("report a problem, wrongly", "/q/{current}/report", "There is a problem", fill=WRONG, send=True, status=422),
    state("a problem reported", "/q/{current}/report", "What happens next", fill=REPORT, send=True),
    state("report a problem with a provider", "/providers/{body}/report", "Kōwhai Wānanga"),
    state("complain", "/providers/{body}/complaint", "Kōwhai Wānanga"),
    state("complain, wrongly", "/providers/{body}/complaint", "There is a problem", fill=WRONG, send=True, status=422),
    state("follow a record", "/q/{current}/follow", "Waka Ama Crewing", "What we keep"),
    state("follow a record, wrongly", "/q/{current}/follow", "There is a problem", fill=WRONG, send=True, status=422),
    state("a link was sent", "/q/{current}/follow", "What happens next", fill={"email": "ana@example.org"}, send=True),
    state("follow a provider", "/providers/{body}/follow", "What we keep"),
    state("follow a search", "/search/follow?q=paua", "What we keep"),
    state("confirm to follow", "/follow/{confirming}/confirm", "Confirm that you want to follow this"),
    state("end the mails", "/follow/{stopping}/unsubscribe", "End these mails"),
    state("a link that is none", "/follow/nothing/confirm", "There is nothing at this address.", status=404),
    # Pathways
    state("the planner", "/pathways", "You have named nothing yet."),
    state("the planner with an entry", "/pathways?held={everything}", "What it may count towards", "Waka Ama Crewing"),
    state("the planner with a long title", "/pathways?held={long}", "The register names nothing that these may count"),
    state("the planner with a choice", "/pathways?add=paua", "Which of these do you hold?"),
    state("the planner, wrongly", "/pathways?held=seven", "There is a problem", status=400),
    state("what may lead to an entry", "/q/{current}/pathways", "What may lead to it", "Tuna Smoking"),
    # Statistics
    state("statistics", "/statistics", "What is on the register", "How the work is done"),
    state("statistics of an empty register", "/statistics", "What is on the register", site=EMPTY),
    # Guidance
    state("guidance", "/guidance", "How levels compare", "How to check a certificate"),
    *(state(f"guidance: {topic.slug}", f"/guidance/{topic.slug}", topic.title) for topic in TOPICS),
    state("accessibility", "/accessibility", "Known limits"),
    state("privacy", "/privacy", "When you send a form"),
    state("licence", "/licence", "What you may rely on"),
    # The rest
    state("downloads", "/downloads", "Everything on this register is open data."),
    state("what the columns mean", "/downloads/columns", "What the columns mean"),
    state("for developers", "/developers/", "/api/v1/"),
    state("the rules in force", "/framework", "An application is judged by the rules of the day"),
    state("nothing at this address", "/no-such-page", "There is nothing at this address.", status=404),
)

# The names of addresses of `registry.public.urls` that no state shows, with the reason.
EXCEPTIONS: Mapping[str, str] = {
    "healthz": "answers machines alone: a word of plain text",
    "readyz": "answers machines alone: JSON",
    "robots": "a text file for crawlers",
    "security": "a text file in the form of RFC 9116",
    "sitemap": "XML for crawlers",
    "sitemap_pages": "XML for crawlers",
    "sitemap_entries": "XML for crawlers",
    "feed": "Atom for feed readers",
    "search_feed": "Atom for feed readers",
    "entry_feed": "Atom for feed readers",
    "provider_feed": "Atom for feed readers",
    "sheet": "a CSV file",
    "verify_sample": "a CSV file",
    "statistics_table": "a CSV file",
    "file": "the files themselves",
}
