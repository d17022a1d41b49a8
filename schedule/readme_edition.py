"""Which course and which edition: the code, the title, the season and the year, from the title of the page."""

import re
from dataclasses import replace

from schedule.readme_facts import MAX_TITLE, Edition
from schedule.readme_inline import Reader
from schedule.readme_text import Document, Part, blocks, fold, is_list, items, lines_of

SEASONS = "spring|summer|fall|autumn|winter|printemps|ete|automne|hiver"
YEARS = r"(?P<year>20\d{2})(?:\s*[-/–]\s*(?P<end>20\d{2}|\d{2})(?![\d/-]))?"
SEASON_AND_YEAR = re.compile(
    rf"\b(?P<season>{SEASONS})\b(?:\s+(?:semester|term|semestre|session|quarter))?[\s,'’-]*{YEARS}"
    rf"|(?<![\d/.-]){YEARS.replace('year', 'year_2').replace('end', 'end_2')}[\s,-]*(?P<season_2>{SEASONS})\b"
)
YEAR_ALONE = re.compile(rf"(?<![\w/.-]){YEARS}(?![\w/.-])")
CODE = re.compile(
    r"\b(?:(?:[A-Z]{2,8}[ -]?\d{2,5}|[A-Z]\d{3,5})[A-Z]{0,3}(?:[-/][A-Z]*\d{1,5})?|\d{1,2}\.S?\d{2,4}[A-Z]?)(?![\w.])"
    r"|^[A-Z]{2,8}\d*(?=\s*(?:[-–—:|]))"
)
SEPARATORS = " \t-–—:|,;·_"


def read_edition(doc: Document, reader: Reader) -> tuple[Edition, Part | None]:
    """The edition, and the part of the document below its title."""
    part, text, line = _title(doc)
    if part is None:
        return Edition(), None
    plain = reader.plain(text, line)
    edition = replace(_parse(plain), line=line)
    if edition.year is None:
        edition = _from_introduction(doc, reader, edition)
    return edition, part


def _title(doc: Document) -> tuple[Part | None, str, int]:
    """A short line before the first heading that names a code or a year, else the first heading."""
    before = next(iter(blocks(doc.parts[0].tokens)), None)
    if before and before[0].type == "paragraph_open":
        text = before[1].content.split("\n")[0]
        if len(text) <= 120 and (CODE.match(text) or SEASON_AND_YEAR.search(fold(text))) and not text.endswith("."):
            return doc.parts[0], text, lines_of(before)[0] + 1
    if len(doc.parts) > 1:
        return doc.parts[1], doc.parts[1].heading[:500], doc.parts[1].line + 1
    return None, "", 1


def _parse(text: str) -> Edition:
    folded = fold(text)
    season, year, end, rest = "", None, None, text
    if match := SEASON_AND_YEAR.search(folded) or YEAR_ALONE.search(folded):
        season, year, end = _values(match, text)
        opening = max(text.rfind("[", 0, match.start()), text.rfind("(", 0, match.start()))
        closing = re.compile(r"[\])]").search(text, match.end())
        if opening >= 0 and closing and not re.search(r"[\])]", text[opening : match.start()]):
            rest = text[:opening] + " " + text[closing.end() :]
        else:
            rest = text[: match.start()] + " " + text[match.end() :]
    code = CODE.search(rest)
    if code:
        rest = rest[: code.start()] + " " + rest[code.end() :]
    title = re.sub(r"\(\s*\)|\[\s*\]", " ", rest)
    title = " ".join(title.split()).strip(SEPARATORS)
    return Edition(code[0] if code else "", title[:MAX_TITLE], season, year, end)


def _values(match: re.Match[str], text: str) -> tuple[str, int, int | None]:
    groups = match.groupdict()
    name = "season_2" if groups.get("season_2") else "season"
    season = text[match.start(name) : match.end(name)].lower() if groups.get(name) else ""
    year = int(groups["year"] or groups["year_2"])
    written = groups.get("end") or groups.get("end_2")
    end = int(written) if written and len(written) == 4 else year // 100 * 100 + int(written) if written else None
    return season, year, end if end == year + 1 else None


def _from_introduction(doc: Document, reader: Reader, edition: Edition) -> Edition:
    """ "Fall 2025" in the first lines below the title; a year without a season is no edition there."""
    for part in doc.parts[:2]:
        for block in list(blocks(part.tokens))[:4]:
            texts = [item.text for item in items(block)] if is_list(block) else [t.content for t in block[1:2]]
            for text in texts:
                plain = reader.plain(text, lines_of(block)[0] + 1)
                if match := SEASON_AND_YEAR.search(fold(plain)):
                    season, year, end = _values(match, plain)
                    return replace(edition, season=season, year=year, year_end=end)
    return edition
