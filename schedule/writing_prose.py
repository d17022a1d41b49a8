"""A change of what stands around the schedule: list items, sections, the title. Pure."""

import difflib
import re
from collections.abc import Iterator
from typing import Any

from schedule import writing_links as links
from schedule.readme_edition import SEASON_AND_YEAR, YEAR_ALONE
from schedule.readme_milestones import LABELLED
from schedule.readme_people import EMAIL
from schedule.readme_text import fold
from schedule.writing_dates import Change, cased
from schedule.writing_page import MARKER, Changes, Page, swaps

Record = dict[str, Any]
SEASON_WORDS = {
    "spring": ("spring", "printemps"),
    "summer": ("summer", "été"),
    "fall": ("fall", "automne"),
    "winter": ("winter", "hiver"),
}
ADDRESS = re.compile(rf"\s*[:,–—-]?\s*(?:\[[^\[\]]*\]\(mailto:[^()]*\)|<?(?:mailto:)?{EMAIL.pattern}>?)")
CONTACT = r"\s*(?:\([^()]*\)|<[^<>]*>)"  # behind a name


def item_ways(page: Page, kind: str, line: int, old: Record, new: Record, name: str) -> Iterator[Changes]:
    """The ways to write what `new` has in field `name` into the list item (or paragraph) on a line."""
    region = page.region(*page.item(line))
    if name == "email":
        yield from _email(page, region, old["email"], new["email"])
    elif name in ("text", "details"):
        yield from rewritten(page, old[name], new[name], *page.item(line))
    elif name == "href" and old["href"]:
        for link in links.links_in(page, region, line):
            if old["href"] in (link.leads, f"https://{link.leads}") and link.href:
                yield [Change(*link.href, links.address(new["href"]))] if new["href"] else []
        for link in links.links_in(page, region, line):
            if link.leads == old["href"]:
                yield from links.removed(page, region, line, {"label": link.said, "href": link.leads})
    elif name == "href":
        first, end = page.region(line, line)
        place = first + len(page.text[first:end].rstrip())
        yield [Change(place, place, f" ([link]({links.address(new['href'])}))")]
    elif name in ("role", "authors") and not old[name]:
        first, end = page.region(line, line)
        label = re.escape(old.get("name") or old.get("title", ""))
        if named := re.search(label, page.text[first:end]):
            yield [Change(first + named.end(), first + named.end(), f" ({new[name]})")]
    elif name in ("role", "authors") and not new[name]:
        for way in swaps(page, region, old[name], "", as_cell=False):
            change = way[0]
            before = re.search(r"\s*\($", page.text[: change.start])
            if before and page.text[change.end : change.end + 1] == ")":
                yield [Change(before.start(), change.end + 1, "")]
    elif old.get(name) and isinstance(new[name], str):
        yield from swaps(page, region, old[name], new[name], as_cell=False)
    if kind == "practiceexam" and name in ("label", "href"):
        yield from links.changed(page, region, line, old, new)


def _email(page: Page, region: tuple[int, int], old: str, new: str) -> Iterator[Changes]:
    """An address changes or goes; it comes only from the file itself."""
    if not old:
        return
    start, end = region
    piece = page.text[start:end]
    if new:
        places = re.finditer(re.escape(old), piece)
        yield [Change(start + match.start(), start + match.end(), new) for match in places]
        return
    for match in ADDRESS.finditer(piece):
        if old in match[0]:
            yield [Change(start + match.start(), start + match.end(), "")]


def rewritten(page: Page, old: str, new: str, first: int = 1, last: int | None = None) -> Iterator[Changes]:
    """Markdown of several lines, found again line by line: only the lines that differ change.

    With a `last` line it is that of a list item, whose lines stand below its marker.
    """
    was, now = old.split("\n"), new.split("\n")
    places: list[int | None] = []
    number = first
    for text in was:
        if not text.strip():
            places.append(None)
            continue
        while number <= (last or page.last_line) and text.strip() not in page.line(number)[1]:
            number += 1
        if number > (last or page.last_line):
            return
        places.append(number)
        number += 1
    changes: Changes = []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        known = [place for place in places[:i2] if place]
        for before, after in zip(range(i1, i2), range(j1, j2), strict=False):
            place = places[before]
            if place is None:
                if now[after].strip():
                    changes.append(page.after(known[-1] if known else first - 1, now[after]))
                continue
            start, line = page.line(place)
            at = start + line.index(was[before].strip())
            if now[after].strip():
                changes.append(Change(at, at + len(was[before].strip()), now[after].strip()))
            else:
                changes.append(page.without(place, place))
        for extra in range(i1 + (j2 - j1), i2):
            if place := places[extra]:
                blank = place < page.last_line and not page.line(place + 1)[1].strip() and extra + 1 < len(was)
                changes.append(page.without(place, place + 1 if blank and not was[extra + 1].strip() else place))
        if added := now[j1 + (i2 - i1) : j2]:
            above = known[-1] if known else (places[0] or first) - 1
            indent = _indent(page, above) if last and above >= first else ""
            changes.append(page.after(above, *(indent + text if text.strip() else text for text in added)))
    yield changes


def _indent(page: Page, number: int) -> str:
    line = page.line(number)[1]
    marker = MARKER.match(line)
    return " " * len(marker[0]) if marker else line[: len(line) - len(line.lstrip())]


def new_items(page: Page, kind: str, new: Record, siblings: list[int]) -> Iterator[Changes]:
    """A list item below the last of its kind, written as that one is."""
    for sibling in reversed(siblings):
        _start, line = page.line(sibling)
        marker = MARKER.match(line)
        if marker is None:
            continue
        number = f"{int(marker['number']) + 1}{marker['after']}" if marker["number"] else marker["bullet"]
        prefix = f"{marker['indent']}{number}{marker['gap']}"
        deeper = " " * len(prefix)
        for first, more in _item_texts(kind, new, line):
            below = [f"{deeper}{text}" if text else text for text in more.split("\n")] if more else []
            yield [page.after(page.item(sibling)[1], prefix + first, *below)]


def _item_texts(kind: str, new: Record, sibling: str) -> Iterator[tuple[str, str]]:
    bold = "**" in sibling or not sibling
    if kind == "staffmember":
        yield f"{new['name']} ({new['role']})" if new["role"] else new["name"], ""
    elif kind == "resource" and new["kind"] == "book":
        title = f"[{new['title']}]({links.address(new['href'])})" if new["href"] else new["title"]
        yield f"{title} ({new['authors']})" if new["authors"] else title, new["details"]
        yield f"{title}, by {new['authors']}", new["details"]
    elif kind == "resource":
        link = f" ([link]({links.address(new['href'])}))" if new["href"] else ""
        yield f"{new['title']}{link}", new["details"]
        yield f"[{new['title']}]({links.address(new['href'])})", new["details"]
    elif kind in ("cultureitem", "logisticsitem"):
        label = new.get("name") or new.get("label", "")
        first, _sep, more = new["text"].partition("\n")
        said = (f"**{label}**: {first}" if bold else f"{label}: {first}") if label else first
        yield said.rstrip(), more.lstrip("\n")
        if not new["text"]:
            yield f"**{label}**", ""
    elif kind == "milestone" and new["text"]:
        yield f"MS{new['number']}: {new['text']}", ""


def gone_items(page: Page, line: int, old: Record) -> Iterator[Changes]:
    """A list item taken out; of several people in one item only the one."""
    first, last = page.item(line)
    if name := re.escape(old.get("name", "")):
        start, end = page.region(line, line)
        piece, role = page.text[start:end], re.escape(old.get("role", ""))
        plural = re.search(rf"\b{role}(s)\b", piece, re.IGNORECASE) if role else None
        for pattern in (
            rf"\s*(?:,|;|&|\band\b|\bet\b)\s*{name}(?!\w)(?:{CONTACT})?",
            rf"(?<!\w){name}(?:{CONTACT})?\s*(?:[,;&]|\band\b|\bet\b)\s*",
        ):
            for match in re.finditer(pattern, piece):
                gone = Change(start + match.start(), start + match.end(), "")
                yield [gone]
                if plural:  # of one who is left
                    yield [Change(start + plural.start(1), start + plural.end(1), ""), gone]
    yield [page.without(first, last)]


def named_beside(page: Page, new: Record, people: list[tuple[int, Record]]) -> Iterator[Changes]:
    """A person behind the last of the same role, in a line that names several, or could."""
    for line, known in reversed(people):
        start, end = page.region(line, line)
        if known["role"] == new["role"]:
            for match in re.finditer(rf"(?<!\w){re.escape(known['name'])}(?!\w)(?:{CONTACT})?", page.text[start:end]):
                yield [Change(start + match.end(), start + match.end(), f", {new['name']}")]


def labelled_items(page: Page) -> list[int]:
    """The lines of the list items that tell a milestone: "- MS1: ..." """
    found = []
    for number in range(1, page.last_line + 1):
        line = page.line(number)[1]
        if (marker := MARKER.match(line)) and LABELLED.match(fold(line[marker.end() :])):
            found.append(number)
    return found


def edition_ways(page: Page, old: Record, new: Record, name: str) -> Iterator[Changes]:
    """Code, title, season or year in the title's line, or where the introduction says the edition."""
    lines = [page.parsed.edition.line] if page.parsed.edition.line else []
    lines += [number for number in range(1, min(page.last_line, 40) + 1) if number not in lines]
    for number in lines:
        region = page.region(number, number)
        if name in ("code", "title"):
            if old[name]:
                yield from swaps(page, region, old[name], new[name], as_cell=False)
            continue
        start, piece = page.line(number)
        folded = fold(piece)
        for match in [*SEASON_AND_YEAR.finditer(folded), *YEAR_ALONE.finditer(folded)]:
            for group in ("season", "season_2") if name == "season" else ("year", "year_2"):
                said = match.groupdict().get(group)
                if not said or (name == "year" and said != str(old["year"])):
                    continue
                put = str(new["year"])
                if name == "season":
                    words = SEASON_WORDS.get(new["season"], ("",))
                    put = cased(words[-1 if said in ("printemps", "ete", "automne", "hiver") else 0], said)
                changes = [Change(start + match.start(group), start + match.end(group), put)]
                end_group = group.replace("year", "end")
                if name == "year" and (end := match.groupdict().get(end_group)):
                    following = str(new["year"] + 1)[-len(end) :]
                    changes.append(Change(start + match.start(end_group), start + match.end(end_group), following))
                yield changes
