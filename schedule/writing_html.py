"""Rows of an HTML table that come and go, with the cells that stretch over several of them. Pure."""

import re
from collections.abc import Iterator

from schedule.writing_dates import Change
from schedule.writing_page import NOWHERE, Changes, Page

STRETCHED = re.compile(
    r"<t[dh]\b[^<>]*?(?P<said>\s+rowspan\s*=\s*[\"']?(?P<rows>\d{1,3})[\"']?)[^<>]*>.*?</t[dh]\s*>", re.I | re.DOTALL
)
CELL = re.compile(r"<t[dh]\b", re.IGNORECASE)


def new_row(page: Page, above: int | None, values: dict[int, str]) -> Iterator[Changes]:
    """A row below line `above` (None: before all), in the shape of the nearest; where a cell stretches over its place,
    that stretches over the new row too."""
    order = sorted(page.rows)
    at = order.index(above) + 1 if above is not None else 0
    over = [match for line, match in _stretched(page) if order.index(line) < at < order.index(line) + _rows(match)]
    models = sorted(order, key=lambda line: abs(order.index(line) - (at if over else at - 0.5)))
    opened = {line for line, _match in _stretched(page)}
    for model in models:
        cells = page.cells(model) or []
        if model in opened or cells[: len(page.rows[model].cells)].count(NOWHERE) != len(over):
            continue
        text, place = _copied(page, model, values), _outline(page, above if above is not None else order[0])
        if text is None or place is None:
            return
        start, end = place
        indent = page.text[page.starts[page.rows[above or order[0]].line - 1] : start]
        between = page.line_end + indent if not indent.strip() else ""
        put = Change(end, end, between + text) if above is not None else Change(start, start, text + between)
        yield [put, *(_now(match, _rows(match) + 1) for match in over)]
        return


def row_gone(page: Page, line: int) -> Changes | None:
    """A row gone: what stretches over it is shorter; what begins in it stands in the next. None: there is no place."""
    order = sorted(page.rows)
    at = order.index(line)
    changes = [page.without_row(line)]
    for other, match in _stretched(page):
        first = order.index(other)
        if first < at < first + _rows(match):
            changes.append(_now(match, _rows(match) - 1))
        elif other == line:
            outline, own = _outline(page, line), _outline(page, order[at + 1]) if at + 1 < len(order) else None
            cells = CELL.search(page.text, *outline) if outline else None
            following = CELL.search(page.text, *own) if own else None
            if not cells or not following or cells.start() != match.start():
                return None  # not the first cell
            shorter = _now(match, _rows(match) - 1)
            text = page.text[match.start() : shorter.start] + shorter.text + page.text[shorter.end : match.end()]
            between = re.match(r"\s*", page.text[match.end() :])
            changes.append(Change(following.start(), following.start(), text + (between[0] if between else "")))
    return changes


def _stretched(page: Page) -> list[tuple[int, re.Match[str]]]:
    """The cells that go down over other rows, by the line of the row in which they begin."""
    return [
        (line, match)
        for line in sorted(page.rows)
        if (outline := _outline(page, line))
        for match in STRETCHED.finditer(page.text, *outline)
        if _rows(match) > 1
    ]


def _rows(match: re.Match[str]) -> int:
    return int(match["rows"])


def _now(match: re.Match[str], rows: int) -> Change:
    return Change(*match.span("rows"), str(rows)) if rows > 1 else Change(*match.span("said"), "")


def _outline(page: Page, line: int) -> tuple[int, int] | None:
    whole = page.rows[line].whole
    if whole is None:
        return None
    return page.offset(whole.line, whole.column), page.offset(whole.end_line, whole.end_column)


def _copied(page: Page, model: int, values: dict[int, str]) -> str | None:
    """The row of line `model` once more, with these cells."""
    outline, cells = _outline(page, model), page.cells(model)
    if outline is None or not cells:
        return None
    text, (left, end) = "", outline
    for index, place in enumerate(cells):
        if place != NOWHERE:
            text, left = text + page.text[left : place[0]] + values.get(index, ""), place[1]
    return text + page.text[left:end]
