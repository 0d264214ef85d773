"""Public documents in the words of schema.org, for search engines and whoever else reads pages by machine.

A credential is an `EducationalOccupationalCredential`, a provider an `EducationalOrganization`, or an `Organization`
where it does not deliver. What a document does not tell is left out, and nothing is said that it does not say.
"""

from collections.abc import Mapping
from typing import Any

import orjson
from django.utils.safestring import SafeString, mark_safe

from registry.framework import current
from registry.framework.profile import text

CONTEXT = "https://schema.org"
# How these characters are written within a script element, so that no text ends it: they stay the same JSON.
_ESCAPED = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def credential(
    document: Mapping[str, Any], *, address: str, kind: str, type_label: str, status: str, language: str
) -> dict[str, Any]:
    """A credential. `kind`, `type_label` and `status` are its own in the reader's words; `language` is the reader's."""
    profile = current.profile()
    # Of an entry of another register, its own authority says who recognises it, and where.
    own = not document.get("source")
    outcomes = [text(row["text"], language) for row in document.get("learning_outcomes") or ()]
    return _told(
        {
            "@context": CONTEXT, "@type": "EducationalOccupationalCredential", "@id": address, "url": address,
            "name": document["title"], "inLanguage": document.get("language"),
            "alternateName": _other_titles(document),
            "description": text(document.get("purpose") or {}, language),
            "identifier": _identifiers(document),
            "credentialCategory": [_term(kind, document["kind"]), _term(type_label, document.get("type"))],
            "educationalLevel": _level(document, text(profile.framework, language)),
            "competencyRequired": outcomes,
            "about": [_field(row) for row in document.get("fields") or ()],
            "recognizedBy": {"@type": "Organization", "name": text(profile.authority, language)} if own else None,
            "validIn": {"@type": "AdministrativeArea", "name": profile.country} if own and profile.country else None,
            "creativeWorkStatus": status, "datePublished": document.get("listed_on"), "version": document["revision"],
        }
    )  # fmt: skip


def provider(document: Mapping[str, Any], *, address: str, name: str) -> dict[str, Any]:
    """A body that delivers or awards, by its `name` of today."""
    website = document.get("website") or ""
    other = [*_other_titles(document), *(row["text"] for row in document.get("names") or () if row["kind"] != "legal")]
    return _told(
        {
            "@context": CONTEXT,
            "@type": "EducationalOrganization" if document.get("may_deliver") else "Organization",
            "@id": address, "mainEntityOfPage": address, "name": name,
            "alternateName": [each for each in dict.fromkeys(other) if each != name],
            "url": website if website.lower().startswith(("http://", "https://")) else None,
            "identifier": _identifiers(document),
            "address": _told(
                {
                    "@type": "PostalAddress", "addressRegion": document.get("region"),
                    "addressCountry": document.get("country"),
                }
            ),
            "foundingDate": document.get("founded_on"), "dissolutionDate": document.get("closed_on"),
        }
    )  # fmt: skip


def script(said: Mapping[str, Any]) -> SafeString:
    """JSON that may stand within `<script type="application/ld+json">`: a title with `</script>` does not end it."""
    return mark_safe(orjson.dumps(said).decode().translate(_ESCAPED))  # noqa: S308 every sign that HTML reads is escaped


def _told(said: Mapping[str, Any]) -> dict[str, Any]:
    """Without what says nothing: nor a list of nothing, nor a thing of which its type alone is known."""
    kept = {}
    for name, value in said.items():
        if isinstance(value, list):
            value = [each for each in value if each]
            value = value[0] if len(value) == 1 else value
        if value and (not isinstance(value, Mapping) or set(value) - {"@type"}):
            kept[name] = value
    return kept


def _other_titles(document: Mapping[str, Any]) -> list[str]:
    titles = [said for tag, said in (document.get("titles") or {}).items() if tag != document.get("language")]
    titles += [row["text"] for row in document.get("alternative_titles") or ()]
    return [title for title in dict.fromkeys(titles) if title != document["title"]]


def _identifiers(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = [*(document.get("identifiers") or ()), *(document.get("other_identifiers") or ())]
    return [
        {"@type": "PropertyValue", "value": document["number"]},
        *({"@type": "PropertyValue", "propertyID": row["scheme"], "value": row["value"]} for row in rows),
    ]


def _term(name: str, code: str | None) -> dict[str, Any] | None:
    return {"@type": "DefinedTerm", "name": name, "termCode": code} if name and code else None


def _level(document: Mapping[str, Any], framework: str) -> dict[str, Any] | str | None:
    if level := document.get("level"):
        terms = {"@type": "DefinedTermSet", "name": framework}
        return {"@type": "DefinedTerm", "name": level, "termCode": level, "inDefinedTermSet": terms}
    return document.get("level_native")


def _field(row: Mapping[str, Any]) -> dict[str, Any]:
    terms = {"@type": "DefinedTermSet", "name": row["scheme"]} if row.get("scheme") else None
    return _told(
        {
            "@type": "DefinedTerm", "name": row.get("label") or row.get("code"), "termCode": row.get("code"),
            "inDefinedTermSet": terms,
        }
    )  # fmt: skip
