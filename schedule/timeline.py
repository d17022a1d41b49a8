"""The rows of the schedule page and the panels of the roadmap, ready to show: words and classes, no more queries."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from coursesite import links
from coursesite.models import CourseEdition
from schedule.models import Lecture, Material, Sprint


@dataclass(slots=True)
class Row:
    """A line of the schedule. `css` says sprint, past, now, next and the kind of band; `date` is words."""

    first: date | None
    iso: str
    date: str
    css: str
    title: str
    week: str = ""
    sprint: str = ""
    notes: str = ""
    material: SafeString | str = ""
    directed_work: SafeString | str = ""
    now: str = ""
    is_band: bool = False


def rows(
    edition: CourseEdition, lectures: Iterable[Lecture], bands: Iterable[tuple[Any, ...]], today: date
) -> list[Row]:
    """Classes and bands in order of date, those without a date last. "Next" is the first class from today on."""
    lectures = list(lectures)
    upcoming = (row for row in lectures if row.taught_on and (row.ends_on or row.taught_on) >= today)
    following = next(upcoming, None)
    material_url = reverse("schedule:material", args=[edition.slug, 0])
    found = [lecture_row(row, edition, material_url, today, is_next=row is following) for row in lectures]
    found += [band_row(band, today) for band in bands]
    return sorted(found, key=lambda row: (row.first or date.max, row.is_band))


def lecture_row(row: Lecture, edition: CourseEdition, material_url: str, today: date, *, is_next: bool) -> Row:
    css = f"sprint-{row.sprint.colour} " if row.sprint else ""
    now = ""
    if row.taught_on and (row.ends_on or row.taught_on) < today:
        css += "is-past"
    elif is_next:
        is_now = row.taught_on is not None and row.taught_on <= today
        css += "is-now" if is_now else "is-next"
        now = _("Today") if is_now else _("Next class")
    cells = {column: row_links(row, column, edition, material_url) for column in Material.Column.values}
    return Row(
        first=row.taught_on,
        iso=row.taught_on.isoformat() if row.taught_on else "",
        date=days(row.taught_on, row.ends_on),
        css=css,
        title=row.title,
        week=row.week,
        sprint=row.sprint.label if row.sprint else "",
        notes=" · ".join(filter(None, [row.notes.replace("\n", " · "), hours(row), row.room, *row.extra.values()])),
        material=cells[Material.Column.MATERIAL] or row.material_note,
        directed_work=cells[Material.Column.DIRECTED_WORK] or row.directed_work_note,
        now=now,
    )


def band_row(band: tuple[Any, ...], today: date) -> Row:
    first, last, title, kind, number = band
    if kind == "window":
        title = _("MS%(number)s: presentations, each group in its slot") % {"number": number}
    elif number:
        title = f"MS{number}: {title or _('presentations of all groups')}"
    css = f"band band-{'presentation' if number else kind}" + (" is-past" if (last or first) < today else "")
    return Row(first=first, iso=first.isoformat(), date=days(first, last), css=css, title=title, is_band=True)


def days(first: date | None, last: date | None) -> str:
    """“Mon 2 March”, “Mon 2 to Thu 5 March”, or that it is not fixed."""
    if first is None:
        return _("date to be announced")
    if last is None or last == first:
        return date_format(first, "D j F")
    start = date_format(first, "D j" if (first.year, first.month) == (last.year, last.month) else "D j F")
    return _("%(first)s to %(last)s") % {"first": start, "last": date_format(last, "D j F")}


def hours(row: Lecture) -> str:
    """“9:00–12:30”, as far as it is known."""
    return "–".join(f"{at.hour}:{at.minute:02}" for at in (row.begins, row.ends) if at)


def row_links(row: Lecture, column: str, edition: CourseEdition, material_url: str) -> SafeString | str:
    """The links of a cell, one a line. Each says what it opens, and where it leads on this site if nowhere else."""
    shown = [material_link(m, row, edition, material_url) for m in row.shown_materials if m.column == column]  # type: ignore[attr-defined]
    if len(shown) < 2:
        return shown[0] if shown else ""
    return mark_safe("".join(f"<div>{link}</div>" for link in shown))  # noqa: S308 - each comes from format_html


def material_link(material: Material, row: Lecture, edition: CourseEdition, material_url: str) -> SafeString:
    href = links.resolve(material.href, edition.repository_url)
    if not href and links.is_file(material.href):
        href = material_url.replace("/0/", f"/{material.pk}/")
    if not href:
        return conditional_escape(material.label)
    kind = links.file_type(material.href)
    return format_html(
        '<a href="{}" rel="noopener">{}<span class="visually-hidden">: {}</span>{}</a>',
        href,
        material.label,
        row.title,
        f", {kind}" if kind else "",
    )


@dataclass
class Panel:
    """A sprint of the roadmap with its classes; `is_now`: today is within it."""

    sprint: Sprint
    lectures: list[Lecture] = field(default_factory=list)
    is_now: bool = False

    @property
    def days(self) -> str:
        dated = [row.taught_on for row in self.lectures if row.taught_on]
        return days(min(dated), max(dated)) if dated else ""


def roadmap(sprints: Iterable[Sprint], lectures: Iterable[Lecture], today: date) -> list[Panel]:
    """One panel a sprint. The current one is the last that has begun, while the course runs."""
    panels = {sprint.pk: Panel(sprint) for sprint in sprints}
    last = None
    for row in lectures:
        if row.sprint_id in panels:
            panels[row.sprint_id].lectures.append(row)
            last = row.taught_on or last
    begun = [p for p in panels.values() if any(row.taught_on and row.taught_on <= today for row in p.lectures)]
    if begun and last and (today - last).days < 7:
        begun[-1].is_now = True
    return list(panels.values())
