"""What staff type to cut and publish places."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError

from coursesite.models import CourseEdition
from coursesite.place_forms import CutForm, InstantField, StretchesField, WindowForm
from coursesite.slots import Stretch

BRUSSELS = ZoneInfo("Europe/Brussels")


def cut_form(edition, **changes) -> CutForm:
    data = {
        "first_day": "2026-03-02",
        "last_day": "2026-03-08",
        "weekdays": ["0", "1", "2", "3", "4"],
        "hours": "09:00-12:00",
        "length": "15",
        "rooms": "R7",
    }
    return CutForm(data | changes, edition=edition)


def errors(edition, **changes) -> dict[str, list[str]]:
    return cut_form(edition, **changes).errors


# --- Stretches -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("09:00-12:00", [(9, 0, 12, 0)]),
        ("13:30 – 17:00, 9:00-12:00", [(9, 0, 12, 0), (13, 30, 17, 0)]),
        ("9h-12h30; 14h00-15h", [(9, 0, 12, 30), (14, 0, 15, 0)]),
        ("9-12\n14.15-15.00", [(9, 0, 12, 0), (14, 15, 15, 0)]),
    ],
)
def test_stretches_as_people_write_them(text, expected):
    assert StretchesField().clean(text) == [Stretch(time(a, b), time(c, d)) for a, b, c, d in expected]


@pytest.mark.parametrize("text", ["nine to twelve", "09:00", "09:00-25:00", "09:60-10:00", "-", "09:00-12:00-13:00"])
def test_what_is_not_understood_is_named(text):
    with pytest.raises(ValidationError, match="is not understood: write it as 09:00-12:00, 13:30-17:00"):
        StretchesField().clean(text)


@pytest.mark.parametrize("text", ["12:00-09:00", "09:00-09:00"])
def test_a_stretch_ends_after_it_starts(text):
    with pytest.raises(ValidationError, match="ends before it starts"):
        StretchesField().clean(text)


# --- Instants ------------------------------------------------------------------------------------------------------


def instant(day: str, at: str, *, ends: bool = True, zone: ZoneInfo = BRUSSELS) -> datetime:
    return InstantField(zone=zone, ends=ends).clean([day, at])


def test_an_instant_is_on_the_edition_s_wall_clock():
    assert instant("2026-03-28", "12:00") == datetime(2026, 3, 28, 11, 0, tzinfo=UTC)
    assert instant("2026-03-30", "12:00") == datetime(2026, 3, 30, 10, 0, tzinfo=UTC)
    assert instant("2026-03-30", "12:00", zone=ZoneInfo("America/Montreal")).hour == 16


def test_a_day_alone_is_its_last_second():
    assert instant("2026-03-31", "") == datetime(2026, 3, 31, 21, 59, 59, tzinfo=UTC)


def test_a_beginning_has_a_time():
    with pytest.raises(ValidationError, match="Add the time, please"):
        instant("2026-03-31", "", ends=False)


@pytest.mark.parametrize(
    ("day", "at", "sentence"),
    [
        ("2026-03-29", "02:30", "does not exist"),
        ("2026-10-25", "02:30", "happens twice"),
        ("0001-01-01", "12:00", "Choose a year from 2000 to 2099"),
        ("9999-12-31", "", "Choose a year from 2000 to 2099"),
        ("2026-02-31", "12:00", "Enter a valid date"),
        ("", "12:00", "Enter a complete value"),
    ],
)
def test_what_no_clock_shows_is_refused(day, at, sentence):
    with pytest.raises(ValidationError, match=sentence):
        instant(day, at)


def test_a_window_comes_back_as_it_was_typed(edition):
    opens_at = datetime(2026, 3, 30, 6, 0, tzinfo=UTC)
    text = WindowForm(zone=edition.zone, initial={"opens_at": opens_at}).as_p()
    assert 'name="opens_at_day" value="2026-03-30"' in text
    assert 'name="opens_at_time" value="08:00"' in text


def test_the_end_of_a_day_comes_back_as_the_end_of_the_day(edition):
    """The form sent again as it was shown changes nothing."""
    closes_at = instant("2026-03-31", "", zone=edition.zone)
    field = WindowForm(zone=edition.zone).fields["closes_at"]
    day, at = field.widget.decompress(closes_at)
    assert (f"{day}", at) == ("2026-03-31", None)
    assert field.clean([f"{day}", ""]) == closes_at


# --- Orders --------------------------------------------------------------------------------------------------------


def test_the_days_are_the_chosen_weekdays_of_the_window(edition):
    form = cut_form(edition, weekdays=["0", "6"])
    assert form.is_valid()
    assert form.order().plan.days == [date(2026, 3, 2), date(2026, 3, 8)]


def test_everything_becomes_the_order(cast, edition):
    form = cut_form(edition, gap="5", breaks="10:00-10:15", rooms=" R7 \n\n R8  (B37)\n", staff=[cast.tina.pk])
    assert form.is_valid(), form.errors
    order = form.order()
    assert (order.plan.length, order.plan.gap) == (timedelta(minutes=15), timedelta(minutes=5))
    assert order.plan.breaks == [Stretch(time(10), time(10, 15))]
    assert order.plan.rooms == ["R7", "R8 (B37)"]
    assert (order.online_url, order.staff) == ("", (cast.tina,))


def test_online_has_no_room(edition):
    form = cut_form(edition, rooms="", online_url="https://meet.example.org/ms1")
    assert form.is_valid()
    assert (form.order().plan.rooms, form.order().online_url) == ([""], "https://meet.example.org/ms1")


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"rooms": "", "online_url": ""}, "rooms", "Give rooms, or a link for a call: one of the two."),
        ({"online_url": "https://meet.example.org"}, "rooms", "Give rooms, or a link for a call: one of the two."),
        ({"rooms": "R7\nr7"}, "rooms", "One room is there twice."),
        ({"rooms": "x" * 121}, "rooms", "The name of a room has at most 120 characters."),
        ({"rooms": "R\x007"}, "rooms", "Null characters are not allowed."),
        ({"last_day": "2026-03-01"}, "last_day", "The last day is before the first."),
        ({"last_day": "2027-03-03"}, "last_day", "That is more than a year."),
        (
            {"last_day": "2026-03-02", "weekdays": ["6"]},
            "weekdays",
            "None of these weekdays lies between the two days.",
        ),
        ({"weekdays": ["7"]}, "weekdays", "Select a valid choice. 7 is not one of the available choices."),
        ({"length": "0"}, "length", "Ensure this value is greater than or equal to 1."),
        ({"gap": "-1"}, "gap", "Ensure this value is greater than or equal to 0."),
        ({"hours": ""}, "hours", "This field is required."),
    ],
)
def test_what_makes_no_sense_is_said_beside_its_field(edition, changes, field, sentence):
    assert errors(edition, **changes) == {field: [sentence]}


@pytest.mark.parametrize("url", ["http://meet.example.org", "javascript:alert(1)", "//meet.example.org", "ftp://x.org"])
def test_a_call_is_https_and_nothing_else(edition, url):
    assert list(errors(edition, rooms="", online_url=url)) == ["online_url"]


def test_a_form_does_not_make_thousands(edition):
    found = errors(edition, hours="00:00-23:59", length="1", last_day="2027-02-28")
    assert "Cut at most 1000 at a time." in found["__all__"][0]


def test_staff_of_other_editions_are_nobody_here(cast):
    other = CourseEdition.objects.create(title="Other", year=2026, slug="other")
    assert errors(other, staff=[cast.tina.pk])["staff"] == [
        f"Select a valid choice. {cast.tina.pk} is not one of the available choices."
    ]


def test_students_are_no_staff(cast, edition):
    assert "staff" in errors(edition, staff=[cast.alice.pk])
