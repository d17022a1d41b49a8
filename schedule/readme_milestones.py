"""Milestones: what the table says and what the prose says, joined by number into one object each."""

import datetime as dt
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from markdown_it.token import Token

from schedule.readme_calendar import Calendar, NearestYears
from schedule.readme_classes import DUE_WORD
from schedule.readme_dates import best_span, hours_in, is_open
from schedule.readme_facts import MilestoneItem
from schedule.readme_text import Item, Part, Warnings, blocks, fold, is_list, items, lines_of

LABELLED = re.compile(
    r"^[\s*_`\[]*(?:ms|milestone|jalon)\s*#?\s*(?P<number>\d{1,2})\b[\s*_`]*(?:\]\([^()]{0,500}\))?[\s*_`]*"
    r"(?P<cut>[:.–—-])?[\s*_]*"
)
BOLD = re.compile(r"\s*(?:\*\*|__)")
WHEN = re.compile(r"^\W*(?:when|dates?|days?|quand|jours?)\b\W*:")
MENTIONED = re.compile(r"\b(?:ms|milestone|jalon)\s*#?\s*(?P<number>\d{1,2})\b")
SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-ZÀ-Ý\[*_:])")
STATEMENTS = 500  # of one section; a page with more is no page for people
FAR = 92  # days outside the schedule from which a milestone's date looks like a slip


@dataclass(frozen=True)
class Told:
    """One statement of the prose: the text that it stands in (Markdown), which milestone, at which line (from 0)."""

    number: int
    text: str
    line: int
    labelled: bool  # "MS1: ..." says that there is such a milestone even without a date


def statements(part: Part) -> list[Told]:
    """What the list items and paragraphs of a section say about numbered milestones; also found by redate.py."""
    found: list[Told] = []
    heading = MENTIONED.search(fold(part.heading))
    number = int(heading["number"]) if heading else None
    for block in blocks(part.tokens):
        if is_list(block):
            found += _list_items(block, number)
        elif block[0].type == "table_open":
            found += _table_rows(block)
        elif block[0].type == "paragraph_open":
            text = block[1].content
            if label := LABELLED.match(fold(text)):
                line = lines_of(block)[0]
                for piece, below in _by_number(text, label["number"]):
                    label = LABELLED.match(fold(piece)) or label
                    is_labelled = label["cut"] == ":" or bool(label["cut"] and BOLD.match(piece))
                    found.append(_labelled(label, piece, line + below, is_labelled))
                continue
            for sentence, below in _sentences(text):
                named = MENTIONED.search(fold(sentence))
                told = int(named["number"]) if named else number
                if told is not None and best_span(sentence):
                    found.append(Told(told, sentence, lines_of(block)[0] + below, False))
        if len(found) > STATEMENTS:
            break
    return found[:STATEMENTS]


def _list_items(block: list[Token], number: int | None) -> Iterator[Told]:
    """ "MS1: ...", with the item below that has its date; below a heading "Milestone 1" the item that says when."""
    unnamed: list[Item] = []
    for item in itertools.islice(items(block), STATEMENTS):
        label = LABELLED.match(fold(item.text))
        if label is None:
            unnamed.append(item)
            continue
        text = item.text
        if not best_span(text):
            nested = (below for inner in blocks(item.tokens) if is_list(inner) for below in items(inner))
            text = "\n".join([text, *itertools.islice((below.text for below in nested if best_span(below.text)), 1)])
        yield _labelled(label, text, item.line, True)
    if number is not None:
        dated = [item for item in unnamed if best_span(item.text)]
        said = next((item for item in dated if WHEN.match(fold(item.text))), None)
        said = said or next((item for item in dated if not DUE_WORD.search(fold(item.text))), None)
        if said:
            yield Told(number, said.text, said.line, False)


def _sentences(text: str) -> Iterator[tuple[str, int]]:
    """Each sentence, and how many lines below the first of the text it begins."""
    at = 0
    for sentence in SENTENCE_END.split(text)[:STATEMENTS]:
        at = text.index(sentence, at)
        yield sentence, text.count("\n", 0, at)


def _by_number(text: str, number: str) -> list[tuple[str, int]]:
    """A paragraph about several milestones, cut where a sentence begins with the name of the next one."""
    pieces: list[tuple[list[str], int]] = [([], 0)]
    for sentence, below in _sentences(text):
        label = LABELLED.match(fold(sentence))
        if label and label["number"] != number:
            number = label["number"]
            pieces.append(([], below))
        pieces[-1][0].append(sentence)
    return [(text, 0)] if len(pieces) == 1 else [(" ".join(sentences), below) for sentences, below in pieces]


def _table_rows(block: list[Token]) -> Iterator[Told]:
    """The rows of a table of milestones; a row is one statement."""
    rows: dict[int, list[str]] = {}
    for token in block:
        if token.type == "inline" and token.map and token.content:
            rows.setdefault(token.map[0], []).append(token.content)
    for line, cells in list(rows.items())[1:]:
        text = " – ".join(cells)
        if named := MENTIONED.search(fold(text)):
            yield Told(int(named["number"]), text, line, True)


def _labelled(label: re.Match[str], text: str, line: int, is_labelled: bool) -> Told:
    """ "MS1: ..." without its label; "Milestone 1 takes place ..." as it is."""
    told = text[label.end() :] if label["cut"] and "[" not in label[0] else text
    if label[0].count("**") % 2 and told.count("**") % 2:  # "**Milestone 1 – Design.** On ...": cut nowhere
        told = text
    return Told(int(label["number"]), told, line, is_labelled)


def from_prose(told: list[Told], calendar: Calendar, years: NearestYears, warnings: Warnings) -> list[MilestoneItem]:
    """One item a number: the first statement that has a date says when, the first of all gives the text."""
    found: dict[int, MilestoneItem] = {}
    for statement in told:
        item = _item(statement, calendar, years, warnings)
        if item is None:
            continue
        known = found.get(item.number or 0)
        if known is None:
            found[statement.number] = item
        elif known.start is None and item.start:
            found[statement.number] = replace(item, text=known.text, lines=_lines(known, item))
    return list(found.values())


def _item(told: Told, calendar: Calendar, years: NearestYears, warnings: Warnings) -> MilestoneItem | None:
    span = best_span(told.text)
    start = end = None
    if span:
        start, end = calendar.dates(span, years)
        if start is None or (span.last and end is None):
            message = _("The date of this milestone could not be read; its booking stays closed until it is given.")
            warnings.add("date-unreadable", told.line + 1, message, told.text)
            start = end = None
    if start is None and not told.labelled:
        return None
    is_confirmed = start is not None and not is_open(told.text, span)
    if not is_confirmed:
        message = _("This milestone has no confirmed date; its booking stays closed until it has one.")
        warnings.add("date-unconfirmed", told.line + 1, message, told.text)
    hours = hours_in(told.text)
    return MilestoneItem(
        number=told.number,
        kind="day" if start and not end else "window",
        start=start,
        end=end or start,
        confirmed=is_confirmed,
        lines=(told.line + 1,),
        text=told.text.strip(),
        starts_at=hours[0] if hours else None,
        ends_at=hours[1] if hours else None,
    )


def joined(
    rows: list[MilestoneItem], prose: list[MilestoneItem], classes: tuple[dt.date, ...], warnings: Warnings
) -> tuple[MilestoneItem, ...]:
    """Rows and prose as one list in order of number. A conflict is asked about; until then the table counts."""
    unnumbered = [row for row in rows if row.number is None]
    result: dict[object, MilestoneItem] = {item.number: item for item in prose}
    for row in rows:
        if row.number is not None:
            known = result.get(row.number)
            result[row.number] = _united(row, known, warnings) if known else row
    for row in unnumbered:
        same = next((item for item in result.values() if item.number and _covers(item, row)), None)
        if same is None and len(unnumbered) == 1 and row.kind == "day":
            same = _only_day(prose, {r.number for r in rows})
        if same:
            result[same.number] = _united(row, result[same.number], warnings)
        else:
            result[row.lines, row.start] = row  # a line of a grid has several
    for item in result.values():
        _check_inside(item, classes, warnings)
    return tuple(sorted(result.values(), key=lambda item: (item.number is None, item.number or 0, item.lines)))


def _covers(item: MilestoneItem, row: MilestoneItem) -> bool:
    return item.start is not None and (item.start, item.end) == (row.start, row.end)


def _only_day(prose: list[MilestoneItem], in_table: set[int | None]) -> MilestoneItem | None:
    """The one presentation day of the prose that the table does not number: a row "Project presentations" is it.

    Without such a day the one milestone of the prose that has no date yet."""
    others = [item for item in prose if item.number not in in_table]
    days = [item for item in others if item.kind == "day"] or [item for item in others if item.start is None]
    return days[0] if len(days) == 1 else None


def _united(row: MilestoneItem, told: MilestoneItem, warnings: Warnings) -> MilestoneItem:
    lines = _lines(row, told)
    if row.start is None:
        return replace(told, lines=lines, title=row.title or told.title, sprint=row.sprint or told.sprint)
    if told.start is not None and (row.start, row.end) != (told.start, told.end):
        message = _("The schedule says %(row)s, line %(line)d says %(told)s. Until you settle it, the schedule counts.")
        values = {"row": _days(row), "told": _days(told), "line": told.lines[0]}
        warnings.add("milestone-conflict", row.lines[0], message % values, row.title, needs_tick=True)
    return replace(
        row,
        number=row.number if row.number is not None else told.number,
        confirmed=row.confirmed and (told.confirmed or told.start is None),
        lines=lines,
        text=told.text or row.text,
        title=row.title or told.title,
        sprint=row.sprint or told.sprint,
        starts_at=row.starts_at or told.starts_at,
        ends_at=row.ends_at or told.ends_at,
    )


def _lines(one: MilestoneItem, other: MilestoneItem) -> tuple[int, ...]:
    return tuple(sorted({*one.lines, *other.lines}))


def _days(item: MilestoneItem) -> str:
    days = [day.isoformat() for day in (item.start, item.end) if day]
    return " – ".join(dict.fromkeys(days))


def _check_inside(item: MilestoneItem, classes: tuple[dt.date, ...], warnings: Warnings) -> None:
    if not (item.start and item.end and classes):
        return
    if (classes[0] - item.start).days > FAR or (item.end - classes[-1]).days > FAR:
        message = _("This date is months away from the classes of the schedule; it was read as written.")
        warnings.add("milestone-outside-edition", item.lines[0], message, item.title or item.text)
