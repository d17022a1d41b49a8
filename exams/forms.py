"""What staff type when they act for a student."""

from django import forms
from django.utils.translation import gettext_lazy as _

from exams.models import OralExam


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=OralExam._meta.get_field("reason").max_length,
        help_text=_("The student reads it in the mail."),
        error_messages={"required": _("Please say why: the student reads it in the mail.")},
    )
