"""A change of a row of the schedule, as the ways in which its cells can say it, the smallest first. Pure."""

import datetime as dt
import difflib
import re
from collections.abc import Iterator
from typing import Any

from schedule import writing_links as links
from schedule.readme_classes import split_remark
from schedule.readme_dates import CLOCK, HOURS, UNCONFIRMED_WORDS, Span, find_spans, visible
from schedule.readme_text import fold
from schedule.writing_dates import Change
from schedule.writing_page import MARKER, NOWHERE, Changes, Page, in_cell, swaps

Record = dict[str, Any]
DAYS = {
    "lecture": ("taught_on", "ends_on"),
    "holiday": ("starts_on", "ends_on"),
    "milestone": ("starts_on", "ends_on"),
    "deadline": ("due_on",),
    "examday": ("held_on",),
}
HOUR_FIELDS = ("begins", "ends")
TEXTS = {"week": "week", "sprint": "sprint", "room": "room"}
NOTES = {"material_note": "material", "directed_work_note": "directed_work"}
EXTRAS = {"time": "time", "type": "type", "teacher": "teacher", "assignment": "assignment"}
BREAK = re.compile(r"\s*<br\s*/?>\s*", re.IGNORECASE)
AFTER_TITLE = re.compile(r"\s*(?:\(|\[\[)")  # a remark, links in brackets
NO_DATE = "TBC"
UNCONFIRMED_NOTE = re.compile(rf"\s*[(\[,–-]?\s*{UNCONFIRMED_WORDS}\s*[)\]]?|\s*\(?\?+\)?")


def day(value: str | None) -> dt.date | None:
    return dt.date.fromisoformat(value) if value else None


def days_of(kind: str, record: Record) -> tuple[dt.date | None, dt.date | None]:
    """First day, and last day where there are several."""
    first, *last = (day(record.get(name)) for name in DAYS[kind])
    return first, last[0] if last and last[0] != first else None


def ways(page: Page, kind: str, line: int, old: Record, new: Record, name: str) -> Iterator[Changes]:
    """The ways to write what `new` has in field `name`, on one line."""
    if name in DAYS[kind]:
        yield from _dates(page, kind, line, *days_of(kind, new))
    elif name in HOUR_FIELDS:
        yield from _hours(page, line, new)
    elif name in TEXTS:
        yield from _plain(page, line, TEXTS[name], old[name], new[name])
    elif name == "title":
        yield from _title(page, line, old["title"], new["title"])
    elif name in NOTES:
        yield from _plain(page, line, NOTES[name], old[name], new[name], is_alone=not _has_links(page, line, name))
    elif name == "notes":
        yield from _notes(page, line, old["notes"].split("\n"), new["notes"].split("\n"))
    elif name == "extra":
        yield from _extras(page, line, old["extra"], new["extra"])
    elif name == "is_confirmed":
        yield from _confirmed(page, line, new["is_confirmed"])


def _dates(page: Page, kind: str, line: int, first: dt.date | None, last: dt.date | None) -> Iterator[Changes]:
    if kind == "deadline":
        for due in page.columns("assignment"):
            cell = page.cell(line, due)
            for span in find_spans(cell, prose=True):
                if first and (piece := page.dates.dated(cell, span, first, None)):
                    yield page.set_cell(line, due, piece) or []
    index = page.date_column(line)
    if index is None:
        return
    if first is None and page.made_of == "headings":
        yield from _date_removed(page, line, index)
    for value in date_cells(page, line, page.cell(line, index), first, last):
        changes = page.set_cell(line, index, value)
        if changes is not None:
            yield changes + list(_weekday_cells(page, line, index, first, last))


def _date_removed(page: Page, line: int, index: int) -> Iterator[Changes]:
    """What opens an entry without its date: "Week 1 (3 Feb): Sets"."""
    start, opening = page.line(line)
    cells = page.cells(line) or []
    if index < len(cells) and start <= cells[index][0]:
        left, right = (place - start for place in cells[index])
        before, after = re.search(r"\s*\(\s*$", opening[:left]), re.match(r"\s*\)", opening[right:])
        if before and after:
            yield [Change(start + before.start(), start + right + after.end(), "")]


def date_cells(page: Page, line: int, cell: str, first: dt.date | None, last: dt.date | None) -> Iterator[str]:
    """How a date cell can say these days: in its own format, else in that of the rows above."""
    if first is None:
        yield NO_DATE
        yield ""
        return
    known, span = page.spans.get(line, ("", None))
    found = span if span and span.first.lent and known == cell else _found(page, cell)
    formats = [(cell, found)] if found else []
    if nearest := page.nearest_date(line, stretch=last is not None):
        formats.append(nearest)
    for piece, span in formats:
        value = page.dates.dated(piece, span, first, last)
        if value is not None:
            yield value
            yield from _with_year(value, first, last)
    if not formats:
        yield f"{first:%d/%m/%Y}" + (f" - {last:%d/%m/%Y}" if last else "")


def _found(page: Page, cell: str) -> Span | None:
    spans = find_spans(cell, prose=not page.columns("date"))
    return spans[0] if spans else None


def _with_year(value: str, first: dt.date, last: dt.date | None) -> Iterator[str]:
    spans = find_spans(value)
    atoms = spans[0].atoms if spans else ()
    for atom, year in reversed(list(zip(atoms, (first, last), strict=False))):
        if atom.year or atom.month is None or year is None:
            return
        put = value[atom.day.end] + str(year.year) if atom.numeric else f" {year.year}"
        value = value[: atom.end] + put + value[atom.end :]
    if atoms:
        yield value


def _weekday_cells(page: Page, line: int, date_index: int, first: dt.date | None, last: dt.date | None) -> Changes:
    """A column of its own for the weekday follows the date."""
    changes: Changes = []
    for index in page.columns("date"):
        cell = page.cell(line, index)
        if index != date_index and cell and first and (fits := page.dates.on_weekday(cell, first, last)) != cell:
            changes += page.set_cell(line, index, fits) or []
    return changes


def hours_written(piece: str, begins: dt.time, ends: dt.time) -> str | None:
    """The text with these hours in place of the first ones that it says, written as they were."""
    if not CLOCK.search(piece):
        return None
    for match in HOURS.finditer(fold(visible(piece))):
        if not (match[6] or match[8]):
            continue
        hours = []
        for group, time in ((1, begins), (5, ends)):
            end = max(match.end(number) for number in range(group, group + 4) if match[number])
            mark = match[group + 1] or match[2] or match[6] or ":"
            half = piece[match.end(group + 2) : match.end(group + 3)] if match[group + 3] and match[group + 2] else ""
            if match[group + 3] and not half:
                half = piece[match.end(group) : match.end(group + 3)]
            is_halved = bool(match[4] or match[8])
            hours.append((match.start(group), end, _hour(match[group], time, mark, half, is_halved=is_halved)))
        (start, middle, first), (again, end, last) = hours
        return piece[:start] + first + piece[middle:again] + last + piece[end:]
    return None


def _hour(was: str, time: dt.time, mark: str, half: str, *, is_halved: bool) -> str:
    """ "9h45", "09:00", "1 PM": hour and minutes as the one written there before."""
    hour = (time.hour % 12 or 12) if is_halved else time.hour
    number = f"{hour:02d}" if was.startswith("0") else str(hour)
    minutes = f"{time.minute:02d}" if time.minute or (mark == ":" and not half) else ""
    said = number + (mark if minutes or (mark == "h" and not half) else "") + minutes
    letter = "p" if time.hour >= 12 else "a"
    return said + re.sub("[apAP]", lambda found: letter.upper() if found[0].isupper() else letter, half, count=1)


def _hours(page: Page, line: int, new: Record) -> Iterator[Changes]:
    begins, ends = (dt.time.fromisoformat(new[name]) if new[name] else None for name in HOUR_FIELDS)
    index = page.filled(line, "time")
    columns = [index] if index is not None else []
    if (date_index := page.date_column(line)) is not None:
        columns.append(date_index)
    for column in columns:
        cell = page.cell(line, column)
        if begins is None or ends is None:
            if column == index:
                yield page.set_cell(line, column, "") or []
            continue
        if (value := hours_written(cell, begins, ends)) is not None:
            yield page.set_cell(line, column, value) or []
    if index is not None and begins and ends:
        others = (page.cell(number, index) for number in page.rows if number != line)
        alike = next((value for cell in others if cell and (value := hours_written(cell, begins, ends))), None)
        yield page.set_cell(line, index, alike or f"{begins:%H:%M}-{ends:%H:%M}") or []


def _plain(page: Page, line: int, column: str, old: str, new: str, *, is_alone: bool = True) -> Iterator[Changes]:
    """A cell of plain text; beside links (not `is_alone`) only the words themselves."""
    cells = page.cells(line)
    if cells is None:
        return
    for place in page.columns(column):
        if old and place < len(cells):
            yield from swaps(page, cells[place], old, new)
    index = page.filled(line, column)
    if index is None:
        return
    if is_alone:
        for value in page.put(new):
            if (changes := page.set_cell(line, index, value)) is not None:
                yield changes
    elif not old and index < len(cells):
        yield [Change(cells[index][1], cells[index][1], f" {in_cell(new)}")]


def _has_links(page: Page, line: int, name: str) -> bool:
    index = page.filled(line, NOTES[name])
    cells = page.cells(line) or []
    return index is not None and index < len(cells) and bool(links.links_in(page, cells[index], line))


def _title(page: Page, line: int, old: str, new: str) -> Iterator[Changes]:
    index = page.filled(line, "topic")
    cells = page.cells(line)
    if index is None or cells is None:
        return
    if index >= len(cells):
        yield page.set_cell(line, index, in_cell(new)) or []
        return
    start, end = cells[index]
    if cells[index] == NOWHERE:
        for region in page.pieces(line):
            yield from swaps(page, region, old, new)
        return
    yield from swaps(page, (start, end), old, new)
    for elsewhere in ("week", "type", "sprint"):
        for column in page.columns(elsewhere):
            if column < len(cells) and not page.cell(line, index):
                yield from swaps(page, cells[column], old, new)
    cell = page.text[start:end]
    first = BREAK.search(cell)
    opening = cell[: first.start()] if first else cell
    short, remark = split_remark(opening, fold(opening))
    kept = opening[len(short) :] if remark else ""
    inside = [link for link in links.links_in(page, (start, start + len(opening)), line) if not link.is_bare]
    for value in page.put(new):
        for end_of_title in (match.start() for match in AFTER_TITLE.finditer(opening)):
            if page.reader.plain(opening[:end_of_title], line) == old and kept == "":
                beside = "".join(
                    f" [{page.text[link.start : link.end]}]" for link in inside if link.end <= start + end_of_title
                )
                yield [Change(start, start + end_of_title, f"{value}{beside}")]
        if start == end:
            yield page.set_cell(line, index, value) or []
        if inside:  # a link was a part of the title: it stays, beside it
            beside = " ".join(f"[{page.text[link.start : link.end]}]" for link in inside)
            yield [Change(start, start + len(opening.rstrip()), f"{value} {beside}{kept}")]
        yield [Change(start, start + len(opening), f"{value}{kept}")]
        yield [Change(start, end, value)]


def _notes(page: Page, line: int, old: list[str], new: list[str]) -> Iterator[Changes]:
    """The lines below the title: each changed, added or taken out at its own place."""
    index = page.filled(line, "topic")
    cells = page.cells(line)
    if index is None or cells is None or index >= len(cells):
        return
    start, end = cells[index]
    cell = page.text[start:end]
    old, new = list(filter(None, old)), list(filter(None, new))
    changes: Changes | None = []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        if tag == "replace" and i2 - i1 == j2 - j1:
            for was, now in zip(old[i1:i2], new[j1:j2], strict=True):
                way = next(swaps(page, (start, end), was, now), None)
                changes = changes + way if changes is not None and way else None
        elif tag == "insert" and i1 == len(old):
            put = "".join(f"<br/>{in_cell(text)}" for text in new[j1:j2])
            changes = [*changes, Change(end, end, put)] if changes is not None else None
        elif tag == "delete":
            for was in old[i1:i2]:
                pattern = (
                    rf"\s*<br\s*/?>\s*{re.escape(in_cell(was))}(?=\s*(?:<br|$))|\s*\(\W*{re.escape(in_cell(was))}\W*\)"
                )
                match = re.search(pattern, cell, re.IGNORECASE)
                gone = [Change(start + match.start(), start + match.end(), "")] if match else None
                changes = changes + gone if changes is not None and gone else None
        else:
            changes = None
    if changes:
        yield changes
    pieces = BREAK.split(cell)
    opening = pieces[0]
    short, remark = split_remark(opening, fold(opening))
    if remark and (not new or page.reader.plain(remark, line) != new[0]):
        opening = short
    elif remark:
        new = new[1:]
    yield [Change(start, end, "<br/>".join([opening, *map(in_cell, new)]))]


def _extras(page: Page, line: int, old: dict[str, str], new: dict[str, str]) -> Iterator[Changes]:
    """Columns without a field of their own: each cell word for word."""
    changes: Changes = []
    for name in {**old, **new}:
        was, now = old.get(name, ""), new.get(name, "")
        if was == now:
            continue
        if name in EXTRAS:
            way = next(_plain(page, line, EXTRAS[name], was, now), None)
        else:
            headers = [column.header for column in page.table.columns] if page.table else []
            way = page.set_cell(line, headers.index(name), in_cell(now)) if name in headers else None
        if way is None:
            return
        changes += way
    yield changes


def _confirmed(page: Page, line: int, is_confirmed: bool) -> Iterator[Changes]:
    index = page.date_column(line)
    cells = page.cells(line)
    if index is None or cells is None or index >= len(cells):
        return
    start, end = cells[index]
    if not is_confirmed:
        yield [Change(end, end, " (to be confirmed)")]
        return
    for match in UNCONFIRMED_NOTE.finditer(fold(page.text[start:end])):
        yield [Change(start + match.start(), start + match.end(), "")]


# materials


def material_ways(page: Page, line: int, old: Record | None, new: Record | None) -> Iterator[Changes]:
    """A link of a lecture changed, added (no `old`) or taken out (no `new`)."""
    cells = page.cells(line)
    if cells is None:
        return
    there = [cell for cell in cells if cell != NOWHERE]
    whole = (min(start for start, _end in there), max(end for _start, end in there))
    regions = page.pieces(line) or there
    if old is None and new is not None:
        yield from _link_added(page, line, new)
    elif new is None and old is not None:
        yield from _item_removed(page, line, old)
        for region in regions:
            yield from links.removed(page, region, line, old)
    elif old is not None and new is not None:
        if old["column"] != new["column"]:
            for gone in material_ways(page, line, old, None):
                yield from (gone + added for added in _link_added(page, line, new))
            return
        for region in page.pieces(line) or [whole]:
            yield from links.changed(page, region, line, old, new)


def _item_removed(page: Page, line: int, old: Record) -> Iterator[Changes]:
    """A list item that is there for one link goes with it."""
    row = page.rows[line]
    for number in range(line + 1, (row.whole.end_line if row.whole else line) + 1):
        if page.made_of == "headings" and MARKER.match(page.line(number)[1]):
            region = page.region(*page.item(number))
            there = links.links_in(page, region, number)
            if len(there) == 1 and links.matching(page, region, number, old["label"], old["href"]):
                yield [page.without(*page.item(number))]


def _link_added(page: Page, line: int, new: Record) -> Iterator[Changes]:
    cells = page.cells(line) or []
    columns = page.columns(new["column"])
    if new["column"] == "material":
        headers = page.table.columns if page.table else []
        usual = links.usual_column(page, new["label"])
        columns.sort(key=lambda index: (index != usual, new["kind"] not in fold(headers[index].header)))
    for index in columns:
        for text in links.link_text(new["label"], new["href"], page):
            if index < len(cells) and cells[index] == NOWHERE:
                yield from _line_added(page, line, new["label"], text)
                continue
            if index >= len(cells) or cells[index][0] == cells[index][1]:
                yield page.set_cell(line, index, text) or []
                continue
            end = cells[index][1]
            between = links.separator(page) if links.links_in(page, cells[index], line) else " "
            yield [Change(end, end, f"{between}{text}")]
    if not columns:
        for index in page.columns("topic"):
            for text in links.link_text(new["label"], new["href"], page):
                if index < len(cells):
                    yield [Change(cells[index][1], cells[index][1], f" [{text}]")]
                    yield [Change(cells[index][1], cells[index][1], f"<br/>{text}")]


def _line_added(page: Page, line: int, label: str, text: str) -> Iterator[Changes]:
    """A link in what opens an entry: its title where that is the label, else behind it; or in a line of its own."""
    start, opening = page.line(line)
    row = page.rows[line]
    last = max(row.whole.end_line, line) if row.whole else line
    below = next((page.line(number)[1] for number in range(last, line, -1) if page.line(number)[1].strip()), "")
    marker = MARKER.match(below) or MARKER.match(opening)
    if (at := opening.find(label)) >= 0:  # the title itself
        yield [Change(start + at, start + at + len(label), text)]
    yield [Change(start + len(opening.rstrip()), start + len(opening), f" {text}")]
    if below:
        indent = marker[0] if marker else ""
        number = next(number for number in range(last, line, -1) if page.line(number)[1].strip())
        yield [page.after(number, f"{indent}{text}")]
    elif opening.startswith("#"):
        yield [page.after(line, "", text)]
    else:
        yield [page.after(line, f"{' ' * len(marker[0] if marker else '')}- {text}")]
