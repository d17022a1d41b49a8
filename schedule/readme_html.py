"""HTML tables of a README: rows and cells, with the places at which the cells stand."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from schedule.readme_columns import Place, Row, Table
from schedule.readme_facts import MAX_COLUMNS
from schedule.readme_text import Document

COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
OPENING, CLOSING = re.compile(r"<table\b", re.IGNORECASE), re.compile(r"</table\s*>", re.IGNORECASE)
SPAN = 40  # columns or rows that one cell may stretch over


@dataclass
class _Cell:
    start: tuple[int, int]  # line and column, from 0
    end: tuple[int, int] = (0, 0)
    columns: int = 1
    rows: int = 1
    text: str = ""


@dataclass
class _Row:
    line: int
    start: tuple[int, int]
    end: tuple[int, int] = (0, 0)
    cells: list[_Cell] = field(default_factory=list)


class _Rows(HTMLParser):
    """The rows of a table, each cell with its inner HTML, which the inline reader understands."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=False)
        self.rows: list[_Row] = []
        self._cell: _Cell | None = None
        self.feed(text)
        self._ends()

    @property
    def _here(self) -> tuple[int, int]:
        line, column = self.getpos()
        return line - 1, column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self._ends()
            self.rows.append(_Row(self._here[0], self._here))
        elif tag in ("td", "th") and self.rows:
            self._ends()
            given = dict(attrs)
            cell = _Cell(self._after(), columns=_count(given.get("colspan")), rows=_count(given.get("rowspan")))
            self.rows[-1].cells.append(cell)
            self._cell = cell
        else:
            self._add(self.get_starttag_text() or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._add(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr", "table", "thead", "tbody"):
            self._ends()
            if tag == "tr" and self.rows:
                line, column = self._here
                self.rows[-1].end = (line, column + len("</tr>"))
        else:
            self._add(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self._add(data)

    def handle_entityref(self, name: str) -> None:
        self._add(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._add(f"&#{name};")

    def _after(self) -> tuple[int, int]:
        """Where the tag that was just read ends."""
        lines = (self.get_starttag_text() or "").split("\n")
        line, column = self._here
        return line + len(lines) - 1, len(lines[-1]) + (column if len(lines) == 1 else 0)

    def _add(self, text: str) -> None:
        if self._cell:
            self._cell.text += text

    def _ends(self) -> None:
        if self._cell:
            self._cell.end = self._here
            self._cell = None


def _count(value: str | None) -> int:
    return min(max(int(value), 1), SPAN) if value and value.isdecimal() else 1


def rows_of_html(text: str) -> list[_Row]:
    """The rows of a table; the places of their cells count from the first line of the text."""
    return [row for row in _Rows(text).rows if row.cells]


def html_tables(doc: Document) -> Iterator[Table]:
    """The tables that are written as HTML. Blank lines may cut one into several blocks: it ends where its tag does."""
    done = 0
    for part in doc.parts:
        for token in part.tokens:
            if token.type != "html_block" or not token.map or token.map[0] < done:
                continue
            if not OPENING.search(COMMENT.sub("", token.content)):
                continue
            start = token.map[0]
            done = _end(doc, start, part.end)
            text = COMMENT.sub(_blank, "\n".join(doc.lines[start:done]))
            rows = rows_of_html(text)
            if len(rows) < 2:
                continue
            headers, *body = _grid(rows)
            table = Table([text for text, _cell in headers], [], start + rows[0].line + 1, part, "html")
            table.blocks = [(start, done)]
            for row, cells in zip(rows[1:], body, strict=True):
                table.rows.append(_row(start, row, cells, len(headers)))
            yield table


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])


def _end(doc: Document, start: int, last: int) -> int:
    """The line below the one that closes the table which opens at `start`; tables within it are a part of it."""
    depth = 0
    for number in range(start, last):
        line = doc.lines[number]
        if "<" in line:
            depth += len(OPENING.findall(line)) - len(CLOSING.findall(line))
            if depth <= 0 and CLOSING.search(line):
                return number + 1
    return last


def _grid(rows: list[_Row]) -> list[list[tuple[str, _Cell | None]]]:
    """Each row's cells with those that stretch into it: to the right, then the text stands once; down, in each row."""
    grid: list[list[tuple[str, _Cell | None]]] = []
    below: dict[int, tuple[int, str]] = {}  # column -> rows still to fill, and with what
    for row in rows:
        cells: list[tuple[str, _Cell | None]] = []

        def fill(cells: list[tuple[str, _Cell | None]] = cells) -> None:
            while (at := len(cells)) in below and at < MAX_COLUMNS:
                left, text = below.pop(at)
                if left > 1:
                    below[at] = (left - 1, text)
                cells.append((text, None))

        for cell in row.cells:
            fill()
            text = " ".join(cell.text.split())
            for offset in range(cell.columns):
                if cell.rows > 1:
                    below[len(cells)] = (cell.rows - 1, "" if offset else text)
                cells.append(("", None) if offset else (text, cell))
        fill()
        grid.append(cells)
    return grid


def _row(first: int, row: _Row, cells: list[tuple[str, _Cell | None]], width: int) -> Row:
    texts = [text for text, _cell in cells]
    padded = (*texts, *[""] * (width - len(texts)))[:width]
    places: list[Place | None] = [
        Place(first + cell.start[0], cell.start[1], first + cell.end[0], cell.end[1]) if cell else None
        for _text, cell in cells
    ]
    places = (places + [None] * (width - len(places)))[:width]
    whole = Place(first + row.start[0], row.start[1], first + row.end[0], row.end[1]) if row.end > row.start else None
    return Row(first + row.line + 1, padded, len(cells), tuple(texts[width:]), True, tuple(places), whole)
