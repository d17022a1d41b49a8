"""Where the days of a course fall in another year: by teaching week, past the new year's holidays. Pure."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

WEEK = timedelta(weeks=1)
MOST_WEEKS = 60  # that one course may be put off by holidays
STRETCH = re.compile(r"(\d{4}-\d\d-\d\d)(?:\s*(?:\.\.|–|—|to)\s*(\d{4}-\d\d-\d\d))?\s*[:,]?\s*(.*)")


class NoWeeks(ValueError):
    """The course has no teaching week, or the holidays leave none."""


@dataclass(frozen=True)
class FreeDays:
    """Days without class, both ends included."""

    first: date
    last: date
    title: str = ""

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


def read_free_days(line: str) -> FreeDays:
    """ "2027-04-19..2027-04-30 Easter holidays", "2027-05-06"; ValueError for anything else."""
    match = STRETCH.fullmatch(line.strip())
    if match is None:
        raise ValueError(line)
    first = date.fromisoformat(match[1])
    last = date.fromisoformat(match[2]) if match[2] else first
    if last < first:
        raise ValueError(line)
    return FreeDays(first, last, match[3])


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


class Weeks:
    """The teaching weeks of a course, one after the other from `week_one` on.

    A week is a teaching week if one of the `taught` days lies in it. It is put off as long as each of its own days is
    free; where only some are, it stays, and the days that it loses are for a person to look at. What lies between or
    beside teaching weeks keeps its distance to the one before it (before the first: to the first).
    """

    def __init__(self, taught: Collection[date], week_one: date, free: Sequence[FreeDays] = ()):
        days: dict[date, set[int]] = {}
        for day in taught:
            days.setdefault(monday_of(day), set()).add(day.weekday())
        if not days:
            raise NoWeeks
        self.old = sorted(days)
        self.new: list[date] = []
        monday = last = monday_of(week_one)
        for old in self.old:
            while all(is_free(monday + timedelta(days=n), free) for n in days[old]):
                monday += WEEK
                if monday - last > MOST_WEEKS * WEEK:
                    raise NoWeeks
            self.new.append(monday)
            last, monday = monday, monday + WEEK

    def moved(self, day: date) -> date:
        """The same weekday of the same teaching week."""
        monday = monday_of(day)
        place = max(bisect_right(self.old, monday) - 1, 0)
        target = self.new[place] + (monday - self.old[place])
        if self.old[place] < monday and place + 1 < len(self.new):  # a week without class: still before the next class
            target = max(self.new[place], min(target, self.new[place + 1] - WEEK))
        return target + (day - monday)

    def is_taught(self, day: date) -> bool:
        """Whether the day lies in a teaching week, or outside of all: then its distance to one is kept."""
        monday = monday_of(day)
        at = bisect_left(self.old, monday)
        return not 0 < at < len(self.old) or self.old[at] == monday


def is_free(day: date, free: Iterable[FreeDays]) -> bool:
    return any(day in stretch for stretch in free)
