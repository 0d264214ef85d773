"""A case taken through the register by people with browsers: drafted, submitted, judged, recommended."""

import re

from tests.quickstart import Answer, Browser, Running

DRAFT = {
    "title": "Beehive inspection for orchards", "language": "en", "purpose": "For orchard staff who host hives.",
    "learning_outcomes": "Inspect a hive without harm.\nRecognise signs of disease.", "level": "3", "credits": "5",
    "delivery_modes": ["on_site"], "sites": "Orchard campus", "assessment": "An observed inspection of two hives.",
    "need_statement": "Nine growers asked for it.", "duplication_statement": "No entry covers hives.",
}  # fmt: skip
CRITERIA = ("purpose", "need", "assessment", "duplication", "capability")
DECISION = {"listing": "approved", "approval": "approved", "accreditation": "approved", "reason": "Need is well shown."}


def draft(provider: Browser, **changes: str) -> str:
    """A draft written through the portal; its reference."""
    page = provider.get("/portal/micro-credentials/start/").text
    body = re.search(r'<option value="(\d+)"', page)[1]
    answer = provider.post("/portal/micro-credentials/start/", {"provider": body})
    reference = re.search(r"(APP-\d{4}-\d{6})", answer.url)[1]
    address = f"/portal/micro-credentials/{reference}/edit/"
    revision = re.search(r'name="revision" value="(\d+)"', provider.get(address).text)[1]
    assert provider.post(address, DRAFT | changes | {"revision": revision}).status == 200
    return reference


def submit(provider: Browser, reference: str) -> Answer:
    address = f"/portal/micro-credentials/{reference}/"
    revision = re.search(r'name="revision" value="(\d+)"', provider.get(address).text)[1]
    return provider.post(f"{address}submit/", {"revision": revision}, page=address)


def recommended(
    register: Running, title: str, provider: Browser | None = None, evaluator: Browser | None = None
) -> str:
    """A case taken to its recommendation by people; the address of its page at the desk.

    Without browsers that have signed in already, both people sign in: the register lets few do so in a minute.
    """
    provider, evaluator = provider or register.browser("provider"), evaluator or register.browser("evaluator")
    reference = draft(provider, title=title)
    page = f"/portal/micro-credentials/{reference}/"
    provider.upload(f"{page}evidence/", {"criterion": "need"}, "letter.txt", b"We need it.", page=page)
    assert "has been submitted" in submit(provider, reference).text
    queue = evaluator.get(f"/admin/registry/case/?q={reference}").text
    case = re.search(r"/admin/registry/case/(\d+)/change/", queue)[1]
    desk = f"/admin/registry/case/{case}/"
    evaluator.post(f"{desk}start/", {}, page=f"{desk}change/")
    for criterion in CRITERIA:
        judgement = {"criterion": criterion, "verdict": "met", "reason": "The evidence shows it."}
        assert evaluator.post(f"{desk}judge/", judgement, page=f"{desk}change/").status == 200
    answer = evaluator.post(f"{desk}recommend/", {"outcome": "approved", "reason": "All met."}, page=f"{desk}change/")
    assert "recommendation has been recorded" in answer.text
    return desk
