"""The appointments of an exam session, as staff make them: cut, preview, create, publish, withdraw, delete, change."""

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

    def holder_name(self, held_by: int) -> str:
        return str(Enrolment.objects.select_related("user").get(pk=held_by).user)

    def tell_change(self, place: OralExam, left: OralExam, by: User, now: datetime) -> None:
        appointments.appointment_changed(place, left=left, by=by, now=now)


supply = AppointmentSupply()
preview, create, publish = supply.preview, supply.create, supply.publish
withdraw, delete, change = supply.withdraw, supply.delete, supply.change
