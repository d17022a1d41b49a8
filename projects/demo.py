"""What the demo shows of projects: MS1 open for booking in its fourth week, and groups in every state."""

from datetime import date, datetime, time, timedelta

from coursesite import occupancy, slots
from coursesite.clock import localise
from coursesite.models import CourseEdition, Enrolment, User
from coursesite.occupancy import Claim
from projects.models import Booking, Invitation, Membership, Milestone, ProjectGroup, Slot
from schedule.weeks import monday_of

ROOM = "R7"
HOURS = slots.Stretch(time(13, 30), time(15, 30))
CLOSING = time(23, 59)
CUT_OFF = time(7, 0)


def load(edition: CourseEdition, cast: dict[str, Enrolment], now: datetime) -> None:
    """A complete group that has not booked, one that has, one that waits for an answer, and a student without."""
    milestone = Milestone.objects.get(edition=edition, number=1)
    monday = monday_of(now.astimezone(edition.zone).date())
    open_booking(milestone, monday)
    days = [monday + timedelta(days=n) for n in range(7, 11)]  # Monday to Thursday, as the README says of MS1
    made = cut(milestone, days, [cast["tina"].user, cast["ines"].user])
    group(edition, "Aurora", cast["alice"], cast["bob"])
    borealis = group(edition, "Borealis", cast["charlie"], cast["chloe"])
    comet = group(edition, "Comet", cast["emma"])
    Invitation.objects.create(group=comet, enrolment=cast["dana"], invited_by=cast["emma"].user)
    booker = cast["chloe"].user
    booking = Booking(milestone=milestone, slot=made[4], group=borealis, booked_by=booker, booked_at=now)
    booking._history_user = booker
    booking.save()


def open_booking(milestone: Milestone, monday: date) -> None:
    """From Monday to Sunday, 23:59; changes until the morning of the first slots."""
    zone = milestone.edition.zone
    milestone.booking_opens_at = localise(datetime.combine(monday, time(0, 0)), zone)
    milestone.booking_closes_at = localise(datetime.combine(monday + timedelta(days=6), CLOSING), zone)
    milestone.changes_until = localise(datetime.combine(monday + timedelta(days=7), CUT_OFF), zone)
    milestone.is_published, milestone.place = True, ROOM
    milestone.save()


def cut(milestone: Milestone, days: list[date], staff: list[User]) -> list[Slot]:
    """Published slots in one room, with all of these staff."""
    plan = slots.Plan(days=days, hours=[HOURS], length=timedelta(minutes=20), gap=timedelta(minutes=5), rooms=[ROOM])
    cuts, _refused = slots.cut(plan, milestone.edition.zone)
    made = Slot.objects.bulk_create(
        Slot(milestone=milestone, starts_at=cut.starts_at, ends_at=cut.ends_at, room=cut.room, is_published=True)
        for cut in cuts
    )
    for slot in made:
        slot.staff.set(staff)
    resources = (occupancy.room(milestone.edition, ROOM), *map(occupancy.person, staff))
    occupancy.occupy(
        milestone.edition,
        [Claim(slot.holder, str(slot), slot.starts_at, slot.ends_at, resources) for slot in made],
    )
    return made


def group(edition: CourseEdition, name: str, *members: Enrolment) -> ProjectGroup:
    made = ProjectGroup.objects.create(edition=edition, name=name)
    Membership.objects.bulk_create(Membership(group=made, enrolment=member) for member in members)
    return made


def forget(edition: CourseEdition) -> None:
    """Delete what the projects have of the demo's edition."""
    Booking.objects.filter(milestone__edition=edition).delete()
    Booking.history.filter(milestone__edition=edition).delete()  # also what that deletion has written
    Slot.objects.filter(milestone__edition=edition).delete()
    Milestone.objects.filter(edition=edition).delete()
    ProjectGroup.objects.filter(edition=edition).delete()
