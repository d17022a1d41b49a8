"""The rows of the schedule page and the panels of the roadmap, ready to show: words and classes, no more queries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from html import escape
from typing import Any, NamedTuple

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from coursesite import clock, links
from coursesite.models import CourseEdition
from schedule.file_types import ending
from schedule.models import Lecture, Material, Sprint, colour
from schedule.weeks import monday_of


class LectureLine(NamedTuple):
    """What the schedule page reads of a lecture: a model instance for each row would cost more than the page."""

    pk: int
    taught_on: date | None
    ends_on: date | None
    week: str
    title: str
    notes: str
    begins: time | None
    ends: time | None
    room: str
    material_note: str
    directed_work_note: str
    extra: dict[str, str]
    sprint: str | None
    sprint_position: int | None


class MaterialLine(NamedTuple):
    lecture: int | None
    pk: int
    column: str
    label: str
    href: str
    file_name: str
    file_size: int
    released_at: datetime | None
    is_held: bool
    is_public: bool
    kind: str

    def is_released(self, now: datetime) -> bool:
        """As Release has it, of a row that was not read whole."""
        return not self.is_held and (self.released_at is None or self.released_at <= now)


LECTURE_FIELDS = (
    *("pk", "taught_on", "ends_on", "week", "title", "notes", "begins", "ends", "room"),
    *("material_note", "directed_work_note", "extra", "sprint__label", "sprint__position"),
)
MATERIAL_FIELDS = (
    *("lecture_id", "pk", "column", "label", "href", "file_name", "file_size"),
    *("released_at", "is_held", "is_public", "kind"),
)


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
    material: str = ""  # HTML
    directed_work: str = ""  # HTML
    now: str = ""
    entry: str = ""  # where its calendar entry is
    page: str = ""  # where its own page is
    is_band: bool = False

    def html(self, columns: Sequence[str]) -> SafeString:
        """The `<tr>` with these columns beside date and topic.

        Made here because a template takes three times as long for it, on the page that all ask for.
        """
        date = f'<time datetime="{self.iso}">{escape(self.date)}</time>'
        if self.entry:
            date = f'<a href="{self.entry}">{date}</a>'
        head = f'<tr class="{self.css}"><th scope="row">{date}</th>'
        if self.is_band:
            span = len(columns) + 1
            return mark_safe(f'{head}<td colspan="{span}" class="wide">{escape(self.title)}</td></tr>')  # noqa: S308
        topic = f'<a href="{self.page}">{escape(self.title)}</a>'
        if self.now:
            topic += f' <span class="here">{escape(self.now)}</span>'
        if self.notes:
            topic += f'<div class="small quiet">{escape(self.notes)}</div>'
        before = "".join(f"<td>{escape(getattr(self, name))}</td>" for name in columns if name in BEFORE_TOPIC)
        after = "".join(wide(getattr(self, name)) for name in columns if name not in BEFORE_TOPIC)
        # Every value is escaped, here or where it was made.
        return mark_safe(f'{head}{before}<td class="topic">{topic}</td>{after}</tr>')  # noqa: S308


BEFORE_TOPIC, AFTER_TOPIC = ("week", "sprint"), ("material", "directed_work")


def columns_of(found: Iterable[Row]) -> tuple[str, ...]:
    """The columns in which a class says something: a course without weeks or sprints has no column for them."""
    classes = [row for row in found if not row.is_band]
    return tuple(name for name in BEFORE_TOPIC + AFTER_TOPIC if any(getattr(row, name) for row in classes))


def wide(html: str) -> str:
    """A cell that takes a line of its own on a phone, where an empty one is left out: it needs no class."""
    return f'<td class="wide">{html}</td>' if html else "<td></td>"


def rows(
    edition: CourseEdition,
    lectures: list[LectureLine],
    materials: Iterable[MaterialLine],
    bands: Iterable[tuple[Any, ...]],
    now: datetime,
) -> list[Row]:
    """Classes and bands in order of date, those without a date last. "Next" is the first class from today on."""
    today = now.astimezone(edition.zone).date()
    following = next_class(lectures, today)
    cells = links_by_cell(edition, {row.pk: row.title for row in lectures}, materials, now)
    found = [lecture_row(row, cells, today, is_next=row is following) for row in lectures]
    found += [band_row(band, today) for band in bands]
    return sorted(found, key=lambda row: (row.first or date.max, row.is_band))


@dataclass
class Group:
    """Rows of the schedule under one heading."""

    title: str
    rows: list[Row] = field(default_factory=list)
    is_now: bool = False


def by_week(rows: Iterable[Row], today: date) -> list[Group]:
    """By the weeks of the calendar; the label of a teaching week comes with its days. What has no date is last."""
    found: dict[date | None, Group] = {}
    for row in rows:
        monday = row.first and monday_of(row.first)
        found.setdefault(monday, Group("")).rows.append(row)
    for monday, group in found.items():
        labels = dict.fromkeys(row.week for row in group.rows if row.week)
        sunday = monday and monday + timedelta(days=6)
        group.title = " · ".join([*labels, days(monday, sunday)])
        group.is_now = monday is not None and sunday is not None and monday <= today <= sunday
    return list(found.values())


def by_sprint(rows: Iterable[Row], today: date) -> list[Group]:
    """By the sprints in their order of appearance; what is no class stands in the sprint in which it falls."""
    found: dict[str, Group] = {}
    sprint = ""
    for row in rows:
        sprint = sprint if row.is_band else row.sprint
        found.setdefault(sprint, Group(sprint or _("Outside of sprints"))).rows.append(row)
    begun = [group for name, group in found.items() if name and any(r.first and r.first <= today for r in group.rows)]
    last = max((row.first for group in found.values() for row in group.rows if row.first), default=None)
    if begun and last and today <= last:
        begun[-1].is_now = True
    return list(found.values())


def next_class(lectures: Iterable[Any], today: date) -> Any:
    """The first that is not over: one of several days may have begun."""
    return next((row for row in lectures if row.taught_on and (row.ends_on or row.taught_on) >= today), None)


def lecture_row(row: LectureLine, cells: dict[tuple[int, str], str], today: date, *, is_next: bool) -> Row:
    css = f"sprint-{colour(row.sprint_position)} " if row.sprint_position is not None else ""
    now = ""
    if row.taught_on and (row.ends_on or row.taught_on) < today:
        css += "is-past"
    elif is_next:
        is_now = row.taught_on is not None and row.taught_on <= today
        css += "is-now" if is_now else "is-next"
        now = _("Today") if is_now else _("Next class")
    notes = (row.notes.replace("\n", " · "), hours(row.begins, row.ends), row.room, *row.extra.values())
    return Row(
        first=row.taught_on,
        iso=row.taught_on.isoformat() if row.taught_on else "",
        date=days(row.taught_on, row.ends_on),
        css=css.rstrip(),
        title=row.title,
        week=row.week,
        sprint=row.sprint or "",
        notes=" · ".join(note for note in notes if note),
        material=cells.get((row.pk, Material.Column.MATERIAL), escape(row.material_note)),
        directed_work=cells.get((row.pk, Material.Column.DIRECTED_WORK), escape(row.directed_work_note)),
        now=now,
        page=f"../lectures/{row.pk}/",
        entry=f"{row.pk}.ics" if row.taught_on and not css.endswith("is-past") else "",
    )


def band_row(band: tuple[Any, ...], today: date) -> Row:
    first, last, title, kind, number, pk = band
    model = {"deadline": "deadline", "exam": "examday", "holiday": ""}.get(kind, "milestone")
    is_past = (last or first) < today
    if kind == "window":
        title = _("MS%(number)s: presentations, each group in its slot") % {"number": number}
    elif number:
        title = f"MS{number}: {title or _('presentations of all groups')}"
    css = f"band band-{'presentation' if number else kind}" + (" is-past" if is_past else "")
    return Row(
        first=first,
        iso=first.isoformat(),
        date=days(first, last),
        css=css,
        title=title,
        entry=f"../calendar/{model}-{pk}.ics" if model and not is_past else "",
        is_band=True,
    )


def days(first: date | None, last: date | None) -> str:
    """“Mon 2 March”, “Mon 2 to Thu 5 March”, or that it is not fixed."""
    return days_in(get_language(), first, last)


@lru_cache(maxsize=4096)
def days_in(language: str | None, first: date | None, last: date | None) -> str:
    """The same days stand on every page; the language that is active is the first argument."""
    if first is None:
        return _("date to be announced")
    if last is None or last == first:
        return date_format(first, "D j F")
    start = date_format(first, "D j" if (first.year, first.month) == (last.year, last.month) else "D j F")
    return _("%(first)s to %(last)s") % {"first": start, "last": date_format(last, "D j F")}


def hours(begins: time | None, ends: time | None) -> str:
    """“9:00–12:30”, as far as it is known."""
    return "–".join(f"{at.hour}:{at.minute:02}" for at in (begins, ends) if at)


def links_by_cell(
    edition: CourseEdition, titles: dict[int, str], materials: Iterable[MaterialLine], now: datetime
) -> dict[tuple[int, str], str]:
    """The links of each cell as HTML, one a line, by lecture and column."""
    on_this_site = reverse("schedule:material", args=[edition.slug, 0])
    lines = list(materials)
    # A course whose file has no column for it names its labs beside the topic: they stand in a column here.
    is_mixed = all(line.column == Material.Column.MATERIAL for line in lines)
    cells: dict[tuple[int, str], str] = {}
    for line in lines:
        if is_mixed and line.kind in (Material.Kind.LAB, Material.Kind.DEMO):
            line = line._replace(column=Material.Column.DIRECTED_WORK.value)
        if line.lecture in titles:
            link = material_link(line, titles[line.lecture], edition, on_this_site, now)
            before = cells.get((line.lecture, line.column), "")
            cells[line.lecture, line.column] = f"{before}<br>{link}" if before else link
    return cells


def links_of_course(edition: CourseEdition, materials: Iterable[MaterialLine], now: datetime) -> list[SafeString]:
    """The links of the course as a whole."""
    on_this_site = reverse("schedule:material", args=[edition.slug, 0])
    return [mark_safe(material_link(line, "", edition, on_this_site, now)) for line in materials]  # noqa: S308 - escaped


def material_link(line: MaterialLine, title: str, edition: CourseEdition, on_this_site: str, now: datetime) -> str:
    """HTML that says what it opens, and where it leads: on this site, where it is not known elsewhere.

    Behind it, from when students see it: of what is not released only staff have a line.
    """
    label = escape(links.readable(line.label))
    mark = not_yet(line, edition, now) if line.is_held or line.released_at else ""
    href = "" if line.file_name else links.resolve(line.href, edition.repository_url)
    if not href and (line.file_name or links.is_file(line.href)):
        href = on_this_site.replace("/0/", f"/{line.pk}/")
    if not href:
        return label + mark
    about = f'<span class="visually-hidden">: {escape(title)}</span>' if title else ""
    if line.file_name:
        kinds: Iterable[str] = (escape(ending(line.file_name).upper()), filesizeformat(line.file_size))
    else:
        kinds = (links.file_type(line.href),)
    return f'<a href="{escape(href)}">{", ".join(filter(None, (f"{label}{about}", *kinds)))}</a>{mark}'


def not_yet(line: MaterialLine, edition: CourseEdition, now: datetime) -> str:
    """HTML for staff; empty for what is released."""
    if line.is_released(now):
        return ""
    said = _("Held back from students")
    if not line.is_held and line.released_at:
        said = _("Students see this from %(time)s") % {"time": clock.said(line.released_at, edition.zone)}
    return f' <span class="state state-later">{escape(said)}</span>'


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
