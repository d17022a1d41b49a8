"""A schedule that is no table: headings or list items such as `Week 3 (16 February): Data`, read as rows."""

import bisect
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from markdown_it.token import Token

from schedule.readme_classes import BLANK, DUE_WORD, REMARK, SESSION, Texts, classify, is_due
from schedule.readme_columns import TOPIC_TOO, Place, Row, Table, field_of, normalised
from schedule.readme_dates import CLOCK, HOURS, MONTH, NAMED_DAY, find_spans, visible
from schedule.readme_facts import MAX_ROWS, Column
from schedule.readme_inline import GENERIC
from schedule.readme_people import labelled
from schedule.readme_text import Document, Item, Part, blocks, cells_of, fold, is_list, items, lines_of

ENTRY = re.compile(
    r"^[\W_]*(?:\[x\][\W_]*)?(?P<label>(?P<word>week|lecture|session|class|lesson|lecon|semaine|cours|seance|module|unit|day|jour)"
    rf"\s*#?\s*\d+[a-z]?(?:\s*[-–&]\s*\d+(?!\d|[./]\d|\s*(?:st|nd|rd|th|er)?\s*(?:of\s)?(?:{MONTH})\b))?)(?![^\W_])"
    r"\s*(?P<rest>.*)$",
    re.DOTALL,
)
BOLD_LINE = re.compile(r"^\s*(?:\*\*|__)[^*_\n]{3,200}(?:\*\*|__)\s*:?\s*$")
CLASSES_HEADING = re.compile(
    r"^\W*(?:(?:course|class|the|les|liste? (?:of|des))\s+)*(?:lectures?|sessions?|classes|meetings|lessons|syllabus"
    r"|seances|cours|outline|plan)(?:\s+(?:plan|outline|list|notes|du cours))?\W*$"
)
WEEK_OF = re.compile(r"^[\W_]*(?:the |la )?(?:week of|semaine du)\b[\W_]*")
# A heading among numbered ones that has no number, but classes below it.
UNNUMBERED = re.compile(r"\b(?:weeks?|semaines?|final|exams?|examens?|projects?|projets?|intro(?:duction)?|bonus)\b")
# The hours behind a date: "20 October, 8:30-10:30", "3 March at 2pm".
HOURS_BEHIND = re.compile(
    rf"[\s,]{{0,3}}(?:(?:at|from|a|de|@)\s)?(?:{HOURS.pattern}|\d{{1,2}}\s?(?:[:h]\s?\d{{2}}\b|h\b|[ap]m\b))"
)
# Before a date that opens an item, and what may stand between its parts.
OPENS = re.compile(rf"^\W*(?:\[x\]\W*)?(?:(?:{NAMED_DAY.pattern})\W*)?(?:(?:the|le|on|du|from)\s+)?$")
MARK = re.compile(r"^\s*(?:>\s*)*(?:[-*+]|\d{1,9}[.)])?\s*")
EDGES = " :–—-|·,;*_\t"
LINK = re.compile(r"\[(?P<label>[^\[\]]*)\](?:\([^()\s]*\)|\[[^\[\]]*\])")
BASE = ("Week", "Date", "Topic", "Material")
MORE = {
    "directed_work": "Directed work",
    "assignment": "Assignment",
    "time": "Time",
    "teacher": "Teacher",
    "room": "Room",
}
NAMES = {field_of(name): name for name in BASE} | MORE
LONGEST = 500  # characters of the line that opens an entry


@dataclass
class _Entry:
    """`cells` by field: the text, and where it stands (None: in several places)."""

    line: int
    end: int  # of the lines that belong to it, from 0
    cells: dict[str, tuple[str, Place | None]] = field(default_factory=dict)
    is_dated: bool = False
    above: int | None = None  # the line of the week that it stands below

    def add(self, name: str, text: str, place: Place | None) -> None:
        known, there = self.cells.get(name, ("", None))
        if known:
            joined = there and place and Place(there.line, there.column, place.end_line, place.end_column)
            self.cells[name] = (f"{known}<br>{text}", joined)
        else:
            self.cells[name] = (text, place)


def entries_of(doc: Document, *, is_schedule: set[Part]) -> Table | None:
    """Numbered headings; else numbered items; else, under a heading that says so, headings or items with a date; else
    the items with a date under a heading such as "Lectures"; else numbered lines in bold.

    Where the headings are weeks and each holds items with a date, these are the rows.
    """
    found = _of_headings(doc, doc.parts, numbered=True)
    if len(found) < 2:
        found = _of_items(doc, doc.parts, numbered=True) or found
    if len(found) < 2:
        below = [part for part in doc.parts if part in is_schedule][:MAX_ROWS]
        found = max(_of_headings(doc, below, numbered=False), _of_items(doc, below, numbered=False), key=len)
    if not found:
        below = [part for part in doc.parts if CLASSES_HEADING.match(fold(part.heading))]
        dated = [(part, entry) for part, entry in _of_items(doc, below, numbered=False) if entry.is_dated]
        found = dated if len(dated) > 1 else []
    if len(found) < 2:
        found = _of_bold_lines(doc, is_schedule) or found
    found = [(part, entry) for part, entry in found if entry.cells]
    if not found or (len(found) < 2 and not found[0][1].is_dated):
        return None
    names = [*map(field_of, BASE), *(name for name in MORE if any(name in entry.cells for _part, entry in found))]
    table = Table([NAMES[name] for name in names], [], found[0][1].line + 1, found[0][0], "headings")
    table.columns = [Column(header, name) for header, name in zip(table.headers, names, strict=True)]
    for part, entry in found:
        cells = [entry.cells.get(name, ("", None)) for name in names]
        texts, places = tuple(text for text, _place in cells), tuple(place for _text, place in cells)
        whole = Place(entry.line, 0, entry.end, 0)
        table.rows.append(Row(entry.line + 1, texts, len(texts), places=places, whole=whole))
        start = entry.line if entry.above is None else entry.above
        table.blocks.append((part.start if entry.line == part.line else start, entry.end))
    return table


def _of_headings(doc: Document, parts: Iterable[Part], *, numbered: bool) -> list[tuple[Part, _Entry]]:
    found: list[tuple[Part, _Entry]] = []
    above: set[tuple[int, Part | None]] = set()
    for part in parts:
        if len(found) > MAX_ROWS:
            break  # refused anyway
        if part.level == 0:
            continue
        entry = _opened(doc, part.heading, part.line, part.end, numbered=numbered)
        is_opened = entry is not None
        if is_opened:
            above.add((part.level, part.parent))
        elif (part.level, part.parent) in above:
            entry = _between(doc, part.heading, part.line, part.end)
            is_opened = entry is not None
            if entry is None and UNNUMBERED.search(fold(part.heading[:LONGEST])):
                entry = _Entry(part.line, part.end, {"week": (part.heading, None)})
        if entry is None:
            continue
        dated = [(part, inner) for inner in _items_in(doc, part.tokens, numbered=False)]
        if dated:
            for _part, inner in dated:
                if "week" in entry.cells:
                    inner.cells.setdefault("week", (entry.cells["week"][0], None))
            found += dated
            continue
        if not is_opened:
            continue
        _below(doc, entry, [line for line in _lines(part.tokens) if line >= part.start])
        _in_tables(entry, part.tokens)
        found.append((part, entry))
    return found


def _of_items(doc: Document, parts: Iterable[Part], *, numbered: bool) -> list[tuple[Part, _Entry]]:
    every = ((part, entry) for part in parts for entry in _items_in(doc, part.tokens, numbered=numbered))
    return list(itertools.islice(every, MAX_ROWS + 1))


def _of_bold_lines(doc: Document, is_schedule: set[Part]) -> list[tuple[Part, _Entry]]:
    """Paragraphs that a bold line such as "**Week 1 — 19 January**" opens in place of a heading: those of the schedule,
    else any where half of them have a date.
    """
    found: list[tuple[Part, _Entry]] = []
    for part in doc.parts:
        opened: list[_Entry] = []
        for block in blocks(part.tokens):
            text = block[1].content.split("\n")[0] if block[0].type == "paragraph_open" else ""
            line = lines_of(block)[0]
            if BOLD_LINE.match(text) and (entry := _opened(doc, text, line, part.end, numbered=True)):
                if opened:
                    opened[-1].end = line
                opened.append(entry)
        texts = _lines(part.tokens) if opened else []
        for entry in opened:
            _below(doc, entry, texts[bisect.bisect(texts, entry.line) : bisect.bisect_left(texts, entry.end)])
        found += [(part, entry) for entry in opened]
    below = [(part, entry) for part, entry in found if part in is_schedule]
    if len(below) < 2 and 2 * sum(entry.is_dated for _part, entry in found) >= len(found):
        below = found
    return below[: MAX_ROWS + 1] if len(below) > 1 else []


def _items_in(doc: Document, tokens: list[Token], *, numbered: bool) -> Iterator[_Entry]:
    for block in blocks(tokens):
        if not is_list(block):
            continue
        is_counted = False
        for item in items(block):
            text = item.text.split("\n")[0]
            entry = _opened(doc, text, item.line, item.end, numbered=numbered)
            if entry:
                is_counted = numbered
            elif is_counted:
                entry = _between(doc, text, item.line, item.end)
            if inner := _dated_below(doc, item, entry):
                yield from inner
            elif entry:
                entry.end = max(item.line + 1, _last_filled(doc, item))
                _below(doc, entry, [*range(item.line + 1, item.after), *_lines(item.tokens)])
                yield entry


def _dated_below(doc: Document, item: Item, entry: _Entry | None) -> list[_Entry]:
    """The classes of a week: items below one without a date, each with its own date and a topic or number."""
    if entry is None or entry.is_dated:
        return []
    inner = [below for below in _items_in(doc, item.tokens, numbered=False) if below.is_dated]
    found = [below for below in inner if "week" in below.cells or not {"topic", "material"}.isdisjoint(below.cells)]
    if "topic" in entry.cells and not any("week" in below.cells for below in found):
        return []  # "Lecture 1: Introduction" with its date and deadlines below
    for below in found:
        below.cells.setdefault("week", (entry.cells["week"][0], None))
        below.above = item.line
    return found


def _last_filled(doc: Document, item: Item) -> int:
    end = item.end
    while end > item.line + 1 and not doc.lines[end - 1].strip():
        end -= 1
    return end


def _lines(tokens: list[Token]) -> list[int]:
    """The lines with text in them: not those of tables and code."""
    found: list[int] = []
    in_table = False
    for token in tokens:
        in_table = token.type == "table_open" or (in_table and token.type != "table_close")
        if token.type == "inline" and token.map and not in_table:
            found += range(*token.map)
    return found


def _between(doc: Document, text: str, line: int, end: int) -> _Entry | None:
    """Below numbered classes what has a date and no number: "Spring break (March 22)", "Exam, 3 June"."""
    entry = _opened(doc, text, line, end, numbered=False, anywhere=True)
    if entry is None or not entry.is_dated or "topic" not in entry.cells:
        return None
    topic = fold(entry.cells["topic"][0])
    if classify(Texts(topic, topic, "", "", "", entry.cells["topic"][0])) != "lecture":
        return entry
    return entry if SESSION.search(topic) and not DUE_WORD.search(fold(text)) else None


def _opened(doc: Document, text: str, line: int, end: int, *, numbered: bool, anywhere: bool = False) -> _Entry | None:
    """The entry that a line opens: its label, its date (at the beginning where it has no label), its topic."""
    if len(text) > LONGEST or (at := doc.lines[line].find(text)) < 0:
        return None
    entry = _Entry(line, end)

    def place(start: int, stop: int) -> Place:
        return Place(line, at + start, line, at + stop)

    start = 0
    if match := ENTRY.match(fold(text)):
        if not visible(text)[match.start("label")].strip():
            return None  # struck
        start = match.start("rest")
        entry.cells["week"] = (text[slice(*match.span("label"))], place(*match.span("label")))
    elif match_of := WEEK_OF.match(fold(text)):
        start = match_of.end()
        numbered = False
    elif numbered:
        return None
    link = _around(text, match.span("label")) if match else None
    hidden = slice(0, 0)
    if link:  # "[Week 3: Trees](w3.md)": what of the link is no word of the topic
        is_slug = text[start] == "_"  # "[week03_trees](week03) Trees"
        words = bool(_words(text[link.end() :]))
        hidden = slice(start if is_slug and words else link.end("label"), link.end())
        entry.cells["material"] = (link[0], None)
    rest = (
        text[start : hidden.start] + " " * (hidden.stop - hidden.start) + text[hidden.stop :] if link else text[start:]
    )
    spans = find_spans(rest, prose=True)
    if not spans and not numbered:
        return None
    if spans:
        first, last = spans[0].start, spans[0].end
        opening, closing = rest.rfind("(", 0, first), rest.find(")", last)
        if opening >= 0 and closing >= 0 and ")" not in rest[opening:first] and "(" not in rest[last:closing]:
            first, last, cut = opening + 1, closing, (opening, closing + 1)
        else:
            named = NAMED_DAY.search(fold(rest[:first]))
            if named and not re.search(r"\w", re.sub(r"\b(?:the|le|on|du)\b", "", fold(rest[named.end() : first]))):
                first = named.start()
            hours = HOURS_BEHIND.match(fold(rest), last)
            if hours and CLOCK.search(hours[0]):
                last = hours.end()
            cut = (first, last)
        if not numbered and not anywhere and not match and not OPENS.match(fold(rest[: spans[0].start])):
            return None
        entry.cells["date"] = (rest[first:last], place(start + first, start + last))
        entry.is_dated = True
        pieces = [(0, cut[0]), (cut[1], len(rest))]
    else:
        pieces = [(0, len(rest))]
    pieces = [piece for piece in (_trimmed(rest, *piece) for piece in pieces) if piece[0] < piece[1]]
    said = [rest[first:last] for first, last in pieces]
    if len(said) > 1 and REMARK.search(fold(said[-1])):
        said[-1] = f"({said[-1]})"  # "Exam: 9 June, room B28"
    topic = " ".join(said)
    if topic:
        whole = len(pieces) == 1 and not (pieces[0][0] < hidden.start - start < pieces[0][1] and link)
        where = place(start + pieces[0][0], start + pieces[0][1]) if whole else None
        entry.cells["topic"] = (topic, where)
    return entry


def _around(text: str, label: tuple[int, int]) -> re.Match[str] | None:
    """The link whose text begins with an entry's label."""
    return next((m for m in LINK.finditer(text) if m.start("label") <= label[0] and label[1] <= m.end("label")), None)


def _in_tables(entry: _Entry, tokens: list[Token]) -> None:
    """What tables below the heading of a class say: "| Lecture | Tutorial |" and a row of topics."""
    for block in blocks(tokens):
        headers, *rows = cells_of(block) if block[0].type == "table_open" else [[]]
        for header, cell in (pair for cells in rows for pair in zip(headers, cells, strict=False)):
            name = field_of(header.content)
            if BLANK.match(fold(cell.content)):
                continue
            if name in MORE or name in ("topic", "material") or normalised(header.content) in TOPIC_TOO:
                entry.add(name if name != "week" and name in NAMES else "topic", cell.content, None)
            else:
                entry.add("topic", f"{header.content}: {cell.content}", None)


def _is_date(text: str) -> bool:
    """Whether a line says a date and nothing else: "The week of 2 February.", "Monday, Feb 2"."""
    spans = find_spans(text, prose=True) if len(text) <= LONGEST else []
    if len(spans) != 1 or spans[0].start == spans[0].end:
        return False
    before, after = fold(text[: spans[0].start]), fold(text[spans[0].end :])
    opens = OPENS.match(WEEK_OF.sub("", before))
    return bool(opens) and not re.search(r"\w", HOURS_BEHIND.sub("", after))


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]{2,}", text)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start] in EDGES:
        start += 1
    while end > start and text[end - 1] in EDGES:
        end -= 1
    while start < end and text[start] == ")" and "(" not in text[start:end]:
        start += 1
    if text[start:end].count("**") % 2:  # one of a pair was cut off
        if text[end : end + 2] == "**":
            return start, end + 2
        return (start - 2 if text[:start].endswith("**") else start), end
    return start, end


def _below(doc: Document, entry: _Entry, numbers: list[int]) -> None:
    """The lines below: "Slides: ..." by its label, the first words as the topic where there is none, links, remarks."""
    for number in numbers:
        line = doc.lines[number]
        start = MARK.match(line).end()  # type: ignore[union-attr]
        text = line[start:].rstrip()
        if not text:
            continue
        place = Place(number, start, number, start + len(text))
        named = labelled(text) if len(text) <= LONGEST else None
        name = field_of(named[0]) if named and named[1] else "extra"
        if named and name in NAMES and not ENTRY.match(fold(text)):
            at = start + len(text) - len(named[1])
            if name in ("topic", "date", "week") and name in entry.cells:
                entry.add("topic", text, place)
            else:
                entry.add(name, named[1], Place(number, at, number, start + len(text)))
            entry.is_dated = entry.is_dated or name == "date"
            continue
        if "date" not in entry.cells and _is_date(text):
            entry.add("date", text, place)
            entry.is_dated = True
            continue
        labels = [match["label"] for match in LINK.finditer(text)]
        is_alone = bool(labels) and not re.search(r"\w", LINK.sub("", text))
        if "topic" in entry.cells and is_due(fold(text)):
            entry.add("assignment", text, place)
            continue
        is_links = is_alone and ("topic" in entry.cells or all(GENERIC.match(fold(label)) for label in labels))
        entry.add("material" if is_links else "topic", text, place)
