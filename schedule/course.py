"""What the schedule has of a course: planned from a README, and shown on the course page."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.db.models import DateField, Q, QuerySet, Value
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from coursesite.access import Viewer
from coursesite.clock import days_said
from coursesite.models import CourseEdition
from schedule import materials, readme
from schedule.copying import Copies, Shift, copies, days_of, shown
from schedule.echoes import without_day, without_echoes
from schedule.models import (
    CultureItem,
    Deadline,
    Holiday,
    Lecture,
    LogisticsItem,
    Material,
    Resource,
    Section,
    Sprint,
    StaffMember,
)
from schedule.readme import MAX_TEXT, LectureRow, Link, Parsed
from schedule.readme_dates import is_only_hours, says_same_of
from schedule.search import Candidate
from schedule.syncing import Fact, Outcome, Table, by, compare

# Where the course page shows which section; others have an anchor of their own.
ANCHORS = {
    Section.Kind.INTRODUCTION: "",
    Section.Kind.PROJECT: "#project",
    Section.Kind.MILESTONES: "#project",
    Section.Kind.EXAM: "#exam",
    Section.Kind.CREDITS: "#credits",
}
# Sections whose prose may name the days of milestones and exams.
FOLLOWING = {Section.Kind.PROJECT, Section.Kind.MILESTONES, Section.Kind.EXAM}


def plan(edition: CourseEdition, parsed: Parsed) -> list[Table]:
    """One SELECT for each table; an edition that is not saved yet has no rows to look for."""

    def rows(model: Any) -> Any:
        return model.objects.filter(edition=edition) if edition.pk else ()

    sprints = {label: Fact({"label": label}, name=label) for label in parsed.sprints}
    lectures = [lecture_fact(row, sprints) for row in parsed.lectures]
    materials = [
        material_fact(link, lecture)
        for row, lecture in zip(parsed.lectures, lectures, strict=True)
        for link in row.materials
    ]
    lecture_rows = rows(Lecture).select_related("sprint") if edition.pk else ()
    tables = [
        compare(Sprint, rows(Sprint), list(sprints.values()), by("label")),
        compare(
            Lecture, lecture_rows, lectures, by("taught_on", "title"), by("taught_on"), by("title"), by("week"),
            moves=("taught_on", "ends_on"), is_dated=True, title=by("title"),
        ),
        compare(
            Material, rows(Material), materials, by("lecture_id", "column", "href", "label"), by("lecture_id", "href"),
            by("lecture_id", "column", "label"), parent="lecture",
        ),
        compare(
            Holiday, rows(Holiday),
            [
                Fact({"starts_on": day.date, "ends_on": day.end, "title": day.title}, day.line)
                for day in parsed.holidays
                if day.date
            ],
            by("starts_on", "title"), by("starts_on"), by("title"), moves=("starts_on", "ends_on"), is_dated=True,
            title=by("title"),
        ),
        compare(
            Deadline, rows(Deadline), [Fact({"due_on": d.date, "title": d.title}, d.line) for d in parsed.deadlines],
            by("due_on", "title"), by("due_on"), what_is_due, moves=("due_on",), is_dated=True, title=what_is_due,
        ),
        settled(
            compare(Section, rows(Section), section_facts(parsed), by("kind", "title"), by("kind", "text"), only_one),
            parsed,
        ),
        compare(
            CultureItem, rows(CultureItem),
            [
                Fact({"kind": kind, "name": point.name, "text": point.text}, point.line)
                for kind, points in (("pillar", parsed.pillars), ("stream", parsed.streams))
                for point in points
            ],
            by("kind", "name"), by("kind", "text"),
        ),
        compare(
            StaffMember, rows(StaffMember),
            [Fact({"name": s.name, "role": s.role, "email": s.email}, s.line) for s in parsed.staff],
            by("name"), by("email"),
        ),
        compare(
            LogisticsItem, rows(LogisticsItem),
            [Fact({"label": item.label, "text": item.text}, item.line) for item in parsed.logistics],
            by("label"), by("text"),
        ),
        compare(
            Resource, rows(Resource),
            [
                Fact({name: getattr(item, name) for name in ("kind", "title", "authors", "href", "details")}, item.line)
                for item in parsed.resources
            ],
            by("kind", "title"), by("kind", "href"),
        ),
    ]  # fmt: skip
    sprints_table, taught, linked, _holidays, due, *_others = tables
    without_echoes(parsed, sprints_table, taught, linked, due)
    return tables


def lecture_fact(row: LectureRow, sprints: dict[str, Fact]) -> Fact:
    time = "" if is_only_hours(row.time) else row.time  # begins and ends say it all
    extra = {"time": time, "type": row.type, "teacher": row.teacher, "assignment": row.assignment} | dict(row.extra)
    return Fact(
        {
            "taught_on": row.date,
            "ends_on": row.end,
            "begins": row.begins,
            "ends": row.ends,
            "week": row.week,
            "title": row.title,
            "notes": "\n".join(row.notes),
            "room": row.room,
            "material_note": row.material_text,
            "directed_work_note": row.directed_work_text,
            "extra": {header: cell for header, cell in extra.items() if cell},
        },
        row.line,
        links={"sprint": sprints.get(row.sprint)},
    )


def material_fact(link: Link, lecture: Fact) -> Fact:
    column = Material.Column.DIRECTED_WORK if link.column == "directed_work" else Material.Column.MATERIAL
    return Fact(
        {"column": column.value, "kind": link.kind, "label": link.label, "href": link.href},
        link.line,
        links={"lecture": lecture},
    )


def section_facts(parsed: Parsed) -> list[Fact]:
    """The prose: what was understood under its own kind, everything else word for word."""
    prose = [
        Fact({"kind": kind, "title": "", "text": text})
        for kind, text in (
            (Section.Kind.INTRODUCTION, "\n\n".join(parsed.introduction)),
            (Section.Kind.SCHEDULE_NOTE, parsed.schedule_note),
            (Section.Kind.PROJECT, parsed.project_text),
            (Section.Kind.MILESTONES, parsed.milestones_text),
            (Section.Kind.EXAM, parsed.exam_text),
            (Section.Kind.CREDITS, parsed.credits),
        )
        if text
    ]
    return [*prose, *map(other_fact, gathered(parsed.sections))]


def other_fact(section: readme.Section) -> Fact:
    return Fact({"kind": Section.Kind.OTHER, "title": section.title, "text": section.text}, section.line)


def gathered(sections: Iterable[readme.Section]) -> list[readme.Section]:
    """The sections that were not understood; a heading with nothing but smaller ones below it takes these in."""
    found: list[readme.Section] = []
    parent: readme.Section | None = None
    for section in sections:
        if parent and section.level > parent.level and not section.understood:
            text = "\n\n".join(filter(None, (parent.text, f"{'#' * section.level} {section.title}", section.text)))
            parent = found[-1] = replace(parent, text=text[:MAX_TEXT])
            continue
        parent = None
        if not section.understood:
            found.append(section)
            parent = section if not section.text else None
    return found


def what_is_due(values: dict[str, Any]) -> str | None:
    """What a deadline is for: it may name its day as well, "HW 1 (12 May)"."""
    return without_day(values.get("title", "")) or None


def only_one(values: dict[str, Any]) -> str | None:
    """There is one section of each kind, but for those that were not understood."""
    kind: str | None = values.get("kind")
    return None if kind == Section.Kind.OTHER else kind


def settled(table: Table, parsed: Parsed) -> Table:
    """Where prose only follows the days of milestones and exams, these are the news."""
    days = [day for item in parsed.milestones for day in (item.start, item.end)] + [exam.date for exam in parsed.exams]
    for fact in table.facts:
        is_about_text = fact.outcome is Outcome.CHANGED and fact.changes.keys() - {"position"} == {"text"}
        if is_about_text and fact.values["kind"] in FOLLOWING and says_same_of(days, *fact.changes["text"]):
            fact.outcome = Outcome.UNCHANGED
    return table


def bands(edition: CourseEdition) -> QuerySet[Any, Any]:
    """Lines of the schedule that are no class: (first day, last day, title, kind of band, number of the milestone, id).

    The note above the table comes along as a band without days: the schedule page asks for all of them at once.
    """
    shown = {"edition": edition, "is_missing": False}
    holidays = Holiday.objects.filter(**shown).order_by()
    notes = Section.objects.filter(**shown, kind=Section.Kind.SCHEDULE_NOTE).order_by()
    deadlines = Deadline.objects.filter(**shown, due_on__isnull=False).order_by()
    no_day = Value(None, output_field=DateField())
    return holidays.values_list("starts_on", "ends_on", "title", Value("holiday"), Value(0), "pk").union(
        deadlines.values_list("due_on", "due_on", "title", Value("deadline"), Value(0), "pk"),
        notes.values_list(no_day, no_day, "text", Value("note"), Value(0), "pk"),
        all=True,
    )


def searched(viewer: Viewer, now: datetime) -> Iterator[Candidate]:
    """Seven queries."""
    edition, slug = viewer.edition, viewer.edition.slug
    course, plan = edition.get_absolute_url(), reverse("schedule:schedule", args=[slug])
    titles: dict[int | None, str] = {}
    for row in shown(Lecture, edition).in_order():
        titles[row.pk] = row.title
        about = " · ".join(filter(None, (row.week, row.taught_on and days_said(row.taught_on, row.ends_on))))
        texts = (row.notes, row.material_note, row.directed_work_note, *row.extra.values())
        url = reverse("schedule:lecture_page", args=[slug, row.pk])
        yield Candidate(_("Classes"), row.title, url, texts, about)
    for row in materials.seen_by(viewer, now):
        if row.lecture_id is None or row.lecture_id in titles:
            about = titles.get(row.lecture_id, "")
            url = reverse("schedule:material", args=[slug, row.pk])
            yield Candidate(_("Materials"), row.label, url, (row.file_name or row.href,), about)
    for row in shown(Deadline, edition):
        yield Candidate(_("Deadlines"), row.title, plan, (), (row.due_on and days_said(row.due_on, None)) or "")
    for row in shown(Section, edition):
        title = row.title or str(capfirst(row.get_kind_display()))
        url = plan if row.kind == Section.Kind.SCHEDULE_NOTE else course + ANCHORS.get(row.kind, f"#section-{row.pk}")
        yield Candidate(_("On the course page"), title, url, (row.text,))
    for row in shown(CultureItem, edition):
        yield Candidate(_("On the course page"), row.name, f"{course}#culture", (row.text,))
    for row in shown(LogisticsItem, edition):
        yield Candidate(_("On the course page"), row.label, f"{course}#logistics", (row.text,))
    for row in shown(Resource, edition):
        yield Candidate(_("Resources"), row.title, f"{course}#resources", (row.authors, row.details))


def taught(edition: CourseEdition) -> list[date]:
    """The days on which there is class."""
    rows = shown(Lecture, edition).order_by().values_list("taught_on", "ends_on")
    return [day for first, last in rows for day in days_of(first, last)]


def redate(edition: CourseEdition, shift: Shift) -> list[Copies]:
    """All but the holidays: those of the next edition are given, not moved."""
    lectures = list(shown(Lecture, edition).select_related("sprint"))
    of_these = Q(lecture=None) | Q(lecture__in=[row.pk for row in lectures])
    materials = shown(Material, edition).filter(of_these)
    return [
        copies(Sprint, shown(Sprint, edition), shift),
        copies(Lecture, lectures, shift, prose=("title", "notes"), links=("sprint",)),
        without_clicks(copies(Material, materials, shift, links=("lecture",))),
        copies(Deadline, shown(Deadline, edition), shift, prose=("title",)),
        copies(Section, shown(Section, edition), shift, prose=("text",)),
        copies(CultureItem, shown(CultureItem, edition), shift),
        copies(StaffMember, shown(StaffMember, edition), shift),
        copies(LogisticsItem, shown(LogisticsItem, edition), shift, prose=("text",)),
        copies(Resource, shown(Resource, edition), shift),
    ]


def without_clicks(materials: Copies) -> Copies:
    """A release by hand is no plan for next year. It happened at some second, and what staff type has none: such a
    time is left out, so that the roll-over holds the new row back and says so."""
    for row in materials.rows:
        for dated in row.dates:
            if isinstance(dated.old, datetime) and dated.old != dated.old.replace(second=0, microsecond=0):
                dated.new = None  # type: ignore[assignment]  # as where a person takes it away
    return materials


def page(edition: CourseEdition, now: datetime) -> dict[str, Any]:
    """The course page's own rows, each kind in the order of the README."""
    resources = Resource.objects.filter(edition=edition, is_missing=False)
    sections = list(Section.objects.filter(edition=edition, is_missing=False))
    culture = list(CultureItem.objects.filter(edition=edition, is_missing=False))
    by_kind: dict[str, list[Resource]] = {kind: [] for kind in Resource.Kind.values}
    for resource in resources:
        by_kind[resource.kind].append(resource)
    return {
        "sections": {
            kind: "\n\n".join(section.text for section in sections if section.kind == kind)
            for kind in Section.Kind.values
        },
        "other_sections": [section for section in sections if section.kind == Section.Kind.OTHER],
        "pillars": [item for item in culture if item.kind == CultureItem.Kind.PILLAR],
        "streams": [item for item in culture if item.kind == CultureItem.Kind.STREAM],
        "staff": StaffMember.objects.filter(edition=edition, is_missing=False),
        "logistics": LogisticsItem.objects.filter(edition=edition, is_missing=False),
        "resources": by_kind,
    }
