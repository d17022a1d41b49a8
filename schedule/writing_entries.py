"""New entries of a schedule that is a list or stands in headings, in the shape of the entries beside them. Pure."""

import datetime as dt
import itertools
import re
from collections.abc import Iterator
from dataclasses import replace

from schedule import writing_links as links
from schedule.readme_dates import HOURS, NAMED_DAY, beside_date, find_spans
from schedule.readme_text import fold
from schedule.writing_dates import Change, within
from schedule.writing_page import NOWHERE, Changes, Page
from schedule.writing_rows import HOUR_FIELDS, Record, date_cells, days_of, hours_written

MARK = re.compile(r"^(?P<before>[ \t>]*)(?:(?P<sign>#{1,6}|[-*+])|(?P<number>\d{1,9})(?P<after>[.)]))(?=[ \t])")
BETWEEN = re.compile(r"^\s*(?:(?:[-*_]\s*){3,})?$")  # two entries: blank lines and rules
WORD = re.compile(r"[^\W_]")
LABEL = re.compile(r"^(?P<before>\D+)(?P<number>\d{1,3})$")
PAIRS = (("(", ")"), ("[", "]"))
MODELS = 4  # entries around a new one in whose shape it is tried


def new_entries(page: Page, kind: str, new: Record) -> Iterator[Changes]:
    """The line that opens an entry, with label, days and title, at its place by date; what else there is of it is
    written as that of any entry. Nothing where no entry beside it has a clear shape."""
    rows, days = sorted(page.rows), [page.days[line] for line in sorted(page.days)]
    if days and days[0] > days[-1]:
        return
    first, _last = days_of(kind, new)
    above = page.row_above(first)
    below = next((line for line in rows if line > (above or 0)), None)
    month = f"{first:%Y-%m}" if first else ""  # which may have a heading of its own
    places = sorted(filter(None, (above, below)), key=lambda line: not str(page.days.get(line)).startswith(month))
    for beside in places:
        models = sorted(rows, key=lambda line: abs(line - beside))[:MODELS]
        for line in dict.fromkeys(line for model in models for line in _openings(page, model, kind, new)):
            yield from _put(page, beside, line, is_below=beside == above)
    if rows and above == rows[-1]:
        yield from _new_group(page, above, kind, new)


def _openings(page: Page, model: int, kind: str, new: Record) -> Iterator[str]:
    """The line that opens entry `model`, with what is new in place of its label, days and title."""
    start, line = page.line(model)
    places, mark = _places(page, model), MARK.match(line)
    first, last = days_of(kind, new)
    if not mark or "topic" not in places or ("date" in places) != bool(first):
        return
    if "week" in places and not new.get("week"):
        if kind != "lecture" and first:
            yield from _without_label(page, model, mark[0], new["title"], places["date"], days_of(kind, new))
        return
    frames = [
        Change(left, right, "")
        for link in links.links_in(page, (start, start + len(line)), model)
        if any(link.label[0] <= left and right <= link.label[1] for left, right in places.values())
        for left, right in ((link.start, link.label[0]), (link.label[1], link.end))
    ]
    date = page.text[slice(*places["date"])] if "date" in places else ""
    for dated in date_cells(page, model, date, first, last) if first else [""]:
        if new.get("begins") and new.get("ends"):
            dated = hours_written(dated, *(dt.time.fromisoformat(new[name]) for name in HOUR_FIELDS)) or ""
        for title in page.put(new["title"]):
            texts = {"week": new.get("week", ""), "date": dated, "topic": title}
            changes = [*frames, *(Change(*place, texts[name]) for name, place in places.items())]
            kept = within(line, start, [replace(change, text="") for change in changes])
            if _is_clear(kept[mark.end() :]) and _is_only_a_date(dated):
                yield within(line, start, changes).rstrip()


def _without_label(
    page: Page, model: int, mark: str, title: str, place: tuple[int, int], days: tuple[dt.date | None, dt.date | None]
) -> Iterator[str]:
    """A day off, an exam or a deadline among classes that have labels: "### Holiday (20 April)"."""
    left, right = place
    is_enclosed = page.text[left - 1 : left] == "(" and page.text[right : right + 1] == ")"
    for dated in date_cells(page, model, page.text[left:right], *days):
        for said in page.put(title) if _is_only_a_date(dated) else ():
            yield f"{mark} {said} ({dated})" if is_enclosed else f"{mark} {dated}: {said}"


def next_label(page: Page, new: Record) -> str:
    """Of a class after all others, where each has a label with a number of its own: "Lecture 8" after "Lecture 7"."""
    last = max(page.rows, default=0)
    columns = page.columns("week")
    if not columns or page.row_above(days_of("lecture", new)[0]) != last:
        return ""
    labels = [page.reader.plain(page.cell(line, columns[0]), line) for line in sorted(page.rows)]
    found = [LABEL.match(label) for label in labels if label]
    numbers = [int(match["number"]) for match in found if match]
    if not numbers or not all(found) or numbers != sorted(set(numbers)) or len({m["before"] for m in found if m}) > 1:
        return ""
    return f"{found[-1]['before']}{numbers[-1] + 1:0{len(found[-1]['number'])}d}" if found[-1] else ""


def _new_group(page: Page, last: int, kind: str, new: Record) -> Iterator[Changes]:
    """A class after all others, of a week that none of them has, where the weeks have lines of their own."""
    indent = _indent(page.line(last)[1])
    label = next((page.rows[last].cells[index] for index in page.columns("week")), "")
    above = next((n for n in range(last - 1, 0, -1) if label and label in page.line(n)[1]), 0)
    start, line = page.line(above) if above else (0, "")
    mark, left = MARK.match(line), start + line.find(label)
    right = left + len(label)
    if not new.get("week") or not mark or _indent(line) >= indent:
        return
    if not _is_clear(within(line, start, [Change(left, right, "")])[mark.end() :]):
        return
    gap = [""] if not page.line(above - 1)[1].strip() else []
    for opening in _openings(page, last, kind, new):
        group = within(line, start, [Change(left, right, new["week"])]).rstrip()
        yield [page.after(_end(page, last), *gap, group, opening)]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _places(page: Page, model: int) -> dict[str, tuple[int, int]]:
    """Where the line that opens an entry says its label, its date and its title."""
    start, line = page.line(model)
    end = start + len(line.rstrip(" \t*_#"))
    cells = page.cells(model) or []
    found = {}
    for name in ("week", "date", "topic"):
        left, right = next((cells[index] for index in page.columns(name) if index < len(cells)), NOWHERE)
        if start <= left < end:
            found[name] = (left, min(right, end))  # a topic goes on in the lines below
    spans = sorted(found.values())
    return {} if any(one[1] > other[0] for one, other in itertools.pairwise(spans)) else found


def _is_clear(kept: str) -> bool:
    """Whether what a line says beside its label, date and title are signs, which any entry may repeat."""
    even = all(kept.count(sign) % 2 == 0 for sign in ("**", "__", "`"))
    return even and not WORD.search(kept) and all(kept.count(one) == kept.count(other) for one, other in PAIRS)


def _is_only_a_date(cell: str) -> bool:
    """Of a date with a room or a remark beside it nobody knows whether these hold for another day."""
    spans = find_spans(cell, prose=True)
    beside = fold(beside_date(cell, spans[0])) if spans else cell
    return not WORD.search(NAMED_DAY.sub("", HOURS.sub("", beside)))


def _put(page: Page, beside: int, line: str, *, is_below: bool) -> Iterator[Changes]:
    """An opening line below or above the entry of line `beside`, where both are of one list or of one level."""
    one, other, end = MARK.match(page.line(beside)[1]), MARK.match(line), _end(page, beside)
    if not one or not other or any(one[part] != other[part] for part in ("before", "sign", "after")):
        return
    if page.line(end)[1].lstrip().startswith("</"):
        return  # of the end of a fold nobody knows whether it is the entry's
    if one["number"]:
        line = f"{one['before']}{int(one['number']) + is_below}{one['after']}{line[other.end() :]}"
    gap = _gap(page, beside)
    yield [page.after(end, *gap, line) if is_below else page.after(beside - 1, line, *gap)]


def _end(page: Page, number: int) -> int:
    """The last line of an entry, of a heading with all that is below it."""
    part = next((part for part in page.doc.parts if part.level and part.line == number - 1), None)
    if part is None:
        whole = page.rows[number].whole
        return max(whole.end_line if whole else 0, number)
    level, later = part.level, page.doc.parts[page.doc.parts.index(part) + 1 :]
    end = part.end
    for below in itertools.takewhile(lambda below: below.level > level, later):
        end = below.end
    while end > number and BETWEEN.match(page.line(end)[1]):
        end -= 1
    return end


def _gap(page: Page, beside: int) -> list[str]:
    """The lines that part the two entries nearest to one of which nothing else does."""
    pairs = itertools.pairwise(sorted(page.rows))
    for one, other in sorted(pairs, key=lambda pair: abs(pair[1] - beside))[:MODELS]:
        lines = [page.line(number)[1] for number in range(_end(page, one) + 1, other)]
        if all(map(BETWEEN.match, lines)):
            return lines
    return [""] if page.line(beside)[1].startswith("#") else []
