"""What the demo shows of exams: a session whose booking opens later, and a case study that is ready."""

from datetime import datetime, time, timedelta

from coursesite import occupancy, slots
from coursesite.clock import localise
from coursesite.models import CourseEdition, Enrolment
from coursesite.occupancy import Claim
from exams.models import CaseStudy, ExamDay, ExamSession, OralExam, PracticeExam, Question, QuestionPart
from schedule.weeks import monday_of

ROOM = "R12"
HOURS = slots.Stretch(time(9, 0), time(12, 30))
CASE = (
    "A chain of forty bakeries throws away a tenth of its bread each evening and sells out of the rest by noon. "
    "It wants to know, each night, how many loaves of each kind to bake in each shop."
)
# Question, then its parts with their points: twenty in all.
QUESTIONS = (
    ("How would you frame the problem?", (("What is predicted, and when?", 2), ("Which mistake costs more?", 2))),
    ("Which data would you ask for?", (("Name three sources.", 3), ("What could be wrong with them?", 2))),
    ("How do the predictions reach the shops?", (("Draw the architecture.", 3), ("What if it is late?", 2))),
    ("How do you know that it still works?", (("What do you monitor?", 3), ("When do you train again?", 3))),
)


def load(edition: CourseEdition, cast: dict[str, Enrolment], now: datetime) -> None:
    day = monday_of(now.astimezone(edition.zone).date()) + timedelta(
        weeks=14
    )  # three weeks after the last presentations

    def at(days: int, wall: time) -> datetime:
        return localise(datetime.combine(day + timedelta(days=days), wall), edition.zone)

    session = ExamSession.objects.create(
        edition=edition,
        starts_on=day,
        booking_opens_at=at(-21, time(8, 0)),
        booking_closes_at=at(-7, time(18, 0)),
        changes_until=at(-2, time(18, 0)),
        is_published=True,
    )
    plan = slots.Plan(days=[day], hours=[HOURS], length=timedelta(minutes=20), rooms=[ROOM])
    cuts, _refused = slots.cut(plan, edition.zone)
    made = OralExam.objects.bulk_create(
        OralExam(session=session, starts_at=cut.starts_at, ends_at=cut.ends_at, room=cut.room, is_published=True)
        for cut in cuts
    )
    examiner = cast["ines"].user
    for appointment in made:
        appointment.examiners.add(examiner)
    resources = (occupancy.room(edition, ROOM), occupancy.person(examiner))
    occupancy.occupy(edition, [Claim(row.holder, str(row), row.starts_at, row.ends_at, resources) for row in made])
    write_case(edition)


def write_case(edition: CourseEdition) -> None:
    case = CaseStudy.objects.create(edition=edition, title="Bread for tomorrow", text=CASE, state=CaseStudy.State.READY)
    for number, (text, parts) in enumerate(QUESTIONS, start=1):
        question = Question.objects.create(case_study=case, number=number, text=text)
        QuestionPart.objects.bulk_create(
            QuestionPart(question=question, number=part, text=words, points=points)
            for part, (words, points) in enumerate(parts, start=1)
        )


def forget(edition: CourseEdition) -> None:
    """Delete what the exams have of the demo's edition."""
    OralExam.objects.filter(session__edition=edition).delete()
    OralExam.history.filter(session__edition=edition).delete()  # also what that deletion has written
    for model in (ExamSession, CaseStudy, ExamDay, PracticeExam):
        model._default_manager.filter(edition=edition).delete()
