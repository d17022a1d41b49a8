"""What a row says is due beside its class, exam or day off: it keeps its day when the row moves, and stays when the
class goes. Pure."""

import datetime as dt
import itertools
import re
from collections.abc import Iterator
from dataclasses import replace

from schedule.echoes import without_day
from schedule.models import Deadline, Lecture
from schedule.readme_classes import BLANK
from schedule.readme_dates import find_spans
from schedule.readme_facts import MAX_TITLE
from schedule.readme_text import fold
from schedule.writing_dates import Change, within
from schedule.writing_edits import Edit, Entry
from schedule.writing_page import NOWHERE, Changes, Page, swaps
from schedule.writing_rows import DAYS, Record, date_cells, day, days_of
from schedule.writing_ways import ways

Guess = tuple[tuple[Edit, ...], Changes]  # an edit and what it takes along, and a way to write all of it
There = dict[str, list[Entry]]
BREAK = re.compile(r"\s*<br\s*/?>\s*", re.IGNORECASE)
TRIED = 4  # ways to write a row's own change
OF_DUE = {"lecture": "extra", "deadline": "title"}  # the field in which a row says what is due


def beside_due(page: Page, there: There, edit: Edit) -> Iterator[Guess]:
    if not page.columns("assignment") or edit.old is None or edit.kind not in DAYS:
        return
    entry = next((entry for entry in there.get(edit.kind, []) if entry.record == edit.old), None)
    if entry is None or not entry.lines or any(line not in page.rows for line in entry.lines):
        return
    if edit.kind == "deadline":
        yield from _of_deadline(page, there, edit, entry)
        return
    due = [other for other in there.get("deadline", []) if other.lines and other.lines[0] in entry.lines]
    if due and edit.new is None:
        yield (edit,), [change for line in entry.lines for change in _without_class(page, line)]
    elif due and edit.new and days_of(edit.kind, edit.old)[0] != days_of(edit.kind, edit.new)[0]:
        yield from _row_moves(page, there, edit, due)


def followers(there: There, edit: Edit, edits: list[Edit]) -> list[Edit]:
    """The deadlines that go to another day together with the row that they stand in, so that its date says both."""
    if edit.kind == "deadline" or edit.kind not in DAYS or not edit.old or not edit.new:
        return []
    was, now = edit.old[DAYS[edit.kind][0]], edit.new[DAYS[edit.kind][0]]
    lines = {line for entry in there.get(edit.kind, []) if entry.record == edit.old for line in entry.lines}
    beside = [entry.record for entry in there.get("deadline", []) if entry.lines and entry.lines[0] in lines]
    moved = [other for other in edits if other.kind == "deadline" and other.old in beside and was != now]
    return [
        other
        for other in moved
        if other.old and other.old["due_on"] == was and other.new == other.old | {"due_on": now}
    ]


def as_it_stands(there: There, edit: Edit) -> Edit:
    """The edit of what the page says now, where another one has taken a part of it along."""
    old, new, name = edit.old, edit.new, OF_DUE.get(edit.kind)
    records = [entry.record for entry in there.get(edit.kind, [])]
    if old is None or name is None or old in records:
        return edit
    for record in records:
        is_same = edit.kind == "lecture" or without_day(record[name]) == without_day(old[name])
        if is_same and record | {name: old[name]} == old:
            is_kept = new is not None and new[name] == old[name]
            return replace(edit, old=record, new=new | {name: record[name]} if new and is_kept else new)
    return edit


def _row_moves(page: Page, there: There, edit: Edit, due: list[Entry]) -> Iterator[Guess]:
    """The row has another day; what is due in it names its own, which was the row's."""
    bare = [entry for entry in due if not find_spans(entry.record["title"], prose=True)]
    for form in (0, -1):
        changes: Changes = []
        meant = []
        for entry in bare:
            record, line = entry.record, entry.lines[0]
            places, first = _places(page, line, record["title"]), day(record["due_on"])
            if not places or first is None:
                return
            dated = _days_named(page, line, first)[form]
            changes.append(Change(places[0][1], places[0][1], dated))
            meant.append(Edit(Deadline, edit.about, record, record | {"title": record["title"] + dated}))
        said = edit
        if edit.kind == "lecture" and edit.new and changes:
            said = replace(edit, new=_saying(page, due[0].lines[0], edit.new, changes))
        for way in itertools.islice(ways(page, there, edit), TRIED):
            yield (said, *meant), [*way, *changes]


def _days_named(page: Page, line: int, first: dt.date) -> list[str]:
    """A day behind what is due: as the row writes its own, and with the name of its month."""
    dated = [page.reader.plain(cell, line) for cell in date_cells(page, line, "", first, None)]
    return [f" ({day})" for day in (*dated, page.dates.style.in_words(first))]


def _of_deadline(page: Page, there: There, edit: Edit, entry: Entry) -> Iterator[Guess]:
    """A statement of an assignment cell changes or goes; the class of its row says what is left."""
    line = entry.lines[0]
    beside = next((entry for entry in there.get("lecture", []) if line in entry.lines), None)
    is_alone = all(line not in entry.lines for kind in DAYS if kind != "deadline" for entry in there.get(kind, []))
    for place in _places(page, line, entry.record["title"]):
        told: Iterator[tuple[Record | None, Changes]] = iter(())
        if edit.new:
            told = _said_anew(page, line, place, entry.record, edit.new)
        elif not is_alone:
            told = ((None, changes) for changes in _taken_out(page, line, place))
        for new, changes in told:
            meant = [replace(edit, new=new)]
            if beside:
                said = _saying(page, line, beside.record, changes)
                meant += [Edit(Lecture, edit.about, beside.record, said)] if said != beside.record else []
            yield tuple(meant), changes


def _said_anew(
    page: Page, line: int, place: tuple[int, int], old: Record, new: Record
) -> Iterator[tuple[Record | None, Changes]]:
    """The statement with other words, or with its own day in it where that is no longer the row's."""
    start, end = place
    piece, title = page.text[start:end], new["title"]
    put: list[Changes] = [[]]
    if title != old["title"]:
        put = [*swaps(page, place, old["title"], title), *([Change(start, end, text)] for text in page.put(title))]
    due = day(new["due_on"])
    if new["due_on"] == old["due_on"] or due is None:
        yield from ((new, changes) for changes in put)
        return
    for changes in put:
        spans = find_spans(piece, prose=True)
        if spans and not changes:
            dated = page.dates.dated(piece, spans[0], due, None)
            if dated is not None:
                yield new | {"title": page.reader.plain(dated, line)}, [Change(start, end, dated)]
        elif not spans:
            for dated in _days_named(page, line, due):
                yield new | {"title": title + dated}, _with_end(changes, Change(end, end, dated))


def _with_end(changes: Changes, more: Change) -> Changes:
    """With what comes behind the last change, where that reaches up to it."""
    if changes and changes[-1].end == more.start:
        return [*changes[:-1], replace(changes[-1], text=changes[-1].text + more.text)]
    return [*changes, more]


def _taken_out(page: Page, line: int, place: tuple[int, int]) -> Iterator[Changes]:
    for left, right in _cells(page, line):
        if not left <= place[0] <= place[1] <= right:
            continue
        pieces = _pieces(page, (left, right))
        if place not in pieces or len(pieces) == 1:
            yield [Change(left, right, "")]
            continue
        number = pieces.index(place)
        start = pieces[number - 1][1] if number else place[0]
        yield [Change(start, place[1] if number else pieces[1][0], "")]


def _without_class(page: Page, line: int) -> Changes:
    """A row with nothing but its date and what is due."""
    _cell, dated = page.spans.get(line, ("", None))
    kept = {*page.columns("date", "assignment"), page.date_column(line) if dated else None}
    cells = page.cells(line) or []
    changes: Changes = []
    for index, place in enumerate(cells):
        if index not in kept and place != NOWHERE and place[0] < place[1]:
            changes += page.set_cell(line, index, "") or []
    return changes


def _cells(page: Page, line: int) -> list[tuple[int, int]]:
    cells = page.cells(line) or []
    return [cells[index] for index in page.columns("assignment") if index < len(cells) and cells[index] != NOWHERE]


def _pieces(page: Page, place: tuple[int, int]) -> list[tuple[int, int]]:
    """The lines of a cell, as offsets in the text."""
    start, end = place
    breaks = list(BREAK.finditer(page.text, start, end))
    return list(
        zip([start, *(match.end() for match in breaks)], [*(match.start() for match in breaks), end], strict=True)
    )


def _places(page: Page, line: int, title: str) -> list[tuple[int, int]]:
    """Where a row says this is due: a line of a cell, or all of a cell."""
    places = dict.fromkeys(place for cell in _cells(page, line) for place in (*_pieces(page, cell), cell))
    return [place for place in places if page.reader.plain(page.text[slice(*place)], line) == title]


def _saying(page: Page, line: int, record: Record, changes: Changes) -> Record:
    """A class with what its row says is due after these changes."""
    texts = []
    for left, right in _cells(page, line):
        own = [change for change in changes if left <= change.start and change.end <= right]
        texts.append(page.reader.plain(within(page.text[left:right], left, own), line))
    said = ", ".join(text for text in texts if text and not BLANK.match(fold(text)))[:MAX_TITLE]
    extra = {name: cell for name, cell in (record["extra"] | {"assignment": said}).items() if cell}
    return record | {"extra": extra}
