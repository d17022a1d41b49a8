"""The links of a piece of a README: where each stands, and how one is renamed, led elsewhere, added or taken out."""

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from schedule.readme_text import fold, one_line
from schedule.writing_dates import Change
from schedule.writing_page import Changes, Page, in_cell, literal

LINK = re.compile(
    r"""(?<!!)\[(?P<label>(?:[^\[\]\\]|\\.)*(?=\])|(?:[^\[\]\\]|\\.|(?>\[[^\[\]]*\](?:\([^\s()]*\))?))*(?=\]\())\]
        (?:\((?P<before>\s*)(?:<(?P<angled>[^<>]*)>|(?P<href>(?:[^\s()\\]|\\.|\([^\s()]*\))*))(?P<title>\s[^()]*)?\)
          |\[(?P<ref>[^\[\]]*)\])?
      |<a\s[^<>]*?href\s*=\s*(?P<quote>["']?)(?P<tag_href>[^"'\s<>]*)(?P=quote)[^<>]*>(?P<tag_label>.*?)</a\s*>
      |<(?P<auto>https?://[^\s<>]+)>
      |(?P<bare>(?:https?://|(?<![\w@./-])www\.(?=[\w-]+\.\w))[^\s<>|()\[\]]+)""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
SEPARATOR = re.compile(r"^\s*(?:<br\s*/?>|[-–—,;/·+&])?\s*$", re.IGNORECASE)
AROUND = re.compile(r"(?P<before>\s*(?:\(|(?P<square>\[))).*\n(?P<after>\s*(?(square)\]|\)))", re.DOTALL)
DANGLING = re.compile(r"(?<=\S)\s*[-–—,;/·+&]\s*\Z")  # before a link that is the last of its cell or line
DEFAULT_SEPARATORS = {"headings": " "}  # else a line break


@dataclass(frozen=True)
class Written:
    """A link in the text: the offsets of all of it, of its label and of its address (None: it stands elsewhere)."""

    start: int
    end: int
    label: tuple[int, int]
    href: tuple[int, int] | None
    said: str
    leads: str
    ref: str = ""
    is_bare: bool = False


def links_in(page: Page, region: tuple[int, int], line: int) -> list[Written]:
    start, end = region
    found = []
    for match in LINK.finditer(page.text[start:end]):

        def at(name: str, match: re.Match[str] = match) -> tuple[int, int]:
            return start + match.start(name), start + match.end(name)

        ref, where = "", None
        if match["bare"] or match["auto"]:
            name = "bare" if match["bare"] else "auto"
            label, where, leads = at(name), at(name), match[name]
        elif match["tag_label"] is not None:
            label, where, leads = at("tag_label"), at("tag_href"), match["tag_href"]
        else:
            label = at("label")
            if match["angled"] is not None or match["href"] is not None:
                name = "angled" if match["angled"] is not None else "href"
                where, leads = at(name), match[name]
            else:
                ref = match["ref"] or match["label"]
                known = page.doc.env.get("references", {}).get(" ".join(ref.split()).upper())
                if known is None:
                    continue
                leads = known["href"]
        said = page.text[slice(*label)]
        if "[" in said:  # "[[slides]](1.pdf)", "[![icon](i.png)](1.pdf)": as the reader names it
            named = page.reader.read(match[0], line).links
            said = named[0].label if named else said
        else:
            said = page.reader.plain(said, line)
        is_bare = bool(match["bare"] or match["auto"])
        leads = leads.replace("\\|", "|")
        found.append(Written(start + match.start(), start + match.end(), label, where, said, leads, ref, is_bare))
    return found


def matching(page: Page, region: tuple[int, int], line: int, label: str, href: str) -> list[Written]:
    """The links of a region that the reader gives this label and address."""
    return [
        link
        for link in links_in(page, region, line)
        if href in (link.leads, f"https://{link.leads}") and (link.is_bare or one_line(link.said) == label)
    ]


def address(href: str) -> str:
    """As a link's target takes it."""
    href = href.strip().replace("|", "\\|")
    if re.search(r"[\s<>]", href):
        return f"<{re.sub(r'[<>]', '', href)}>"
    return re.sub(r"([()])", r"\\\1", href) if href.count("(") != href.count(")") else href


def link_text(label: str, href: str, page: Page | None = None) -> Iterator[str]:
    for said in page.put(label) if page else dict.fromkeys((in_cell(label), literal(label))):
        if page and page.made_of == "html":
            yield f'<a href="{escape(href.strip())}">{said}</a>'
            continue
        yield f"[{said}]({address(href)})"


def changed(page: Page, region: tuple[int, int], line: int, old: dict, new: dict) -> Iterator[Changes]:
    """A link with another label or address, at its own place."""
    for link in matching(page, region, line, old["label"], old["href"]):
        if link.is_bare or (link.href is None and not page.text[link.start : link.end].endswith("]")):
            for text in link_text(new["label"], new["href"], page):
                yield [Change(link.start, link.end, text)]
            continue
        for said in page.put(new["label"]):
            renamed = [Change(*link.label, said)] if new["label"] != old["label"] else []
            if new["href"] == old["href"]:
                yield renamed
            elif link.href:
                put = address(new["href"]) if page.made_of != "html" else escape(new["href"].strip())
                if page.text[link.href[0] - 1] == "<" and put.startswith("<"):
                    put = put[1:-1]
                yield [*renamed, Change(*link.href, put)]
            else:
                yield from ([*renamed, *place] for place in _defined(page, link, new["href"]))
        for text in link_text(new["label"], new["href"], page):
            yield [Change(link.start, link.end, text)]
            yield [Change(link.start, link.end, f"[{text}]")]  # beside the title, and no part of it
            yield [
                Change(link.start, link.end, f"{page.text[slice(*link.label)]} [{text}]")
            ]  # the title keeps its words


def _defined(page: Page, link: Written, href: str) -> Iterator[Changes]:
    """Where `[ref]: address` stands."""
    pattern = rf"^[ \t]{{0,3}}\[{re.escape(link.ref)}\]:[ \t]*<?(?P<href>[^\s<>]+)"
    for match in re.finditer(pattern, page.text, re.MULTILINE | re.IGNORECASE):
        yield [Change(*match.span("href"), href.strip())]


def removed(page: Page, region: tuple[int, int], line: int, old: dict) -> Iterator[Changes]:
    """A link taken out together with what parted it from the others; where it is the title as well, its text stays."""
    every = links_in(page, region, line)
    for link in matching(page, region, line, old["label"], old["href"]):
        start, end = link.start, link.end
        text = page.text
        while around := AROUND.match(text[region[0] : start][::-1] + "\n" + text[end : region[1]]):
            start, end = start - len(around["before"]), end + len(around["after"])
        position = every.index(link)
        before = every[position - 1] if position else None
        following = every[position + 1] if position + 1 < len(every) else None
        if before and SEPARATOR.match(text[before.end : start]):
            yield [Change(before.end, end, "")]
        elif following and SEPARATOR.match(text[end : following.start]):
            yield [Change(start, following.start, "")]
        if not text[end : region[1]].strip() and (dangling := DANGLING.search(text, region[0], start)):
            yield [Change(dangling.start(), end, "")]
        while start > region[0] and text[start - 1] == " ":
            start -= 1
        is_all = (start, end) == region and text[start - 1 : start] == " " == text[end : end + 1]
        yield [Change(start, end + is_all, "")]
        yield [Change(link.start, link.end, text[slice(*link.label)])]


def usual_column(page: Page, label: str) -> int | None:
    """The column in which other rows have a link of this label most often."""
    found = (
        index
        for number in page.rows
        for index, span in enumerate(page.cells(number) or ())
        for link in links_in(page, span, number)
        if fold(link.said) == fold(label)
    )
    return next((index for index, _count in Counter(found).most_common(1)), None)


def separator(page: Page) -> str:
    """What stands between two links in the cells of this schedule most often."""
    votes: dict[str, int] = {}
    for number in page.rows:
        for index, span in enumerate(page.cells(number) or ()):
            if index in page.columns("material", "directed_work"):
                links = links_in(page, span, number)
                for one, other in itertools.pairwise(links):
                    between = page.text[one.end : other.start]
                    if between and SEPARATOR.match(between):
                        votes[between] = votes.get(between, 0) + 1
    return max(votes, key=lambda text: votes[text]) if votes else DEFAULT_SEPARATORS.get(page.made_of, " <br/> ")
