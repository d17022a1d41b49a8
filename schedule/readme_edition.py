"""Which course and which edition: the code, the title, the season and the year, from the title of the page."""

import re
from dataclasses import replace

from schedule.readme_columns import SHORTCODE
from schedule.readme_dates import MONTH
from schedule.readme_facts import MAX_TITLE, Edition
from schedule.readme_inline import Reader
from schedule.readme_text import SCHEDULE_HEADING, Document, Part, blocks, fold, is_list, items, lines_of

SEASONS = "spring|summer|fall|autumn|winter|printemps|ete|automne|hiver"
YEARS = r"(?P<year>20\d{2})(?:\s*[-/–]\s*(?P<end>20\d{2}|\d{2})(?![\d/-]))?"
SEASON_AND_YEAR = re.compile(
    rf"\b(?P<season>{SEASONS})\b(?:\s+(?:semester|term|semestre|session|quarter))?[\s,'’-]*{YEARS}"
    rf"|(?<![\d/.-]){YEARS.replace('year', 'year_2').replace('end', 'end_2')}[\s,-]*(?P<season_2>{SEASONS})\b"
    rf"|\b(?P<season_3>{SEASONS})\s{{0,9}}(?P<mark>['’]\s?)?(?P<year_3>[1-4]\d)(?(mark)\b|(?=\s{{0,9}}(?:[)\]]|$)))"
)
# "F25", "SP26" as a word of the title, in capitals; "(H26)" for "hiver".
SHORT = re.compile(r"(?<![\w-])(?P<word>FA?|SP?|SU|WI?|AU|(?<=[(\[])[AEH])['’]?(?P<year_4>[1-4]\d)(?![\w-])")
SHORT_SEASONS = {
    short: season
    for season, words in {
        "fall": "F FA", "spring": "S SP", "summer": "SU", "winter": "W WI", "autumn": "AU",
        "hiver": "H", "été": "E", "automne": "A",
    }.items()
    for short in words.split()
}  # fmt: skip
# Parts of a year that are no season of the site.
TERMS = r"(?:iap|j-?term|january term|may ?mester|michaelmas|hilary|trinity|lent)(?: term)?|hs|fs|ws|ss|wise|sose"
# "2025-2026 · Master 2" opens a line.
TWO_YEARS = re.compile(r"^\W*(?P<year>20\d{2})\s*[-/–]\s*(?P<end>20\d{2})(?=\s*(?:$|[·|,;–—-]))")
YEAR_ALONE = re.compile(rf"(?<![\w/.-]){YEARS}(?:[- ]?[wstq][1-4])?(?![\w/.-])")  # "2024W1" is a year with its term
ACADEMIC = re.compile(
    rf"\b(?:academic year|annee(?: (?:academique|universitaire|scolaire))?|edition"
    rf"|(?:semest(?:er|re)|trimest(?:er|re)|term|quarter|bloc)(?:\s?\d)?|{TERMS}|[qst][1-4])\b\W{{0,3}}{YEARS}"
    rf"|(?<![\d/.-]){YEARS.replace('year', 'year_2').replace('end', 'end_2')}\W{{1,3}}"
    rf"(?:(?:semest(?:er|re)|trimest(?:er|re)|term|quarter|bloc)\s?\d|{TERMS}|[qst][1-4])\b"
)
# "January 2026", "January 5 - 9, 2026"; not the day on which something was written.
MONTHLY = re.compile(rf"\b(?:{MONTH})\b\.?(?:\s\d{{1,2}}(?:\s?[-–]\s?\d{{1,2}})?,)?\s(?P<year>20\d{{2}})(?![\d/-])")
NOT_MONTHLY = re.compile(
    r"\b(?:since|updat\w*|publish\w*|releas\w*|creat\w*|start\w*|founded|launch\w*|first|version|licen[cs]e|copyright"
    r"|depuis|mis[ea]? a jour|cree\w*|last|as of)\b[^.!?]{0,60}$"
)
CODE = re.compile(
    r"\b(?:\d{2}-\d{3}(?:/(?:\d{2}-)?\d{3})*|[A-Z]{2,8}-[A-Z]{1,3}[- ]?\d{2,5}"
    r"|(?!(?:SS|WS|HS|FS|AS|AY|SP|FA|SU|WI)[ -]?20\d\d\b)"  # "WS 2025"
    r"(?:[A-Z]{2,8}[ -]?(?!\d{2}-\d{3}\b)\d{2,5}|[A-Z]\d{3,5}|[A-Z]{1,3}\d[A-Z]{2,4}\d{2,4})"
    r"(?:[A-Z]{0,3}|[HY]\d[FSY]?|[a-z])(?:[-/][A-Z]*\d{1,5})?"
    r"|\d{1,2}\.S?\d{2,4}[A-Z]?)(?![\w.])"
    r"|^[A-Z]{2,8}\d*(?=\s*(?:[-–—:|]))"
    r"|^(?:\d{3}-\d{4}-\d{2}[A-Z]|(?!(?:19|20)\d\d\b)\d{5,6})(?=\s*[-–—:|]?\s*[A-ZÀ-Ý])"
)
EDITION_WORD = re.compile(r"^\s*[ée]dition\b", re.IGNORECASE)  # "2025-2026 edition"
BESIDE_CODE = re.compile(r"\s?[/&]\s?(?=\S)")
BEFORE_EDITION = re.compile(
    rf"\b(?:academic year|ay|annee (?:academique|universitaire|scolaire)|semest(?:er|re)|term|session|quarter|trimestre"
    rf"|[qst][1-4]|{TERMS}|{MONTH})"
    r"\W{0,3}(?:d['’]|de l['’]|de|du|of)?\s{0,9}$"
)
DECORATION = re.compile(r"[\u2190-\u2bff\ufe0f\u200d\U0001f000-\U0001faff]")  # arrows, signs, emoji
HTML_TITLE = re.compile(r"<h1\b[^<>]{0,300}>(?P<text>.{1,500}?)</h1\s*>", re.DOTALL | re.IGNORECASE)
TAG = re.compile(r"<[^<>]*>")
PICTURES = re.compile(r"^(?:\s|\[?!\[[^\[\]]*\](?:\([^()]*\)|\[[^\[\]]*\])(?:\]\([^()]*\)|\]\[[^\[\]]*\])?)*$")
INTRODUCTION = 2000  # characters of a paragraph in which a month of the course is looked for
YEAR_GROUPS = ("year", "year_2", "year_3", "year_4")
SEPARATORS = " \t-‐‑–—:|,;·_"


def read_edition(doc: Document, reader: Reader) -> tuple[Edition, Part | None]:
    """The edition, and the part of the document below its title."""
    part, text, line = _title(doc)
    if part is None:
        return Edition(), None
    plain = reader.plain(text, line)
    edition = replace(_parse(plain), line=line)
    if edition.year is None:
        edition = _from_introduction(doc, reader, edition, part)
    return edition, part


def _title(doc: Document) -> tuple[Part | None, str, int]:
    """A short line before the first heading that names a code or a year, or a heading in HTML; else the first one."""
    before = next(iter(blocks(doc.parts[0].tokens)), None)
    if before and before[0].type == "paragraph_open":
        text = before[1].content.split("\n")[0]
        if len(text) <= 120 and not text.endswith(".") and _is_title(text, doc.parts[1:]):
            return doc.parts[0], text, lines_of(before)[0] + 1
    for token in doc.parts[0].tokens:
        if token.type == "html_block" and token.map and (match := HTML_TITLE.search(token.content)):
            line = token.map[0] + token.content.count("\n", 0, match.start()) + 1
            return doc.parts[0], TAG.sub(" ", match["text"])[:500], line
    if len(doc.parts) > 1:
        return doc.parts[1], doc.parts[1].heading[:500], doc.parts[1].line + 1
    return None, "", 1


def _is_title(text: str, below: list[Part]) -> bool:
    if CODE.match(text) or SEASON_AND_YEAR.search(fold(text)):
        return True
    is_topped = bool(below) and not SCHEDULE_HEADING.search(fold(below[0].heading))
    return not is_topped and bool(CODE.search(text) or YEAR_ALONE.search(text))


def _parse(text: str) -> Edition:
    folded = fold(text)
    season, year, end, rest, inside = "", None, None, text, ""
    if match := SEASON_AND_YEAR.search(folded) or YEAR_ALONE.search(folded) or SHORT.search(text):
        season, year, end = _values(match, text)
        opening = max(text.rfind("[", 0, match.start()), text.rfind("(", 0, match.start()))
        closing = re.compile(r"[\])]").search(text, match.end())
        if opening >= 0 and closing and not re.search(r"[\])]", text[opening : match.start()]):
            rest = text[:opening] + " " + text[closing.end() :]
            inside = f"{text[opening + 1 : match.start()]} {text[match.end() : closing.start()]}"
        else:
            opens = BEFORE_EDITION.search(folded, 0, match.start())
            after = EDITION_WORD.sub("", text[match.end() :])
            rest = f"{text[: opens.start() if opens else match.start()]} {after}"
    code = code_in(inside)  # "Vision (CS 231N, Spring 2026)"
    if found := CODE.search(rest):
        code = code_in(rest)
        after = rest[found.start() + len(code) :]
        rest = rest[: found.start()].rstrip() + (after if after.startswith(":") else f" {after}")
    title = re.sub(r"\(\s*\)|\[\s*\]", " ", rest)
    title = DECORATION.sub(" ", SHORTCODE.sub(" ", title))
    title = re.sub(r"(?:\s*[,;])+(?=\s*[,;])|\s+(?=[,;])", "", title)
    title = re.sub(r"(?:\s[|·])+(?=\s[|·]\s)", "", " ".join(title.split())).strip(SEPARATORS)
    return Edition(code, title[:MAX_TITLE], season, year, end)


def code_in(text: str) -> str:
    """The first code that a text names, or two of them ("6.824 / 6.5840"); empty where there is none."""
    code = CODE.search(text)
    if code is None:
        return ""
    beside = BESIDE_CODE.match(text, code.end())
    other = CODE.match(text, beside.end()) if beside else None
    return text[code.start() : (other or code).end()]


def _values(match: re.Match[str], text: str) -> tuple[str, int, int | None]:
    groups = match.groupdict()
    name = next((name for name in ("season", "season_2", "season_3") if groups.get(name)), "")
    season = text[match.start(name) : match.end(name)].lower() if name else ""
    if word := groups.get("word"):
        season = SHORT_SEASONS[word]
    year = full_year(next(groups[name] for name in YEAR_GROUPS if groups.get(name)))
    written = groups.get("end") or groups.get("end_2")
    end = int(written) if written and len(written) == 4 else year // 100 * 100 + int(written) if written else None
    return season, year, end if end == year + 1 else None


def full_year(written: str) -> int:
    return int(written) + (2000 if len(written) < 4 else 0)


def _from_introduction(doc: Document, reader: Reader, edition: Edition, title: Part) -> Edition:
    """ "Fall 2025" in the first lines below the title; a year alone is an edition only in a heading right below it."""
    months: list[re.Match[str]] = []
    inlines = (token.content for part in doc.parts[:2] for token in part.tokens if token.type == "inline")
    opened = [line for text in inlines for line in text.split("\n") if TWO_YEARS.match(fold(line[:INTRODUCTION]))]
    for part in doc.parts[:2]:
        for block in list(blocks(part.tokens))[:4]:
            texts = [item.text for item in items(block)] if is_list(block) else [t.content for t in block[1:2]]
            for text in texts:
                plain = reader.plain(text, lines_of(block)[0] + 1)
                folded = fold(plain)
                years = TWO_YEARS.match(folded) if len(opened) == 1 else None  # of several it is not clear which
                if match := SEASON_AND_YEAR.search(folded) or ACADEMIC.search(folded) or years:
                    return _dated(edition, match, plain)
                months += months_in(fold(plain[:INTRODUCTION]))
    below = doc.parts.index(title) + 1
    for part in doc.parts[below : below + 2] if _says_nothing(title) else ():
        plain = reader.plain(part.heading[:500], part.line + 1)
        is_below = part.level > title.level or part is subtitle_of(doc, title)
        if is_below and (found := from_heading(edition, plain)):
            return replace(found, code=edition.code or code_in(plain))
        if part.tokens:
            break
    return _dated(edition, months[0], "") if len({match["year"] for match in months}) == 1 else edition


def subtitle_of(doc: Document, title: Part) -> Part | None:
    """The heading right below a title, of any level, where it names the season and the year: a line of the title."""
    part = next(iter(doc.parts[doc.parts.index(title) + 1 :]), None)
    if part is None or not _says_nothing(title):
        return None
    heading = fold(part.heading[:500])
    return part if SEASON_AND_YEAR.search(heading) and not SCHEDULE_HEADING.search(heading) else None


def _says_nothing(title: Part) -> bool:
    """Whether there are only pictures and badges below a title, or there is nothing."""
    texts = [block[1].content for block in blocks(title.tokens) if block[0].type == "paragraph_open"]
    others = (block[0].type for block in blocks(title.tokens))
    return all(map(PICTURES.match, texts)) and all(kind in ("paragraph_open", "html_block", "hr") for kind in others)


def months_in(folded: str) -> list[re.Match[str]]:
    """Where a text says in which month and year the course is."""
    return [
        match
        for match in MONTHLY.finditer(folded)
        if not NOT_MONTHLY.search(folded, max(0, match.start() - 80), match.start())
    ]


def from_heading(edition: Edition, heading: str) -> Edition | None:
    """The edition with the season and the years that a heading names."""
    folded = fold(heading)
    match = SEASON_AND_YEAR.search(folded) or YEAR_ALONE.search(folded)
    return _dated(edition, match, heading) if match else None


def _dated(edition: Edition, match: re.Match[str], text: str) -> Edition:
    season, year, end = _values(match, text)
    return replace(edition, season=edition.season or season, year=year, year_end=end)
