"""What is due: the statements of an assignment cell, and the day of each."""

import datetime as dt
import re

from schedule.readme_calendar import Calendar, RowYears
from schedule.readme_classes import BLANK, DUE_WORD, HANDED_OUT
from schedule.readme_columns import normalised
from schedule.readme_dates import LETTERS, NAMED_DAY, Span, beside_date, find_spans
from schedule.readme_facts import MAX_READ
from schedule.readme_text import fold

DUE_AGAIN = re.compile(r"^\W*(?:due|before|by|until|a rendre|avant|pour)\b")
NOTHING = re.compile(r"^\W*(?:no|none|nothing|aucune?|rien|pas d[e'’])\b(?:\W+\w+){0,3}\W*$")
# "15.03." opens a line: in a sentence such numbers would be no date.
DOTTED = re.compile(r"\W*\d{1,2}\.\d{1,2}\.(?!\d)")
SAYS_DUE = re.compile(r"\b(?:due|deadlines?|remise|rendu|rendre|remettre|echeance)\b")
# What a line of a column "Due" names when it is a piece of work of its own: "HW1", "Quiz 2", "Project proposal".
WORK = re.compile(
    r"^\W*(?:(?:final|first|second|team|group|mini-?)\s*)?"
    r"(?:hws?|homeworks?|assignments?|problem sets?|pset|ps|quiz|labs?|projects?|reports?|proposals?|essays?|exercises?"
    r"|papers?|milestones?|checkpoints?|devoirs?|projets?|rapports?|exercices?|tps?|tds?|dms?|[ap](?=\d))\W*\d{0,2}\b"
)


def due_in(header: str, lines: list[str]) -> tuple[list[str], list[str]]:
    """What the lines of an assignment cell (plain text) say is due, by the header or in their own words, and the rest.

    A line that only goes on ("due on Friday") belongs to the one above.
    """
    said: list[str] = []
    for line in lines:
        if said and DUE_AGAIN.match(fold(line[:MAX_READ])):
            said[-1] = f"{said[-1]} {line}"
        elif line and not BLANK.match(fold(line)) and not NOTHING.match(fold(line)):
            said.append(line)
    by_header = says_due(header)
    if not any(by_header or DUE_WORD.search(fold(line)) for line in said):
        return [], said
    kept = [line for line in said if SAYS_DUE.search(fold(line)) or not HANDED_OUT.search(fold(line))]
    own = [line for line in kept if _is_due(line, by_header)]
    if len(kept) == 1 or not own:
        due = [" ".join(kept)] if kept else []
    elif any(SAYS_DUE.search(fold(line)) for line in own) or len(own) == len(kept):
        due = own
    else:
        due = [" ".join(kept)]
    return due, [line for line in said if not any(line in each for each in due)]


def _is_due(line: str, by_header: bool) -> bool:
    folded = fold(line[:MAX_READ])
    return bool(SAYS_DUE.search(folded) or (by_header and (WORK.match(folded) or find_spans(folded, prose=True))))


def says_due(header: str) -> bool:
    return bool(DUE_WORD.search(normalised(header)))


def is_only_date(text: str) -> bool:
    """ "10.3.", "Mon 2 March 23:59": a day, and nothing that is due on it."""
    spans = spans_in(text)
    beside = fold(beside_date(text, spans[0])) if spans else text
    return bool(spans) and not LETTERS.search(NAMED_DAY.sub("", re.sub(r"\b(?:at|by|a|am|pm|h)\b", "", beside)))


def spans_in(text: str) -> list[Span]:
    """The dates of a statement; redate.py writes at the same places."""
    return find_spans(text[:MAX_READ], prose=not DOTTED.match(text))


def day_in(text: str, calendar: Calendar, row: dt.date | None) -> dt.date | None:
    """The day that a text names, in the year of its row; else the row's."""
    years = RowYears(calendar)
    if row:
        years.saw(row)
    spans = spans_in(text)
    return (calendar.dates(spans[0], years)[0] if spans else None) or row
