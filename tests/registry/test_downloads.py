"""The bulk files as anybody finds them: a page that names them, what their columns mean, and the files in ranges."""

import csv
import hashlib
import io
import json
import shutil

import pytest
from django.core.management import call_command

from credentials.imports.exported_rows import keys_of, optional_keys_of
from registry import exports
from registry.content import bodies, columns, dictionary
from registry.content.columns import ACCREDITATION, CREDENTIALS, PROVIDER, example_of, meaning
from tests.builders import make_provider, publish


@pytest.fixture
def folder(settings, tmp_path):
    settings.NQR_HOME = tmp_path
    return tmp_path / "exports"


@pytest.fixture
def exported(committing_db, folder):
    make_provider()
    publish()
    call_command("export_register")
    return exports.last_export()


def test_without_an_export_the_page_says_how_one_is_made(client, db, folder):
    text = client.get("/downloads").content.decode()
    assert "No files have been made yet." in text and "python manage.py export_register" in text
    assert client.get("/downloads/register.csv").status_code == 404
    listed = client.get("/api/v1/exports").json()
    assert listed["files"] == [] and listed["serial"] is None


def test_the_page_tells_of_each_file_what_the_manifest_says(client, exported):
    text = client.get("/downloads").content.decode()
    for file in exported.files:
        for said in (
            f'href="/downloads/{file.name}"',
            f"<bdi>{file.rows}</bdi>",
            f"<bdi>{file.bytes}</bdi>",
            file.sha256,
            file.licence,
        ):
            assert said in text, said
    assert "serial 2" in text and 'href="/api/v1/changes?after=2"' in text and 'href="/downloads/columns"' in text


def test_the_api_names_the_same_files_with_their_addresses(client, exported):
    answer = client.get("/api/v1/exports")
    said = answer.json()
    assert (said["serial"], said["licence"]) == (2, "CC-BY-4.0") and said["recorded_at"].endswith("Z")
    for file in said["files"]:
        assert set(file) == {"name", "format", "rows", "bytes", "sha256", "serial", "licence", "uri"}
        body = client.get(file["uri"].removeprefix("http://testserver")).getvalue()
        assert (len(body), hashlib.sha256(body).hexdigest()) == (file["bytes"], file["sha256"])
    assert client.get("/api/v1/exports", headers={"if-none-match": answer.headers["ETag"]}).status_code == 304
    assert client.get("/api/v1/exports?x=1").status_code == 400


def test_a_file_is_sent_with_its_type_length_and_hash(client, exported):
    for name, kind in (
        ("register.csv", "text/csv; charset=utf-8; header=present"),
        ("register.jsonl", "application/x-ndjson; charset=utf-8"),
    ):
        answer, file = client.get(f"/downloads/{name}"), exported.file(name)
        assert answer.headers["Content-Type"] == kind and answer.headers["Content-Length"] == str(file.bytes)
        assert answer.headers["ETag"] == f'"{file.sha256}"' and answer.headers["Accept-Ranges"] == "bytes"
        assert answer.getvalue() == (exported.folder / name).read_bytes() and not answer.cookies
        again = client.get(f"/downloads/{name}", headers={"if-none-match": answer.headers["ETag"]})
        assert again.status_code == 304 and not again.content
        head = client.head(f"/downloads/{name}")
        assert head.headers["Content-Length"] == str(file.bytes) and not head.getvalue()


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-9", 0, 9),
        ("bytes=5-", 5, None),
        ("bytes=-7", -7, None),
        ("bytes=0-0", 0, 0),
        ("bytes=10-999999999", 10, None),
    ],
)
def test_a_download_that_broke_off_goes_on(client, exported, asked, first, last):
    body = (exported.folder / "register.csv").read_bytes()
    wanted = body[first:] if last is None else body[first : last + 1]
    answer = client.get("/downloads/register.csv", headers={"range": asked})
    assert answer.status_code == 206 and answer.getvalue() == wanted
    begin = first % len(body)
    assert answer.headers["Content-Range"] == f"bytes {begin}-{begin + len(wanted) - 1}/{len(body)}"
    assert answer.headers["Content-Length"] == str(len(wanted))


@pytest.mark.parametrize("asked", ["bytes=0-1,3-4", "lines=1-2", "bytes=-", "bytes=9-2", "nonsense"])
def test_what_is_no_single_range_is_answered_with_the_whole(client, exported, asked):
    answer = client.get("/downloads/register.csv", headers={"range": asked})
    assert answer.status_code == 200 and len(answer.getvalue()) == exported.file("register.csv").bytes


@pytest.mark.parametrize("asked", ["bytes=999999999-", "bytes=-0"])
def test_a_range_beyond_the_end_is_refused_with_the_size(client, exported, asked):
    answer = client.get("/downloads/register.csv", headers={"range": asked})
    size = exported.file("register.csv").bytes
    assert answer.status_code == 416 and answer.headers["Content-Range"] == f"bytes */{size}"


def test_the_rest_of_another_export_is_never_sent(client, exported):
    """The file was replaced since the first half of it was fetched: If-Range tells, and the whole is sent."""
    old = {"range": "bytes=5-", "if-range": '"another"'}
    assert client.get("/downloads/register.csv", headers=old).status_code == 200
    same = {"range": "bytes=5-", "if-range": f'"{exported.file("register.csv").sha256}"'}
    assert client.get("/downloads/register.csv", headers=same).status_code == 206


def test_a_file_that_is_not_the_one_of_the_manifest_is_not_sent_for_it(client, exported):
    with (exported.folder / "register.csv").open("ab") as file:
        file.write(b"more\n")
    answer = client.get("/downloads/register.csv")
    assert answer.status_code == 503 and answer.headers["Retry-After"] == "5"


@pytest.mark.parametrize("name", ["manifest.json", "SHA256SUMS"])
def test_what_names_the_files_is_read_too(client, exported, name):
    assert client.get(f"/downloads/{name}").content == (exported.folder / name).read_bytes()


@pytest.mark.parametrize(
    "name",
    ["secret.key", ".register.csv.partial", "..%2Fsecret.key", "%2e%2e/secret.key", "register.csv%00", "register.csv/"],
)
def test_only_what_the_manifest_names_is_sent(client, exported, name):
    for place in (exported.folder, exported.folder.parent):
        (place / "secret.key").write_text("hidden")
    assert client.get(f"/downloads/{name}").status_code == 404


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"{",
        b"[]",
        b'{"serial": 1}',
        b'{"serial": 1, "recorded_at": null, "licence": "x", "files": [{"name": "../x"}]}',
    ],
)
def test_a_manifest_that_cannot_be_read_is_as_none(client, exported, broken):
    (exported.folder / exports.MANIFEST).write_bytes(broken)
    assert "No files have been made yet." in client.get("/downloads").content.decode()
    assert client.get("/downloads/register.csv").status_code == 404


def test_files_that_were_taken_away_are_not_found(client, exported):
    manifest = (exported.folder / exports.MANIFEST).read_bytes()
    shutil.rmtree(exported.folder)
    exported.folder.mkdir()
    (exported.folder / exports.MANIFEST).write_bytes(manifest)
    for name in ("register.csv", "SHA256SUMS"):
        assert client.get(f"/downloads/{name}").status_code == 404


def test_an_empty_register_has_files_too(client, committing_db, folder):
    call_command("export_register")
    assert "The register was empty when these files were made." in client.get("/downloads").content.decode()
    empty = client.get("/downloads/register.jsonl")
    assert (empty.status_code, empty.getvalue(), empty.headers["Content-Length"]) == (200, b"", "0")
    assert client.get("/downloads/register.jsonl", headers={"range": "bytes=0-"}).status_code == 416


# -- the contract of the columns ---------------------------------------------------------------------------------------


def test_the_contract_names_each_column_of_the_file_in_its_order(client, exported):
    header = next(csv.reader(io.StringIO(client.get("/downloads/register.csv").getvalue().decode())))
    assert [column["name"] for column in columns.columns()] == header
    text = client.get("/downloads/columns").content.decode()
    for name in header:
        assert f'<tr id="{name}">' in text, name


def test_each_column_has_a_meaning_a_type_and_an_example_that_its_own_shape_takes(db):
    for column in columns.columns():
        assert str(column["label"]) and str(column["type"]) and column["example"], column["name"]
        if column["json"]:
            json.loads(column["example"])
    for field in (*dictionary.FIELDS, *bodies.FIELDS):
        example = example_of(field.shape)
        assert field.shape.read(example) == example, field.name


def test_nothing_is_explained_that_is_no_column():
    assert set(columns.OTHERS) <= {*exports.IDENTITY, *exports.KEYS}


def test_each_column_says_of_which_kinds_it_is_as_the_documents_have_it():
    said = {CREDENTIALS: "micro_credential", PROVIDER: "provider", ACCREDITATION: "accreditation"}
    for kind, one in said.items():
        told = {name for name in (*exports.IDENTITY, *exports.KEYS) if kind in meaning(name).kinds}
        assert keys_of(one) - {"revision"} <= told | {"revision"}, kind
        assert told - {"revision"} <= keys_of(one) | optional_keys_of(one), kind
