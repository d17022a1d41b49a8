"""How staff write how long before a date its reminders are due."""

import pytest
from django.core.exceptions import ValidationError

from coursesite import offsets
from coursesite.offsets import Offset


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7 d, 3 d, 1 d", (Offset(days=7), Offset(days=3), Offset(days=1))),
        ("2h 1d", (Offset(days=1), Offset(hours=2))),
        ("1 day; 36 hours", (Offset(hours=36), Offset(days=1))),
        ("3 jours, 2 heures", (Offset(days=3), Offset(hours=2))),
        ("1 D 1 d", (Offset(days=1),)),
        ("0", ()),
        (" none ", ()),
        ("", ()),
    ],
)
def test_as_people_write_it(text, expected):
    assert offsets.read(text) == expected
    assert offsets.read(offsets.write(expected)) == expected


@pytest.mark.parametrize(
    "text", ["soon", "3", "3 weeks", "0 d", "-1 d", "1 d and 2 h", "1 d 2 d 3 d 4 d 5 d 6 d", "61 d"]
)
def test_what_is_not_understood_is_refused(text):
    with pytest.raises(ValidationError, match=r"Write days and hours|At most 5 reminders"):
        offsets.read(text)


def test_a_milestone_has_its_own_or_those_of_the_edition(milestone, edition):
    assert offsets.write(milestone.remind_of("closing", edition)) == "7 d, 3 d, 1 d"
    milestone.closing_offsets = "2 d"
    assert milestone.remind_of("closing", edition) == (Offset(days=2),)
    milestone.place_offsets = "0"
    assert milestone.remind_of("place", edition) == ()
