"""A watched README: looked at every night, its changes told to the instructors as a plan, and never applied.

A text is told once. A repository that cannot be read is told once, after some nights, and stands on the staff's pages.
"""

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone, translation

from coursesite.mail import queue
from coursesite.models import CourseEdition, Enrolment, User
from schedule import importing, readme
from schedule.importing import ImportRefused
from schedule.models import ReadmeSource
from schedule.preview import Preview, preview
from schedule.readme import Issue, Parsed
from schedule.repositories import NotFetched, Source, fetch

logger = logging.getLogger(__name__)

PATIENCE = 3  # nights for which a repository may be away
TOLD = 20  # lines of each kind in a mail


def watch(edition: CourseEdition, source: Source, data: bytes, now: datetime) -> None:
    """From now on; what its README says now was seen."""
    fields = asdict(source) | {"seen": digest(data)}
    clear = {"checked_at": now, "has_news": False, "failures": 0, "failing_since": None, "problem": ""}
    ReadmeSource.objects.update_or_create(edition=edition, defaults=fields | clear)


def place_of(source: ReadmeSource) -> Source:
    return Source(source.url, source.branch, source.path)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def look_at_all(now: datetime) -> int:
    """The repositories whose turn it is; how many were looked at."""
    rows = ReadmeSource.objects.filter(edition__in=CourseEdition.objects.current()).select_related("edition")
    due = [source for source in rows if source.is_due(now)]
    return sum(looked_at(source, now) for source in due)


def looked_at(source: ReadmeSource, now: datetime) -> bool:
    """What goes wrong with one is for the log, and the others have their turn all the same."""
    try:
        return look(source, now)
    except Exception:
        logger.exception("The watched README of edition %s could not be looked at", source.edition_id)
        return True


def look(source: ReadmeSource, now: datetime) -> bool:
    """Whether it was this look's turn: of two at once one looks."""
    mine = ReadmeSource.objects.filter(pk=source.pk, checked_at=source.checked_at).update(checked_at=now)
    if not mine:
        return False
    try:
        fetched = fetch(place_of(source))
    except NotFetched as problem:
        failed(source, str(problem), now)
    else:
        saw(source, fetched.data, now)
    return True


def as_looked_at(source: ReadmeSource, now: datetime) -> QuerySet[ReadmeSource]:
    """The row, unless it was changed or removed while git was at work: then what it found is of no more use."""
    return ReadmeSource.objects.filter(pk=source.pk, checked_at=now, **asdict(place_of(source)))


def failed(source: ReadmeSource, problem: str, now: datetime) -> None:
    with transaction.atomic():
        still = as_looked_at(source, now).update(
            problem=problem[:500], failures=F("failures") + 1, failing_since=Coalesce("failing_since", now)
        )
        if not still:
            return
        source.refresh_from_db()
        if source.failures >= PATIENCE and source.failing_since:
            facts: dict[str, Any] = {"url": page_of(source.edition), "repository": source.url}
            facts |= {"nights": source.failures, "problem": source.problem}
            tell("readme_unreachable", source, source.failing_since.isoformat(), facts, now)


def saw(source: ReadmeSource, data: bytes, now: datetime) -> None:
    """What it says now: told where it is new, and not what was imported anyway."""
    text = digest(data)
    is_imported = importing.last_read(source.edition).text.encode() == data
    with transaction.atomic():
        still = as_looked_at(source, now).update(
            problem="", failures=0, failing_since=None, seen=text, has_news=not is_imported
        )
        if still and text != source.seen and not is_imported and (facts := news(source, data)):
            tell("readme_changed", source, text, facts, now)


def news(source: ReadmeSource, data: bytes) -> dict[str, Any] | None:
    """The plan in words, as a mail shows it; None where nothing on the site would change."""
    edition = CourseEdition.objects.get(pk=source.edition_id)  # the plan writes on it
    year, day_first = importing.answers_of(importing.last_read(edition))
    facts = {"url": page_of(edition), "repository": source.url}
    with translation.override(settings.LANGUAGE_CODE), timezone.override(edition.zone):
        parsed = readme.parse(data, timezone=edition.timezone, year=year, day_first=day_first)
        try:
            made = importing.plan(parsed, edition)
        except ImportRefused as refused:
            return facts | said_of(parsed) | {"errors": [located(issue) for issue in refused.issues]}
        if made.is_empty:
            return None
        return facts | said_of(parsed) | {"numbers": made.counts(), "rows": list(rows_of(preview(made)))}


def rows_of(shown: Preview) -> Iterator[str]:
    rows = [(kind, row) for kind in shown.kinds for row in kind.rows if row.outcome != "kept"]
    for kind, row in rows[:TOLD]:
        changes = [f"{change.field}: {change.now or '–'} → {change.then or '–'}" for change in row.changes]
        said = f" ({'; '.join(changes)})" if changes and row.outcome in ("changed", "moved") else ""
        yield f"{SIGNS[row.outcome]} {kind.name}: {row.name}{said}"[:300]
    if len(rows) > TOLD:
        yield "…"


SIGNS = {"added": "+", "changed": "~", "moved": ">", "missing": "-"}  # as the command shows them


def said_of(parsed: Parsed) -> dict[str, Any]:
    warnings = [located(issue) for issue in parsed.warnings]
    return {"warnings": [*warnings[:TOLD], *["…"] * (len(warnings) > TOLD)]}


def located(issue: Issue) -> str:
    return f"{issue.line}: {issue.message}" if issue.line else issue.message


def page_of(edition: CourseEdition) -> str:
    return settings.SITE_URL + reverse("schedule:import_readme", args=[edition.slug])


def tell(kind: str, source: ReadmeSource, key: str, facts: dict[str, Any], now: datetime) -> None:
    instructors = Enrolment.objects.filter(edition=source.edition_id, role=Enrolment.Role.INSTRUCTOR)
    people = User.objects.filter(pk__in=instructors.values("user"), is_active=True)
    queue(kind, people, edition=source.edition, key=f"{source.pk}:{key}", facts=facts, now=now)
