"""What a course's README says, as plain values. Nothing here knows Django's models.

Text fields hold Markdown where they say so, otherwise plain text of one line. A fact that the file does not state is an
empty string, an empty tuple or None: nothing is made up. Line numbers count from 1, as an editor shows them.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

# Limits of the file (refused) and of single values (cut to fit a database column; the whole text stays in the notes).
MAX_BYTES = 1024 * 1024
MAX_LINES = 20_000
MAX_CELL_LINKS = 200
MAX_ROWS, MAX_COLUMNS = 2_000, 100  # of the schedule
MAX_TABLE_LINES, MAX_PIPES = 4_000, 1_000  # of all tables; in one line
MAX_HEADINGS = 4_000
MAX_PEOPLE = 200  # in one list item
MAX_READ = 500  # characters of a cell in which its date is looked for and by which its row is classified
MAX_TITLE = 300
MAX_WEEK = 40
MAX_SPRINT = 60
MAX_ROOM = 120
MAX_NAME = 200
MAX_EMAIL = 254
MAX_HREF = 2000
MAX_TEXT = 100_000

LinkKind = Literal["slides", "guest", "lab", "demo", "notebook", "link"]
LinkColumn = Literal["material", "directed_work"]
MilestoneKind = Literal["window", "day"]
ResourceKind = Literal["similar", "general", "book"]


@dataclass(frozen=True)
class Issue:
    """An error or a warning: `message` says what is wrong and what was assumed or is to be done; `text` is the spot."""

    code: str
    line: int | None
    message: str
    text: str = ""
    needs_tick: bool = False


@dataclass(frozen=True)
class Link:
    """A link of a table row, its `href` as written. Links of the topic and of other columns count as material."""

    label: str
    href: str
    kind: LinkKind
    line: int
    column: LinkColumn = "material"


@dataclass(frozen=True)
class Image:
    alt: str
    href: str
    line: int


@dataclass(frozen=True)
class Edition:
    """`year_end` is the second year of `2025-2026`; `season` is the word as written, in lower case."""

    code: str = ""
    title: str = ""
    season: str = ""
    year: int | None = None
    year_end: int | None = None
    line: int | None = None


@dataclass(frozen=True)
class LectureRow:
    """One class. `notes` are the sub-items and remarks of the topic cell, one line of plain text each.

    `material_text` and `directed_work_text` are what those cells say beside their links ("No lab"). `extra` are the
    columns that have no field: header and cell, word for word. `time` is as written, `begins` and `ends` are what of it
    was understood. `lines` are all source lines, when the row stands there twice.
    """

    line: int
    date: dt.date | None
    end: dt.date | None
    week: str
    sprint: str
    title: str
    notes: tuple[str, ...] = ()
    materials: tuple[Link, ...] = ()
    material_text: str = ""
    directed_work_text: str = ""
    assignment: str = ""
    time: str = ""
    begins: dt.time | None = None
    ends: dt.time | None = None
    type: str = ""
    teacher: str = ""
    room: str = ""
    extra: tuple[tuple[str, str], ...] = ()
    lines: tuple[int, ...] = ()

    @property
    def course_material(self) -> tuple[Link, ...]:
        return tuple(link for link in self.materials if link.column != "directed_work")

    @property
    def directed_work(self) -> tuple[Link, ...]:
        return tuple(link for link in self.materials if link.column == "directed_work")


@dataclass(frozen=True)
class HolidayRow:
    """A stretch without class; `end` is None for a single day, else the last day of it."""

    line: int
    date: dt.date | None
    end: dt.date | None
    title: str


@dataclass(frozen=True)
class MilestoneItem:
    """A booking window (both days included) or a presentation day, joined from table rows and prose.

    `text` is the sentence of the Milestones section as written (Markdown), `title` the title of the table row.
    `starts_at` and `ends_at` are the hours of each day where they are given.
    """

    number: int | None
    kind: MilestoneKind
    start: dt.date | None
    end: dt.date | None
    confirmed: bool
    lines: tuple[int, ...]
    text: str = ""
    title: str = ""
    sprint: str = ""
    starts_at: dt.time | None = None
    ends_at: dt.time | None = None


@dataclass(frozen=True)
class Exam:
    date: dt.date | None
    title: str
    line: int
    notes: tuple[str, ...] = ()
    time: str = ""
    room: str = ""


@dataclass(frozen=True)
class Deadline:
    date: dt.date | None
    title: str
    line: int


@dataclass(frozen=True)
class StaffMember:
    """`role` is as written ("Teaching Assistant"), empty where the file does not say one."""

    name: str
    role: str
    email: str
    line: int


@dataclass(frozen=True)
class Channel:
    """`kind` is discord, slack, teams, moodle, forum, email ...; `href` is empty where the link is given elsewhere."""

    kind: str
    href: str
    label: str
    line: int


@dataclass(frozen=True)
class LogisticsItem:
    """`label` is what stands before the colon ("Support"), `text` is Markdown. Staff are in `Parsed.staff` instead."""

    label: str
    text: str
    line: int


@dataclass(frozen=True)
class Point:
    """A pillar or a learning stream; `text` is Markdown."""

    name: str
    text: str
    line: int


@dataclass(frozen=True)
class Resource:
    """`details` are the indented lines below, as Markdown with the indent taken away."""

    kind: ResourceKind
    title: str
    authors: str
    href: str
    details: str
    line: int


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it, up to the next heading of any level.

    `kind` is introduction, roadmap, schedule, culture, pillars, streams, project, milestones, exam, past-exams,
    logistics, resources, similar, general, books, credits or other. `text` is everything word for word; `prose` is what
    of it is in no other dataclass. Only kind "other" is not understood, and shown as `text`.
    """

    kind: str
    title: str
    level: int
    text: str
    line: int
    understood: bool
    prose: str = ""


@dataclass(frozen=True)
class Column:
    """A column of the schedule: its header as written (plain text) and the field that it maps to."""

    header: str
    field: str


@dataclass(frozen=True)
class Parsed:
    """All that was understood. With `errors` filled, nothing may be written.

    `source` is the text as it came, with its byte order mark and line ends; `sprints` are the labels in
    order of appearance (a presentation row may name one that no lecture has).
    """

    errors: tuple[Issue, ...] = ()
    warnings: tuple[Issue, ...] = ()
    source: str = ""
    answers: tuple[int | None, bool | None] = (None, None)  # the year, and whether days come first: as parse() got them
    timezone: str = "Europe/Brussels"
    edition: Edition = Edition()
    columns: tuple[Column, ...] = ()
    schedule_rows: int = 0
    sprints: tuple[str, ...] = ()
    lectures: tuple[LectureRow, ...] = ()
    holidays: tuple[HolidayRow, ...] = ()
    milestones: tuple[MilestoneItem, ...] = ()
    exams: tuple[Exam, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    introduction: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    schedule_note: str = ""
    pillars: tuple[Point, ...] = ()
    streams: tuple[Point, ...] = ()
    project_text: str = ""
    milestones_text: str = ""
    exam_text: str = ""
    exam_links: tuple[Link, ...] = ()
    staff: tuple[StaffMember, ...] = ()
    channels: tuple[Channel, ...] = ()
    logistics: tuple[LogisticsItem, ...] = ()
    resources: tuple[Resource, ...] = ()
    credits: str = ""
    sections: tuple[Section, ...] = ()

    @property
    def days(self) -> tuple[dt.date, ...]:
        """Every day of the schedule's rows, in order."""
        rows: list[LectureRow | HolidayRow] = [*self.lectures, *self.holidays]
        return tuple(sorted({day for row in rows for day in (row.date, row.end) if day}))

    @property
    def questions(self) -> tuple[Issue, ...]:
        """The warnings that a person must tick before the plan is applied."""
        return tuple(issue for issue in self.warnings if issue.needs_tick)
