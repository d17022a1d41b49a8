"""A plan in words: what a person looks at before a README is applied."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import models
from django.utils.formats import date_format
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _

from coursesite.models import CourseEdition
from schedule.importing import Plan, place
from schedule.readme import Issue
from schedule.readme_text import CONTROL, split_lines
from schedule.syncing import Fact, Outcome, Table, plain

SHOWN = 200  # rows of each kind; the numbers are of all
LONG, CONTEXT = 240, 60  # characters of a value, and around what differs in a longer one
LONG_LINE = 400


@dataclass(frozen=True)
class Remark:
    """A warning, an error or a question, with the line of the file that it is about."""

    issue: Issue
    line: str  # "" where there is none to show

    @property
    def spot(self) -> str:
        """The text concerned, where neither the sentence nor the line shows it."""
        text = self.issue.text
        return "" if text in self.issue.message or text in self.line else text


@dataclass(frozen=True)
class Change:
    field: str
    now: str
    then: str


@dataclass
class Row:
    """A row that the plan touches; `outcome` is the word of Outcome, or "kept" where only a person's values stay."""

    outcome: str
    name: str
    line: int | None  # of this file: a row that is missing has none
    changes: list[Change] = field(default_factory=list)
    kept: list[Change] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)


@dataclass
class Kind:
    """All rows of one model, the first of them to be shown."""

    name: str
    rows: list[Row]
    count: int
    outcomes: set[str]  # of all of them


@dataclass
class Preview:
    plan: Plan
    kinds: list[Kind]
    questions: dict[str, list[Remark]]  # by their code, as a person ticks them
    remarks: list[Remark]  # warnings on lines whose rows stay as they are, the first of them
    remark_count: int
    numbers: dict[str, int]  # rows by outcome

    @property
    def is_only_text(self) -> bool:
        """No row of the site changes, and the text of the README does, or the order of its lines."""
        return not any(kind.outcomes - {"kept"} for kind in self.kinds)

    @property
    def warned(self) -> int:
        """How many of the rows that are shown come with a warning."""
        return sum(bool(row.remarks) for kind in self.kinds for row in kind.rows)


def remarks(issues: Iterable[Issue], text: str) -> list[Remark]:
    lines = dict(enumerate(split_lines(text), start=1))
    return [Remark(issue, CONTROL.sub("", lines.get(issue.line or 0, "")).strip()[:LONG_LINE]) for issue in issues]


def preview(made: Plan) -> Preview:
    """In no query: the plan has read all that is said here."""
    warnings = [issue for issue in made.parsed.warnings if not issue.needs_tick]
    by_line: dict[int, list[Remark]] = {}
    for remark in remarks(warnings, made.parsed.source):
        by_line.setdefault(remark.issue.line or 0, []).append(remark)
    questions: dict[str, list[Remark]] = {}
    for remark in remarks(made.questions, made.parsed.source):
        questions.setdefault(remark.issue.code, []).append(remark)
    kinds = [edition_kind(made), *(kind_of(table, made.tables, by_line) for table in made.tables)]
    others = [remark for line in sorted(by_line) for remark in by_line[line]]
    return Preview(
        plan=made,
        kinds=[kind for kind in kinds if kind.rows],
        questions=questions,
        remarks=others[:SHOWN],
        remark_count=len(others),
        numbers=made.counts(),
    )


def edition_kind(made: Plan) -> Kind:
    """The edition's own fields."""
    changes, kept = (
        [change(CourseEdition, name, *values) for name, values in fields.items()]
        for fields in (made.changes, made.kept)
    )
    outcome = "changed" if changes else "kept"
    rows = [Row(outcome, str(made.edition), made.parsed.edition.line, changes, kept)] if changes or kept else []
    return Kind(_("Course edition"), rows, len(rows), {outcome} if rows else set())


def kind_of(table: Table, tables: Sequence[Table], by_line: dict[int, list[Remark]]) -> Kind:
    """The rows of a table that the plan touches; each takes the warnings of its line with it."""
    owners = owners_of(table, tables)
    facts = [fact for fact in table.facts if fact.outcome is not Outcome.UNCHANGED or fact.kept - {"position"}]
    rows = []
    for fact in facts[:SHOWN]:
        row = row_of(table.model, fact)
        if table.parent:
            linked = fact.links.get(table.parent)
            owner = owners.get(place(linked) if linked else getattr(fact.row, f"{table.parent}_id"), "")
            row.name = f"{owner}: {row.name}" if owner else row.name
        row.remarks = by_line.pop(row.line, []) if row.line else []
        rows.append(row)
    outcomes = {"kept" if fact.outcome is Outcome.UNCHANGED else fact.outcome.value for fact in facts}
    return Kind(str(capfirst(table.model._meta.verbose_name_plural)), rows, len(facts), outcomes)


def owners_of(table: Table, tables: Sequence[Table]) -> Mapping[int, str]:
    """The names of the rows to which those of `table` belong, by `place`."""
    if not table.parent:
        return {}
    model = table.model._meta.get_field(table.parent).related_model
    return {place(fact): name_of(other.model, fact) for other in tables if other.model is model for fact in other.facts}


def row_of(model: type[models.Model], fact: Fact) -> Row:
    name, says = name_of(model, fact), fact.says
    row = Row(fact.outcome.value, name, None if fact.outcome is Outcome.MISSING else fact.line)
    if fact.outcome is Outcome.ADDED:
        changes = [change(model, field, "", value) for field, value in says.items() if field != "position"]
        row.changes = [each for each in changes if each.then and each.then not in name]
    elif fact.outcome is not Outcome.MISSING:
        row.outcome = "kept" if fact.outcome is Outcome.UNCHANGED else row.outcome
        row.changes = [change(model, name, *values) for name, values in fact.changes.items() if name != "position"]
        row.kept = [change(model, name, held(fact, name), says[name]) for name in sorted(fact.kept - {"position"})]
    return row


def name_of(model: type[models.Model], fact: Fact) -> str:
    """As the site calls the row, or would."""
    return Truncator(str(fact.row or model(**fact.values))).chars(120)


def held(fact: Fact, name: str) -> Any:
    value = getattr(fact.row, name)
    return (value and str(value)) if name in fact.links else plain(value)


def change(model: type[models.Model], name: str, now: Any, then: Any) -> Change:
    column = model._meta.get_field(name)
    before, after = shortened(said(column, now), said(column, then))
    return Change(str(getattr(column, "verbose_name", name)), before, after)


def said(column: Any, value: Any) -> str:
    """A plain value in words; "" where there is nothing."""
    if value in (None, "", [], {}):
        return ""
    if isinstance(column, models.BooleanField):
        return _("yes") if value else _("no")
    if isinstance(column, models.DateField):
        return date_format(date.fromisoformat(value), "D j F Y")
    if isinstance(column, models.TimeField):
        return str(value)[:5]
    if isinstance(value, dict):
        return "; ".join(f"{key}: {cell}" for key, cell in value.items())
    return str(dict(getattr(column, "flatchoices", ())).get(value, value))


def shortened(now: str, then: str) -> tuple[str, str]:
    """Both as they are; of a long text what differs, with a few words around it."""
    if max(len(now), len(then)) <= LONG:
        return now, then
    if not now or not then:
        return Truncator(now).chars(LONG), Truncator(then).chars(LONG)
    differs_at = next((n for n, (a, b) in enumerate(zip(now, then, strict=False)) if a != b), min(len(now), len(then)))
    start = max(0, differs_at - CONTEXT)
    before = "…" if start else ""
    return before + Truncator(now[start:]).chars(LONG), before + Truncator(then[start:]).chars(LONG)
