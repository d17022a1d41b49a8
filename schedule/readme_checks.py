"""What is odd about a schedule only shows when several rows are read: doubled days, targets, labels and sprints."""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Mapping

from django.utils.translation import gettext as _

from schedule.readme_dates import find_spans
from schedule.readme_facts import MAX_READ, LectureRow
from schedule.readme_text import Warnings, fold

NUMBERED = re.compile(
    r"^\W*(?P<kind>[^\W\d]*)\W*(?P<first>\d{1,4})(?:\s*(?:[-–—&+/,]|to|and|a|et)\s*[^\W\d]?(?P<last>\d{1,4}))?"
)
HALF_DAY = re.compile(r"\b(?:matin|apres-midi|soir|morning|afternoon|evening|am|pm)\b")


class WeekNumbers:
    """Labels of one kind count on: "W3" after "W2", "5" after "3-4"; a holiday may have its number or none."""

    def __init__(self, warnings: Warnings):
        self.warnings = warnings
        self._above: dict[str, int] = {}  # the number of the row above, by the word before it

    def check(self, line: int, label: str, *, is_class: bool) -> None:
        match = NUMBERED.match(fold(label))
        counted = label[:MAX_READ].split("(")[0] or label[:MAX_READ]  # "10 (6/2)"
        if match is None or find_spans(counted, prose=True):
            return
        first, last = int(match["first"]), int(match["last"] or match["first"])
        above = self._above.get(match["kind"])
        if is_class and above is not None and first not in (above, above + 1):
            message = _("The week number does not follow the one above; it was read as written.")
            self.warnings.add("week-gap", line, message, label)
        self._above[match["kind"]] = max(first, last)


def check_lectures(lectures: list[LectureRow], dated: Mapping[int, str], warnings: Warnings) -> None:
    """`dated` are the rows with a date of their own by their line, and the cell that says it."""
    by_day: defaultdict[dt.date, list[LectureRow]] = defaultdict(list)
    targets: dict[str, int] = {}
    labels: dict[str, LectureRow] = {}
    sprint = None
    for lecture in lectures:
        if lecture.date and lecture.line in dated:
            by_day[lecture.date].append(lecture)
        for link in lecture.materials:
            if targets.setdefault(link.href, lecture.line) != lecture.line:
                message = _("Line %(line)d has the same link.") % {"line": targets[link.href]}
                warnings.add("duplicate-href", lecture.line, message, link.href)
        _check_week_label(lecture, labels, warnings)
        number = _first_number(lecture.sprint)
        if number is not None and sprint is not None and number < sprint:
            message = _("This sprint comes after a later one; it was read as written.")
            warnings.add("sprint-order", lecture.line, message, lecture.sprint)
        sprint = number if number is not None else sprint
    doubled = [same for same in by_day.values() if len({_hour(lecture, dated) for lecture in same}) < len(same)]
    needs_tick = sum(map(len, doubled)) >= 3
    for same in doubled:
        for lecture in same[1:]:
            message = _("Line %(line)d has the same date; both were read as written.")
            warnings.add(
                "duplicate-date",
                lecture.line,
                message % {"line": same[0].line},
                dated[lecture.line],
                needs_tick=needs_tick,
            )


def _hour(lecture: LectureRow, dated: Mapping[int, str]) -> str:
    """What tells two classes of one day apart: their time, or the half of the day beside the date."""
    half = HALF_DAY.search(fold(dated[lecture.line][:MAX_READ]))
    return lecture.time or (str(lecture.begins) if lecture.begins else half[0] if half else "")


def _check_week_label(lecture: LectureRow, labels: dict[str, LectureRow], warnings: Warnings) -> None:
    is_counted = NUMBERED.match(fold(lecture.week))  # "Project" beside a date is no week
    earlier = labels.setdefault(lecture.week, lecture) if is_counted else lecture
    if lecture.date and earlier.date and abs((lecture.date - earlier.date).days) > 6:
        message = _("The week of line %(line)d has the same label; both were read as written.")
        warnings.add("week-label-repeated", lecture.line, message % {"line": earlier.line}, lecture.week)


def _first_number(label: str) -> int | None:
    match = re.search(r"\d{1,4}", label)
    return int(match[0]) if match else None
