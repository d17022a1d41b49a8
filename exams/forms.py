"""What staff type: why they act for a student, which appointments they cut, and case studies."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy

from coursesite.admin_site import LONGEST_TEXT, EditionForm
from coursesite.models import Enrolment
from coursesite.place_forms import BookableForm, CutForm, MinutesField, PlaceForm
from exams import cases, cutting, questions
from exams.models import CaseStudy, OralExam
from exams.questions import NotUnderstood

EXAMINERS = (*Enrolment.STAFF_ROLES, Enrolment.Role.EXAMINER)
EXAMPLE = "1. How would you frame the problem?\n1.1 (2) What is predicted, and when?\n1.2 (3) Which mistake costs more?"


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=OralExam._meta.get_field("reason").max_length,
        help_text=gettext_lazy("The student reads it in the mail."),
        error_messages={"required": gettext_lazy("Please say why: the student reads it in the mail.")},
    )


class AppointmentCutForm(CutForm):
    roles = EXAMINERS
    staff_label = gettext_lazy("Examiners")
    length = MinutesField(label=gettext_lazy("Length, in minutes"), min_value=1, max_value=1440, initial=20)


class AppointmentForm(PlaceForm):
    roles = EXAMINERS
    staff_label = gettext_lazy("Examiners")


class SessionForm(BookableForm):
    supply = cutting.supply


class CaseForm(EditionForm):
    """A case with all its questions on one page. `asked` is what the text of the questions says."""

    asked = forms.CharField(
        label=gettext_lazy("Questions"),
        required=False,
        strip=False,
        validators=[MaxLengthValidator(LONGEST_TEXT)],
        widget=forms.Textarea(attrs={"rows": 20, "cols": 100, "placeholder": EXAMPLE}),
        help_text=gettext_lazy(
            "One line for each question and each part, with its points in brackets: “1.2 (3) Which mistake costs "
            "more?”. A question without parts has its points itself: “2. (4) Which data would you ask for?”. "
            "A line without a number goes on with the text above it."
        ),
    )

    class Meta:
        model = CaseStudy
        fields = ("edition", "title", "text")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["asked"] = questions.write(cases.asked(self.instance))

    def clean_asked(self) -> list[questions.Asked]:
        try:
            return questions.read(self.cleaned_data["asked"])
        except NotUnderstood as refusal:
            raise ValidationError([*refusal.sentences]) from None
