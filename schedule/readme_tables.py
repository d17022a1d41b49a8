"""Where the schedule is: tables, and what stands in for one; which column holds what, by the words of its header."""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from django.utils.translation import gettext as _
from markdown_it.token import Token

from schedule.readme_dates import find_spans
from schedule.readme_facts import MAX_COLUMNS, MAX_ROWS, Column, Issue
from schedule.readme_inline import Reader
from schedule.readme_text import (
    Document,
    Item,
    Part,
    Refused,
    Warnings,
    blocks,
    fold,
    is_list,
    items,
    lines_of,
    row_cells,
)

FIELDS = {
    word: name
    for name, words in {
        "date": "date|dates|lecture date|class date|day|days|jour|jours|date et heure|when",
        "week": "week|weeks|week no|week number|wk|semaine|semaines|session|sessions|lecture|lectures|lecture no"
        "|lecture number|seance|seances|nr|no|n°|num|number|numero|cours|class",
        "sprint": "sprint|sprints|phase|module|modules",
        "topic": "topic|topics|lecture topic|lecture topics|topics covered|description|content|contents|contenu"
        "|contenus|item|sujet|sujets|theme|themes|subject|subjects|title|titre|lecture title|matiere",
        "material": "material|materials|course material|course materials|lecture material|lecture materials|slides"
        "|slide|lecture slides|supports|support|support de cours|supports de cours|reading|readings|reference"
        "|references|video|videos|diapos|diapositives|recording|recordings|lecture notes",
        "directed_work": "directed work|directed works|demo or directed work|demo|demos|lab|labs|tp|tps|td|tds|activite"
        "|activites|atelier|ateliers|tutorial|tutorials|exercises|exercices",
        "assignment": "assignment|assignments|hw|hws|homework|homeworks|due|deadline|deadlines|due date|devoir"
        "|devoirs|remise|rendu|echeance|echeances",
        "time": "heure|heures|time|hour|hours|horaire|horaires",
        "type": "type",
        "teacher": "enseignant|enseignants|enseignante|teacher|teachers|presenter|presenters|lecturer|lecturers"
        "|speaker|speakers|instructor|instructors|intervenant|intervenants|professeur",
        "room": "room|rooms|salle|salles|local|location|lieu|place|where",
    }.items()
    for word in words.split("|")
}
# A column of these may hold the topics where no other column does ("Date, Lecture, Readings").
TOPIC_TOO = ("lecture", "lectures", "session", "sessions", "seance", "seances", "cours", "class", "module", "modules")
SCHEDULE_HEADING = re.compile(
    r"\b(?:schedule|agenda|calendar|lecture plan|course plan|timetable|calendrier|planning|programme|program"
    r"|emploi du temps)\b"
)
OLD_HEADING = re.compile(r"\b(?:archives?d?|previous|past|old|former|anciens?|anciennes?|precedente?s?)\b")
TEMPLATE = re.compile(r"\{%|\{\{")
ENTRY = re.compile(
    r"^\W*(?P<label>(?P<word>week|lecture|session|class|semaine|cours|seance)\s*#?\s*\d+(?:\s*[-–&]\s*\d+)?)"
    r"\b\s*(?P<rest>.*)$",
    re.DOTALL,
)


@dataclass(frozen=True)
class Row:
    """A schedule row: its cells as Markdown, in the order of the table's columns. `line` counts from 1."""

    line: int
    cells: tuple[str, ...]
    count: int  # cells written, before padding or cutting
    beyond: tuple[str, ...] = ()  # cells that the header has no column for
    piped: bool = True


@dataclass(eq=False)
class Table:
    headers: list[str]  # as Markdown
    rows: list[Row]
    line: int
    part: Part
    made_of: str = "table"  # table, html, headings
    blocks: list[tuple[int, int]] = field(default_factory=list)  # lines (from 0) that it stands in
    columns: list[Column] = field(default_factory=list)

    @functools.cached_property
    def places(self) -> dict[str, list[tuple[int, str]]]:
        """Of each field its columns: position and header."""
        places: dict[str, list[tuple[int, str]]] = {}
        for index, column in enumerate(self.columns):
            places.setdefault(column.field, []).append((index, column.header))
        return places

    def values(self, row: Row, *names: str) -> list[tuple[str, str]]:
        """Header and cell of the columns that map to one of these fields, where the cell is not blank."""
        places = self.places
        return [
            (header, row.cells[index])
            for name in names
            for index, header in places.get(name, ())
            if index < len(row.cells) and row.cells[index]
        ]


def normalised(header: str) -> str:
    """A header's words: case, accents, `#`, emphasis, a trailing parenthesis and punctuation do not count."""
    folded = re.sub(r"\([^()]*\)\s*$", "", fold(header).strip(" *_`:"))
    return " ".join(re.sub(r"[#*_`:.]", " ", folded).split())


def field_of(header: str) -> str:
    """The field that a header maps to, or "extra". Several words joined ("jour/date") must agree."""
    words = normalised(header)
    if not words and "#" in header:
        return "week"
    if words in FIELDS:
        return FIELDS[words]
    parts = [part.strip() for part in re.split(r"\s*[/&+,]\s*|\s+(?:and|or|et|ou)\s+", words)]
    fields = {FIELDS.get(part, "extra") for part in parts}
    return fields.pop() if len(fields) == 1 and len(parts) > 1 else "extra"


class _HtmlTable(HTMLParser):
    """The rows of HTML tables, each cell with its inner HTML, which the inline reader understands."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.rows: list[tuple[int, list[str]]] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append((self.getpos()[0], []))
            self._inside = False
        elif tag in ("td", "th") and self.rows:
            self.rows[-1][1].append("")
            self._inside = True
        else:
            self._add(self.get_starttag_text() or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._add(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr", "table"):
            self._inside = False
        else:
            self._add(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self._add(data)

    def handle_entityref(self, name: str) -> None:
        self._add(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._add(f"&#{name};")

    def _add(self, text: str) -> None:
        if self._inside:
            self.rows[-1][1][-1] += text


def tables_of(doc: Document) -> Iterator[Table]:
    for part in doc.parts:
        for block in _tables_in(part.tokens):
            yield _table(doc, part, block)


def _tables_in(tokens: list[Token]) -> Iterator[list[Token]]:
    start = None
    for index, token in enumerate(tokens):
        if token.type == "table_open":
            start = index
        elif token.type == "table_close" and start is not None:
            yield tokens[start : index + 1]


def _table(doc: Document, part: Part, block: list[Token]) -> Table:
    rows: list[tuple[int, list[str]]] = []
    for token in block:
        if token.type == "tr_open":
            rows.append(((token.map or (0, 0))[0], []))
        elif token.type == "inline":
            rows[-1][1].append(token.content)
    (line, headers), *body = rows
    table = Table(headers, [], line + 1, part, blocks=[lines_of(block)])
    nested = block[0].level > 0
    for number, cells in body:
        written = cells if nested else row_cells(doc.lines[number])
        table.rows.append(
            Row(
                number + 1,
                tuple(cells),
                len(written),
                tuple(written[len(headers) :]),
                nested or "|" in doc.lines[number],
            )
        )
    return table


def _html_tables(doc: Document) -> Iterator[Table]:
    for part in doc.parts:
        for token in part.tokens:
            if token.type != "html_block" or "<t" not in token.content.lower():
                continue
            reader = _HtmlTable()
            reader.feed(token.content)
            rows = [(number, [" ".join(cell.split()) for cell in cells]) for number, cells in reader.rows if cells]
            if len(rows) < 2 or not token.map:
                continue
            start, headers = token.map[0], rows[0][1]
            table = Table(headers, [], start + rows[0][0], part, "html", [(token.map[0], token.map[1])])
            for number, cells in rows[1:]:
                padded = (*cells, *[""] * (len(headers) - len(cells)))[: len(headers)]
                table.rows.append(Row(start + number, padded, len(cells), tuple(cells[len(headers) :])))
            yield table


def find_schedule(doc: Document, reader: Reader, warnings: Warnings) -> Table | None:
    """The schedule, its columns mapped; tables of the same columns under sibling headings are one. Raises Refused."""
    schedule = _located(doc, reader, warnings)
    if schedule and len(schedule.rows) > MAX_ROWS:
        message = _("The schedule has more than 2,000 rows. Keep the rows of one edition and import it again.")
        raise Refused(Issue("too-large", schedule.rows[MAX_ROWS].line, message))
    return schedule


def _located(doc: Document, reader: Reader, warnings: Warnings) -> Table | None:
    tables = list(tables_of(doc))
    candidates = [table for table in tables if _is_candidate(table, reader)]
    if not candidates:
        candidates = [table for table in _html_tables(doc) if _is_candidate(table, reader)]
        for table in candidates:
            message = _("The schedule is an HTML table. It was read; a Markdown table is easier to keep.")
            warnings.add("html-table", table.line, message)
    if not candidates:
        made = _from_entries(doc, reader)
        if made:
            message = _("There is no schedule table; headings or list items with a week or lecture number were read.")
            warnings.add("no-table", made.line, message)
        return made
    groups = _groups(candidates)
    joined = groups[0]
    if len(groups) > 1:
        joined = max(groups, key=lambda group: (_rank(group[0].part), sum(map(_dated_rows, group))))
    for other in candidates:
        if other not in joined:
            message = _("Another table looks like a schedule; it was not read. Put the schedule under such a heading.")
            warnings.add("several-tables", other.line, message, " | ".join(other.headers))
    schedule = joined[0]
    for table in joined[1:]:
        schedule.rows += table.rows
        schedule.blocks += table.blocks
    for table in joined:
        if table.line - 1 in doc.repaired:
            message = _(
                "The row of dashes and the header differ in length, so this is not shown as a table. It was read."
            )
            warnings.add("table-not-rendered", table.line, message)
    _add_cut_off_rows(doc, schedule, warnings)
    for column in schedule.columns:
        if column.field == "extra" and column.header:
            message = _("The column “%(header)s” is not known; it is kept as it is.") % {"header": column.header}
            warnings.add("unknown-column", schedule.line, message, column.header)
    return schedule


def _is_candidate(table: Table, reader: Reader) -> bool:
    """Maps the columns; whether they hold at least a date or week, and a topic."""
    if len(table.headers) > MAX_COLUMNS:
        return False
    texts = [reader.plain(header, table.line) for header in table.headers]
    fields = [field_of(text or header) for text, header in zip(texts, table.headers, strict=True)]
    if "topic" not in fields:
        for index, text in enumerate(texts):
            others = {*fields[:index], *fields[index + 1 :]}
            if normalised(text) in TOPIC_TOO and others & {"date", "week"} and _has_words(table, index):
                fields[index] = "topic"
                break
    table.columns = [Column(text, name) for text, name in zip(texts, fields, strict=True)]
    return "topic" in fields and not {"date", "week"}.isdisjoint(fields)


def _has_words(table: Table, index: int) -> bool:
    cells = [row.cells[index] for row in table.rows if row.cells[index]]
    return 2 * sum(bool(re.search(r"[^\W\d_]{4}", ENTRY.sub(r"\g<rest>", fold(cell)))) for cell in cells) > len(cells)


def _rank(part: Part | None) -> int:
    """How much the headings above speak for a table: a schedule, nothing said, a schedule of another year."""
    rank = 1
    while part:
        heading = fold(part.heading)
        if OLD_HEADING.search(heading):
            return 0
        if SCHEDULE_HEADING.search(heading):
            rank = 2
        part = part.parent
    return rank


def _dated_rows(table: Table) -> int:
    return sum(any(find_spans(cell) for _h, cell in table.values(row, "date")) for row in table.rows)


def _groups(tables: list[Table]) -> list[list[Table]]:
    """The candidates, those of the same columns under sibling headings together."""
    groups: dict[tuple, list[Table]] = {}
    for table in tables:
        key = (*map(normalised, table.headers), table.part.level, id(table.part.parent), _rank(table.part))
        groups.setdefault(key, []).append(table)
    return list(groups.values())


def _add_cut_off_rows(doc: Document, schedule: Table, warnings: Warnings) -> None:
    """Rows that a blank line cut off from their table: the block reader shows them as text."""
    for block in blocks(schedule.part.tokens):
        start, end = lines_of(block)
        if block[0].type != "paragraph_open" or start <= schedule.blocks[-1][0]:
            continue
        lines = doc.lines[start:end]
        if not all(line.strip().startswith("|") and line.count("|") > 1 for line in lines):
            continue
        message = _("A blank line cuts this row off from the table. It was read; take the blank line out.")
        warnings.add("table-not-rendered", start + 1, message, lines[0])
        schedule.blocks.append((start, end))
        width = len(schedule.headers)
        for number, line in enumerate(lines, start=start + 1):
            cells = row_cells(line)
            padded = (*cells, *[""] * (width - len(cells)))[:width]
            schedule.rows.append(Row(number, padded, len(cells), tuple(cells[width:])))


ENTRY_COLUMNS = ("Week", "Date", "Topic", "Material")


def _from_entries(doc: Document, reader: Reader) -> Table | None:
    """Headings or list items such as `Week 3 (16 February): Data` as rows."""
    found: Table | None = None
    for part in doc.parts:
        if row := _entry(doc, part.heading, part.line, part.end):
            found = found or Table([], [], row.line, part, "headings")
            found.rows.append(row)
            found.blocks.append((part.start, part.end))
    if found is None or len(found.rows) < 2:
        rows: list[tuple[Part, Row]] = []
        for part in doc.parts:
            for block in blocks(part.tokens):
                if is_list(block):
                    rows += [(part, row) for item in items(block) if (row := _entry_of(doc, item))]
        if len(rows) >= 2:
            found = Table([], [row for _part, row in rows], rows[0][1].line, rows[0][0], "headings")
            found.blocks = [(row.line - 1, row.line) for _part, row in rows]
    if found:
        found.headers = list(ENTRY_COLUMNS)
        found.columns = [Column(header, field_of(header)) for header in ENTRY_COLUMNS]
    return found


def _entry_of(doc: Document, item: Item) -> Row | None:
    return _entry(doc, item.text, item.line, item.end)


def _entry(doc: Document, text: str, line: int, end: int) -> Row | None:
    match = ENTRY.match(fold(text))
    if not match:
        return None
    label = text[match.start("label") : match.end("label")]
    rest = text[match.start("rest") :]
    date = ""
    for span in find_spans(rest)[:1]:
        opening, closing = rest.rfind("(", 0, span.start), rest.find(")", span.end)
        if opening >= 0 and closing >= 0:
            date, rest = rest[opening + 1 : closing], rest[:opening] + rest[closing + 1 :]
        else:
            date, rest = rest[span.start : span.end], rest[: span.start] + rest[span.end :]
    below = [re.sub(r"^\s*(?:[-*+]|\d+[.)])\s+", "", text).strip() for text in doc.lines[line + 1 : end]]
    links = [text for text in below if text]
    topic = rest.strip(" :–—-*_\n")
    if not topic and links:
        topic, links = links[0], links[1:]
    return Row(line + 1, (label, date, topic, "<br>".join(links)), 4)


def expressions(doc: Document) -> Iterator[tuple[int, str]]:
    """Lines (from 1) with a template expression that nobody filled in."""
    for part in doc.parts:
        for token in part.tokens:
            if token.type == "inline" and token.map and TEMPLATE.search(token.content):
                yield token.map[0] + 1, token.content


def is_template(table: Table) -> int | None:
    """The line of a date cell (or a row in its place) that is a template and not a date."""
    for row in table.rows:
        dates = [cell for _header, cell in table.values(row, "date")]
        if any(TEMPLATE.search(cell) for cell in dates) or (row.count == 1 and TEMPLATE.search("".join(row.cells))):
            return row.line
    return None
