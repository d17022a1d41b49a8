"""Similar courses, general resources and books: what each list item names, by whom, and where it is."""

import re

from schedule.readme_facts import MAX_HREF, Resource, ResourceKind
from schedule.readme_inline import Reader
from schedule.readme_people import NAME
from schedule.readme_text import Document, Item, dedented, fold, one_line

MAX_RESOURCE = 500
AUTHORS = re.compile(r"\s*\((?P<authors>[^()]*(?:\([^()]*\)[^()]*)*)\)\s*\.?$")
NO_AUTHORS = re.compile(
    r"^\W*(?:\d{4}|\d+(?:st|nd|rd|th|e|eme)? ed\w*|free|online|pdf|link|lien|chap\w*.*|optional)\W*$"
)
# "Title (Authors), available online": what the link behind says is no part of the title.
LINKED_BEHIND = re.compile(
    r"\)\s*[,:;–—-]?\s*\(?(?:(?:free(?:ly)?|available|read|disponible|lire)\s+)*(?:online|en ligne|here|ici"
    r"|pdf|link|lien|website|site(?: web)?|free|book|livre)\W*$",
    re.IGNORECASE,
)
IN_ITALICS = re.compile(
    r"^(?P<before>[^*_\[\]<>`]*)(?P<mark>\*{1,2}|_{1,2})(?P<title>[^*_\[\]]{2,300})(?P=mark)(?P<after>[^*_\[\]<>`]*)$"
)
NAMES_APART = re.compile(r"\s*(?:,|;|&|\band\b|\bet\b)\s*")
# What is between names and a title; a colon behind a title is that of a label ("*Required*: Clean Code").
NAMES_END = re.compile(r"\s*(?P<sign>,|[.:]|\s[–—-])\s*$")
NAMES_BEGIN = re.compile(r"^\s*(?:,|[–—-]\s|(?:by|par|de)\s)\s*")
YEAR_BESIDE = re.compile(r"[\s,.]*\(?(?:19|20)\d\d\)?\W*$")
INITIALS = re.compile(r"^(?:[A-Z]\.?[\s-]?){1,3}$")
SURNAME = re.compile(r"^[A-ZÀ-Ý][\w'’-]{1,40}\.?$|^al\.?$")
NO_PERSON = re.compile(
    r"\b(?:press\w*|editions?|ed|verlag|hall|media|university|publi\w*|wiley|kaufmann|mcgraw|springer|pearson|packt"
    r"|wesley|see|voir|also|chap\w*|part|section|vol\w*|(?:text)?books?|texts?|readings?|required|recommended|optional"
    r"|reference|suggested|main|primary|course|livres?|manuels?|ouvrages?|lectures?)\b"
)
BY = re.compile(r"\s*(?:,|–|—|-)?\s+(?:by|par)\s+(?=[A-ZÀ-Ý])")


def read_item(doc: Document, reader: Reader, item: Item, kind: ResourceKind) -> Resource | None:
    inline = reader.read(item.text, item.line + 1)
    text = inline.text
    details = dedented(doc, item)
    if not text and not details:
        return None
    href = next((target.href for target in inline.links), "")
    title, authors = _split_authors(LINKED_BEHIND.sub(")", text)) if kind == "book" else (text, "")
    if kind == "book" and not authors and (told := _emphasised(item.text)):
        title, authors = told
        details = "\n\n".join(filter(None, (item.text, details)))  # the edition, the publisher
    title = title.rstrip(" :–—-") or text or one_line(href)
    if len(inline.links) > 1 or len(title) > MAX_RESOURCE:
        details = "\n\n".join(filter(None, (item.text, details)))
    return Resource(kind, title[:MAX_RESOURCE], authors[:MAX_RESOURCE], href[:MAX_HREF], details, item.line + 1)


def _split_authors(text: str) -> tuple[str, str]:
    """ "Title (Authors)" and "Title, by Author"; a parenthesis such as (2nd edition) belongs to the title."""
    match = AUTHORS.search(text)
    if match and not NO_AUTHORS.match(fold(match["authors"])) and text[: match.start()].strip():
        return text[: match.start()].strip(), match["authors"].strip()
    if by := BY.search(text):
        return text[: by.start()].strip(" ,"), text[by.end() :].strip(" .")
    return text, ""


def _emphasised(text: str) -> tuple[str, str] | None:
    """ "R. Martin, *Clean Code*" and "*Clean Code* — R. Martin": the title in italics, and who stands beside it."""
    match = IN_ITALICS.match(text) if len(text) <= MAX_RESOURCE else None
    if match is None:
        return None
    begins, ends = NAMES_BEGIN.match(match["after"]), NAMES_END.search(match["before"])
    before = match["before"][: ends.start()] if ends else ""
    names = before.strip() if ends and _are_people(YEAR_BESIDE.sub("", before), alone=ends["sign"] == ",") else ""
    if not match["before"].strip() and begins:
        after = match["after"][begins.end() :].strip(" ,.;–—-")
        names = after if _are_people(after) else ""
    return (match["title"].strip(" .,"), names) if names else None


def _are_people(text: str, *, alone: bool = False) -> bool:
    """Names of people and nothing else; `alone`: surnames without a first name will do."""
    names = [name for name in (piece.strip() for piece in NAMES_APART.split(text)) if name]
    if not names or NO_PERSON.search(fold(text)):
        return False
    alone = alone or any(map(INITIALS.match, names))  # "Martin, R."
    return all(NAME.match(name) or (alone and (SURNAME.match(name) or INITIALS.match(name))) for name in names)
