"""The appointments of an exam session, as staff make them: cut, preview, create, publish, withdraw, delete, change."""

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import ngettext

from coursesite.booking import BookingRefused
from coursesite.models import Enrolment, User
from coursesite.places import Supply
from exams import appointments
from exams.models import ExamSession, OralExam


class AppointmentSupply(Supply):
    places, parent, staff = OralExam, "session", "examiners"

    def refuse_too_few(self, bookable: ExamSession, ahead: int) -> None:
        """A place for every student, unless the session is not for all of them."""
        students = Enrolment.objects.students().filter(edition=bookable.edition).count()
        if bookable.is_for_everyone and ahead < students:
            raise BookingRefused(
                ngettext(
                    "%(session)s has %(ahead)d appointment ahead and needs %(students)d, one for each student. "
                    "Cut %(missing)d more first.",
                    "%(session)s has %(ahead)d appointments ahead and needs %(students)d, one for each student. "
                    "Cut %(missing)d more first.",
                    ahead,
                )
                % {"session": bookable, "ahead": ahead, "students": students, "missing": students - ahead}
            )

    def numbers(self, bookable: ExamSession, ahead: int) -> str:
        said = ngettext("%(count)d appointment lies ahead", "%(count)d appointments lie ahead", ahead) % {
            "count": ahead
        }
        if not bookable.is_for_everyone:
            return f"{said}."
        students = Enrolment.objects.students().filter(edition=bookable.edition).count()
        return ngettext(
            "%(ahead)s, %(students)d is needed (one for each student).",
            "%(ahead)s, %(students)d are needed (one for each student).",
            students,
        ) % {"ahead": said, "students": students}

    def holder_names(self, ids: Iterable[int | None]) -> dict[int, str]:
        students = Enrolment.objects.filter(pk__in={pk for pk in ids if pk}).select_related("user")
        return {student.pk: str(student.user) for student in students}

    def tell_change(self, place: OralExam, left: OralExam, by: User, now: datetime) -> None:
        appointments.appointment_changed(place, left=left, by=by, now=now)


supply = AppointmentSupply()
preview, create, publish = supply.preview, supply.create, supply.publish
withdraw, delete, change = supply.withdraw, supply.delete, supply.change
