"""What an export takes along with a change of a person (writing_along), or leaves out for want of a place: no news when
its file is read again."""

import re
from collections import defaultdict

from schedule.readme import Parsed
from schedule.readme_inline import retitled
from schedule.syncing import Fact, Outcome, Table
from schedule.writing_links import LINK

OF_KIND = ("label", "href")  # of a link, from which its kind follows


def without_echoes(parsed: Parsed, sprints: Table, lectures: Table, links: Table) -> None:
    labels: dict[Fact | None, set[str]] = defaultdict(set)
    for fact in links.facts:
        lecture = fact.links.get("lecture")
        if fact.values and fact.row:
            labels[lecture] |= {fact.values["label"], fact.row.imported.get("label", "")}
            _of_new_link(fact, has_column=has_directed_work(parsed))
        if lecture and lecture.row and _is_only(fact, "label"):
            held, now = fact.changes["label"]
            said, title = lecture.row.imported.get("title", ""), lecture.values["title"]
            if title == lecture.row.title and now == retitled(held, said, title):
                fact.outcome = Outcome.UNCHANGED
        elif _is_only(fact, "kind") and any(fact.row.imported.get(name) != fact.says[name] for name in OF_KIND):
            fact.outcome = Outcome.UNCHANGED
    for fact in lectures.facts:
        if _is_only(fact, "extra"):
            cells, known = fact.changes["extra"], labels[fact]
            held, now = ({name: _beside(cell, known) for name, cell in said.items()} for said in cells)
            if all(held.get(name, []) == now.get(name, []) for name in {**held, **now}):
                fact.outcome = Outcome.UNCHANGED
    _of_unused_sprints(sprints, lectures)


def has_directed_work(parsed: Parsed) -> bool:
    """Whether the schedule has a column of its own for the links of directed work: else they stand with the others."""
    return any(column.field == "directed_work" for column in parsed.columns)


def _of_new_link(fact: Fact, *, has_column: bool) -> None:
    """A link that a person added is of the kind that its place says, unless they chose one, and in the only column."""
    row = fact.row
    if "kind" in fact.kept and not row.imported and row.kind == row.Kind.LINK:
        fact.kept.remove("kind")
        fact.changes["kind"] = (row.kind, fact.values["kind"])
    if not has_column:
        fact.kept.discard("column")


def _of_unused_sprints(sprints: Table, lectures: Table) -> None:
    """A file names a sprint beside its classes: where the site has none of them any more, it cannot."""
    used = {fact.row.sprint_id for fact in lectures.facts if fact.row and not fact.row.is_missing}
    for fact in sprints.facts:
        if fact.outcome is Outcome.MISSING and fact.row.pk not in used:
            fact.outcome = Outcome.UNCHANGED


def _is_only(fact: Fact, name: str) -> bool:
    return fact.outcome is Outcome.CHANGED and not fact.row.is_missing and fact.changes.keys() - {"position"} == {name}


def _beside(cell: str, labels: set[str]) -> list[str]:
    """The words of a cell that are in none of the links."""
    cell = LINK.sub(lambda link: link[0] if link[0].endswith("]") and not link["ref"] else " ", cell)
    for label in sorted(filter(None, labels), key=len, reverse=True):
        cell = cell.replace(label, " ")
    return re.findall(r"\w+", cell)
