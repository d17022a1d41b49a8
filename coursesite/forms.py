"""Forms of the site itself: signing in, the class list, a person on the roster."""

from typing import Any
from urllib.parse import urlencode

from allauth.account.forms import LoginForm, RequestLoginCodeForm
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from coursesite import access
from coursesite.agenda import Theme
from coursesite.models import Enrolment, User
from coursesite.uploads import UploadField

LONGEST_ADDRESS = 254  # characters, as the columns of addresses hold


class LoginCodeForm(RequestLoginCodeForm):
    _user: User | None

    def clean_email(self) -> str:
        """Somebody who may not sign in is answered like an address that nobody has, and so is their mailbox."""
        if len(self.cleaned_data["email"]) > LONGEST_ADDRESS:
            raise ValidationError(_("No address is that long."))
        email: str = super().clean_email()
        if self._user and not access.may_sign_in(self._user):
            self._user = None
        return email


class PasswordForm(LoginForm):
    """In the words of the form beside it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("E-mail")
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class Words(forms.CheckboxSelectMultiple):
    """Ticked one by one, or in one word with commas, as people write it into an address."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        given: list[str] = super().value_from_datadict(data, files, name)
        return [word for value in given for word in value.split(",") if word]


class CalendarForm(forms.Form):
    """What a calendar's address asks for. Nothing of it: everything, without alarms."""

    LONGEST_ALARM = 7 * 24 * 60  # minutes
    ALARMS = (
        ("", _("none")),
        (15, _("15 minutes before")),
        (60, _("1 hour before")),
        (24 * 60, _("1 day before")),
    )

    only = forms.MultipleChoiceField(label=_("Only"), choices=Theme.choices, required=False, widget=Words)
    alarm = forms.IntegerField(
        label=_("Alarm"), min_value=0, max_value=LONGEST_ALARM, required=False, widget=forms.Select(choices=ALARMS)
    )

    @property
    def wanted(self) -> frozenset[str]:
        return frozenset(self.cleaned_data["only"] or Theme.values)

    @property
    def query(self) -> str:
        """The same as a part of an address."""
        only, alarm = self.cleaned_data["only"], self.cleaned_data["alarm"]
        is_part = 0 < len(only) < len(Theme)
        words = {"only": ",".join(only) if is_part else "", "alarm": "" if alarm is None else alarm}
        query = urlencode({name: value for name, value in words.items() if value != ""}, safe=",")
        return f"?{query}" if query else ""


class RosterForm(forms.Form):
    file = UploadField(
        label=_("Class list"),
        help_text=_(
            "A CSV file whose first line names the columns, in English or French: e-mail (required), first name, last "
            "name, student number, GitHub, role. Nobody is removed, and you see what changes before it does."
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )


class OptionalMailForm(forms.ModelForm):
    class Meta:
        model = Enrolment
        fields = ("optional_mail",)
        widgets = {"optional_mail": forms.RadioSelect}


class EnrolmentForm(forms.ModelForm):
    """A person is added by address: known to the site or not, the form answers the same."""

    email = forms.EmailField(label=_("e-mail"), max_length=LONGEST_ADDRESS)
    first_name = forms.CharField(label=_("first name"), max_length=150, required=False)
    last_name = forms.CharField(label=_("last name"), max_length=150, required=False)

    class Meta:
        model = Enrolment
        fields = ("edition", "email", "first_name", "last_name", "role")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        email, edition = cleaned.get("email", "").lower(), cleaned.get("edition")
        if Enrolment.objects.filter(edition=edition, user__email=email).exists():
            self.add_error("email", _("This person is on the roster already."))
        return cleaned

    def save(self, commit: bool = True) -> Enrolment:
        cleaned = self.cleaned_data
        user = User.objects.filter(email=cleaned["email"].lower()).first()
        self.instance.user = user or User.objects.create_user(
            cleaned["email"], first_name=cleaned["first_name"], last_name=cleaned["last_name"]
        )
        return super().save(commit)


class PersonForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ("email",)

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()
