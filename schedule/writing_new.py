"""New rows of the schedule, in the format of the row above: a line with pipes, or a row of an HTML table. Pure."""

import datetime as dt
from collections.abc import Iterator

from schedule import writing_html
from schedule import writing_links as links
from schedule.writing_page import Changes, Page
from schedule.writing_rows import EXTRAS, HOUR_FIELDS, NO_DATE, NOTES, Record, date_cells, days_of, hours_written


def new_rows(page: Page, kind: str, new: Record) -> Iterator[Changes]:
    """A row of its own, at its place by date, in the format of the row above."""
    if not page.rows or page.table is None:
        return
    first, last = days_of(kind, new)
    above = page.row_above(first)
    model = above or min(page.rows)
    at = above if above else min(page.rows) - 1
    if page.cells(model) is None:
        return
    date_column = page.date_column(model)
    dates = list(date_cells(page, model, "", first, last)) if first else [NO_DATE, ""]
    materials = new.get("materials", [])
    for date in dates if date_column is not None else [""]:
        for escape in (0, -1):
            values: dict[int, str] = {}
            if date_column is not None:
                values[date_column] = date
            for index in page.columns("date"):
                if index != date_column and first and (cell := page.cell(model, index)):
                    values[index] = page.dates.on_weekday(cell, first, last)
            topic = [new["title"], *filter(None, new.get("notes", "").split("\n"))]
            put = {"topic": "<br/>".join(page.put(text)[escape] for text in topic)}
            put |= {name: page.put(new[name])[escape] for name in ("week", "sprint", "room") if new.get(name)}
            put |= {column: page.put(new[name])[escape] for name, column in NOTES.items() if new.get(name)}
            put |= {
                EXTRAS[name]: page.put(text)[escape] for name, text in new.get("extra", {}).items() if name in EXTRAS
            }
            if new.get("begins") and new.get("ends"):
                begins, ends = (dt.time.fromisoformat(new[name]) for name in HOUR_FIELDS)
                column = page.columns("time")
                known = (hours_written(page.cell(line, column[0]), begins, ends) for line in page.rows if column)
                put["time"] = next(filter(None, known), f"{begins:%H:%M}-{ends:%H:%M}")
            for link in materials:
                text = next(links.link_text(link["label"], link["href"], page))
                place = link["column"] if page.columns(link["column"]) else "topic"
                put[place] = links.separator(page).join(filter(None, (put.get(place), text)))
            for name, text in put.items():
                if columns := page.columns(name):
                    values[columns[0]] = text
            if page.made_of == "html":
                yield from writing_html.new_row(page, above, values)
            else:
                yield [page.after(at, row_text(page, model, values))]


def row_text(page: Page, model: int, values: dict[int, str]) -> str:
    """A row with these cells, with the pipes and the padding of line `model`."""
    start, line = page.line(model)
    cells = page.cells(model) or []
    bare = line.rstrip()
    opens = bare[: cells[0][0] - start] if cells and bare.lstrip().startswith("|") else ""
    closes = bare.endswith("|") and not bare.endswith("\\|")
    pieces = []
    width = max([len(cells), *(index + 1 for index, value in values.items() if value)])
    if page.table:
        width = min(width, max(len(page.table.headers), 1))
    for index in range(width):
        value = values.get(index, "")
        room = 0
        if index < len(cells):
            left, right = page._between_pipes(model, cells[index][0])
            after = page.text[cells[index][1] : right]
            is_aligned = cells[index][0] == cells[index][1] or len(after) > 1 or _is_aligned(page, index)
            room = right - left if is_aligned else 0
        pieces.append((f" {value} " if value else " ").ljust(room))
    indent = opens[: opens.index("|")] if "|" in opens else ""
    text = "|".join(pieces)
    if not opens:  # and a first pipe with nothing before it would
        text = text.lstrip() if pieces[0].strip() else f"| {text.lstrip()}"
    return f"{indent}{'|' if '|' in opens else ''}{text}{'|' if closes else ''}".rstrip()


def _is_aligned(page: Page, index: int) -> bool:
    """Whether the column has one width in all rows that fill it."""
    widths = set()
    for number in page.rows:
        cells = page.cells(number) or []
        if index < len(cells) and cells[index][0] < cells[index][1]:
            left, right = page._between_pipes(number, cells[index][0])
            widths.add(right - left)
    return len(widths) == 1
