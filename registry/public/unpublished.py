"""A document that is not public, made ready as its page would show it: for those who decide whether it becomes public."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from registry.public import bodies, records, results
from registry.public import entry as entries
from registry.status import status_on


def shown(document: Mapping[str, Any], *, effective_on: date, day: date) -> dict[str, Any]:
    """What a page of this document would show on `day`, with the `template` that draws it.

    Of what is allotted with the decision, its day alone is known: a number and a revision it has none yet.
    """
    kind = document["kind"]
    about = {
        "kind": kind, "kind_label": results.kind_labels().get(kind, kind), "number": document.get("number"),
        "title": document.get("title"), "language": document.get("language"),
    }  # fmt: skip
    if kind == "provider":
        said = dict(document)
        return about | {"template": "public/provider/summary.html", "document": said, **bodies.prepared(said, day)}
    if kind == "accreditation":
        names = records.names((document["credential"], document["provider"]))
        return about | {"template": "public/entry/accreditation.html", "document": document, "names": names}
    said = {"revision": None, **document, "effective_from": effective_on.isoformat()}
    said["listed_on"] = said.get("listed_on") or effective_on.isoformat()
    names = records.names_in(said)
    return about | {
        "template": "public/entry/record.html", "document": said, "status": status_on(said, day),
        "parties": entries.parties(said, names, day), **entries.prepared(said, names, standing=said, day=day),
    }  # fmt: skip
