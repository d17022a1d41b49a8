"""A course's README as facts: `parse` reads it, `as_json` is what the import command prints. Pure: no models.

The dataclasses live in readme_facts and are offered here, so that everybody else imports this one module.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from schedule.readme_calendar import NearestYears
from schedule.readme_due_tables import deadlines_beside
from schedule.readme_edition import read_edition
from schedule.readme_facts import (
    MAX_BYTES,
    MAX_CELL_LINKS,
    MAX_HREF,
    MAX_LINES,
    MAX_NAME,
    MAX_TEXT,
    MAX_TITLE,
    Channel,
    Column,
    Deadline,
    Edition,
    Exam,
    HolidayRow,
    Image,
    Issue,
    LectureRow,
    Link,
    LogisticsItem,
    MilestoneItem,
    Parsed,
    Point,
    Resource,
    Section,
    StaffMember,
)
from schedule.readme_inline import Reader
from schedule.readme_milestones import from_prose, joined
from schedule.readme_rows import RowReader
from schedule.readme_sections import SectionReader
from schedule.readme_tables import find_schedule, with_year_of
from schedule.readme_text import Refused, Warnings, decode, is_french, read_document

__all__ = [
    "MAX_BYTES",
    "MAX_CELL_LINKS",
    "MAX_HREF",
    "MAX_LINES",
    "MAX_NAME",
    "MAX_TEXT",
    "MAX_TITLE",
    "Channel",
    "Column",
    "Deadline",
    "Edition",
    "Exam",
    "HolidayRow",
    "Image",
    "Issue",
    "LectureRow",
    "Link",
    "LogisticsItem",
    "MilestoneItem",
    "Parsed",
    "Point",
    "Resource",
    "Section",
    "StaffMember",
    "as_json",
    "parse",
]


def parse(
    data: bytes, *, year: int | None = None, timezone: str = "Europe/Brussels", day_first: bool | None = None
) -> Parsed:
    """Reads a README. Bad content raises nothing: `errors` says what is wrong, and then nothing may be written.

    `year` fills a missing edition year and never overrides a written one; `day_first` answers date-order-ambiguous.
    """
    try:
        source = decode(data)
    except Refused as refused:
        return Parsed(errors=(refused.issue,), timezone=timezone)
    doc, warnings = read_document(source), Warnings()
    for number in doc.broken:
        warnings.add("row-broken", number + 1, _("This line has more than 1,000 pipes; it was left out."))
    for number in doc.controls:
        warnings.add("row-broken", number + 1, _("This line has characters that are no text; they were left out."))
    reader = Reader(doc, warnings)
    edition, title = read_edition(doc, reader)
    reader.code = edition.code
    try:
        schedule = find_schedule(doc, reader, warnings, edition)
    except Refused as refused:
        return Parsed(errors=(refused.issue,), warnings=warnings.sorted(), timezone=timezone, edition=edition)
    edition = with_year_of(schedule, edition)
    written_year, edition = edition.year, replace(edition, year=edition.year or year)
    around = SectionReader(doc, reader, warnings, title, schedule)
    facts = around.read()
    known = Parsed(
        source=source,
        answers=(year, day_first),
        timezone=timezone,
        edition=edition,
        introduction=tuple(facts.introduction),
        images=tuple(facts.images),
        schedule_note=facts.schedule_note,
        pillars=tuple(facts.pillars),
        streams=tuple(facts.streams),
        project_text=facts.project_text,
        milestones_text=facts.milestones_text,
        exam_text=facts.exam_text,
        exam_links=tuple(facts.exam_links),
        staff=tuple(facts.people.staff),
        channels=tuple(facts.people.channels),
        logistics=tuple(facts.people.logistics),
        resources=tuple(facts.resources),
        credits=facts.credits,
        sections=tuple(facts.sections),
    )
    if schedule is None:
        return replace(known, errors=(_no_schedule(),), warnings=warnings.sorted())
    known = replace(known, columns=tuple(schedule.columns))
    rows = RowReader(schedule, reader, warnings)
    try:
        read = rows.read(edition, french=is_french(doc), day_first=day_first)
    except Refused as refused:
        return replace(known, errors=(refused.issue,), warnings=warnings.sorted())
    years = NearestYears(min(read.days, default=None), max(read.days, default=None), edition.year)
    read.deadlines += deadlines_beside(doc, schedule, around.reader, read.calendar, years, read.deadlines)
    known = replace(
        known,
        schedule_rows=sum(not row.again for row in rows.rows),
        sprints=tuple(read.sprints),
        lectures=tuple(read.lectures),
        holidays=tuple(read.holidays),
        deadlines=tuple(read.deadlines),
    )
    told = from_prose(facts.milestones, read.calendar, years, warnings)
    milestones = joined(read.milestones, told, known.days, warnings)
    labelled = around.labelled_exams(read.calendar, years)
    exams = _exams(read.exams, labelled, around.exam(read.calendar, years))
    _check_edition(edition, written_year, known, rows, warnings)
    return replace(known, milestones=milestones, exams=exams, warnings=warnings.sorted())


def _no_schedule() -> Issue:
    message = _(
        "No schedule was found. Add a table with a Date (or Week) and a Topic column, under a heading such as Schedule."
    )
    return Issue("no-schedule", 1, message)


def _exams(rows: list[Exam], labelled: list[Exam], told: Exam | None) -> tuple[Exam, ...]:
    """The rows that are exams, and those of other days that a line names; the Exam section adds the day of one without,
    or the exam that no row and no line has."""
    labelled = list({exam.date: exam for exam in reversed(labelled)}.values())[::-1]  # a day once
    if told and not rows and len(labelled) == 1 and told.date in (None, labelled[0].date):
        return (replace(told, date=labelled[0].date),)
    if not rows:
        is_new = told and (not labelled or told.date not in {None, *(exam.date for exam in labelled)})
        return (*labelled, told) if told and is_new else tuple(labelled)
    if len(rows) == 1 and rows[0].date is None:
        day = next((exam.date for exam in (told, *labelled) if exam and exam.date), None)
        return (replace(rows[0], date=day),)
    known = {exam.date for exam in rows}
    return (*rows, *(exam for exam in labelled if exam.date not in known and None not in known))


def _check_edition(
    edition: Edition, written_year: int | None, known: Parsed, rows: RowReader, warnings: Warnings
) -> None:
    if edition.year is None:
        message = _("The title names no edition, such as [spring 2026]; the dates of the rows were taken.")
        warnings.add("edition-missing", edition.line or 1, message)
        return
    years = {atom.written_year for _cell, span in rows.dates.cells.values() if span for atom in span.atoms} - {None}
    if written_year and known.days and years and not years & {edition.year, edition.year_end}:
        message = _("The title says %(title)d, and no row is in that year. Is the title or are the rows of last year?")
        warnings.add("edition-year-mismatch", edition.line, message % {"title": edition.year}, needs_tick=True)


def as_json(parsed: Parsed, plan: Mapping[str, int] | None = None) -> dict[str, Any]:
    """What `import_readme --json` prints. Without a plan (no such edition yet) every row counts as added."""
    rows = (parsed.lectures, parsed.holidays, parsed.milestones, parsed.exams, parsed.deadlines)
    added = 0 if parsed.errors else sum(map(len, rows))
    counts = plan if plan is not None else {"added": added}
    return {
        "errors": [_issue(issue) for issue in parsed.errors],
        "warnings": [_issue(issue) for issue in parsed.warnings],
        "edition": {
            "code": parsed.edition.code or None,
            "title": parsed.edition.title or None,
            "season": parsed.edition.season or None,
            "year": parsed.edition.year,
        },
        "columns": [column.header for column in parsed.columns],
        "schedule_rows": parsed.schedule_rows,
        "sprints": list(parsed.sprints),
        "lectures": [_lecture(lecture) for lecture in parsed.lectures],
        "holidays": [holiday.date.isoformat() for holiday in parsed.holidays if holiday.date],
        "milestones": [
            {
                "number": item.number,
                "kind": item.kind,
                "start": _iso(item.start),
                "end": _iso(item.end),
                "confirmed": item.confirmed,
                "lines": list(item.lines),
            }
            for item in parsed.milestones
        ],
        "exams": [{"date": _iso(exam.date), "title": exam.title} for exam in parsed.exams],
        "deadlines": [{"date": _iso(item.date), "title": item.title} for item in parsed.deadlines],
        "staff": [{"name": m.name, "role": m.role or None, "email": m.email or None} for m in parsed.staff],
        "channels": [{"kind": channel.kind, "href": channel.href or None} for channel in parsed.channels],
        "pillars": [pillar.name for pillar in parsed.pillars],
        "streams": [stream.name for stream in parsed.streams],
        "resources": {
            "similar": sum(resource.kind == "similar" for resource in parsed.resources),
            "general": sum(resource.kind == "general" for resource in parsed.resources),
            "books": [resource.title for resource in parsed.resources if resource.kind == "book"],
        },
        "plan": {name: counts.get(name, 0) for name in ("added", "changed", "moved", "missing", "unchanged")},
    }


def _issue(issue: Issue) -> dict[str, Any]:
    return {"code": issue.code, "line": issue.line, "message": issue.message}


def _lecture(lecture: LectureRow) -> dict[str, Any]:
    return {
        "line": lecture.line,
        "date": _iso(lecture.date),
        "end": _iso(lecture.end),
        "week": lecture.week or None,
        "sprint": lecture.sprint or None,
        "title": lecture.title or None,
        "materials": [{"kind": link.kind, "label": link.label, "href": link.href} for link in lecture.materials],
    }


def _iso(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None
