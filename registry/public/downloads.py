"""The bulk files: a page that names them, what their columns mean, and the files themselves, whole or in ranges."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse

from registry import exports
from registry.content import columns as described
from registry.public.requests import CACHED, public

TYPES = {
    "jsonl": "application/x-ndjson; charset=utf-8", "csv": "text/csv; charset=utf-8; header=present",
}  # fmt: skip
# What stands beside the files and names them is read from the same folder, and is not in the manifest itself.
BESIDE = {exports.MANIFEST: "application/json", exports.SUMS: "text/plain; charset=utf-8"}
ONE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@public
def downloads(request: HttpRequest) -> HttpResponse:
    """What there is to take away, by the last export; how an operator makes one where there is none."""
    context = {"page": "downloads", "export": exports.last_export(), "sums": exports.SUMS, "manifest": exports.MANIFEST}
    return render(request, "public/downloads.html", context)


@public
def columns(request: HttpRequest) -> HttpResponse:
    """The contract of the columns: name, meaning, type and example, generated from the fields that the register keeps."""
    context = {"page": "downloads", "columns": described.columns(), "rows": exports.ROWS, "history": exports.HISTORY}
    return render(request, "public/downloads/columns.html", context)


@public
def file(request: HttpRequest, name: str) -> HttpResponse:
    """One file of the last export. Any other name is not found, whatever lies in the folder."""
    export = exports.last_export()
    if export is None:
        raise Http404
    if name in BESIDE:
        return _beside(export.folder / name, BESIDE[name])
    known = export.file(name)
    if known is None:
        raise Http404
    try:
        content = (export.folder / known.name).open("rb")
    except FileNotFoundError:
        raise Http404 from None
    if _size(content) != known.bytes:
        content.close()
        return _being_replaced()
    return _sent(request, known, content)


def address(file: exports.File) -> str:
    return reverse("public:file", args=[file.name])


def _beside(path: Path, content_type: str) -> HttpResponse:
    try:
        body = path.read_bytes()
    except FileNotFoundError:
        raise Http404 from None
    return HttpResponse(body, content_type=content_type, headers={"Access-Control-Allow-Origin": "*"})


def _size(content: BinaryIO) -> int:
    size = content.seek(0, 2)
    content.seek(0)
    return size


def _being_replaced() -> HttpResponse:
    """A file that is not the one which the manifest names would be taken for it: another export is just taking its place."""
    headers = {"Retry-After": "5", "Cache-Control": "no-store"}
    text = "The files are being replaced: try again in a few seconds.\n"
    return HttpResponse(text, status=503, content_type="text/plain; charset=utf-8", headers=headers)


def _sent(request: HttpRequest, known: exports.File, content: BinaryIO) -> HttpResponse:
    """Whole, or the one range that was asked for (RFC 9110, section 14): a download that broke off goes on."""
    etag = f'"{known.sha256}"'
    headers = {
        "ETag": etag, "Accept-Ranges": "bytes", "Cache-Control": CACHED, "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "ETag, Content-Length, Content-Range, Repr-Digest",
        "Content-Disposition": f'attachment; filename="{known.name}"',
        "Repr-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(known.sha256)).decode()}:",
    }  # fmt: skip
    given = [tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")]
    if etag in given or "*" in given:
        content.close()
        return HttpResponse(status=304, headers=headers)
    status, first, last = _asked_range(request, etag, known.bytes)
    if status == 416:
        content.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{known.bytes}", "Accept-Ranges": "bytes"})
    headers["Content-Length"] = str(last - first + 1)
    if status == 206:
        headers["Content-Range"] = f"bytes {first}-{last}/{known.bytes}"
    part = Part(content, first, last)
    return StreamingHttpResponse(part, status=status, content_type=TYPES[known.format], headers=headers)


def _asked_range(request: HttpRequest, etag: str, size: int) -> tuple[int, int, int]:
    """The status, and the first and the last byte to send.

    A range of another state of the file (`If-Range`), several ranges, or what is no range are answered with the whole.
    """
    whole = (200, 0, size - 1)
    match = ONE_RANGE.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    if match is None or not any(match.groups()) or request.headers.get("If-Range", etag) != etag:
        return whole
    first, last = match.groups()
    if not first:
        begin, end = max(size - int(last), 0), size - 1
        return (206, begin, end) if int(last) and size else (416, 0, 0)
    begin, end = int(first), min(int(last), size - 1) if last else size - 1
    if last and int(last) < begin:
        return whole
    return (206, begin, end) if begin < size else (416, 0, 0)


class Part:
    """The bytes of a file from one to another, block by block. The answer closes it, also where nobody reads it (HEAD)."""

    def __init__(self, content: BinaryIO, first: int, last: int):
        self.content, self.first, self.left = content, first, last - first + 1
        self.close = content.close

    def __iter__(self) -> Iterator[bytes]:
        self.content.seek(self.first)
        while self.left and (block := self.content.read(min(exports.BLOCK, self.left))):
            self.left -= len(block)
            yield block
