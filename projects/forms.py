"""What members of a group type, staff who act for one, and the days of a milestone."""

from django import forms
from django.utils.translation import gettext_lazy as _

from coursesite.place_forms import BookableForm
from projects import slotting
from projects.models import Booking, ProjectGroup


class GroupForm(forms.Form):
    name = forms.CharField(
        label=_("Name of your group"),
        max_length=ProjectGroup._meta.get_field("name").max_length,
        help_text=_("Everyone in the course may see it. You can change it later."),
        error_messages={"required": _("Give your group a name.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class InvitationForm(forms.Form):
    email = forms.EmailField(
        label=_("Your classmate's e-mail"),
        max_length=254,
        help_text=_("The address with which they sign in here. They get a mail and decide."),
        error_messages={"required": _("Type the address of the classmate whom you invite.")},
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )


class MilestoneForm(BookableForm):
    supply = slotting.supply


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=Booking._meta.get_field("reason").max_length,
        help_text=_("The members of the group read it in their mail."),
        error_messages={"required": _("Please say why: the members of the group read it in their mail.")},
    )
