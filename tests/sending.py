"""The public forms as somebody sends them who has no account."""

import os
import re
from itertools import count
from typing import Any

from django.test import Client

from registry.models import Case

# Workers share the cache in which what an address sends is counted.
_next = count(1 + 100_000 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]))
REPORT = {"what": "wrong", "text": "The record says level 3; the decision said level 4.", "where": "Decision D-2020-1"}
# A name that stands nowhere else, so that it is found wherever it leaks.
NAME, EMAIL = "Zebulon Quill", "zebulon@quill.example"
COMPLAINT = {
    "text": "The course was stopped in its second week, and the fee was kept.", "happened_on": "2026-08-03",
    "own_process": "ended", "process_said": "They answered that the rules allow it.", "pursued": "", "may_be_named": "no",
    "name": NAME, "email": EMAIL, "address": "7 Quill Lane", "telephone": "021 555 0134",
}  # fmt: skip


def visitor(**kwargs: Any) -> Client:
    """Somebody at an address of their own: how much one address may send is counted."""
    n = next(_next)
    return Client(REMOTE_ADDR=f"10.{n // 65536 % 256}.{n // 256 % 256}.{n % 256}", **kwargs)


def send(address: str, data: dict[str, Any], client: Client | None = None, status: int = 302) -> Any:
    response = (client or visitor()).post(address, data)
    assert response.status_code == status, (response.status_code, response.content.decode()[-3000:])
    return response


def receipt(address: str, data: dict[str, Any], client: Client | None = None) -> str:
    """The words of the receipt to which a form that was sent leads."""
    client = client or visitor()
    return client.get(send(address, data, client).headers["Location"]).content.decode()


def case_of(html: str) -> Case:
    """The case that a receipt names."""
    return Case.objects.get(reference=re.search(r"<bdi>((?:RPT|CPL)-\d{4}-\d{6})</bdi>", html)[1])
