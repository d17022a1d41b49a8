"""Public holidays of where a course is taught, as far as they are known: Belgium, France, Luxembourg. Pure."""

from datetime import date, timedelta

from dateutil.easter import easter
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

# Days after Easter Sunday, and (month, day).
MOVING = {1: _("Easter Monday"), 39: _("Ascension Day"), 50: _("Whit Monday")}
EVERYWHERE = {
    (1, 1): _("New Year's Day"),
    (5, 1): _("Labour Day"),
    (8, 15): _("Assumption Day"),
    (11, 1): _("All Saints' Day"),
    (12, 25): _("Christmas Day"),
}
ARMISTICE = {(11, 11): _("Armistice Day")}
FIXED = {
    "Europe/Brussels": EVERYWHERE | ARMISTICE | {(7, 21): _("Belgian National Day")},
    "Europe/Paris": EVERYWHERE | ARMISTICE | {(5, 8): _("Victory Day"), (7, 14): _("Bastille Day")},
    "Europe/Luxembourg": EVERYWHERE | {(5, 9): _("Europe Day"), (6, 23): _("National Day"), (12, 26): _("Boxing Day")},
}
COUNTRIES = {
    "Europe/Brussels": pgettext_lazy("public holidays of", "Belgium"),
    "Europe/Paris": pgettext_lazy("public holidays of", "France"),
    "Europe/Luxembourg": pgettext_lazy("public holidays of", "Luxembourg"),
}


def public_holidays(first: date, last: date, timezone: str) -> dict[date, str]:
    """Day -> its name, in order; none where the country is not known."""
    if timezone not in FIXED:
        return {}
    found: dict[date, str] = {}
    for year in range(first.year, last.year + 1):
        for (month, day), name in FIXED[timezone].items():
            found[date(year, month, day)] = str(name)
        for days, name in MOVING.items():
            found[easter(year) + timedelta(days=days)] = str(name)
    return {day: found[day] for day in sorted(found) if first <= day <= last}
