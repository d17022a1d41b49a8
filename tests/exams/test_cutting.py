"""Cut, publish, withdraw, delete and change appointments: what is their own (the rest is tested with slots)."""

from datetime import date, datetime, time, timedelta

import pytest

from coursesite.booking import BookingRefused
from coursesite.models import Occupancy
from coursesite.outbox import QueuedEmail
from coursesite.places import Order, Wanted, Window
from coursesite.slots import Plan, Stretch
from exams import appointments, cutting
from exams.models import ExamSession, OralExam
from projects.models import Milestone
from tests.cast import CLOSES, CUT_OFF, FIRST_SLOT, OPENS, WHILE_OPEN, cut_slots

WINDOW = Window(OPENS, CLOSES, CUT_OFF)
TWENTY = timedelta(minutes=20)


@pytest.fixture
def draft(cast) -> ExamSession:
    return ExamSession.objects.create(edition=cast.edition, title="Oral exam", starts_on=date(2026, 3, 2))


def order(*rooms: str, until: str = "11:40", staff=(), online_url: str = "") -> Order:
    hours = [Stretch(time(10), time.fromisoformat(until))]
    return Order(Plan([date(2026, 3, 2)], hours, TWENTY, rooms=rooms or ("",)), online_url, tuple(staff))


def cut(session, wanted: Order, now: datetime = OPENS) -> list[OralExam]:
    return cutting.create(session, wanted, seal=cutting.preview(session, wanted, now).seal, now=now)


def reasons(session, wanted: Order) -> set[str]:
    return {line.reason for line in cutting.preview(session, wanted, OPENS).refused}


def refused(verb, *args, **kwargs) -> str:
    with pytest.raises(BookingRefused) as refusal:
        verb(*args, **kwargs)
    return refusal.value.sentence


def test_what_was_previewed_is_created_as_drafts(cast, draft):
    made = cut(draft, order("R7", staff=[cast.ines]))
    assert [(f"{row.starts_at:%H:%M}", row.room, row.is_published) for row in made] == [
        (at, "R7", False) for at in ("09:00", "09:20", "09:40", "10:00", "10:20")
    ]
    assert {examiner for row in made for examiner in row.examiners.all()} == {cast.ines}
    assert Occupancy.objects.filter(holder__startswith="exams.oralexam:").count() == 10  # each its room and examiner


def test_examiners_and_rooms_are_in_one_place_over_all_apps(cast, draft):
    cut(draft, order("R7", staff=[cast.ines]))
    assert reasons(draft, order("R7")) == {"It is there already."}
    assert reasons(draft, order("R8", until="10:20", staff=[cast.ines])) == {
        "Ines I. is taken then by INFO9023 Oral exam, Mon 2 March, 10:00, R7."
    }
    assert reasons(draft, order("R8", staff=[cast.tina])) == set()


def test_outside_of_its_days(draft):
    ExamSession.objects.update(starts_on=date(2026, 3, 3))
    draft.refresh_from_db()
    (reason,) = reasons(draft, order("R7"))
    assert reason == "It is outside of the window: Oral exam is on 3 March."


def test_fewer_places_than_students_are_not_published(cast, draft):
    cut(draft, order("R7", until="11:20"))  # four, for five students
    assert refused(cutting.publish, draft, WINDOW, now=OPENS) == (
        "Oral exam has 4 appointments ahead and needs 5, one for each student. Cut 1 more first."
    )
    assert not ExamSession.objects.get().is_published


def test_enough_are_published(cast, draft):
    cut(draft, order("R7"))
    assert cutting.publish(draft, WINDOW, now=OPENS) == 5
    session = ExamSession.objects.get()
    assert (session.is_published, session.booking_closes_at) == (True, CLOSES)
    assert OralExam.objects.published().count() == 5


def test_of_a_resit_any_number_is_published(cast, draft):
    ExamSession.objects.update(is_for_everyone=False)
    cut(draft, order("R7", until="10:20"))
    assert cutting.publish(draft, WINDOW, now=OPENS) == 1


def test_who_has_one_keeps_it(cast, draft):
    cut(draft, order("R7"))
    cutting.publish(draft, WINDOW, now=OPENS)
    first, second, *_others = OralExam.objects.select_related("session__edition")
    appointments.pick(first, cast.enrolments.alice, by=cast.alice, now=WHILE_OPEN)
    for verb, more in ((cutting.withdraw, {}), (cutting.delete, {"by": cast.ines})):
        assert refused(verb, draft, [first.code, second.code], **more) == (
            "Monday 2 March, 10:00 is booked by Alice A.. Move or cancel that booking first."
        )
    assert OralExam.objects.published().count() == 5


def test_free_ones_are_withdrawn_and_deleted(cast, draft):
    made = cut(draft, order("R7"))
    cutting.publish(draft, WINDOW, now=OPENS)
    assert cutting.withdraw(draft, [made[0].code]) == 1
    assert cutting.delete(draft, [row.code for row in made], by=cast.ines) == 5
    assert not OralExam.objects.exists()
    assert not Occupancy.objects.exists()
    assert not ExamSession.objects.get().is_published


def wanted(row: OralExam, **changes) -> Wanted:
    kept = {name: getattr(row, name) for name in ("starts_at", "ends_at", "room", "online_url")}
    return Wanted(**{**kept, "staff": (), **changes})


def test_who_has_one_is_told_of_its_change(cast, draft):
    cut(draft, order("R7"))
    cutting.publish(draft, WINDOW, now=OPENS)
    row = OralExam.objects.select_related("session__edition").first()
    appointments.pick(row, cast.enrolments.alice, by=cast.alice, now=WHILE_OPEN)
    cutting.change(row, wanted(row, room="R9"), by=cast.ines, now=WHILE_OPEN)
    changed = OralExam.objects.picked().get()
    assert (changed.room, changed.sequence, changed.student) == ("R9", 1, cast.enrolments.alice)
    facts = QueuedEmail.objects.get(kind="appointment_changed").facts
    assert (facts["left_place"], facts["place"]) == ("R7", "R9")
    assert OralExam.history.first().history_user == cast.ines


def test_a_change_of_examiners_tells_nobody(cast, draft):
    cut(draft, order("R7"))
    cutting.publish(draft, WINDOW, now=OPENS)
    row = OralExam.objects.select_related("session__edition").first()
    appointments.pick(row, cast.enrolments.alice, by=cast.alice, now=WHILE_OPEN)
    cutting.change(row, wanted(row, staff=(cast.ines,)), by=cast.ines, now=WHILE_OPEN)
    assert set(row.examiners.all()) == {cast.ines}
    assert not QueuedEmail.objects.filter(kind="appointment_changed").exists()


def test_a_slot_of_a_milestone_is_in_the_way(cast, draft):
    milestone = Milestone.objects.create(edition=cast.edition, number=1, starts_on=FIRST_SLOT.date())
    (slot,) = cut_slots(milestone, 1)
    from_slot = Occupancy(edition=cast.edition, holder=slot.holder, label="INFO9023 MS1, Mon 2 March, 10:00")
    from_slot.resource, from_slot.starts_at, from_slot.ends_at = (
        f"room:{cast.edition.pk}:r7",
        slot.starts_at,
        slot.ends_at,
    )
    from_slot.save()
    assert "R7 is taken then by INFO9023 MS1, Mon 2 March, 10:00." in reasons(draft, order("R7"))
