"""What a change of a class takes along in its README, where the file says two things in the same words. Pure."""

import itertools
from collections.abc import Iterator
from dataclasses import replace

from schedule import writing_links as links
from schedule.readme_columns import normalised
from schedule.readme_inline import kind_of, retitled
from schedule.readme_text import cell_spans
from schedule.writing_dates import Change, within
from schedule.writing_due import Guess, beside_due
from schedule.writing_edits import Edit, Entry
from schedule.writing_entries import next_label
from schedule.writing_page import Changes, Page
from schedule.writing_rows import EXTRAS, Record
from schedule.writing_ways import ways

TOGETHER = 12  # ways that are tried for all fields of one row at once
LIKELY = 2  # of the ways to write a link into a cell: at its place, and as a whole


def guesses(page: Page, there: dict[str, list[Entry]], edit: Edit) -> Iterator[Guess]:
    """The edit with what it takes along, and a way to write both, which only reading it confirms."""
    yield from beside_due(page, there, edit)
    of_all_kinds = [edit, *other_kinds(page, edit), *labelled(page, edit)]
    for meant in of_all_kinds:
        yield from _beside_fields(page, there, meant)
    for meant in (*retitling(page, edit), *of_all_kinds):
        for way in itertools.islice(ways(page, there, meant), TOGETHER):
            yield (meant,), way


def labelled(page: Page, edit: Edit) -> Iterator[Edit]:
    """A new class takes the next label, where each entry of the file has one."""
    new = edit.new
    is_new = edit.kind == "lecture" and edit.old is None and page.made_of == "headings"
    if is_new and new and not new["week"] and (label := next_label(page, new)):
        yield replace(edit, new=new | {"week": label})


def retitling(page: Page, edit: Edit) -> Iterator[Edit]:
    """A title of a list or a heading may stand in a link, which takes the new title as its label."""
    old, new = edit.old, edit.new
    if page.made_of != "headings" or edit.kind != "lecture" or not old or not new or old["title"] == new["title"]:
        return
    for link in new["materials"]:
        if link in old["materials"] and (label := retitled(link["label"], old["title"], new["title"])):
            yield replace(edit, new=_with(new, link, link | {"label": label}))


def _with(new: Record, link: Record, other: Record) -> Record:
    return new | {"materials": [other if each is link else each for each in new["materials"]]}


def other_kinds(page: Page, edit: Edit) -> Iterator[Edit]:
    """The kind of a link follows from its label, its address and its column, where no person chose another."""
    if len(edit.links) != 1 or page.table is None or not edit.new:
        return
    was, now = edit.links[0]
    if now is None or now["kind"] != (was["kind"] if was else "link"):
        return
    columns = [(column.field, normalised(column.header)) for column in page.table.columns]
    for kind in dict.fromkeys(kind_of(now["label"], now["href"], *column)[0] for column in columns):
        if kind != now["kind"]:
            other = now | {"kind": kind}
            yield replace(edit, new=_with(edit.new, now, other), links=((was, other),))


def _beside_fields(page: Page, there: dict[str, list[Entry]], edit: Edit) -> Iterator[Guess]:
    """A link in a column without a field is a part of its words, which are kept as they stand."""
    old, new = edit.old, edit.new
    if len(edit.links) != 1 or not old or not new or old | {"materials": new["materials"]} != new:
        return
    entry = next((entry for entry in there.get(edit.kind, []) if entry.record == old), None)
    columns = page.table.columns if page.table else []
    was, now = edit.links[0]
    usual = links.usual_column(page, now["label"]) if now and was is None else None
    for line, (index, column) in itertools.product(entry.lines if entry else (), enumerate(columns)):
        is_text = column.field in EXTRAS  # the words without the links, as "HW 1", which stay when the link goes
        if column.field not in ("number", "extra", *EXTRAS) or (is_text and now is None):
            continue
        name = column.field if is_text else column.header
        for way in itertools.islice(_cell_ways(page, line, index, was, now, is_usual=index == usual), LIKELY):
            words = _words(page, line, index, way)
            if words is not None:
                said = page.reader.plain(words, line) if is_text else words
                extra = {header: cell for header, cell in (new["extra"] | {name: said}).items() if cell}
                yield (replace(edit, new=new | {"extra": extra}),), way


def _cell_ways(
    page: Page, line: int, index: int, was: Record | None, now: Record | None, *, is_usual: bool
) -> Iterator[Changes]:
    """A link in this cell instead of another, gone from it, or new in it where it `is_usual` for its label."""
    cells = page.cells(line) or []
    place = cells[index] if index < len(cells) else None
    if was and place:
        yield from links.changed(page, place, line, was, now) if now else links.removed(page, place, line, was)
    elif now and was is None and is_usual:
        for text in links.link_text(now["label"], now["href"], page):
            if place and place[0] < place[1]:
                yield [Change(place[1], place[1], f"{links.separator(page)}{text}")]
            else:
                yield page.set_cell(line, index, text) or []


def _words(page: Page, line: int, index: int, way: Changes) -> str | None:
    """What a cell says after these changes; None where they are elsewhere as well."""
    cells, is_placed = page.cells(line) or [], bool(page.rows[line].places)
    start, text = (cells[index][0], page.cell(line, index)) if is_placed else page.line(line)
    if any(change.start < start or change.end > start + len(text) for change in way):
        return None
    after = within(text, start, way)
    if is_placed:
        return " ".join(after.split())
    spans = cell_spans(after)
    return after[slice(*spans[index])].replace("\\|", "|") if index < len(spans) else ""
