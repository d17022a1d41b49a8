"""The rows of the schedule as facts: lectures, holidays, milestones, exams, deadlines, and what is odd about them."""

import datetime as dt
import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from schedule.readme_calendar import Calendar, RowYears
from schedule.readme_checks import WeekNumbers, check_lectures
from schedule.readme_classes import (
    BLANK,
    DUE_WORD,
    EMPHASISED,
    EXAM_IN,
    PLACEHOLDER,
    SECTION_ROW,
    SECTION_TITLE,
    TITLED_PART,
    Texts,
    classify,
    milestone_number,
    names_day_off,
    split_remark,
)
from schedule.readme_columns import COUNT, Row, Table, normalised
from schedule.readme_dates import Span, find_spans, hours_in
from schedule.readme_due import NOTHING, day_in, due_in, is_only_date, says_due
from schedule.readme_facts import (
    MAX_NAME,
    MAX_READ,
    MAX_ROOM,
    MAX_ROWS,
    MAX_SPRINT,
    MAX_TITLE,
    MAX_WEEK,
    Deadline,
    Edition,
    Exam,
    HolidayRow,
    Issue,
    LectureRow,
    Link,
    LinkColumn,
    MilestoneItem,
)
from schedule.readme_inline import Inline, Reader, kind_of
from schedule.readme_tables import is_template
from schedule.readme_text import Refused, Warnings, fold, one_line
from schedule.readme_when import RowDates, When

LETTERS = re.compile(r"[^\W\d_]")
TELLS_MILESTONES = re.compile(r"\b(?:projects?|milestones?|projets?|jalons?)\b")


@dataclass
class RowFacts:
    lectures: list[LectureRow] = field(default_factory=list)
    holidays: list[HolidayRow] = field(default_factory=list)
    milestones: list[MilestoneItem] = field(default_factory=list)
    exams: list[Exam] = field(default_factory=list)
    deadlines: list[Deadline] = field(default_factory=list)
    sprints: list[str] = field(default_factory=list)
    days: list[dt.date] = field(default_factory=list)  # first and last of every row, whatever it is
    calendar: Calendar = field(default_factory=lambda: Calendar(day_first=True))


class RowReader:
    def __init__(self, table: Table, reader: Reader, warnings: Warnings):
        self.table, self.reader, self.warnings = table, reader, warnings
        self._headers = [normalised(column.header) for column in table.columns]
        self.facts = RowFacts()
        self._week_above: dict[int, str] = {}  # of the lines of rows below one that heads their week
        self.rows = self._without_headings([row for row in table.rows if self._counts(row)])
        self.dates = RowDates(table, self.rows, warnings)
        self._weeks = WeekNumbers(warnings)
        self._positions: dict[tuple[dt.date | None, str, str], int] = {}

    def read(self, edition: Edition, *, french: bool, day_first: bool | None) -> RowFacts:
        """Raises Refused where the file asks something that only a person can answer."""
        self._refuse_template()
        self.facts.calendar = calendar = self.dates.calendar(edition, french, day_first)
        years = RowYears(calendar, self.dates.first_written(calendar.day_first))
        for row in self.rows:
            self._row(row, self.dates.when(row, calendar, years))
        self.facts.days = self.dates.days
        check_lectures(self.facts.lectures, self.dates.own, self.warnings)
        if not any((self.facts.lectures, self.facts.holidays, self.facts.milestones, self.facts.exams)):
            message = _("The schedule has no row that could be used. Give each class a row with a date and a topic.")
            raise Refused(Issue("no-usable-row", self.table.line, message))
        return self.facts

    # which rows count

    def _counts(self, row: Row) -> bool:
        """Whether a row says anything; warns where it is short, long or no row at all."""
        filled = [cell for cell in row.cells if not BLANK.match(fold(cell))]
        width = len(self.table.headers)
        if not row.piped:
            message = _("This line stands right below the table and is no row of it; it was left out of the schedule.")
            self.warnings.add("row-broken", row.line, message, row.cells[0])
            return False
        if row.count < width and filled and not row.again and self.table.made_of != "headings":
            message = _("This row has %(count)d cells of %(width)d; the others were taken as empty.")
            self.warnings.add("missing-cells", row.line, message % {"count": row.count, "width": width})
        if any(row.beyond) and not row.again:
            message = _("This row has more cells than the header; they are kept as extra text.")
            self.warnings.add("extra-cells", row.line, message, " | ".join(row.beyond))
        if len(filled) == 1 and self._is_section(row, filled[0]):
            return False
        return bool(filled)

    def _is_section(self, row: Row, cell: str) -> bool:
        text = fold(self.reader.plain(cell, row.line)[:MAX_READ])
        if SECTION_ROW.match(text):
            return True
        if not row.is_heading or find_spans(cell[:MAX_READ]):
            return False
        if self.table.values(row, "topic"):  # "**Part II: Systems**" among the topics
            return bool(TITLED_PART.match(text) and EMPHASISED.match(cell[:MAX_READ]))
        says_more = classify(Texts("", "", text, "", "", "")) != "lecture" or not LETTERS.search(text)
        return bool(SECTION_TITLE.match(text) or EMPHASISED.match(cell[:MAX_READ])) and not says_more

    def _without_headings(self, rows: list[Row]) -> list[Row]:
        """The rows but those that head a week, whose label goes to the rows below without one."""
        kept: list[Row] = []
        above: Row | None = None
        for row, below in itertools.zip_longest(rows, rows[1:]):
            if self._heads_week(row, below):
                above = row
                continue
            kept.append(row)
            if above and not self.table.values(row, "week"):
                self._week_above[row.line] = self._text(above, "week")
            elif above and not self._is_within(row, above):
                above = None
        return kept

    def _is_within(self, row: Row, week: Row) -> bool:
        days, spans = self._spans(row), self._spans(week)
        return bool(days and spans) and all(map(days[0].is_within, spans))

    def _spans(self, row: Row) -> list[Span]:
        return [span for _h, cell in self.table.values(row, "date") for span in find_spans(cell[:MAX_READ])]

    def _heads_week(self, row: Row, below: Row | None) -> bool:
        """ "| 3 | 2–6 Feb | | |" above the classes of that week, which have dates of their own and no week."""
        weeks = [cell for _header, cell in self.table.values(row, "week")]
        if below is None or not weeks or self.table.values(below, "week") or not COUNT.fullmatch(weeks[0][:MAX_WEEK]):
            return False
        if self.table.made_of == "headings" or sum(map(bool, row.cells)) > len(self.table.values(row, "week", "date")):
            return False
        spans, days = self._spans(row), self._spans(below)
        return bool(days) and all(map(days[0].is_within, spans))

    def _refuse_template(self) -> None:
        if line := is_template(self.table):
            message = _("The dates in this schedule are filled in by a template. Import the page that it makes.")
            raise Refused(Issue("template-schedule", line, message))

    # rows

    def _inline(self, row: Row, cell: str) -> Inline:
        return self.reader.read(cell, row.line)

    def _text(self, row: Row, *names: str) -> str:
        cells = self.table.values(row, *names)
        if not cells:
            return ""
        texts = [self._inline(row, cell).text for _header, cell in cells]
        return ", ".join(text for text in texts if text and not BLANK.match(fold(text)))

    def _row(self, row: Row, when: When) -> None:
        topics = [part for _h, cell in self.table.values(row, "topic") for part in self._inline(row, cell).parts]
        topics = [topic for topic in topics if topic and not BLANK.match(fold(topic))]
        topics = topics or self._told_elsewhere(row)
        title, notes = (topics[0], topics[1:]) if topics else ("", [])
        number = self._text(row, "number")
        alone = self._text(row, "date") if row.is_heading and not when.written else ""
        week, sprint, kind = (self._text(row, name) for name in ("week", "sprint", "type"))
        texts = Texts(
            title=fold(title[:MAX_READ]),
            topic=fold(" ; ".join(topics)[:MAX_READ]),
            week=fold(" ".join(filter(None, (week, number, alone)))[:MAX_READ]),
            type=fold(kind[:MAX_READ]),
            sprint=fold(sprint[:MAX_READ]),
            accented=title[:MAX_READ],
        )
        if TEMPLATE_LEFT.search(title):
            self.warnings.add("template-expression", row.line, _("A template expression was not filled in."), title)
        if PLACEHOLDER.match(texts.title):
            message = _("The topic is a placeholder; it was read as written.")
            self.warnings.add("placeholder-text", row.line, message, title)
        what = classify(texts)
        if week and not self.table.has_dates_for_weeks:
            self._weeks.check(row.line, week, is_class=what != "holiday")
        is_class = bool(topics or week or number or self._links(row) or self._text(row, "material", "directed_work"))
        is_nothing = what == "lecture" and not is_class
        if is_nothing and (self._assignments(row, when, alone=True) or self._due_elsewhere(row, when)):
            return
        if is_nothing and not when.date:
            message = _("It is not clear what this row is; it was left out.")
            self.warnings.add("row-unclassified", row.line, message, " | ".join(filter(None, row.cells)))
            return
        if what != "holiday" and sprint and sprint[:MAX_SPRINT] not in self.facts.sprints:
            self.facts.sprints.append(sprint[:MAX_SPRINT])
        getattr(self, f"_{what}")(row, when, texts, title, tuple(notes))
        if what != "deadline":
            self._assignments(row, when)
        if what != "lecture":  # a class keeps them
            self._due_elsewhere(row, when)
            lost = [link.label for link in self._links(row) if link.label not in title]
            if lost:
                message = _("Only a class keeps its links; those of this row were left out.")
                self.warnings.add("row-unclassified", row.line, message, " ".join(lost))

    def _told_elsewhere(self, row: Row) -> list[str]:
        """What takes place in a row without a topic, where a column such as "Project" says it."""
        cells = (
            cell for header, cell in self.table.values(row, "extra") if TELLS_MILESTONES.search(normalised(header))
        )
        texts = (self._inline(row, cell).text[:MAX_READ] for cell in cells)
        told = (text for text in texts if classify(Texts(fold(text), "", "", "", "", text)) == "milestone")
        return list(itertools.islice(told, 1))

    def _day(self, row: Row, when: When, *, inherit: bool = True) -> dt.date | None:
        if when.date is None and not when.written:
            if inherit and when.inherited:
                return when.inherited
            message = _("This row has no date.")
            self.warnings.add("date-missing", row.line, message, " | ".join(filter(None, row.cells)))
        return when.date

    def _holiday(self, row: Row, when: When, texts: Texts, title: str, notes: tuple[str, ...]) -> None:
        elsewhere = (self._text(row, name) for name in ("week", "number", "type", "sprint", "date"))
        title = title or next((text for text in elsewhere if names_day_off(fold(text))), "")
        title = one_line(" – ".join((title, *notes)))[:MAX_TITLE]
        self.facts.holidays.append(HolidayRow(row.line, self._day(row, when), when.end, title))

    def _milestone(self, row: Row, when: When, texts: Texts, title: str, notes: tuple[str, ...]) -> None:
        date = self._day(row, when, inherit=False)
        hours = hours_in(" ".join(cell for _h, cell in self.table.values(row, "time", "date")))
        self.facts.milestones.append(
            MilestoneItem(
                number=milestone_number(texts),
                kind="day" if date and not when.end else "window",
                start=date,
                end=(when.end or date) if date else None,
                confirmed=bool(date) and not when.unconfirmed,
                lines=(row.line,),
                title=(title or self._text(row, "week", "number", "type", "date"))[:MAX_TITLE],
                sprint=self._text(row, "sprint")[:MAX_SPRINT],
                starts_at=hours[0] if hours else None,
                ends_at=hours[1] if hours else None,
            )
        )

    def _exam(self, row: Row, when: When, texts: Texts, title: str, notes: tuple[str, ...]) -> None:
        elsewhere = (self._text(row, name) for name in ("type", "week", "number", "date"))
        told = next((text for text in elsewhere if EXAM_IN.search(fold(text))), "")
        if told and not EXAM_IN.search(texts.title):
            title, notes = told, (*filter(None, [title]), *notes)
        title, remark = split_remark(title[:MAX_READ], fold(title[:MAX_READ]))
        notes = (remark, *notes) if remark else notes
        date = self._day(row, when)
        time, room = self._text(row, "time"), self._text(row, "room")[:MAX_ROOM]
        self.facts.exams.append(Exam(date, title[:MAX_TITLE], row.line, notes, time[:MAX_TITLE], room))

    def _deadline(self, row: Row, when: When, texts: Texts, title: str, notes: tuple[str, ...]) -> None:
        if notes:
            self._left_out(row, notes)
        told = None if when.date else day_in(title, self.facts.calendar, when.inherited)
        day = told if told and told != when.inherited else self._day(row, when)
        self.facts.deadlines.append(Deadline(day, title[:MAX_TITLE], row.line))

    def _assignments(self, row: Row, when: When, *, alone: bool = False) -> bool:
        """What the assignment cells say is due; the rest of them is a class's text, and lost where there is none."""
        known = len(self.facts.deadlines)
        for header, cell in self.table.values(row, "assignment"):
            lines = self._inline(row, cell).parts
            due, rest = due_in(header, lines if known < MAX_ROWS else [" ".join(lines)])
            if due and rest and alone:
                self._left_out(row, rest)
            for text in due:
                day = day_in(text, self.facts.calendar, when.date or when.inherited)
                title = self._named_beside(row) if is_only_date(text) else ""
                self.facts.deadlines.append(Deadline(day, (title or text)[:MAX_TITLE], row.line))
        return len(self.facts.deadlines) > known

    def _named_beside(self, row: Row) -> str:
        """What is due on the day of a column "Deadline": the cell of the column "Assignment"."""
        cells = [cell for header, cell in self.table.values(row, "assignment") if not says_due(header)]
        named = self._inline(row, cells[0]).text if cells else ""
        return "" if any(pattern.match(fold(named)) for pattern in (BLANK, NOTHING, PLACEHOLDER)) else named

    def _left_out(self, row: Row, lines: Iterable[str]) -> None:
        message = _("Only the first line of a deadline is shown; the rest of this row was left out.")
        self.warnings.add("row-unclassified", row.line, message, " ".join(lines))

    def _due_elsewhere(self, row: Row, when: When) -> bool:
        """Of a row without a class: what a column such as "Projects" says is due, on the day that it names."""
        texts = [self._inline(row, cell).text for _header, cell in self.table.values(row, "extra")]
        due = [text for text in texts if DUE_WORD.search(fold(text[:MAX_READ])) and not BLANK.match(fold(text))]
        for text in due:
            day = day_in(text, self.facts.calendar, when.date or when.inherited)
            self.facts.deadlines.append(Deadline(day, text[:MAX_TITLE], row.line))
        return bool(due)

    def _lecture(self, row: Row, when: When, texts: Texts, title: str, notes: tuple[str, ...]) -> None:
        short, remark = split_remark(title, fold(title)) if len(title) <= MAX_READ else (title, "")
        notes = (remark, *notes) if remark else notes
        if len(short) > MAX_TITLE:
            notes = (short, *notes)
        if not short:
            self.warnings.add("empty-title", row.line, _("This class has no topic yet; it was read without one."))
        time = self._text(row, "time")
        hours = hours_in(time or " ".join(cell for _h, cell in self.table.values(row, "date")))
        beyond = tuple(("", cell) for cell in row.beyond if cell)
        lecture = LectureRow(
            line=row.line,
            date=self._day(row, when),
            end=when.end,
            week=(self._text(row, "week") or self._week_above.get(row.line, ""))[:MAX_WEEK],
            sprint=self._text(row, "sprint")[:MAX_SPRINT],
            title=short[:MAX_TITLE],
            notes=notes,
            materials=self._links(row),
            material_text=self._beside(row, "material"),
            directed_work_text=self._beside(row, "directed_work"),
            assignment=self._text(row, "assignment")[:MAX_TITLE],
            time=time[:MAX_TITLE],
            begins=hours[0] if hours else None,
            ends=hours[1] if hours else None,
            type=self._text(row, "type")[:MAX_TITLE],
            teacher=self._text(row, "teacher")[:MAX_NAME],
            room=self._text(row, "room")[:MAX_ROOM],
            extra=tuple(self.table.values(row, "number", "extra")) + beyond,
            lines=(row.line,),
        )
        key = (lecture.date, lecture.week, lecture.title)
        position = self._positions.setdefault(key, len(self.facts.lectures))
        if position < len(self.facts.lectures):
            earlier = self.facts.lectures[position]
            message = _("The same class stands in line %(line)d; the two rows were read as one.")
            self.warnings.add("duplicate-row", row.line, message % {"line": earlier.line}, title)
            self.facts.lectures[position] = _united(earlier, lecture)
            return
        self.facts.lectures.append(lecture)

    def _beside(self, row: Row, name: str) -> str:
        read = [self._inline(row, cell) for _h, cell in self.table.values(row, name)]
        mails = [target.label for inline in read for target in inline.links if target.href.startswith("mailto:")]
        if mails:
            message = _("A mail address is no material of a class; it was kept as text.")
            self.warnings.add("unsafe-link", row.line, message, " ".join(mails))
        texts = [*(inline.beside for inline in read), *mails]
        return one_line(" ".join(text for text in texts if not BLANK.match(fold(text))))[:MAX_TITLE]

    def _links(self, row: Row) -> tuple[Link, ...]:
        found: dict[str, Link] = {}
        for column, header, cell in zip(self.table.columns, self._headers, row.cells, strict=False):
            for target in self._inline(row, cell).links if cell else ():
                if target.href.startswith("mailto:"):
                    continue
                kind, conflict = kind_of(target.label, target.href, column.field, header)
                if conflict:
                    message = _(
                        "The label or address says “%(kind)s”, the column says otherwise; the former was taken."
                    )
                    self.warnings.add("kind-column-conflict", row.line, message % {"kind": kind}, target.label)
                place: LinkColumn = "directed_work" if column.field == "directed_work" else "material"
                link = Link(target.label[:MAX_TITLE], target.href, kind, row.line, place)
                found.setdefault(target.href, link)
        return tuple(found.values())


TEMPLATE_LEFT = re.compile(r"\{\{|\{%")


def _united(one: LectureRow, other: LectureRow) -> LectureRow:
    known = {link.href for link in one.materials}
    return replace(
        one,
        materials=one.materials + tuple(link for link in other.materials if link.href not in known),
        notes=tuple(dict.fromkeys(one.notes + other.notes)),
        material_text=one.material_text or other.material_text,
        directed_work_text=one.directed_work_text or other.directed_work_text,
        lines=one.lines + other.lines,
    )
