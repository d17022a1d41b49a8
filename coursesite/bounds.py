"""CHECKs that dates and instants are such as both databases read back."""

import zoneinfo
from collections.abc import Sequence
from datetime import date, datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from coursesite.clock import FIRST_YEAR, LAST_YEAR

# Postgres stores year 1 and year 9999 and then fails on every read of them.
EARLIEST = datetime(FIRST_YEAR, 1, 1, tzinfo=zoneinfo.ZoneInfo("UTC"))
LATEST = datetime(LAST_YEAR, 1, 1, tzinfo=zoneinfo.ZoneInfo("UTC"))

# What the admin says of a CHECK that its forms can meet.
SILLY_YEAR = _("Choose a year from 2000 to 2099.")
END_BEFORE_START = _("The end cannot be before the start.")


def sane_instants(model: str, *fields: str) -> models.CheckConstraint:
    """A CHECK that these instants, where set, are within the years that both databases read back."""
    return within(f"{model}_sane_instants", EARLIEST, LATEST, fields)


def sane_days(model: str, *fields: str) -> models.CheckConstraint:
    """The same for days."""
    return within(f"{model}_sane_days", EARLIEST.date(), LATEST.date(), fields)


def within(name: str, first: date, end: date, fields: Sequence[str]) -> models.CheckConstraint:
    rule = Q()
    for field in fields:
        rule &= Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__gte": first, f"{field}__lt": end})
    return models.CheckConstraint(condition=rule, name=name, violation_error_message=SILLY_YEAR)


def days_in_order(model: str, first: str = "starts_on") -> models.CheckConstraint:
    """A CHECK that the last day, where there is one, is not before the first."""
    return models.CheckConstraint(
        condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F(first)),
        name=f"{model}_ends_after_start",
        violation_error_message=END_BEFORE_START,
    )
