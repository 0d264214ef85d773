"""What a browser on a thin line is sent: every byte of an answer, as it comes over the wire, and of what it links."""

import gzip
import http.client
import re
from dataclasses import dataclass
from email.message import Message
from urllib.parse import urljoin, urlsplit

ASSETS = re.compile(r'<(?:link[^>]+rel="stylesheet"[^>]+href|script[^>]+src|img[^>]+src)="([^"]+)"')


@dataclass
class Sent:
    """An answer with its size on the wire: its head, and its body as it was packed."""

    status: int
    headers: Message
    packed: bytes

    @property
    def size(self) -> int:
        return len(self.packed) + len(str(self.headers)) + 20

    @property
    def text(self) -> str:
        body = gzip.decompress(self.packed) if self.headers.get("Content-Encoding") == "gzip" else self.packed
        return body.decode()


def get(base: str, path: str, **headers: str) -> Sent:
    """Ask as a browser does, that takes packed answers."""
    parts = urlsplit(base)
    line = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    try:
        line.request("GET", path, headers={"Accept-Encoding": "gzip, deflate, br"} | headers)
        response = line.getresponse()
        return Sent(response.status, response.headers, response.read())
    finally:
        line.close()


@dataclass
class Visit:
    """A page with all that it links, by address."""

    page: Sent
    assets: dict[str, Sent]

    @property
    def first(self) -> int:
        return self.page.size + sum(asset.size for asset in self.assets.values())

    @property
    def again(self) -> int:
        """On the next page of the same look: what is not kept for long is asked for again."""
        return self.page.size + sum(
            a.size for a in self.assets.values() if "immutable" not in a.headers["Cache-Control"]
        )


def visit(base: str, path: str) -> Visit:
    page = get(base, path)
    assert page.status == 200, (path, page.status)
    addresses = dict.fromkeys(a for a in ASSETS.findall(page.text) if not a.startswith("data:"))
    return Visit(page, {address: get(base, urljoin(path, address)) for address in addresses})
