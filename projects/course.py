"""What the projects have of a course: its milestones."""

from itertools import count

from coursesite.models import CourseEdition
from projects.models import Milestone
from schedule.readme import Parsed
from schedule.syncing import Fact, Table, by, compare


def plan(edition: CourseEdition, parsed: Parsed) -> list[Table]:
    """Milestones, known by their number; those that the file does not number come after the others."""
    numbered = {item.number for item in parsed.milestones}
    spare = (number for number in count(1) if number not in numbered)
    facts = [
        Fact(
            {
                "number": item.number or next(spare),
                "kind": item.kind,
                "title": item.title,
                "text": item.text,
                "starts_on": item.start,
                "ends_on": item.end,
                "is_confirmed": item.confirmed,
            },
            item.lines[0] if item.lines else None,
        )
        for item in parsed.milestones
    ]
    rows = Milestone.objects.filter(edition=edition) if edition.pk else ()
    return [compare(Milestone, rows, facts, by("number"), moves=("starts_on", "ends_on"), is_dated=True)]
