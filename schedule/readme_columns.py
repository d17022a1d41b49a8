"""The columns of a schedule by the words of their headers, and its rows: cells as Markdown, and where they stand."""

import functools
import re
from dataclasses import dataclass, field

from schedule.readme_dates import Month, month_in
from schedule.readme_facts import Column
from schedule.readme_text import Part, fold

FIELDS = {
    word: name
    for name, words in {
        "date": "date|dates|day|days|jour|jours|date et heure|when|quand|datum|w/c|w/b|week commencing"
        "|week beginning|week of|semaine du",
        "week": "week|weeks|week no|week number|wk|semaine|semaines|sem|session|sessions|lecture|lectures"
        "|lecture no|lecture number|lec|lec no|lesson|lessons|lecon|lecons|seance|seances|nr|no|n°|num|number|numero"
        "|cours|class",
        "sprint": "sprint|sprints|phase|module|modules",
        "topic": "topic|topics|description|content|contents|contenu|contenus|item|sujet|sujets|theme|themes|subject"
        "|subjects|title|titre|lecture title|matiere",
        "material": "material|materials|slides|slide|supports|support|support de cours|supports de cours|reading"
        "|readings|reference|references|video|videos|diapos|diapositives|recording|recordings|lecture notes"
        "|reading list|lectures a lire|lectures suggerees|lectures recommandees",
        "directed_work": "directed work|directed works|demo or directed work|demo|demos|lab|labs|tp|tps|td|tds|activite"
        "|activites|atelier|ateliers|tutorial|tutorials|exercise|exercises|exercice|exercices"
        "|labo|labos|laboratoire|laboratoires|laboratory|practical|practicals"
        "|travaux pratiques|travaux diriges",
        "assignment": "assignment|assignments|hw|hws|homework|homeworks|due|deadline|deadlines|due date|due dates"
        "|date due|devoir|devoirs|remise|rendu|echeance|echeances|date de remise|a rendre|livrable|livrables"
        "|deliverable|deliverables",
        "time": "heure|heures|time|hour|hours|horaire|horaires",
        "type": "type",
        "teacher": "enseignant|enseignants|enseignante|teacher|teachers|presenter|presenters|lecturer|lecturers"
        "|speaker|speakers|instructor|instructors|intervenant|intervenants|intervenante|professeur|qui|who",
        "room": "room|rooms|salle|salles|local|location|lieu|place|where|ou",
    }.items()
    for word in words.split("|")
}
# A column of these may hold the topics where no other column does ("Date, Lecture, Readings").
TOPIC_TOO = (
    *("lecture", "lectures", "lesson", "lessons", "session", "sessions", "seance", "seances"),
    *("cours", "class", "module", "modules", "etape", "etapes", "step", "steps"),
    *("activite", "activites", "activities", "cm", "cours magistral", "what", "quoi"),
    *("event", "events", "activity", "programme", "program", "agenda"),
)
# Words around the one that counts: "lecture date", "suggested readings", "topics covered", "date de la séance".
QUALIFIERS = frozenset(
    re.findall(
        r"\w+",
        "lecture course class cours seance session tentative planned proposed suggested required recommended optional"
        " additional main key covered event sheet sheets"
        " the a of for in de du des la le les d l prevu prevus prevue optionnel",
    )
)
WEEK_INITIALS = frozenset("ws")  # "W", "S": weeks where the cells count upward
WEEK = re.compile(r"\b(?:weeks?|wk|semaines?|sem)\b")
MONTH_COLUMN = frozenset(("month", "months", "mois"))
SAMPLE = 50  # rows that say what kind a column is
LABEL = 40  # characters of a cell that is a label
COUNT = re.compile(r"\W*[^\W\d_]{0,8}\W*\d{1,2}\W*")
DAY_AND_MONTH = re.compile(r"\W*(?P<one>\d{1,2})[./](?P<two>\d{1,2})\.?\W*")
LAST_MONTH, LAST_DAY = 12, 31
WEEKS = re.compile(rf"{COUNT.pattern}(?:[-–,&]\s?\d{{1,2}}\W*)?")
SHORTCODE = re.compile(r":[a-z][a-z0-9_+-]{1,40}:")
JOINED = re.compile(r"\s*[/&+,]\s*|\s+(?:and|or|et|ou)\s+")
# What may stand beside a word that counts: "HW / Project", "TP / projet", "Readings & notes".
BESIDE = frozenset(
    re.findall(r"\w+", "project projects projet projets quiz quizzes notes links liens resources ressources")
)
DUE_WORDS = frozenset(["due", "deadline", "deadlines", "remise", "echeance", "rendu", "rendre", "remettre"])
# Two fields in one column: the first is what the column is read as.
TOGETHER = (("date", {"week", "time"}), ("topic", {"material", "directed_work", "type", "week"}))


@dataclass(frozen=True)
class Place:
    """From a line and column to another (excluded), both from 0."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True)
class Row:
    """A schedule row: its cells as Markdown, in the order of the table's columns. `line` counts from 1."""

    line: int
    cells: tuple[str, ...]
    count: int  # cells written, before padding or cutting
    beyond: tuple[str, ...] = ()  # cells that the header has no column for
    piped: bool = True
    places: tuple[Place | None, ...] = ()  # of the cells, where no pipes say it
    whole: Place | None = None
    week_of: str = ""  # in a calendar or grid: the class's own cell with a date, else one beside it
    weekday: int | None = None  # of the column that a class without a date of its own stands in
    is_before: bool = False  # in a calendar: that day is before the one of `week_of`
    again: bool = False  # another class of a line that was read before

    @property
    def is_heading(self) -> bool:
        """Whether one cell of several says all: a heading of the rows below, or what a stretch of them is."""
        return len(self.cells) > 1 and sum(map(bool, self.cells)) == 1


@dataclass(eq=False)
class Table:
    headers: list[str]  # as Markdown
    rows: list[Row]
    line: int
    part: Part
    made_of: str = "table"  # table, html, headings
    blocks: list[tuple[int, int]] = field(default_factory=list)  # lines (from 0) that it stands in
    columns: list[Column] = field(default_factory=list)
    summary: str = ""  # of the fold (<details>) that it stands in
    headed: dict[int, Month] = field(default_factory=dict)  # months that stand as headings above rows, by their lines

    # Of a calendar the cells with a date: line, cell, header.
    day_cells: list[tuple[int, str, str]] = field(default_factory=list)

    @functools.cached_property
    def places(self) -> dict[str, list[tuple[int, str]]]:
        """Of each field its columns: position and header."""
        places: dict[str, list[tuple[int, str]]] = {}
        for index, column in enumerate(self.columns):
            places.setdefault(column.field, []).append((index, column.header))
        return places

    @functools.cached_property
    def months(self) -> dict[int, Month]:
        """Of each row by its line the month above or beside it: in a heading, a row or a column of its own."""
        months: dict[int, Month] = {}
        own = next(
            (index for index, column in enumerate(self.columns) if normalised(column.header) in MONTH_COLUMN), None
        )
        month = None
        for row in self.rows:
            month = self.headed.get(row.line, month)
            filled = [cell for cell in row.cells if cell]
            if own is not None and own < len(row.cells):
                month = month_in(row.cells[own]) or month
            elif len(filled) == 1:
                month = month_in(filled[0]) or month
            if month:
                months[row.line] = month
        return months

    @functools.cached_property
    def counts(self) -> bool:
        """Whether the column that says when counts ("3", "W4") and names no days."""
        name, count = ("date", COUNT) if "date" in self.places else ("week", WEEKS)
        cells = (cell for row in self.rows for _header, cell in self.values(row, name))
        return any(len(cell) < LABEL and count.fullmatch(cell) for cell in cells)

    @functools.cached_property
    def has_dates_for_weeks(self) -> bool:
        """Whether the weeks are told by days alone ("23.02"), which one of them cannot be a number like 2.3 for."""
        said = [pair for row in self.rows for pair in self.values(row, "week")]
        cells = [cell for header, cell in said if WEEK.search(normalised(header))]  # "1.13" may be a lecture's number
        found = [match for cell in cells if len(cell) < LABEL and (match := DAY_AND_MONTH.fullmatch(cell))]
        pairs = [(int(match["one"]), int(match["two"])) for match in found]
        is_possible = all(0 < min(pair) <= LAST_MONTH and max(pair) <= LAST_DAY for pair in pairs)
        return 2 * len(found) > len(cells) and is_possible and any(max(pair) > LAST_MONTH for pair in pairs)

    def sample(self, index: int) -> list[str]:
        """What a column says in the first rows, where it says something."""
        return [row.cells[index] for row in self.rows[:SAMPLE] if row.cells[index]]

    def counts_up(self, index: int) -> bool:
        """Whether a column's cells count from the first row to the last: "1", "W2", "3-4"."""
        cells = [row.cells[index] for row in self.rows if row.cells[index]]
        labels = [cell for cell in cells if len(cell) < LABEL and WEEKS.fullmatch(cell)]
        numbers = [int(re.findall(r"\d+", label)[0]) for label in labels]
        return 2 * len(labels) > len(cells) and numbers == sorted(numbers) and numbers[0] < numbers[-1]

    def values(self, row: Row, *names: str) -> list[tuple[str, str]]:
        """Header and cell of the columns that map to one of these fields, where the cell is not blank."""
        cells, places = row.cells, self.places
        return [
            (header, cells[index])
            for name in names
            if name in places
            for index, header in places[name]
            if index < len(cells) and cells[index]
        ]


def normalised(header: str) -> str:
    """A header's words: case, accents, `#`, emphasis, emoji, a trailing parenthesis and punctuation do not count."""
    folded = SHORTCODE.sub(" ", fold(header))
    folded = re.sub(r"\([^()]*\)\s*$", "", folded.strip(" *_`:"))
    return " ".join(re.sub(r"[^\w\s/&+,°()'-]|_", " ", folded).split()).strip(" -'")


def field_of(header: str) -> str:
    """The field that a header maps to, or "extra". Several words joined ("jour/date") must agree."""
    words = normalised(header)
    if not words and ("#" in header or "№" in header):
        return "week"
    if known := _known(words):
        return known
    parts = [part.strip() for part in JOINED.split(words)]
    fields = [_known(part) or "extra" for part in parts if part not in BESIDE] or ["extra"]
    if len(set(fields)) == 1:
        return fields[0]
    for first, others in TOGETHER:
        if first in fields and set(fields) <= {first, *others}:
            return first
    return "extra"


def _known(words: str) -> str | None:
    if words in FIELDS:
        return FIELDS[words]
    left = re.split(r"[\s']+", words)
    if len(left) > 6:
        return None
    bare = [word for word in left if word not in QUALIFIERS]
    if bare and " ".join(bare) in FIELDS:
        return FIELDS[" ".join(bare)]
    if DUE_WORDS & set(bare):
        return "assignment"  # "exercise deadline", "project due date"
    fields = {FIELDS.get(word) for word in bare}
    return fields.pop() if len(fields) == 1 else None
