"""What staff type to cut and publish places: days, hours, rooms, and instants on the edition's wall clock."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coursesite import clock
from coursesite.admin_site import EditionForm
from coursesite.clock import FIRST_YEAR, LAST_YEAR, NoSuchTime
from coursesite.models import CourseEdition, Enrolment, User
from coursesite.places import Order, Supply, Wanted, Window
from coursesite.slots import Plan, Stretch

MOST_PLACES = 1000  # of one form
MOST_DAYS = 366
WORKING_DAYS = ["0", "1", "2", "3", "4"]
ROOM_LENGTH = 120
STRETCH = re.compile(r"(\d{1,2})(?:[:hH.](\d{2})?)?\s*[-–—]\s*(\d{1,2})(?:[:hH.](\d{2})?)?")  # also 9h-12h30

https_only = URLValidator(
    schemes=["https"], message=gettext_lazy("Give the whole link, beginning with https:// (no other kind).")
)


def sane_day(day: date) -> None:
    if not FIRST_YEAR <= day.year < LAST_YEAR:
        raise ValidationError(
            _("Choose a year from %(first)s to %(last)s.") % {"first": FIRST_YEAR, "last": LAST_YEAR - 1}
        )


class DayField(forms.DateField):
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    default_validators = [sane_day]


class ClockField(forms.TimeField):
    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class StretchesField(forms.CharField):
    """ "09:00-12:00, 13:30-17:00" as Stretches, in order."""

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str | None) else ", ".join(map(str, value))

    def clean(self, value: Any) -> list[Stretch]:  # type: ignore[override]
        text = super().clean(value)
        return sorted(
            (self.stretch(part.strip()) for part in re.split(r"[,;\n]", text) if part.strip()),
            key=lambda stretch: stretch.start,
        )

    def stretch(self, text: str) -> Stretch:
        found = STRETCH.fullmatch(text)
        try:
            if not found:
                raise ValueError
            start, end = (time(int(found[n]), int(found[n + 1] or 0)) for n in (1, 3))
        except ValueError:
            raise ValidationError(
                _("“%(text)s” is not understood: write it as 09:00-12:00, 13:30-17:00.") % {"text": text}
            ) from None
        if end <= start:
            raise ValidationError(_("“%(text)s” ends before it starts.") % {"text": text})
        return Stretch(start, end)


class MinutesField(forms.IntegerField):
    """Whole minutes as a timedelta."""

    def prepare_value(self, value: Any) -> Any:
        return value // timedelta(minutes=1) if isinstance(value, timedelta) else value

    def clean(self, value: Any) -> timedelta:  # type: ignore[override]
        return timedelta(minutes=super().clean(value) or 0)


class InstantWidget(forms.MultiWidget):
    """A day and a time side by side, in a group with the field's label."""

    use_fieldset = True

    def __init__(self) -> None:
        day = forms.DateInput(attrs={"type": "date", "aria-label": _("Day")}, format="%Y-%m-%d")
        at = forms.TimeInput(attrs={"type": "time", "aria-label": _("Time")}, format="%H:%M")
        super().__init__({"day": day, "time": at})
        self.zone = ZoneInfo("UTC")  # the field's

    def decompress(self, value: datetime | None) -> list[Any]:
        if value is None:
            return [None, None]
        local = value.astimezone(self.zone)
        # The box has no seconds: left as it is, it changes none; left empty, it says the end of the day again.
        minute = local.time().replace(second=0, microsecond=0)
        return [local.date(), None if local.time() == clock.END_OF_DAY else minute]


class InstantField(forms.MultiValueField):
    """A day and a time on the wall clock of `zone`, as an instant. A day alone is its last second, if `ends`."""

    widget = InstantWidget

    def __init__(self, *, zone: ZoneInfo, ends: bool, **kwargs: Any) -> None:
        self.zone, self.ends = zone, ends
        if ends:
            kwargs["help_text"] = kwargs.get("help_text") or _("Without a time: until 23:59:59 of that day.")
        at = ClockField(required=not ends, error_messages={"incomplete": _("Add the time, please.")})
        super().__init__((DayField(), at), require_all_fields=False, **kwargs)
        self.widget.zone = zone

    def compress(self, data_list: list[Any]) -> datetime | None:
        if not data_list or data_list[0] is None:
            return None
        day, at = data_list
        try:
            return clock.localise(datetime.combine(day, at), self.zone) if at else clock.end_of(day, self.zone)
        except NoSuchTime as error:
            raise ValidationError(str(error)) from None


class StaffField(forms.ModelMultipleChoiceField):
    """People with one of these roles in the edition, and nobody else."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, *, edition: CourseEdition, roles: Sequence[str], **kwargs: Any) -> None:
        staff = Enrolment.objects.filter(edition=edition, role__in=roles).values("user")
        people = User.objects.filter(pk__in=staff, is_active=True).order_by("first_name", "last_name", "email")
        super().__init__(people, required=False, **kwargs)


class WithStaff(forms.Form):
    """Who is there. A kind of place may have other people, under another name."""

    roles: ClassVar[Sequence[str]] = Enrolment.STAFF_ROLES
    staff_label: Any = gettext_lazy("Staff")
    staff_help: Any = ""

    def __init__(self, *args: Any, edition: CourseEdition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = edition.zone
        self.fields["staff"] = StaffField(
            edition=edition, roles=self.roles, label=self.staff_label, help_text=self.staff_help
        )


class BookableForm(EditionForm):
    """What has places: its days are in order, and leave none of its places outside."""

    supply: ClassVar[Supply]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        first, last = data.get("starts_on"), data.get("ends_on") or data.get("starts_on")
        if not first or not last:
            return data
        moves = self.instance.pk and {"starts_on", "ends_on"} & {*self.changed_data}
        if last < first:
            self.add_error("ends_on", _("The last day is before the first."))
        elif moves and (place := self.supply.outside(self.instance, first, last)):
            zone = self.instance.edition.zone
            self.add_error(
                "starts_on" if place.starts_at.astimezone(zone).date() < first else "ends_on",
                _("The slot on %(time)s would be outside. Keep its day until you have moved or deleted it.")
                % {"time": clock.said_in_full(place.starts_at, zone)},
            )
        return data


class CutForm(WithStaff):
    """One form for many places. `order()` is what it asks for."""

    staff_help = gettext_lazy(
        "Who is there each time. Nobody can be in two places at once: with parallel rooms, cut twice."
    )

    first_day = DayField(label=gettext_lazy("First day"))
    last_day = DayField(label=gettext_lazy("Last day"))
    weekdays = forms.MultipleChoiceField(
        label=gettext_lazy("On"),
        choices=[(str(number), name) for number, name in WEEKDAYS.items()],
        initial=WORKING_DAYS,
        widget=forms.CheckboxSelectMultiple,
    )
    hours = StretchesField(
        label=gettext_lazy("Daily hours"),
        max_length=200,
        initial="09:00-12:00",
        help_text=gettext_lazy("One stretch or several: 09:00-12:00, 13:30-17:00."),
    )
    length = MinutesField(label=gettext_lazy("Length, in minutes"), min_value=1, max_value=1440, initial=15)
    gap = MinutesField(
        label=gettext_lazy("Pause after each, in minutes"), min_value=0, max_value=720, initial=0, required=False
    )
    breaks = StretchesField(
        label=gettext_lazy("Breaks"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Nothing is put there: 10:30-10:45."),
    )
    rooms = forms.CharField(
        label=gettext_lazy("Rooms"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("One per line; all of them run in parallel."),
    )
    online_url = forms.CharField(
        label=gettext_lazy("Or online at"),
        max_length=500,
        required=False,
        validators=[https_only],
        widget=forms.URLInput,
        help_text=gettext_lazy("Instead of a room: the link of the call."),
    )

    def clean_rooms(self) -> list[str]:
        rooms = {" ".join(line.split()): None for line in self.cleaned_data["rooms"].splitlines() if line.strip()}
        if any(len(room) > ROOM_LENGTH for room in rooms):
            raise ValidationError(_("The name of a room has at most %(count)d characters.") % {"count": ROOM_LENGTH})
        if len({room.casefold() for room in rooms}) < len(rooms):
            raise ValidationError(_("One room is there twice."))
        return list(rooms)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if {"rooms", "online_url"} <= data.keys() and bool(data["rooms"]) == bool(data["online_url"]):
            self.add_error("rooms", _("Give rooms, or a link for a call: one of the two."))
        if {"first_day", "last_day"} <= data.keys():
            if data["last_day"] < data["first_day"]:
                self.add_error("last_day", _("The last day is before the first."))
            elif data["last_day"] - data["first_day"] >= timedelta(days=MOST_DAYS):
                self.add_error("last_day", _("That is more than a year."))
            elif "weekdays" in data and not self.days():
                self.add_error("weekdays", _("None of these weekdays lies between the two days."))
        if not self.errors and self.plan().most > MOST_PLACES:
            raise ValidationError(
                _("That would be about %(count)d slots. Cut at most %(most)d at a time.")
                % {"count": self.plan().most, "most": MOST_PLACES}
            )
        return data

    def days(self) -> list[date]:
        first, last = self.cleaned_data["first_day"], self.cleaned_data["last_day"]
        every = (first + timedelta(days=n) for n in range((last - first).days + 1))
        return [day for day in every if str(day.weekday()) in self.cleaned_data["weekdays"]]

    def plan(self) -> Plan:
        data = self.cleaned_data
        return Plan(self.days(), data["hours"], data["length"], data["gap"], data["breaks"], data["rooms"] or [""])

    def order(self) -> Order:
        return Order(self.plan(), self.cleaned_data["online_url"], tuple(self.cleaned_data["staff"]))


class WindowForm(forms.Form):
    """When places are booked and changed. The rules between the three are the activity's."""

    def __init__(self, *args: Any, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["opens_at"] = InstantField(
            zone=zone, ends=False, label=_("Booking opens"), help_text=_("With a time.")
        )
        self.fields["closes_at"] = InstantField(zone=zone, ends=True, label=_("Booking closes"))
        self.fields["changes_until"] = InstantField(zone=zone, ends=True, label=_("Changes until"))

    def window(self) -> Window:
        return Window(**self.cleaned_data)


class PlaceForm(WithStaff):
    """One place that exists: its day, time, room or link, and staff. `wanted()` is what it is to be."""

    day = DayField(label=gettext_lazy("Day"))
    starts = ClockField(label=gettext_lazy("From"))
    ends = ClockField(label=gettext_lazy("To"))
    room = forms.CharField(label=gettext_lazy("Room"), max_length=ROOM_LENGTH, required=False)
    online_url = forms.CharField(
        label=gettext_lazy("Online at"), max_length=500, required=False, validators=[https_only], widget=forms.URLInput
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if {"day", "starts", "ends"} <= data.keys():
            for name, at in (("starts_at", data["starts"]), ("ends_at", data["ends"])):
                try:
                    data[name] = clock.localise(datetime.combine(data["day"], at), self.zone)
                except NoSuchTime as error:
                    self.add_error(name.removesuffix("_at"), str(error))
        if not data.get("room") and not data.get("online_url") and "online_url" in data:
            self.add_error("room", _("Give a room, or a link for a call."))
        data["room"] = " ".join(data.get("room", "").split())
        return data

    def wanted(self) -> Wanted:
        data = self.cleaned_data
        return Wanted(data["starts_at"], data["ends_at"], data["room"], data["online_url"], tuple(data["staff"]))


def wall_clock(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """The initial values of a PlaceForm's day and times."""
    start, end = starts_at.astimezone(zone), ends_at.astimezone(zone)
    return {"day": start.date(), "starts": start.time(), "ends": end.time()}
