"""Search in an edition: every word somewhere in a row, whatever its case and accents; only what the viewer may see.

SQLite's LIKE folds ASCII alone and Postgres' ILIKE no accents, so the database gives the few columns of an edition's
rows that are searched, and the words are compared here: the same on both, and an edition has hundreds of rows.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from html import escape

from django.utils.safestring import SafeString, mark_safe

from coursesite.access import Viewer
from schedule import importing
from schedule.readme_text import fold

LONGEST = 100  # characters of what is asked
MOST_WORDS = 8
SHOWN = 50  # of a kind
ADDRESSES = re.compile(r"(?<=\])\([^)\s]*\)|https?://\S+")  # where a link leads is nothing that was said
AROUND = 60  # characters of a text before and after the first word that was found


@dataclass(frozen=True)
class Candidate:
    """A row as it is searched: `title` first, then `texts`. `url`: where it is to be seen."""

    kind: str
    title: str
    url: str
    texts: tuple[str, ...] = ()
    about: str = ""  # shown beside it, and not searched


@dataclass(frozen=True)
class Hit:
    title: SafeString
    url: str
    about: str
    extract: SafeString


@dataclass(frozen=True)
class Group:
    kind: str
    hits: list[Hit]
    count: int


def words_of(asked: str) -> list[str]:
    """What is looked for, folded; the longest first decide soonest."""
    found = fold(asked[:LONGEST].replace("\x00", " ")).split()
    return sorted(dict.fromkeys(found), key=len, reverse=True)[:MOST_WORDS]


def search(viewer: Viewer, asked: str, now: datetime) -> list[Group]:
    """By kind, in the order of the apps; in each, those with all words in the title first."""
    words = words_of(asked)
    if not words:
        return []
    groups: dict[str, list[tuple[bool, Hit]]] = {}
    for candidate in candidates(viewer, now):
        texts = tuple(ADDRESSES.sub("", text) for text in candidate.texts)
        whole = fold("\n".join((candidate.title, *texts)))
        if all(word in whole for word in words):
            title = fold(candidate.title)
            is_far = not all(word in title for word in words)
            groups.setdefault(candidate.kind, []).append((is_far, hit(candidate, texts, words)))
    return [
        Group(kind, [each for _far, each in sorted(found, key=lambda pair: pair[0])[:SHOWN]], len(found))
        for kind, found in groups.items()
    ]


def candidates(viewer: Viewer, now: datetime) -> Iterator[Candidate]:
    """Each app offers its own in course.py: `searched(viewer, now)`, in a fixed number of queries."""
    for part in importing.parts():
        yield from part.searched(viewer, now)


def hit(candidate: Candidate, texts: Iterable[str], words: list[str]) -> Hit:
    extract = ""
    for text in texts:
        said = " ".join(text.split())
        places = [at for at, _end in places_of(said, words)]
        if places:
            start, end = max(0, places[0] - AROUND), places[0] + 2 * AROUND
            extract = ("…" if start else "") + said[start:end] + ("…" if end < len(said) else "")
            break
    return Hit(marked(candidate.title, words), candidate.url, candidate.about, marked(extract, words))


def places_of(text: str, words: Iterable[str]) -> list[tuple[int, int]]:
    """Where the words stand in the text, longer ones first where they overlap."""
    pattern = "|".join(re.escape(word) for word in words)
    return [match.span() for match in re.finditer(pattern, fold(text))]  # which keeps the length


def marked(text: str, words: Iterable[str]) -> SafeString:
    pieces, at = [], 0
    for start, end in places_of(text, words):
        pieces += [escape(text[at:start]), "<mark>", escape(text[start:end]), "</mark>"]
        at = end
    return mark_safe("".join(pieces) + escape(text[at:]))  # noqa: S308 - every piece is escaped
