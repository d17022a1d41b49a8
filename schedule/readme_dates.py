"""Dates as course pages write them, in English and French: where they stand and what they say.

Everything works on the text as written, so that a date's place is known (redate.py writes there).
"""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass

from schedule.readme_text import fold

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan janvier janv",
            "february februar feb fevrier fevr fev",
            "march mar mars",
            "april apr avril avr",
            "may mai",
            "june jun juin",
            "july jul juillet juil",
            "august aug aout",
            "september sept sep septembre",
            "october oct octobre",
            "november nov novembre",
            "december dec decembre",
        ),
        start=1,
    )
    for name in names.split()
}
WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "monday mon lundi lun",
            "tuesday tues tue mardi mar",
            "wednesday wed mercredi mer",
            "thursday thurs thur thu jeudi jeu",
            "friday fri vendredi ven",
            "saturday sat samedi sam",
            "sunday sun dimanche dim",
        )
    )
    for name in names.split()
}
FRENCH_INITIALS = {"l": (0,), "m": (1, 2), "j": (3,), "v": (4,), "s": (5,), "d": (6,)}

MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_WEEKDAY = "|".join(sorted(WEEKDAYS, key=len, reverse=True))
_GAP, _SPACE = r"\s{0,9}", r"\s{1,9}"  # bounded: a line of blanks must not cost its square
_DASH = rf"{_GAP}-?{_GAP}"
_ORDINAL = r"(?:\s?(?P<{0}>st|nd|rd|th|er|eme|e)\b)?"
_YEAR = r"(?:19|20)\d{2}"
_TO = r"(?:-|–|—|→|~|\.{2,3}|&|\+|,|to|till?|until|through|au|a|et|and|or|jusqu'au)"
_ARTICLES = rf"(?:(?:the|le|du|on|{_WEEKDAY})\b[.,]?{_GAP}){{0,3}}"

ATOM = re.compile(
    rf"""(?<![\d/:])(?<!\d\.)(?:
      (?P<iso_year>\d{{4}})(?P<iso>[-/.])(?P<iso_month>\d{{1,2}})(?P=iso)(?P<iso_day>\d{{1,2}})(?!\d)
    | (?P<one>\d{{1,2}})(?P<sep>[-/.])(?P<two>\d{{1,2}})(?:(?P=sep)(?P<num_year>\d{{4}}|\d{{2}}))?
      (?!\d|[/:.]\d|-(?!\d{{1,2}}(?!-)(?P=sep)\d{{1,2}}(?!\d))\d|h\d|\.?{_GAP}(?:{MONTH})\b)
    | (?P<day>\d{{1,2}}){_ORDINAL.format("ordinal")}\.?{_DASH}(?:of{_SPACE}|de{_SPACE}|d')?(?P<month>{MONTH})\b\.?
      (?:,?{_GAP}(?P<year>{_YEAR})(?!\d)|-(?P<short_year>\d{{4}}|\d{{2}})(?!\d|st|nd|rd|th|\.?{_DASH}(?:of{_SPACE}|de{_SPACE})?(?:{MONTH})\b))?
    | (?<![a-z])(?P<month_2>{MONTH})\b\.?{_DASH}(?:the{_SPACE})?(?P<day_2>\d{{1,2}}){_ORDINAL.format("ordinal_2")}
      (?!\d|:\d|/(?!(?:1[3-9]|2\d|3[01])(?![\d/]))\d|h\d|\.\d|{_GAP}(?:of{_SPACE})?(?:{MONTH})\b)(?:,?{_GAP}(?P<year_2>{_YEAR})(?!\d))?
    )""",
    re.VERBOSE,
)
# A number behind one of these counts before a comma or a dash with spaces: "Project 1 – 9 March" is one day.
COUNTED = re.compile(
    r"(?<!\w)(?:week|semaine|lecture|sprint|milestone|ms|jalon|session|seance|project|projet|livrable"
    r"|cours|assignment|homework|hw"
    r"|quiz|lab|tp|td|phase|part|team|group|groupe|midterm)\s\d{1,2}\s?(?:,|\s[-–—]\s)"
)
NONE_OF = re.compile(r"\b(?:no\b|pas de\b|pas d['’])[^.,;:]*$")  # "no lab 3 - 7 March": the days without one
DAY_BEFORE = re.compile(
    rf"(?<![\w/:.,])(?P<day>\d{{1,2}}){_ORDINAL.format('ordinal')}\.?{_GAP}(?:{_TO}|/){_GAP}{_ARTICLES}$"
)
DAY_AFTER = re.compile(
    rf"(?!,{_GAP}\d{{1,2}}{_GAP}[-–—]{_GAP}\d)"  # "Oct 24, 6-7:30pm": hours
    rf"(?:{_GAP}{_TO}{_GAP}|(?P<slash>/))(?:the{_SPACE})?(?P<day>\d{{1,2}}){_ORDINAL.format('ordinal')}"
    rf"(?!\d|[:/.]\d|{_GAP}(?:h|am|pm|(?:of{_SPACE})?(?:{MONTH}))\b)(?:,?{_GAP}(?P<year>{_YEAR})(?!\d))?"
)
WORD_BEHIND = re.compile(rf"{_GAP}[^\W\d_]")
BETWEEN = re.compile(rf"{_GAP}(?:\d{{1,2}}[:h]\d{{0,2}})?{_GAP}{_TO}{_GAP}{_ARTICLES}")
TOLD = re.compile(
    rf"(?:\b(?:between|entre|on the|ms ?\d+|milestone ?\d+|jalon ?\d+)\b[\s*_:`–—-]*){_ARTICLES}$|^[\s:]*\($"
)
NO_DATE = re.compile(r"\s*(?:of|de|du|pages?|hours?|points?|pts|h)\b|\s*%")
# "10 Mar-14": the day behind borrows the month before it.
DAY_BEHIND = re.compile(rf"-(?P<day>\d{{1,2}}){_ORDINAL.format('ordinal')}(?![\w/:-]|\.\d)")
LONGEST_MONTH = 31
MONTH_ALONE = re.compile(rf"^[\W_]*(?P<name>{MONTH})[\W_]*(?P<year>{_YEAR})?[\W_]*$")
BARE_DAY = re.compile(
    rf"^[\W_]*(?:(?:{_WEEKDAY})\b[\W_]*)?(?P<first>\d{{1,2}})(?:st|nd|rd|th|er)?"
    rf"(?:{_GAP}(?:[-–—&]|to|and|au|et){_GAP}(?P<last>\d{{1,2}})(?:st|nd|rd|th)?)?(?:[\W_]+(?:{_WEEKDAY}))?[\W_]*$"
)
SENTENCE = 2000  # characters of one statement in which a date is looked for
LETTERS = re.compile(r"[^\W\d_]")
CLOCK = re.compile(r"\d\s?(?:[:hH]|[aApP]\.?[mM])")
NAMED_DAY = re.compile(rf"(?<![a-z])(?:{_WEEKDAY})(?![a-z])")
INITIAL_DAY = re.compile(r"^\W*([lmjvsd])\.?\s+\d")
SHORT_FAMILIES = ("mo tu we th fr sa su", "lu ma me je ve sa di")
SHORT_DAYS = {name: number for names in SHORT_FAMILIES for number, name in enumerate(names.split())}
SHORT_DAY = re.compile(rf"^\W*({'|'.join(SHORT_DAYS)})\b[.,]?\s*(?=\d|(?:{MONTH})\b)")
HIDDEN = re.compile(
    r"~{1,2}[^~]+~{1,2}|<(s|del|strike)\b[^<>]*>[^<]*</\1\s*>|(?<=\])\([^()\s]*(?:\s+\"[^\"]*\")?\)|<[^<>]*>|&(?:nbsp|thinsp|[nm]dash|#8211|#8212);",
    re.IGNORECASE,
)
DASH = re.compile(r"&(?:[nm]dash|#821[12]);", re.IGNORECASE)
MARKUP = re.compile(r"[~<&]|\]\(")
UNCONFIRMED_WORDS = (
    r"(?:tb[acd]\b|to be (?:confirmed|announced|determined|defined|decided|fixed)|tentative|provisional|unconfirmed"
    r"|not (?:yet )?(?:confirmed|fixed|known)|a (?:confirmer|definir|determiner|preciser|fixer|venir)\b|provisoire)"
)
UNCONFIRMED = re.compile(rf"\b{UNCONFIRMED_WORDS}|\?")
DATE_IS_OPEN = re.compile(rf"\bdates?\b[^.;]{{0,80}}\b{UNCONFIRMED_WORDS}|{UNCONFIRMED_WORDS}\s*(?:\)\s*)?dates?\b")
OPEN_BESIDE = re.compile(rf"[\s,(:–-]*(?:date\s+)?{UNCONFIRMED_WORDS}")
_TIME = r"(\d{1,2})\s?(?:([:h])\s?(\d{2})?)?\s?(am|pm|a\.m\.?|p\.m\.?)?"
HOURS = re.compile(rf"(?<![\d/.:]){_TIME}{_GAP}(?:-|–|—|to|a|until|till|and|et){_GAP}{_TIME}(?![\d/])")


@dataclass(frozen=True)
class Field:
    """A number or month name at its place in the text."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Month:
    """A month that stands beside or above the days that it is of."""

    number: int
    name: str  # as written
    year: int | None = None


@dataclass(frozen=True)
class Atom:
    """One written date. A numeric one keeps its two numbers in writing order until a convention says which is the day;
    `month` is None for the first half of "the 2nd and the 5th of March", and for a day below its month (`lent`)."""

    start: int
    end: int
    day: Field
    month: Field | None
    year: Field | None = None
    ordinal: Field | None = None
    numeric: bool = False
    iso: bool = False
    lent: Month | None = None

    @property
    def written_year(self) -> int | None:
        if self.year is None:
            return self.lent.year if self.lent else None
        number = int(self.year.text)
        return number + 2000 if number < 100 else number

    def day_and_month(self, day_first: bool) -> tuple[int, int]:
        if self.month is None:
            return int(self.day.text), self.lent.number if self.lent else 0
        first, second = int(self.day.text), MONTHS.get(fold(self.month.text)) or int(self.month.text)
        return (first, second) if day_first or not self.numeric else (second, first)


@dataclass(frozen=True)
class Span:
    """A day, or a stretch from `first` to `last`, both included."""

    first: Atom
    last: Atom | None = None

    @property
    def start(self) -> int:
        return self.first.start

    @property
    def end(self) -> int:
        return (self.last or self.first).end

    def is_within(self, other: "Span") -> bool:
        """Whether it begins on a day of a longer stretch, whichever number of a date is the day."""
        if other.last is None:
            return False
        return any(
            self._place(other.first, order) <= self._place(self.first, order) <= self._place(other.last, order)
            for order in (True, False)
        )

    @staticmethod
    def _place(atom: Atom, day_first: bool) -> tuple[int, int]:
        day, month = atom.day_and_month(day_first)
        return month, day

    @property
    def atoms(self) -> tuple[Atom, ...]:
        return (self.first, self.last) if self.last else (self.first,)


def visible(text: str) -> str:
    """The text with what does not count (struck text, tags, link targets) blanked, at the same positions."""
    if not MARKUP.search(text):
        return text
    return HIDDEN.sub(lambda match: ("-" if DASH.match(match[0]) else " ").ljust(len(match[0])), text)


def find_spans(text: str, *, prose: bool = False) -> list[Span]:
    """The dates in a cell or a sentence, in order. Prose is stricter: a number like 0/75 or 1.2 is no date there."""
    folded = fold(visible(text))
    atoms: list[Atom] = []
    for match in ATOM.finditer(folded):
        if atom := _atom(match, text, prose, is_told=_is_told(folded, match, atoms)):
            atoms.append(atom)
    spans: list[Span] = []
    position = 0
    while position < len(atoms):
        atom = atoms[position]
        position += 1
        is_alike = position < len(atoms) and atom.numeric == atoms[position].numeric  # not "16 Sep, 8.30 – 10.30"
        if is_alike and BETWEEN.fullmatch(folded, atom.end, atoms[position].start):
            spans.append(Span(atom, atoms[position]))
            position += 1
            continue
        spans.append(_with_bare_day(atom, text, folded, spans[-1].end if spans else 0))
    return spans


def _is_told(folded: str, match: re.Match[str], before: list[Atom]) -> bool:
    """Whether the words around 9/2 say that it is a date and no part of something."""
    if match["sep"] != "/" or NO_DATE.match(folded, match.end()):
        return False
    if before and before[-1].numeric and BETWEEN.fullmatch(folded, before[-1].end, match.start()):
        return True
    opens = match.start() == 0 and match.end() < len(folded.rstrip())
    return bool(opens or TOLD.search(folded, max(0, match.start() - 30), match.start()))


def _atom(match: re.Match[str], text: str, prose: bool, *, is_told: bool) -> Atom | None:
    def at(*names: str) -> Field | None:
        for name in names:
            if match[name]:
                return Field(match.start(name), match.end(name), text[match.start(name) : match.end(name)])
        return None

    numeric = match["one"] is not None
    day, month = at("iso_day", "one", "day", "day_2"), at("iso_month", "two", "month", "month_2")
    if day is None or month is None:
        return None
    year = at("iso_year", "num_year", "year", "short_year", "year_2")
    end = match.end()
    if match["short_year"] and _is_last_day(match):
        year, end = None, match.start("short_year") - 1
    if numeric and year is None:
        whole = match.start() == 0 and match.end() == len(text.rstrip(" ."))
        if match["sep"] == "-" and (prose or not whole):
            return None
        if prose and (match["sep"] == "." or (len(match["two"]) < 2 and not is_told)):
            return None
        if prose and not _possible(int(day.text), int(month.text)):
            return None
    if match["month_2"] == "may" and month.text == "may":  # "you may 2 ..." is a verb
        return None
    ordinal = at("ordinal", "ordinal_2")
    return Atom(match.start(), end, day, month, year, ordinal, numeric, match["iso"] is not None)


def _is_last_day(match: re.Match[str]) -> bool:
    """ "10 Mar-14" are five days, "10-Mar-14" and "28 Mar-14" are one in 2014."""
    between = match.string[match.end("day") : match.start("month")]
    return "-" not in between and int(match["day"]) < int(match["short_year"]) <= LONGEST_MONTH


def _possible(one: int, two: int) -> bool:
    return 1 <= min(one, two) <= 12 and max(one, two) <= 31


def _with_bare_day(atom: Atom, text: str, folded: str, since: int) -> Span:
    """ "the 2nd and the 5th of March", "3-7 February", "Feb 3-7": the day that borrows the other's month."""

    def bare(match: re.Match[str]) -> tuple[Field, Field | None]:
        day = Field(match.start("day"), match.end("day"), match["day"])
        ordinal = match["ordinal"]
        return day, Field(match.start("ordinal"), match.end("ordinal"), ordinal) if ordinal else None

    if atom.month and atom.month.start < atom.day.start and not atom.iso and not atom.numeric:
        match = DAY_AFTER.match(folded, atom.end)
        if match and match["slash"]:  # "March 13/15", but no "March 13/15 slots"
            is_later = int(match["day"]) > int(atom.day.text)
            match = match if is_later and not WORD_BEHIND.match(folded, match.end()) else None
        if match:
            day, ordinal = bare(match)
            year = Field(match.start("year"), match.end("year"), match["year"]) if match["year"] else None
            return Span(atom, Atom(day.start, match.end(), day, None, year, ordinal))
    elif not atom.numeric and not atom.year and (match := DAY_BEHIND.match(folded, atom.end)):
        day, ordinal = bare(match)
        if int(atom.day.text) < int(day.text) <= LONGEST_MONTH:
            return Span(atom, Atom(day.start, match.end(), day, None, None, ordinal))
    elif not atom.iso and (match := DAY_BEFORE.search(folded, max(since, atom.start - 80), atom.start)):
        if _is_counted(folded, match.start("day")):
            return Span(atom)
        day, ordinal = bare(match)
        return Span(Atom(day.start, (ordinal or day).end, day, None, None, ordinal), atom)
    return Span(atom)


def _is_counted(folded: str, at: int) -> bool:
    first = max(0, at - 40)
    found = next((found for found in COUNTED.finditer(folded, first, at + 9) if found.start() < at < found.end()), None)
    return found is not None and not NONE_OF.search(folded, first, found.start())


def month_in(text: str) -> Month | None:
    """The month that is all a cell says, with or without its year."""
    match = MONTH_ALONE.match(fold(text))
    if match is None:
        return None
    name = text[match.start("name") : match.end("name")]
    return Month(MONTHS[match["name"]], name, int(match["year"]) if match["year"] else None)


def bare_day(text: str, month: Month) -> Span | None:
    """The day or the days of a cell that names no month, such as "3", "Mon 10" or "3-7"."""
    match = BARE_DAY.match(fold(visible(text)))
    if match is None:
        return None
    atoms = [
        Atom(match.start(name), match.end(name), Field(*match.span(name), match[name]), None, lent=month)
        for name in ("first", "last")
        if match[name]
    ]
    return Span(*atoms)


def without_dates(text: str) -> str:
    """A sentence with a mark in place of each date: what else it says."""
    for span in reversed(find_spans(text, prose=True)):
        text = f"{text[: span.start]}\0{text[span.end :]}"
    return text


def says_same_of(days: Iterable[dt.date | None], was: str, now: str) -> bool:
    """Whether a text differs in its dates alone, and those that it has now are among these days."""
    if without_dates(was) != without_dates(now):
        return False
    known = {(day.day, day.month) for day in days if day}
    for span in find_spans(now, prose=True):
        month = next((atom.day_and_month(True)[1] for atom in span.atoms if atom.month), 0)
        for atom in span.atoms:
            pairs = (
                {atom.day_and_month(order) for order in (True, False)} if atom.month else {(int(atom.day.text), month)}
            )
            if not pairs & known:
                return False
    return True


def weekdays_in(text: str) -> tuple[int, ...]:
    """The weekdays (Monday is 0) that a date cell names; a French initial may stand for two."""
    if not LETTERS.search(text):
        return ()
    folded = fold(visible(text))
    if match := INITIAL_DAY.match(folded):
        return FRENCH_INITIALS[match[1]]
    if match := SHORT_DAY.match(folded):
        return (SHORT_DAYS[match[1]],)
    months = [atom.span() for atom in ATOM.finditer(folded)]
    names = [name for name in NAMED_DAY.finditer(folded) if not any(s <= name.start() < e for s, e in months)]
    return tuple(WEEKDAYS[name[0]] for name in names[:1])


def hours_in(text: str) -> tuple[dt.time, dt.time] | None:
    """ "from 13:00 to 16:30", "9h45-13h", "8:30 AM to 12:30"; None where no stretch of a day is said."""
    if not CLOCK.search(text):
        return None
    for match in HOURS.finditer(fold(visible(text))):
        h1, mark1, m1, half1, h2, mark2, m2, half2 = match.groups()
        if not (mark2 or half2) or not (mark1 or half1 or half2):
            continue
        begins, ends = _minutes(h1, m1, half1 or half2), _minutes(h2, m2, half2)
        if half1 is None and half2 and begins >= ends:
            begins -= 12 * 60
        if ends <= begins:
            ends += 12 * 60  # "8:30 AM to 12:30 AM" is a slip for noon
        if 0 <= begins < ends < 24 * 60:
            return dt.time(*divmod(begins, 60)), dt.time(*divmod(ends, 60))
    return None


def is_only_hours(text: str) -> bool:
    """Whether a text says a stretch of a day, as `hours_in` reads it, and nothing else."""
    folded = fold(visible(text)).strip()
    return hours_in(text) is not None and bool(HOURS.fullmatch(re.sub(r"^(?:from|de)\s+", "", folded)))


def _minutes(hour: str, minute: str | None, half: str | None) -> int:
    number = int(hour)
    if half:
        number = number % 12 + (12 if half.startswith("p") else 0)
    return number * 60 + int(minute or 0)


def best_span(text: str) -> Span | None:
    """The span of a sentence that says when something takes place: a stretch first, a day to hand in by last."""
    text = text[:SENTENCE]
    spans = find_spans(text, prose=True)
    folded = fold(text)

    def rank(span: Span) -> int:
        before = folded[: span.start].rstrip().removesuffix(" the").removesuffix(" le").rstrip()
        if re.search(r"\b(?:before|by|until|due|deadline|avant|jusqu'au)$", before):
            return 2
        return 0 if span.last else 1

    return min(spans, key=rank, default=None)


def is_open(text: str, span: Span | None) -> bool:
    """Whether the date itself is still to be confirmed; rooms or slots that follow later do not make it so."""
    folded = fold(visible(text))
    if span is None or DATE_IS_OPEN.search(folded):
        return True
    return bool(OPEN_BESIDE.match(folded, span.end))


def beside_date(text: str, span: Span) -> str:
    """What a cell says beside its date."""
    return f"{text[: span.start]} {text[span.end :]}".strip()
