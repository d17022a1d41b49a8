"""How long before a date its reminders are due, as staff write it: "7 d, 3 d, 1 d" or "1 day 2 hours"."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

MOST = 5
LONGEST = timedelta(days=60)
UNITS = {"d": "days", "day": "days", "days": "days", "j": "days", "jour": "days", "jours": "days"}
UNITS |= {"h": "hours", "hour": "hours", "hours": "hours", "heure": "hours", "heures": "hours"}
ONE = re.compile(r"(\d{1,4})\s*([a-z]+)")
NONE = {"0", "none", "aucun"}


@dataclass(frozen=True)
class Offset:
    """How long before an entry its reminder is due: days are wall-clock in the edition's zone, hours elapsed time.

    minutes: nobody types them; news wait some after it, where more may still come to them.
    """

    days: int = 0
    hours: int = 0
    minutes: int = 0

    def __str__(self) -> str:
        return f"{self.days}d{self.hours}h"

    def before(self, instant: datetime, zone: ZoneInfo) -> datetime:
        """The instant of the reminder. `instant` is aware; the day before noon is noon, also over a clock change."""
        if self.days:  # arithmetic forgets which of an autumn night's two 02:30 it was, so not without need
            instant = instant.astimezone(zone) - timedelta(days=self.days)  # Python subtracts wall-clock in one zone
        return instant.astimezone(UTC) - timedelta(hours=self.hours, minutes=self.minutes)


@lru_cache(256)
def read(text: str) -> tuple[Offset, ...]:
    """The longest first. "0" is none at all. Raises ValidationError with a sentence for who has typed it."""
    said = " ".join(text.casefold().split())
    if said in NONE or not said:
        return ()
    found = [(int(number), UNITS.get(unit)) for number, unit in ONE.findall(said)]
    if not found or ONE.sub("", said).strip(" ,;") or not all(number and unit for number, unit in found):
        raise ValidationError(_("Write days and hours, such as “7 d, 3 d, 2 h”; 0 for none."))
    offsets = {Offset(**{str(unit): number}) for number, unit in found}
    if len(offsets) > MOST or max(map(length, offsets)) > LONGEST:
        raise ValidationError(
            _("At most %(most)d reminders, none earlier than %(days)d days before.")
            % {"most": MOST, "days": LONGEST.days}
        )
    return tuple(sorted(offsets, key=length, reverse=True))


def length(offset: Offset) -> timedelta:
    return timedelta(days=offset.days, hours=offset.hours)


def write(offsets: Iterable[Offset]) -> str:
    return ", ".join(f"{offset.days} d" if offset.days else f"{offset.hours} h" for offset in offsets) or "0"


def understood(text: str) -> None:
    """For the fields that hold it."""
    read(text)
