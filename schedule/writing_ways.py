"""The ways to write one change into a README, the smallest first: each is a guess that only reading it confirms."""

from collections.abc import Iterator

from schedule import writing_entries, writing_html, writing_new, writing_prose, writing_rows
from schedule.readme_dates import best_span, find_spans
from schedule.writing_dates import Change
from schedule.writing_edits import EDITION, Edit, Entry
from schedule.writing_page import Changes, Page
from schedule.writing_rows import DAYS, HOUR_FIELDS, Record

MORE = ("sprint", "room", "notes", "material_note", "directed_work_note", "extra", "materials")
EMPTY: Record = {"begins": None, "ends": None, "extra": {}, "materials": []}
ITEMS = ("staffmember", "cultureitem", "logisticsitem", "resource", "practiceexam")


def groups(kind: str, names: list[str]) -> list[tuple[str, ...]]:
    """Fields that are written as one: first and last day, hours."""
    found: list[tuple[str, ...]] = []
    for name in names:
        whole = next((group for group in (DAYS.get(kind, ()), HOUR_FIELDS) if name in group), (name,))
        group = tuple(other for other in whole if other in names)
        if group not in found:
            found.append(group)
    return found


def lesser(page: Page, new: Record) -> Iterator[Record]:
    """A new class with less in it, to be written first: without what the schedule has no column for, then bare."""

    def has(name: str) -> bool:  # entries have no columns: what none of them says
        columns = page.columns(name)
        said = (row.cells[index] for row in page.rows.values() for index in columns)
        return bool(columns) and (page.made_of != "headings" or any(said))

    missing = [name for name in ("week", "sprint", "room") if new.get(name) and not has(name)]
    if new.get("begins") and not page.columns("time"):
        missing += HOUR_FIELDS
    if new.get("directed_work_note") and not page.columns("directed_work"):
        missing.append("directed_work_note")
    if new.get("extra"):
        missing.append("extra")
    for names in (missing, MORE, (*MORE, *HOUR_FIELDS)):
        less = new | {name: EMPTY.get(name, "") for name in names if name in new}
        if less != new:
            yield less


def ways(page: Page, there: dict[str, list[Entry]], edit: Edit) -> Iterator[Changes]:
    """`there` is what the page says now: it holds what the edit calls old."""
    if edit.kind == "sprint":
        yield from _sprint_ways(page, edit)
    elif edit.old is None and edit.new is not None:
        yield from _new(page, there, edit, edit.new)
    elif edit.old is not None:
        entry = next((entry for entry in there.get(edit.kind, []) if entry.record == edit.old), None)
        if entry is None:
            return
        if edit.new is None:
            yield from _gone(page, edit, entry)
        else:
            yield from _changed(page, edit, entry, edit.old, edit.new)


def _changed(page: Page, edit: Edit, entry: Entry, old: Record, new: Record) -> Iterator[Changes]:
    names = [name for name in new if name != "materials" and new[name] != old[name]]
    parts = [list(_field_ways(page, edit.kind, entry, old, new, group)) for group in groups(edit.kind, names)]
    for was, now in edit.links:
        if was and now and (was["label"], was["href"], was["column"]) == (now["label"], now["href"], now["column"]):
            continue  # its kind, which follows from the label
        parts.append([way for line in entry.lines for way in writing_rows.material_ways(page, line, was, now)])
    if not parts or not all(parts):
        return
    for number in range(max(map(len, parts))):
        yield [change for part in parts for change in part[min(number, len(part) - 1)]]


def _field_ways(
    page: Page, kind: str, entry: Entry, old: Record, new: Record, group: tuple[str, ...]
) -> Iterator[Changes]:
    name = group[0]
    if kind == EDITION:
        yield from writing_prose.edition_ways(page, old, new, name)
    elif kind == "section":
        first = entry.lines[0] if entry.lines else 1
        if name == "title":
            yield from writing_prose.swaps(page, page.region(first, first), old[name], new[name], as_cell=False)
        elif name == "text":
            yield from writing_prose.rewritten(page, old[name], new[name], first)
    elif kind in ITEMS:
        for line in entry.lines:
            yield from writing_prose.item_ways(page, kind, line, old, new, name)
    else:
        rows = [line for line in entry.lines if line in page.rows]
        prose = [line for line in entry.lines if line not in page.rows]
        by_line = [list(writing_rows.ways(page, kind, line, old, new, name)) for line in rows]
        if kind == "milestone" and name == "text":
            by_line = [list(writing_prose.rewritten(page, old["text"], new["text"], line)) for line in prose]
        elif name in DAYS[kind] and new.get("text") == old.get("text"):
            by_line += [list(_sentence_ways(page, line, kind, old, new)) for line in prose]
        by_line = [found for found in by_line if found]
        for number in range(max(map(len, by_line), default=0)):
            yield [change for found in by_line for change in found[min(number, len(found) - 1)]]
        if len(by_line) > 1:
            for found in by_line:
                yield from found


def _sentence_ways(page: Page, line: int, kind: str, old: Record, new: Record) -> Iterator[Changes]:
    """The date in a sentence about a milestone, or below the heading about the exam."""
    first, last = writing_rows.days_of(kind, new)
    if kind == "examday":
        was, _last = writing_rows.days_of(kind, old)
        part = next((part for part in page.doc.parts if part.line == line - 1), None)
        for number in range(line + 1, part.end + 1) if part else ():
            start, text = page.line(number)
            for span in find_spans(text, prose=True):
                day, month = span.first.day_and_month(page.calendar.day_first)
                if was and first and (day, month) == (was.day, was.month):
                    value = page.dates.dated(text, span, first, None)
                    yield [Change(start, start + len(text), value)] if value else []
        return
    start, end = page.region(*page.item(line))
    piece = page.text[start:end]
    told = best_span(piece)
    if told and first and (value := page.dates.dated(piece, told, first, last)):
        tail = len(piece) - told.end
        yield [Change(start + told.start, end - tail, value[told.start : len(value) - tail])]


def _sprint_ways(page: Page, edit: Edit) -> Iterator[Changes]:
    old, new = (edit.old or {})["label"], (edit.new or {})["label"]
    changes: Changes = []
    for number in page.rows:
        index = page.filled(number, "sprint")
        if index is not None and page.reader.plain(page.cell(number, index), number) == old:
            way = next(writing_rows.ways(page, "lecture", number, {"sprint": old}, {"sprint": new}, "sprint"), None)
            changes += way or []
    if changes:
        yield changes


def _new(page: Page, there: dict[str, list[Entry]], edit: Edit, new: Record) -> Iterator[Changes]:
    kind = edit.kind
    lines = [entry.lines[0] for entry in there.get(kind, []) if entry.lines]
    if kind in ITEMS:
        same = [entry for entry in there.get(kind, []) if entry.record.get("kind") == new.get("kind")]
        lines = [entry.lines[0] for entry in same if entry.lines]
        yield from writing_prose.new_items(page, kind, new, sorted(lines))
        if kind == "staffmember":
            people = [(entry.lines[0], entry.record) for entry in same if entry.lines]
            yield from writing_prose.named_beside(page, new, people)
    elif kind == "section":
        if new["kind"] == "other" and new["title"]:
            yield [page.after(page.last_line, "", f"## {new['title']}", "", *new["text"].split("\n"))]
    elif kind == "milestone" and new["text"]:
        yield from writing_prose.new_items(page, kind, new, writing_prose.labelled_items(page))
    elif page.made_of == "headings":
        if not any(new.get(name) for name in MORE):  # which is written into it afterwards
            yield from writing_entries.new_entries(page, kind, new)
    else:
        yield from writing_new.new_rows(page, kind, new)


def _gone(page: Page, edit: Edit, entry: Entry) -> Iterator[Changes]:
    if not entry.lines or edit.kind == "section":
        return
    if page.made_of == "html" and len(entry.lines) == 1 and entry.lines[0] in page.rows:
        yield writing_html.row_gone(page, entry.lines[0]) or []
    elif all(line in page.rows for line in entry.lines):
        yield [page.without_row(line) for line in entry.lines]
    elif edit.kind in ITEMS:
        yield from writing_prose.gone_items(page, entry.lines[0], edit.old or {})
    else:
        yield [page.without_row(line) if line in page.rows else page.without(*page.item(line)) for line in entry.lines]
