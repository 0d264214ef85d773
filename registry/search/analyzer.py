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
_WORD = re.compile(r"\w+")

STEMMED, EXACT = "register_stemmed", "register_exact"


def fold(text: str) -> str:
    """`text` in lower case without accents, macrons, apostrophes and letter variants."""
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
    """The folded words of a text, unstemmed."""
    return _WORD.findall(fold(text))


def compact(number: str) -> str:
    """A number without its separators: `NQ-000123`, `nq 000123` and `NQ000123` are one."""
    return re.sub(r"[\W_]+", "", fold(number))


def stemmed() -> tantivy.TextAnalyzer:
    """Words of folded text, English endings removed; other languages pass through nearly unchanged."""
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.regex(r"\w+"))
    return builder.filter(tantivy.Filter.lowercase()).filter(tantivy.Filter.stemmer("english")).build()


def exact() -> tantivy.TextAnalyzer:
    return tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.regex(r"\w+")).build()


def register(index: tantivy.Index) -> tantivy.Index:
    """An index forgets its analyzers each time it is opened."""
    index.register_tokenizer(STEMMED, stemmed())
    index.register_tokenizer(EXACT, exact())
    return index
