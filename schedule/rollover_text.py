"""The README of an edition that was rolled over: the old file on its new days, then whatever the rows say otherwise."""

from django.utils.translation import gettext as _

from coursesite.models import CourseEdition, Readme
from schedule import importing, writing
from schedule.copying import Copies
from schedule.models import Holiday
from schedule.readme import Parsed
from schedule.syncing import Outcome


def write(made: CourseEdition, text: str, tables: list[Copies], free: Copies) -> list[str]:
    """`text`: the old README, moved. The rows of `tables` are written, those of `free` not yet.

    Returns sentences about what the file could not say. Afterwards an import of the export changes nothing.
    """
    parsed = writing.opened(made, text).parsed
    if parsed.errors:
        return [_("The README cannot be read any more: %(problem)s") % {"problem": parsed.errors[0].message}]
    take_over(made, text, parsed)
    put_dates_again(tables)
    # The old holidays go out of the file before the new ones come in: none of them is the other, moved.
    text = settled(made)
    for row in free.rows:
        row.made.edition = made
    Holiday.objects.bulk_create([row.made for row in free.rows])
    refused = writing.export(made).refused
    settled(made)
    return refused


def write_unmoved(made: CourseEdition, text: str) -> list[str]:
    """Where the old README's dates cannot be moved as text, the writer moves those of the rows one by one."""
    if not text:
        return []
    parsed = writing.opened(made, text).parsed
    Readme.objects.create(edition=made, text=text, imported=importing.edition_facts(parsed))
    refused = writing.export(made).refused
    settled(made)
    return refused


def take_over(made: CourseEdition, text: str, parsed: Parsed) -> None:
    """The rows know their place in the file; what only follows the dates of its prose is taken from there."""
    Readme.objects.create(edition=made, text=text, imported=importing.edition_facts(parsed))
    place_rows(made, parsed)


def place_rows(made: CourseEdition, parsed: Parsed) -> None:
    """The rows know what the file says of them, and no row is made of it."""
    for table in importing.plan(parsed, CourseEdition.objects.get(pk=made.pk)).tables:
        table.facts = [fact for fact in table.facts if fact.outcome is not Outcome.ADDED]
        table.write(made)


def put_dates_again(tables: list[Copies]) -> None:
    """The dates of the plan hold, whatever the file says."""
    for table in tables:
        dated = [row for row in table.rows if row.dates]
        names = sorted({each.name for row in dated for each in row.dates})
        if dated:
            table.model._default_manager.bulk_update([row.made for row in dated], names)


def settled(made: CourseEdition) -> str:
    """Write what the rows say into the file, and let the rows know that it says so."""
    fresh = CourseEdition.objects.get(pk=made.pk)
    text = writing.export(fresh).text
    parsed = writing.opened(fresh, text).parsed
    if parsed.errors:
        return text
    Readme.objects.filter(edition=made).update(text=text, imported=importing.edition_facts(parsed))
    place_rows(made, parsed)
    return text
