"""Which words of a page are the interface's own, and whether a page in another language still says them in English.

Two looks, of which neither relies on the other. Each message that templates and code mark for translation, and that the
English page says, must not be said on the same page in another language, unless that language says it alike. And no piece
of text may stand on both, unless it is of the register or a code: that finds what nobody marked.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.conf.locale import LANG_INFO
from django.utils.translation import trans_real
from django.utils.translation.template import templatize

from tests.conftest import ROOT

# Written alike in every language: formats, code lists and hashes, and languages by their own names.
CODES = frozenset(
    {"JSON", "CSV", "API", "OpenAPI", "ESCO", "ECTS", "Te reo Māori", "ISCED-F", "nzsced", "security.txt"}
    | {name for _, name in settings.LANGUAGES}
    | {info["name_local"] for info in LANG_INFO.values() if "name_local" in info}
)
# What the country's law names alike in English and in that language.
ALIKE = {
    "fr": {"On", "Finances", "Agriculture", "construction", "information", "Source", "Condition"},
    "pt": {"Diploma"},
    "ar": set(),
}
_LANGUAGE = re.compile(r"\([a-z]{2}\)?$")  # of a text, behind it
_ADDRESS = re.compile(r"https?://\S+")
_MARKED = re.compile(r"""\b(gettext|ngettext|pgettext|npgettext|_)\(""")
_STRING = re.compile(r"""\s*u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\s*,?""", re.DOTALL)
_PLACEHOLDER = re.compile(r"%\([^)]*\)[sd]|%[sd]|\{\w*\}")
_ANY = (
    "\N{CYRILLIC LETTER MULTIOCULAR O}"  # stands for whatever is filled in; a letter, and no word of any language here
)
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True)
class Message:
    """What is marked for translation: its forms in English, and its context where it has one."""

    forms: tuple[str, ...]
    context: str = ""

    def is_said(self, text: str) -> bool:
        """Whether a text, a piece on each line, says one of its forms."""
        return any(part in text and pattern.search(text) for part, pattern in filter(None, map(_sought, self.forms)))

    def in_language(self, language: str) -> list[str]:
        """How that language says it, form by form; nothing where it does not."""
        catalog, key = trans_real.translation(language)._catalog, self.forms[0]
        key = f"{self.context}\x04{key}" if self.context else key
        found = [catalog.get(key), *(catalog.get((key, n)) for n in range(6))]
        return [words for words in found if words]


@cache
def _sought(words: str) -> tuple[str, re.Pattern] | None:
    """The longest part that a text must hold to say these words, and where it says them; nothing for a message that is
    little but placeholders, such as “from … to …”: any sentence may fit it."""
    plain = _EDGES.sub("", _PLACEHOLDER.sub(_ANY, " ".join(words.split())).replace("%%", "%"))
    letters = _WORD.findall(plain)
    parts = plain.split(_ANY)
    if len(letters) < min(len(parts) - 1, 2) or not letters:
        return None
    said = ".+?".join(re.escape(part) for part in parts)
    # A single word may be a word of the other language as well: it counts where it is all that is said.
    whole = rf"(?<!\w){said}(?!\w)" if len(letters) > 1 else rf"^{said}$"
    return max(parts, key=len), re.compile(whole, re.MULTILINE)


# -- what is marked ----------------------------------------------------------------------------------------------------


@cache
def messages() -> tuple[Message, ...]:
    """Everything that is marked for translation in the public templates and in the register's code."""
    templates = ROOT / "templates"
    files = [*templates.glob("*.html"), *templates.glob("public/**/*.html"), *templates.glob("components/**/*.html")]
    found = {message for file in files for message in of_template(file.read_text(encoding="utf-8"))}
    for app in ("registry", "providers", "credentials"):
        for file in (ROOT / app).rglob("*.py"):
            if "migrations" not in file.parts:
                found.update(of_code(file))
    return tuple(sorted(found, key=lambda message: message.forms))


def of_template(source: str) -> Iterator[Message]:
    calls = templatize(source)
    for call in _MARKED.finditer(calls):
        given, position = [], call.end()
        while literal := _STRING.match(calls, position):
            given.append(ast.literal_eval(literal[1]))
            position = literal.end()
        if given:
            context = given.pop(0) if call[1].endswith("pgettext") else ""
            yield Message(tuple(given), context)


def of_code(file: Path) -> Iterator[Message]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    named = {
        alias.asname or alias.name: alias.name.removesuffix("_lazy").removesuffix("_noop")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and "gettext" in named.get(node.func.id, ""):
            given = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            context = given.pop(0) if named[node.func.id].startswith(("pgettext", "npgettext")) and given else ""
            if given:
                yield Message(tuple(given), context)


# -- what a page says --------------------------------------------------------------------------------------------------


def pieces(seen: Any) -> frozenset[str]:
    """Each piece of text of a page that is the interface's: not what is marked as content by its language, as a name or
    as a code."""
    said = seen.run(_PIECES)
    return frozenset(piece for text in said if (piece := _plain(text)))


def says(page: frozenset[str], message: Message) -> bool:
    return message.is_said(_text(page))


def _plain(text: str) -> str:
    """A text on one line, without what stands around its words."""
    return _EDGES.sub("", " ".join(text.split()))


@lru_cache(maxsize=8)
def _text(page: frozenset[str]) -> str:
    return "\n".join(page)


def said_of(page: frozenset[str]) -> list[Message]:
    """The messages that an English page says."""
    return [message for message in messages() if says(page, message)]


def left_in_english(said: Iterable[Message], page: frozenset[str], language: str) -> list[str]:
    """The messages that a page in that language says in English; not those that are words of that language too."""
    own = {_plain(words) for message in messages() for words in message.in_language(language)}
    return [
        message.forms[0]
        for message in said
        if not own & {_plain(form) for form in message.forms}
        and not set(_WORD.findall(_PLACEHOLDER.sub("", message.forms[0]))) <= ALIKE[language]
        and says(page, message)
    ]


def translated(said: Iterable[Message], page: frozenset[str], language: str) -> list[str]:
    """The messages that a page in that language says in its own words."""
    return [
        message.forms[0]
        for message in said
        if (own := [words for words in message.in_language(language) if words not in message.forms])
        and says(page, Message(tuple(own)))
    ]


def on_both(english: frozenset[str], page: frozenset[str], content: Iterable[str], language: str) -> list[str]:
    """The pieces of text that stand in English on both pages, and are neither `content`, what the register holds and what
    was asked of it, nor codes."""
    content = frozenset(content)
    alike = {form for message in messages() for form in message.forms if form in message.in_language(language)}
    allowed = {_plain(text) for text in content | CODES | ALIKE[language] | alike}
    # Where two texts are compared, word by word, a piece of a text is a piece of what the register holds.
    whole = "\n".join(content)
    return sorted(
        piece
        for piece in english & page
        if piece not in allowed and piece not in whole and _WORD.search(_without(piece, content))
    )


def _without(piece: str, content: frozenset[str]) -> str:
    """A piece of text without the codes in it and without what the register says in it."""
    piece = _LANGUAGE.sub(" ", _ADDRESS.sub(" ", piece))
    for words in sorted((c for c in content | CODES if len(c) > 2 and c in piece), key=len, reverse=True):
        piece = re.sub(rf"(?<!\w){re.escape(words)}(?!\w)", " ", piece)
    return piece


_PIECES = """() => {
  const foreign = e => e.closest('bdi, code, pre, kbd, samp, script, style, textarea')
    || e.closest('[lang]') !== document.documentElement;
  const said = document.title.split('–');
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) if (!foreign(walk.currentNode.parentElement)) said.push(walk.currentNode.data);
  for (const e of document.body.querySelectorAll('[aria-label], [title], [alt], [placeholder]'))
    if (!foreign(e)) for (const name of ['aria-label', 'title', 'alt', 'placeholder'])
      if (e.hasAttribute(name)) said.push(e.getAttribute(name));
  return said;
}"""
