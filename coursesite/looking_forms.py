"""As whom staff look at their course, and at what time."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coursesite import looking
from coursesite.models import CourseEdition, Enrolment
from coursesite.place_forms import InstantField


class StudentField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        name, email = obj.user.get_full_name(), obj.user.email
        return f"{name} ({email})" if name else email


class LookForm(forms.Form):
    student = StudentField(label=gettext_lazy("Student"), queryset=Enrolment.objects.none())

    def __init__(self, *args: Any, edition: CourseEdition, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.fields["student"].queryset = looking.students([edition])  # type: ignore[attr-defined]
        self.fields["at"] = InstantField(
            zone=edition.zone, ends=False, required=False, label=_("At another time"), help_text=_("Empty: now.")
        )
