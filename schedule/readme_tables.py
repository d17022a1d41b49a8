"""Where the schedule is: tables, and what stands in for one; which column holds what, by the words of its header."""

import re
from collections.abc import Iterator

from django.utils.translation import gettext as _
from markdown_it.token import Token

from schedule.readme_columns import (
    FIELDS,
    LABEL,
    TOPIC_TOO,
    WEEK,
    WEEK_INITIALS,
    Row,
    Table,
    field_of,
    normalised,
)
from schedule.readme_dates import find_spans, month_in
from schedule.readme_edition import from_heading
from schedule.readme_entries import ENTRY, entries_of
from schedule.readme_facts import MAX_COLUMNS, MAX_ROWS, Column, Edition, Issue
from schedule.readme_grid import days_of, is_calendar, split_by_days
from schedule.readme_html import html_tables
from schedule.readme_inline import Reader
from schedule.readme_text import SCHEDULE_HEADING, Document, Part, Refused, Warnings, blocks, fold, lines_of, row_cells

OLD_HEADING = re.compile(r"\b(?:archives?d?|previous|past|old|former|anciens?|anciennes?|precedente?s?)\b")
TEMPLATE = re.compile(r"\{%|\{\{")
HALF_DAYS = frozenset(("matin", "apres-midi", "morning", "afternoon", "am", "pm"))
MAX_TOPIC_WORDS = 7  # of a header
READ = 500  # characters of a cell in which a date is looked for
YEAR = re.compile(r"(?<![\w/.-])20\d{2}(?!\w)")
SUMMARY = re.compile(r"<summary[^<>]{0,200}>(?P<text>.{0,500}?)</summary\s*>|</details\s*>", re.DOTALL | re.IGNORECASE)
NUMBERED_PART = re.compile(
    r"^\W*(?:theme|part|partie|module|unit|week|semaine|chapter|chapitre|block?|bloc|phase|sprint)\W*(?:\d|[ivx]+\b)"
)
MILESTONE_ROW = re.compile(r"^\W*(?:ms|milestone|jalon)\s*#?\s*\d")
TAG = re.compile(r"<[^<>]*>")


def tables_of(doc: Document) -> Iterator[Table]:
    summary = ""
    for part in doc.parts:
        start = 0
        for index, token in enumerate(part.tokens):
            if token.type == "html_block" and "<" in token.content:
                summary = _summary(token.content, summary)
            elif token.type == "table_open":
                start = index
            elif token.type == "table_close":
                table = _table(doc, part, part.tokens[start : index + 1])
                table.summary = summary
                yield table


def _summary(html: str, open_now: str) -> str:
    """What the innermost fold is called after this piece of HTML."""
    for match in SUMMARY.finditer(html):
        open_now = TAG.sub(" ", match["text"]) if match["text"] is not None else ""
    return open_now


def _table(doc: Document, part: Part, block: list[Token]) -> Table:
    rows: list[tuple[int, list[str]]] = []
    for token in block:
        if token.type == "tr_open":
            rows.append(((token.map or (0, 0))[0], []))
        elif token.type == "inline":
            rows[-1][1].append(token.content)
    if not any(rows[0][1]) and len(rows) > 1:
        rows = rows[1:]  # a header left blank: the first row says what the columns are
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


def find_schedule(doc: Document, reader: Reader, warnings: Warnings, edition: Edition) -> Table | None:
    """The schedule, its columns mapped; tables of the same columns under sibling headings are one. Raises Refused."""
    schedule = _located(doc, reader, warnings, edition)
    if schedule and len(schedule.rows) > MAX_ROWS:
        message = _("The schedule has more than 2,000 rows. Keep the rows of one edition and import it again.")
        raise Refused(Issue("too-large", schedule.rows[MAX_ROWS].line, message))
    return schedule


def _located(doc: Document, reader: Reader, warnings: Warnings, edition: Edition) -> Table | None:
    groups: list[list[Table]] = []
    for by_words in (False, True):  # of the header of the topics, where no other table has one
        groups = _groups([table for table in tables_of(doc) if _is_candidate(table, reader, by_words)])
        if not any(rank(group[0]) == 2 or sum(map(_dated_rows, group)) for group in groups):
            groups += _groups([table for table in html_tables(doc) if _is_candidate(table, reader, by_words)])
        if any(rank(group[0]) for group in groups):
            break
    if not groups:
        made = entries_of(doc, is_schedule={part for part in doc.parts if _rank_of(part) == 2})
        if made:
            message = _("There is no schedule table; headings or list items with a number or a date were read.")
            warnings.add("no-table", made.line, message)
        return made
    joined = max(groups, key=lambda group: _standing(group, edition)) if len(groups) > 1 else groups[0]
    for other in (table for group in groups if group is not joined for table in group):
        if all(MILESTONE_ROW.match(fold(" ".join(row.cells)[:READ])) for row in other.rows):
            continue  # read with the milestones
        if "week" not in other.places and not _dated_rows(other):
            continue  # "What | When | Where": the hours of a week
        message = _("Another table looks like a schedule; it was not read. Put the schedule under such a heading.")
        warnings.add("several-tables", other.line, message, " | ".join(other.headers))
    for table in joined:
        if table.made_of == "html":
            message = _("The schedule is an HTML table. It was read; a Markdown table is easier to keep.")
            warnings.add("html-table", table.line, message)
    schedule = joined[0]
    for table in joined:
        if table.rows and (month := month_in(table.part.heading)):
            schedule.headed[table.rows[0].line] = month
    for table in joined[1:]:
        schedule.rows += table.rows
        schedule.blocks += table.blocks
    for table in joined:
        if table.line - 1 in doc.repaired:
            message = _(
                "The row of dashes and the header differ in length, so this is not shown as a table. It was read."
            )
            warnings.add("table-not-rendered", table.line, message)
    if schedule.made_of == "table":
        _add_cut_off_rows(doc, schedule, warnings)
    split_by_days(schedule)
    for column in schedule.columns:
        if column.field == "extra" and column.header:
            message = _("The column “%(header)s” is not known; it is kept as it is.") % {"header": column.header}
            warnings.add("unknown-column", schedule.line, message, column.header)
    return schedule


def _is_candidate(table: Table, reader: Reader, by_words: bool) -> bool:
    """Maps the columns; whether they hold at least a date or week, and a topic."""
    if len(table.headers) > MAX_COLUMNS:
        return False
    texts = [reader.plain(header, table.line) for header in table.headers]
    fields = [field_of(text or header) for text, header in zip(texts, table.headers, strict=True)]
    words = [normalised(text) for text in texts]
    if not any(name == "week" and said not in TOPIC_TOO for name, said in zip(fields, words, strict=True)):
        initials = (index for index, said in enumerate(words) if said in WEEK_INITIALS and table.counts_up(index))
        if (initial := next(initials, None)) is not None:
            fields[initial] = "week"
    if "week" not in fields:
        fields = [
            "week" if name == "extra" and not text and _counts(table, index) else name
            for index, (name, text) in enumerate(zip(fields, texts, strict=True))
        ]
    if "topic" not in fields:
        may = [
            index
            for index, text in enumerate(texts)
            if normalised(text) in TOPIC_TOO and {*fields[:index], *fields[index + 1 :]} & {"date", "week"}
        ]
        # Words first; short ones ("SQL", "CNN") count where no column has longer ones.
        found = (index for letters in (4, 3) for index in may if _has_words(table, index, letters))
        if (index := next(found, _says_topic(texts, fields) if by_words else None)) is not None:
            fields[index] = "topic"
    if is_calendar(table, texts):
        table.columns = [Column(text, "topic") for text in texts]
        return True
    dates = [index for index, name in enumerate(fields) if name in ("date", "week")]
    if not any(_is_dated(table, index) for index in dates):
        blank = (index for index, text in enumerate(texts) if fields[index] == "extra" and not text)
        if (dated := next((index for index in blank if _is_dated(table, index)), None)) is not None:
            fields[dated] = "date"
    if "topic" not in fields:
        fields = ["topic" if index in days_of(texts) else name for index, name in enumerate(fields)]
    if "topic" not in fields:
        fields = ["topic" if normalised(text) in HALF_DAYS else fields[index] for index, text in enumerate(texts)]
    weeks = [index for index, name in enumerate(fields) if name == "week"]
    own = [index for index in weeks if words[index] in WEEK_INITIALS or WEEK.search(words[index])]
    for index in weeks if own else ():
        if index not in own:
            fields[index] = "number"  # "Lecture" beside "Week" counts the classes: it is no week label
    table.columns = [Column(text, name) for text, name in zip(texts, fields, strict=True)]
    return "topic" in fields and not {"date", "week"}.isdisjoint(fields)


def _says_topic(texts: list[str], fields: list[str]) -> int | None:
    """Where no column is known for the topics: the one with a word for it among others ("Presentation topic")."""
    words = (normalised(text).split() for text in texts)
    return next(
        (
            index
            for index, (name, said) in enumerate(zip(fields, words, strict=True))
            if name == "extra" and len(said) < MAX_TOPIC_WORDS and any(FIELDS.get(word) == "topic" for word in said)
        ),
        None,
    )


def _has_words(table: Table, index: int, letters: int) -> bool:
    word = re.compile(rf"[^\W\d_]{{{letters}}}")
    cells = [row.cells[index] for row in table.rows if row.cells[index]]
    return 2 * sum(bool(word.search(ENTRY.sub(r"\g<rest>", fold(cell)))) for cell in cells) > len(cells)


def _counts(table: Table, index: int) -> bool:
    """Whether a column without a header holds labels such as "Lecture 3", or counts."""
    cells = [fold(row.cells[index][:LABEL]) for row in table.rows if row.cells[index]]
    labels = (cell.isdecimal() or ((match := ENTRY.match(cell)) and not match["rest"]) for cell in cells)
    return 2 * sum(map(bool, labels)) > len(cells)


def _is_dated(table: Table, index: int) -> bool:
    """Whether a column holds days."""
    cells = table.sample(index)
    return 2 * sum(bool(find_spans(cell[:READ])) for cell in cells) > len(cells)


def rank(table: Table) -> int:
    """How much the headings above speak for a table: a schedule, nothing said, a schedule of another year."""
    summary = fold(table.summary)
    if OLD_HEADING.search(summary):
        return 0
    above = _rank_of(table.part)
    return 2 if above and SCHEDULE_HEADING.search(summary) else above


def _rank_of(part: Part | None) -> int:
    rank = 1
    while part:
        heading = fold(part.heading)
        if OLD_HEADING.search(heading):
            return 0
        if SCHEDULE_HEADING.search(heading):
            rank = 2
        part = part.parent
    return rank


def heading_year(table: Table) -> int | None:
    """The year that the nearest heading above a table names; the title of the page and months aside."""
    found = (YEAR.search(heading) for heading in _headings(table) if not month_in(heading))
    return next((int(match[0]) for match in found if match), None)


def with_year_of(table: Table | None, edition: Edition) -> Edition:
    """Where title and introduction name no year, the headings above the schedule may."""
    if table is None or edition.year:
        return edition
    return next(filter(None, (from_heading(edition, heading) for heading in _headings(table))), edition)


def _headings(table: Table) -> Iterator[str]:
    """From the nearest to the one below the page's title."""
    yield table.summary
    part: Part | None = table.part
    while part and part.parent:
        yield part.heading
        part = part.parent


def _standing(group: list[Table], edition: Edition) -> tuple[int, int, int]:
    """What speaks for a group of tables: its heading, its year (the edition's, else the latest), most dated rows."""
    year = heading_year(group[0])
    is_own = year is None or year in (edition.year, edition.year_end)
    return rank(group[0]), 9999 if is_own or year is None else year, sum(map(_dated_rows, group))


def _dated_rows(table: Table) -> int:
    return sum(any(find_spans(cell[:READ]) for _h, cell in table.values(row, "date")) for row in table.rows)


def _groups(tables: list[Table]) -> list[list[Table]]:
    """The candidates, those of the same columns under sibling headings together, but for other years.

    So are those under headings of one name whose parents are numbered siblings ("Theme 1" and "Theme 2", each with
    "Lectures").
    """
    groups: dict[tuple, list[Table]] = {}
    for table in tables:
        part = table.part
        above: object = id(part.parent)
        if part.parent and NUMBERED_PART.match(fold(part.parent.heading)):
            above = (id(part.parent.parent), fold(part.heading))
        key = (part.level, above, rank(table), heading_year(table))
        groups.setdefault((*map(normalised, table.headers), *key), []).append(table)
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
