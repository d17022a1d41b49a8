"""What an export takes along with a change of a person (writing_along), or leaves out for want of a place: no news when
its file is read again."""

import re
from collections import Counter, defaultdict

from schedule.readme import Parsed
from schedule.readme_dates import NAMED_DAY, without_dates
from schedule.readme_due import due_in
from schedule.readme_inline import retitled
from schedule.readme_text import fold
from schedule.syncing import Fact, Outcome, Table
from schedule.writing_links import LINK

DATED = re.compile(rf"(?:{NAMED_DAY.pattern}\W*)?\0")
OF_KIND = ("label", "href")  # of a link, from which its kind follows


def without_echoes(parsed: Parsed, sprints: Table, lectures: Table, links: Table, deadlines: Table) -> None:
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
    _of_days_due(deadlines)
    for fact in lectures.facts:
        if _is_only(fact, "week") and not fact.row.imported and not fact.row.week:
            fact.outcome = Outcome.UNCHANGED  # the label that every class of the file has
        if _is_only(fact, "extra") and _says_the_same(fact, labels[fact], parsed, deadlines):
            fact.outcome = Outcome.UNCHANGED
    _of_unused_sprints(sprints, lectures)


def without_day(text: str) -> str:
    """The words of what is due, without the day that it may name."""
    return " ".join(re.findall(r"\w+", DATED.sub(" ", fold(without_dates(text)))))


def _of_days_due(deadlines: Table) -> None:
    """What is due names its day where that is not the day of its row; the day itself stands in the row already."""
    for fact in deadlines.facts:
        if not fact.values or fact.row is None or fact.row.is_missing or fact.changes.keys() - {"position", "title"}:
            continue
        held, now = fact.row.title, fact.values["title"]
        if held != now and without_day(held) == without_day(now) and fact.values["due_on"] == fact.row.due_on:
            fact.changes["title"] = (held, now)
            fact.kept.discard("title")
            fact.outcome = Outcome.UNCHANGED


def _says_the_same(fact: Fact, labels: set[str], parsed: Parsed, deadlines: Table) -> bool:
    """Whether the cells beside a class have new words only in their links and in what is due."""
    held, now = (
        {name: _beside(cell, labels) for name, cell in _without_due(said, deadlines).items()}
        for said in fact.changes["extra"]
    )
    differ = {name for name in {**held, **now} if held.get(name, []) != now.get(name, [])}
    if differ == {"assignment"}:
        return _is_gone_due(held["assignment"], now["assignment"], parsed, deadlines)
    return not differ


def _without_due(said: dict[str, str], deadlines: Table) -> dict[str, str]:
    """The cells of a class without what is due and no news."""
    cell, titles = said.get("assignment", ""), set()
    for fact in deadlines.facts:
        if fact.values and fact.row and fact.outcome is Outcome.UNCHANGED:
            titles |= {fact.values["title"], fact.row.title, fact.row.imported.get("title", "")}
    for title in sorted(filter(None, titles), key=len, reverse=True):
        cell = cell.replace(title, " ")
    return said | {"assignment": cell}


def _is_gone_due(held: list[str], now: list[str], parsed: Parsed, deadlines: Table) -> bool:
    """Whether all that a class no longer says is what was due, of which the site has no row: a person took it out."""
    left = iter(held)
    if any(word not in left for word in now):  # in this order
        return False
    lost = " ".join((Counter(held) - Counter(now)).elements())
    header = " ".join(column.header for column in parsed.columns if column.field == "assignment")
    known = {fact.row.imported.get("title") for fact in deadlines.facts if fact.row}
    return bool(due_in(header, [lost])[0]) and not any(
        title and without_day(title) in without_day(lost) for title in known
    )


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
