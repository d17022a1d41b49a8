"""What an instructor gives for next year's edition, and where its dates shall fall."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from coursesite.clock import FIRST_YEAR, LAST_YEAR
from coursesite.models import CourseEdition
from schedule.copying import Day
from schedule.rollover import OUT_OF_YEARS, Plan, Wish
from schedule.weeks import FreeDays, read_free_days

MOST_FREE_DAYS = 60


class RolloverForm(forms.Form):
    week_one = forms.DateField(
        label=_("Monday of week 1"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    free = forms.CharField(
        label=_("Days without class"),
        required=False,
        max_length=4000,
        help_text=_("One stretch a line: “2027-04-19..2027-04-30 Easter holidays”. The weeks shift past them."),
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
    )
    title = forms.CharField(label=_("Title"), max_length=300)
    season = forms.ChoiceField(
        label=_("Season"), required=False, choices=[("", _("as the first week says")), *CourseEdition.Season.choices]
    )
    year = forms.IntegerField(
        label=_("Year"),
        required=False,
        min_value=FIRST_YEAR,
        max_value=LAST_YEAR - 1,
        help_text=_("Empty: as the first week says."),
    )
    stays_open = forms.BooleanField(
        label=_("Leave the old edition open"),
        required=False,
        help_text=_("Otherwise it becomes an archive: readable, and closed. It can be opened again."),
    )

    def clean_week_one(self) -> date:
        week_one: date = self.cleaned_data["week_one"]
        if not FIRST_YEAR <= week_one.year < LAST_YEAR - 1:
            raise ValidationError(OUT_OF_YEARS)
        return week_one

    def clean_free(self) -> tuple[FreeDays, ...]:
        lines = [line for line in self.cleaned_data["free"].splitlines() if line.strip()]
        if len(lines) > MOST_FREE_DAYS:
            raise ValidationError(_("At most 60 lines."))
        found = []
        for line in lines:
            try:
                found.append(read_free_days(line))
            except ValueError:
                raise ValidationError(
                    gettext("“%(line)s”: write 2027-04-19..2027-04-30, or one day as 2027-05-06; a title may follow.")
                    % {"line": line[:60]}
                ) from None
        return tuple(found)

    def wish(self, dates: dict[str, Day | None] | None = None) -> Wish:
        given = self.cleaned_data
        return Wish(
            week_one=given["week_one"],
            free=given["free"],
            title=given["title"],
            season=given["season"] or None,
            year=given["year"],
            stays_open=given["stays_open"],
            dates=dates or {},
        )


class WallClockField(forms.CharField):
    """A time on the wall clock of the edition: it becomes an instant only when it is written."""

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values or isinstance(value, datetime):
            return value or None
        try:
            return datetime.fromisoformat(str(value)).replace(tzinfo=None)
        except ValueError:
            raise ValidationError(_("Write a day and a time, as 2027-02-26T18:00.")) from None


class DatesForm(forms.Form):
    """A field for each date of the plan, filled with what it proposes."""

    def __init__(self, made_up: Plan, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        pairs = [(str(row.source), each) for row in made_up.rows for each in row.dates]
        for name, dated in pairs:
            key, label = dated.key, f"{name}: {dated.field.verbose_name}"
            attributes = {"aria-label": label, "type": "datetime-local", "step": "1"}
            widget: forms.Widget = forms.DateTimeInput(attributes, format="%Y-%m-%dT%H:%M:%S")
            if not dated.has_time:
                widget = forms.DateInput({"aria-label": label, "type": "date"}, format="%Y-%m-%d")
            kind = WallClockField if dated.has_time else forms.DateField
            self.fields[key] = kind(label=label, required=not dated.field.null, initial=dated.new, widget=widget)

    @property
    def edits(self) -> dict[str, Day | None]:
        """What differs from the proposal."""
        return {key: day for key, day in self.cleaned_data.items() if day != self.fields[key].initial}
