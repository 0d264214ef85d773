"""How text becomes words, the same for what is indexed and for what people type."""

import re
import unicodedata

import tantivy

# Apostrophes, primes and the Hawaiian and Māori glottal marks: people type any of them, or none.
_DROPPED = dict.fromkeys(map(ord, "'’‘ʻʼ`´ˈ′ـ"))
# Letters that people use for one another and that Unicode does not decompose: Arabic variants, and Cyrillic letters
# that look like Latin ones (folded only in words that also hold Latin letters).
_ARABIC = str.maketrans("أإآٱىةؤئکی", "اااايهويكي")
_LOOKALIKES = str.maketrans("АВЕКМНОРСТУХаеорсухіј", "ABEKMHOPCTYXaeopcyxij")
_LATIN = str.maketrans({"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "ð": "d", "þ": "th", "ß": "ss", "æ": "ae",
                        "œ": "oe", "ɓ": "b", "ɗ": "d", "ŋ": "n", "ı": "i"})  # fmt: skip
# French and Portuguese write small words onto the next one (l'eau, d'água): people search for the next one.
_ELISION = re.compile(r"(?<!\w)([cdjlmnst]|qu|jusqu|lorsqu|puisqu)['’](?=\w)", re.IGNORECASE)

STEMMED, EXACT = "register_stemmed", "register_exact"
# Word forms by language, beside the English ones by which every text is indexed. Texts of other languages are found by
# whole words.
LANGUAGES = {"fr": "french", "pt": "portuguese", "ar": "arabic"}
# Small words of the languages of the register: never what a thing is about, never required, never an initial.
SMALL = frozenset({
    "a", "an", "and", "at", "by", "for", "from", "in", "into", "of", "on", "or", "the", "to", "with", "within",
    "de", "des", "du", "d", "la", "le", "les", "l", "et", "en", "au", "aux", "un", "une", "pour", "par",
    "da", "do", "das", "dos", "e", "em", "o", "os", "as", "para", "com", "ال", "في", "من", "علي", "و",
})  # fmt: skip
# An acronym stands for so many words.
ACRONYM = range(2, 7)


def fold(text: str) -> str:
    """`text` in lower case without accents, macrons, apostrophes and letter variants."""
    text = _ELISION.sub(r"\1 ", text)
    if text.isascii():
        return text.translate(_DROPPED).lower()
    # Capitals look alike where small letters do not, so look-alikes are replaced before the case is folded, and again
    # after: a letter that only decomposes to a Latin one shows by then what script its word is in.
    text = unicodedata.normalize("NFKD", _same_script(text)).translate(_DROPPED)
    text = "".join(c for c in text if not unicodedata.combining(c)).lower()
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return _same_script(text.translate(_ARABIC).translate(_LATIN))


def _same_script(text: str) -> str:
    """Look-alike letters made Latin in each word that holds Latin letters."""
    return re.sub(r"\S*[A-Za-z]\S*", lambda word: word[0].translate(_LOOKALIKES), text)


def words(text: str) -> list[str]:
    """The folded words of a text, unstemmed, told apart as the index tells them."""
    return _EXACT.analyze(fold(text))


def compact(number: str) -> str:
    """A number without its separators: `NQ-000123`, `nq 000123` and `NQ000123` are one."""
    return re.sub(r"[\W_]+", "", fold(number))


def stemmed() -> tantivy.TextAnalyzer:
    """Words of folded text, English endings removed; other languages pass through nearly unchanged."""
    return _of("english")


def stems(text: str) -> tuple[str, ...]:
    """The words of a text as every text is indexed: folded, without English endings."""
    return tuple(_STEMMED.analyze(fold(text)))


def form(word: str, language: str) -> str:
    """A folded word without the endings of that language, one of LANGUAGES."""
    return (_FORMS[language].analyze(word) or [word])[0]


def forms(text: str, language: str) -> str:
    """The words of a text as that language's forms; nothing where they are indexed as English, or as whole words."""
    known = language.split("-")[0].lower()
    return " ".join(_FORMS[known].analyze(fold(text))) if known in _FORMS else ""


def _of(language: str) -> tantivy.TextAnalyzer:
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.regex(r"\w+"))
    return builder.filter(tantivy.Filter.lowercase()).filter(tantivy.Filter.stemmer(language)).build()


def exact() -> tantivy.TextAnalyzer:
    return tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.regex(r"\w+")).build()


_EXACT = exact()
_STEMMED = _of("english")
_FORMS = {code: _of(language) for code, language in LANGUAGES.items()}


def initials(text: str) -> set[str]:
    """What the words of a text may be abbreviated to: the first letters of two to six that follow each other.

    Small words count for nothing (`bsl` for *British Sign Language*, `uct` for *University of Cape Town*).
    """
    first = "".join(word[0] for word in words(text) if word not in SMALL and not word.isdigit())
    return {first[i : i + n] for n in ACRONYM for i in range(len(first) - n + 1)}


def register(index: tantivy.Index) -> tantivy.Index:
    """An index forgets its analyzers each time it is opened."""
    index.register_tokenizer(STEMMED, stemmed())
    index.register_tokenizer(EXACT, exact())
    return index
