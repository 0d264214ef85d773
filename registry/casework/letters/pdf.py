"""A letter as PDF, made of the very HTML that is kept, and of nothing that comes from elsewhere.

WeasyPrint is a part of its own (`pip install '.[pdf]'`), which needs the libraries of Pango on the machine; without it
people print the page.
"""

from importlib import import_module
from types import ModuleType

from django.contrib.staticfiles import finders

from registry.casework.models import Letter
from registry.errors import RegisterError

STYLESHEET = "registry/letter.css"


class NoPdf(RegisterError):
    """This machine makes no PDFs: the part is not installed, or a library that it needs is missing."""


def render(letter: Letter) -> bytes:
    """The letter on pages of paper, tagged for readers of screens. Raises NoPdf where this machine cannot."""
    weasyprint = _weasyprint()
    # A letter holds no images and leads nowhere: whatever an address in it names is not fetched.
    nothing = weasyprint.urls.URLFetcher(allowed_protocols=())
    document = weasyprint.HTML(string=letter.html, url_fetcher=nothing)
    sheet = weasyprint.CSS(filename=finders.find(STYLESHEET), url_fetcher=nothing)
    return document.write_pdf(stylesheets=[sheet], pdf_tags=True)


def _weasyprint() -> ModuleType:
    try:
        return import_module("weasyprint")
    except (ImportError, OSError) as missing:
        raise NoPdf("WeasyPrint, or a library that it needs, is not installed.") from missing
