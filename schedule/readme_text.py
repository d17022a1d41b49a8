"""From bytes to blocks: decoding, cleaning, the token stream of CommonMark and tables, the parts between headings."""

import functools
import itertools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.rules_block.table import escapedSplit
from markdown_it.token import Token

from schedule.readme_facts import MAX_BYTES, MAX_HEADINGS, MAX_LINES, MAX_PIPES, MAX_TABLE_LINES, Issue

# Control characters, and two private ones that mark links while a line is put together (readme_inline).
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ue000\ue001]")
SCHEDULE_HEADING = re.compile(
    r"\b(?:schedule|agenda|calendar|lecture plan|course plan|timetable|calendrier|planning|programme|program"
    r"|emploi du temps)\b"
)
FRONT_LINE = re.compile(r"^(?:[\w.-]+:(?:\s|$)|\s|-\s|#|$)")
MAX_FRONT = 200
MAX_CONTROLS = 100  # lines of which each is told
STRING = " \t\"'"  # around a value of the settings
DELIMITER_ROW = re.compile(r"^[ \t]*[|:-][|:\- \t]*$")


class AsWritten(MarkdownIt):
    """Leaves link targets as they are: readme_inline judges them, and warns instead of showing them as text."""

    def normalizeLink(self, url: str) -> str:
        return url

    def validateLink(self, url: str) -> bool:
        return True


# Blocks only: the inline content of a block is read when somebody asks for it, within a budget (readme_inline).
BLOCKS = AsWritten("commonmark").enable("table")
BLOCKS.core.ruler.disable(["inline", "text_join"])


class Refused(ValueError):
    """The file cannot be read at all; carries the error for the person."""

    def __init__(self, issue: Issue):
        super().__init__(issue.message)
        self.issue = issue


class Warnings:
    """Collects warnings, one per line and code."""

    def __init__(self) -> None:
        self._issues: dict[tuple[int | None, str], Issue] = {}

    def add(self, code: str, line: int | None, message: str, text: str = "", *, needs_tick: bool = False) -> None:
        issue = Issue(code, line, message, one_line(text)[:300], needs_tick)
        self._issues.setdefault((line, code), issue)

    def sorted(self) -> tuple[Issue, ...]:
        return tuple(sorted(self._issues.values(), key=lambda issue: (issue.line or 0, issue.code)))


@dataclass(eq=False)
class Part:
    """A heading (level 0: what stands before the first) with the tokens up to the next heading; lines count from 0."""

    heading: str
    level: int
    line: int
    start: int
    end: int
    parent: "Part | None"
    tokens: list[Token] = field(default_factory=list)


@dataclass(frozen=True)
class Item:
    """A list item: its first paragraph as Markdown, the lines that follow it, and the lists nested in it."""

    text: str
    line: int
    after: int
    end: int
    tokens: list[Token]


@dataclass(eq=False)
class Document:
    lines: list[str]
    tokens: list[Token]
    env: dict
    parts: list[Part]
    repaired: frozenset[int]  # 0-based lines of header rows whose delimiter row had another length
    broken: frozenset[int]  # and of lines with so many pipes that they were left out
    controls: tuple[int, ...] = ()  # and of lines with control characters, which were left out (the first of them)

    def markdown(self, start: int, end: int) -> str:
        """The lines from start to end (excluded) word for word, without blank lines around."""
        return "\n".join(line.rstrip() for line in self.lines[start:end]).strip("\n")


def decode(data: bytes) -> str:
    """The text with its byte order mark and line ends; raises Refused."""
    if len(data) > MAX_BYTES:
        message = _("The file is larger than 1 MiB. Remove what is not course text and import it again.")
        raise Refused(Issue("too-large", data.count(b"\n", 0, MAX_BYTES) + 1, message))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = _("Line %(line)d is not UTF-8 text. Save the file as UTF-8 and import it again.") % {"line": line}
        raise Refused(Issue("not-utf8", line, message)) from None
    lines = split_lines(text)
    if len(lines) > MAX_LINES:
        message = _("The file has more than 20,000 lines. Remove what is not course text and import it again.")
        raise Refused(Issue("too-large", MAX_LINES + 1, message))
    rows = [number for number, line in enumerate(lines, start=1) if line.startswith("|")]
    if len(rows) > MAX_TABLE_LINES:
        message = _("The tables have more than 4,000 rows. Keep the tables of one edition and import it again.")
        raise Refused(Issue("too-large", rows[MAX_TABLE_LINES], message))
    headings = [number for number, line in enumerate(lines, start=1) if line.startswith(("#", "--", "=="))]
    if len(headings) > MAX_HEADINGS:
        message = _("The file has more than 4,000 headings. Keep the course's own and import it again.")
        raise Refused(Issue("too-large", headings[MAX_HEADINGS], message))
    return text


def split_lines(text: str) -> list[str]:
    """Lines as an editor and CommonMark count them: LF, CRLF and CR end one, nothing else does."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def read_document(text: str) -> Document:
    lines = split_lines(text.removeprefix("\ufeff"))
    controls = []
    if CONTROL.search(text):
        controls = [number for number, line in enumerate(lines) if CONTROL.search(line)]
        lines = [CONTROL.sub("", line) for line in lines]
    front = _front_matter(lines)
    if front:
        lines = [*_title_of(lines[:front], lines[front:]), *lines[front:]]
    broken = frozenset(number for number, line in enumerate(lines) if line.count("|") > MAX_PIPES)
    lines = ["" if number in broken else line for number, line in enumerate(lines)] if broken else lines
    tokens, env = _blocks(lines)
    repaired = _uneven_tables(lines, tokens)
    if repaired:
        mended = list(lines)
        for header in repaired:
            mended[header + 1] = "|" + "---|" * len(row_cells(lines[header]))
        tokens, env = _blocks(mended)
    return Document(
        lines,
        tokens,
        env,
        list(_parts(tokens, len(lines))),
        frozenset(repaired),
        broken,
        tuple(controls[:MAX_CONTROLS]),
    )


def _front_matter(lines: list[str]) -> int:
    """How many lines the settings of a site's page take at its top: from `---` to `---`; 0 where there are none."""
    if lines[0].rstrip() != "---":
        return 0
    for number, line in enumerate(lines[1:MAX_FRONT], start=1):
        if line.rstrip() in ("---", "..."):
            return number + 1 if number > 1 else 0
        if not FRONT_LINE.match(line):
            return 0
    return 0


def _title_of(front: list[str], below: list[str]) -> list[str]:
    """These lines blank, but for their title where the page has none of its own."""
    has_title = any(line.startswith("# ") for line in below)
    kept = [] if has_title else [n for n, line in enumerate(front) if line.startswith("title:") and line[6:].strip()]
    return [f"# {line[6:].strip(STRING)}" if number in kept[:1] else "" for number, line in enumerate(front)]


def _blocks(lines: list[str]) -> tuple[list[Token], dict]:
    env: dict = {}
    return BLOCKS.parse("\n".join(lines), env), env


def _uneven_tables(lines: list[str], tokens: list[Token]) -> list[int]:
    """Header lines of tables that CommonMark shows as text, because the row of dashes has another number of cells."""
    found = []
    for opening in tokens:
        if opening.type != "paragraph_open" or not opening.map or opening.map[1] - opening.map[0] < 2:
            continue
        for number in range(opening.map[0], opening.map[1] - 1):
            below = lines[number + 1]
            if "|" in lines[number] and "-" in below and "|" in below and DELIMITER_ROW.match(below):
                found.append(number)
                break
    return found


def row_cells(line: str) -> list[str]:
    """The cells of a table row as the block reader splits them; it drops and pads cells, so the count needs this."""
    line = line.strip()
    cells = escapedSplit(line) if "\\" in line else line.split("|")
    if cells and cells[0] == "":
        cells.pop(0)
    if cells and cells[-1] == "":
        cells.pop()
    return [cell.strip() for cell in cells]


def cell_spans(line: str) -> list[tuple[int, int]]:
    """Where the cells of a table row stand in its line, without the spaces around them."""
    pipes, escaped = [-1], False
    for position, character in enumerate(line):
        if character == "|" and not escaped:
            pipes.append(position)
        escaped = character == "\\"
    pipes.append(len(line))
    spans = []
    for left, right in itertools.pairwise(pipes):
        cell = line[left + 1 : right]
        start = left + 1 + len(cell) - len(cell.lstrip())
        spans.append((start, start + len(cell.strip())))
    if len(spans) > 1 and spans[0][0] == spans[0][1]:
        spans.pop(0)
    if len(spans) > 1 and spans[-1][0] == spans[-1][1]:
        spans.pop()
    return spans


def _parts(tokens: list[Token], line_count: int) -> Iterator[Part]:
    part = Part("", 0, 0, 0, line_count, None)
    parents: list[Part] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.type == "heading_open" and token.level == 0 and token.map:
            part.end = token.map[0]
            yield part
            level = int(token.tag[1:])
            parents = [parent for parent in parents if parent.level < level]
            part = Part(
                tokens[index + 1].content,
                level,
                token.map[0],
                token.map[1],
                line_count,
                parents[-1] if parents else None,
            )
            parents.append(part)
            index += 3
            continue
        part.tokens.append(token)
        index += 1
    yield part


def blocks(tokens: list[Token]) -> Iterator[list[Token]]:
    """The outermost blocks of a token list, each with all its tokens."""
    depth, block = 0, []
    for token in tokens:
        block.append(token)
        depth += token.nesting
        if depth == 0:
            yield block
            block = []


def cells_of(block: list[Token]) -> list[list[Token]]:
    """The cells of a table block, row by row, its header first."""
    rows: list[list[Token]] = []
    for token in block:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and rows:
            rows[-1].append(token)
    return rows


def lines_of(block: list[Token]) -> tuple[int, int]:
    start, end = block[0].map or (0, 0)
    return start, end


def items(block: list[Token]) -> Iterator[Item]:
    """The items of a list block, outermost level only."""
    for item in blocks(block[1:-1]):
        start, end = lines_of(item)
        first = item[1:4]
        if len(first) == 3 and first[0].type == "paragraph_open":
            yield Item(first[1].content, start, lines_of(first)[1], end, item[4:-1])
        else:
            yield Item("", start, start, end, item[1:-1])


def is_list(block: list[Token]) -> bool:
    return block[0].type in ("bullet_list_open", "ordered_list_open")


def dedented(doc: Document, item: Item) -> str:
    """What follows the first paragraph of an item, without the item's indent; lazy lines stay where they are."""
    lines = [line.rstrip() for line in doc.lines[item.after : item.end]]
    while lines and not lines[-1]:
        lines.pop()
    indent = next((len(line) - len(line.lstrip()) for line in lines if line), 0)
    return "\n".join(line[indent:] if not line[:indent].strip() else line for line in lines).strip("\n")


def one_line(text: str) -> str:
    return " ".join(text.split())


@functools.lru_cache(maxsize=4096)
def _fold(character: str) -> str:
    return unicodedata.normalize("NFD", character)[0].lower()[:1]


def fold(text: str) -> str:
    """Lower case without accents, of the same length: positions in it are positions in the text."""
    return text.lower() if text.isascii() else "".join(map(_fold, text))


FRENCH = re.compile(r"\b(?:le|la|les|des|du|une|est|et|dans|pour|cours|semaine)\b")
ENGLISH = re.compile(r"\b(?:the|of|and|to|is|in|for|with|will|week)\b")


def is_french(doc: Document) -> bool:
    text = fold("\n".join(doc.lines)[:20_000])
    return len(FRENCH.findall(text)) > len(ENGLISH.findall(text))
