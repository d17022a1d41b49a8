"""From the rows of an edition back to its README: only what a person changed on the site, each at its own place.

The text that was imported is the paper; the rows say what is different now (`SourceRow.imported` is what the file
said). Every change is read again before it counts: what the reader does not give back as meant is not written, and is
reported instead.
"""

import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from coursesite.models import CourseEdition
from schedule import importing, writing_layout
from schedule.readme import Parsed
from schedule.writing_along import guesses
from schedule.writing_dates import written
from schedule.writing_due import as_it_stands, followers
from schedule.writing_edits import Edit, Entry, edits_of, entries, fingerprint, refusal, said, whole
from schedule.writing_page import Changes, Options, Page
from schedule.writing_rows import Record
from schedule.writing_ways import groups, lesser, ways

ROUNDS = 5  # in which what is not read back is left out of a new file


@dataclass
class Export:
    text: str
    refused: list[str] = field(default_factory=list)  # sentences: what could not be written

    @property
    def data(self) -> bytes:
        return self.text.encode()


def export(edition: CourseEdition) -> Export:
    """The edition's README as its rows are now. Reads only."""
    source = importing.last_read(edition).text
    if not source:
        return fresh(edition)
    page = opened(edition, source)
    if page.parsed.errors:
        problem = page.parsed.errors[0].message
        return Export(source, [_("The README cannot be read any more: %(problem)s") % {"problem": problem}])
    edits, refused = edits_of(edition, page.parsed)
    page, more = write(page, edits)
    return Export(page.text, refused + more)


def opened(edition: CourseEdition, source: str) -> Page:
    """The imported text, read as it was when it was imported: with a year or an order of dates where it needs them."""
    zone, (told, order) = edition.timezone, importing.answers_of(importing.last_read(edition))
    asked = [(told, order), *((year, guess) for year in (None, edition.year) for guess in (None, True, False))]
    pages = (Page(source, Options(zone, *answers)) for answers in dict.fromkeys(asked))
    first = next(pages)
    return first if not first.parsed.errors else next((page for page in pages if not page.parsed.errors), first)


def write(page: Page, edits: list[Edit]) -> tuple[Page, list[str]]:
    """The page with these edits, and what could not be written."""
    refused: list[str] = []
    while edits and edits[0].kind == "sprint":
        edit, *edits = edits
        after, _problems = _one(page, edit)
        if after is not page:
            page, edits = after, [_renamed(other, edit) for other in edits]
    page, edits = _with_followers(page, [edit for edit in edits if edit.new != edit.old])
    page, more = _several(page, edits)
    return page, refused + more


def _with_followers(page: Page, edits: list[Edit]) -> tuple[Page, list[Edit]]:
    """Rows that move together with what is due in them, and the edits that are left."""
    for edit in edits:
        there = entries(page.parsed)
        if not (along := followers(there, edit, edits)):
            continue
        for way in ways(page, there, edit):
            if (after := _read_back(page, there, way, [edit, *along])) is not None:
                page, edits = after, [other for other in edits if other is not edit and other not in along]
                break
    return page, edits


def _renamed(edit: Edit, sprint: Edit) -> Edit:
    if edit.kind == "lecture" and edit.old and sprint.old and sprint.new and edit.old["sprint"] == sprint.old["label"]:
        return replace(edit, old=edit.old | {"sprint": sprint.new["label"]})
    return edit


def _several(page: Page, edits: list[Edit]) -> tuple[Page, list[str]]:
    """All at once where that reads back; else by halves, down to the one that does not."""
    if not edits:
        return page, []
    there = entries(page.parsed)
    edits = [as_it_stands(there, edit) for edit in edits]
    if len(edits) == 1:
        return _one(page, edits[0])
    firsts = [first for edit in edits if (first := next(guesses(page, there, edit), None))]
    if len(firsts) == len(edits):
        together = [change for _meant, way in firsts for change in way]
        if (after := _read_back(page, there, together, [each for meant, _way in firsts for each in meant])) is not None:
            return after, []
    middle = len(edits) // 2
    page, refused = _several(page, edits[:middle])
    page, more = _several(page, edits[middle:])
    return page, refused + more


def _one(page: Page, edit: Edit) -> tuple[Page, list[str]]:
    """One edit: in the first way that reads back, else field by field."""
    if (made := _whole(page, edit)) is not None:
        return made[0], []
    if edit.old is None and edit.new is not None:
        for less in lesser(page, edit.new):
            if (made := _whole(page, replace(edit, new=less))) is not None:
                added = tuple((None, link) for link in edit.new["materials"] if link not in less["materials"])
                return _by_parts(made[0], replace(edit, old=less, links=added))
    steps = list(_steps(edit))
    if len(steps) < 2:
        return page, [refusal(edit, next((what for what, _step in steps), _lacking(page, edit)))]
    return _by_parts(page, edit)


def _lacking(page: Page, edit: Edit) -> str:
    """What every class of a list says and a new one does not, so that there is no line for it."""
    if page.made_of == "headings" and edit.kind == "lecture" and edit.old is None and edit.new:
        for name, said in (("week", "week"), ("taught_on", "date")):
            if not edit.new[name] and all(getattr(row, said) for row in page.parsed.lectures):
                field = edit.model._meta.get_field(name).verbose_name
                return _("the other classes have a %(field)s there, and it has none") % {"field": field}
    return ""


def _by_parts(page: Page, edit: Edit) -> tuple[Page, list[str]]:
    refused, current = [], _as_read(page, edit.kind, edit.old or {})
    for what, step in _steps(edit):
        part = replace(edit, old=current, new=_stepped(current, step), links=step.links)
        if part.new == part.old:
            continue
        if (made := _whole(page, part)) is not None:
            page, current = made[0], _as_read(made[0], edit.kind, made[1].new or {})
        else:
            refused.append(refusal(edit, what))
    return page, refused


def _as_read(page: Page, kind: str, record: Record) -> Record:
    """The record in the words of the page, which may say its links in another order."""
    mark = fingerprint(kind, record)
    found = (entry.record for entry in entries(page.parsed).get(kind, []) if fingerprint(kind, entry.record) == mark)
    return next(found, record)


def _whole(page: Page, edit: Edit) -> tuple[Page, Edit] | None:
    """The page with all of an edit, in the first way that reads back, and the edit as the file says it now."""
    there = entries(page.parsed)
    for meant, way in guesses(page, there, edit):
        if (after := _read_back(page, there, way, list(meant))) is not None:
            return after, meant[0]
    return None


def _steps(edit: Edit) -> Iterator[tuple[str, Edit]]:
    """An edit by its parts: what one part is called, and the edit that it is. The links before a title in one."""
    if edit.old is None or edit.new is None:
        return
    for was, now in edit.links:
        yield (
            _("link “%(label)s”") % {"label": (was or now or {}).get("label", "")},
            replace(edit, new={}, links=((was, now),)),
        )
    names = [name for name in edit.new if name != "materials" and edit.new[name] != edit.old[name]]
    for group in groups(edit.kind, names):
        label = ", ".join(str(edit.model._meta.get_field(name).verbose_name) for name in group)
        values = {name: edit.new[name] for name in group}
        yield label, replace(edit, new=values, links=())


def _stepped(current: Record, step: Edit) -> Record:
    new = current | (step.new or {})
    for was, now in step.links:
        rest = list(current["materials"])
        if was in rest:
            rest.remove(was)
        new["materials"] = [*rest, now] if now else rest
    return new


def _read_back(page: Page, there: dict[str, list[Entry]], changes: Changes, edits: list[Edit]) -> Page | None:
    """The page after these changes, if reading it gives exactly what was meant, and nothing else differs."""
    unique = list(dict.fromkeys(changes))
    spans = sorted((change.start, change.end) for change in unique)
    if any(one[1] > other[0] for one, other in itertools.pairwise(spans)):
        return None
    text = written(page.text, unique)
    parsed = page.options.parse(text)
    if parsed.errors or _conflicts(parsed) > _conflicts(page.parsed):
        return None
    if parsed.columns != page.parsed.columns or said(parsed) != _meant(there, edits):
        return None
    return Page(text, page.options, parsed)


def _conflicts(parsed: Parsed) -> int:
    return sum(issue.code == "milestone-conflict" for issue in parsed.warnings)


def _meant(there: dict[str, list[Entry]], edits: list[Edit]) -> dict[str, Counter[str]]:
    records = {kind: [entry.record for entry in found] for kind, found in there.items() if kind != "sprint"}
    for edit in edits:
        if edit.kind == "sprint" and edit.old and edit.new:
            old, new = edit.old["label"], edit.new["label"]
            records["lecture"] = [
                record | ({"sprint": new} if record["sprint"] == old else {}) for record in records.get("lecture", [])
            ]
            continue
        kept = records.setdefault(edit.kind, [])
        if edit.old is not None and edit.old in kept:
            kept.remove(edit.old)
        if edit.new is not None:
            kept.append(edit.new)
    return {kind: Counter(fingerprint(kind, record) for record in found) for kind, found in records.items() if found}


# a course without a file


def fresh(edition: CourseEdition) -> Export:
    """A README for a course that has none, without what its reader would take for something else."""
    facts = {name: getattr(edition, name) for name in ("code", "title", "season", "year")}
    edits, refused = whole(edition), []
    if any(edit.kind == "staffmember" and (edit.new or {})["email"] for edit in edits):
        refused.append(_("Mail addresses are written only where the file had them."))
    edits = [
        replace(edit, new=(edit.new or {}) | {"email": ""}) if edit.kind == "staffmember" else edit for edit in edits
    ]
    made = laid_out(facts, edits, Options(edition.timezone, edition.year))
    return Export(made.text, refused + made.refused)


def laid_out(facts: Record, edits: list[Edit], options: Options) -> Export:
    """A new file with what is to be written first; pure."""
    text, refused = "", []
    for _round in range(ROUNDS):
        text = writing_layout.text_of(facts, [(edit.kind, edit.new or {}) for edit in edits])
        read = said(options.parse(text))
        lost = []
        for edit in edits:
            known = read.get(edit.kind, Counter[str]())
            mark = fingerprint(edit.kind, edit.new or {})
            if known[mark]:
                known[mark] -= 1
            else:
                lost.append(edit)
        if not lost:
            break
        refused += [refusal(edit, "") for edit in lost]
        edits = [edit for edit in edits if edit not in lost]
    return Export(text, refused)
