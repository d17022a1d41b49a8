"""What an instructor gives to import a README: the file or its text, and what the reader asks."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from coursesite.clock import FIRST_YEAR, LAST_YEAR
from schedule.readme import MAX_BYTES


class ReadmeForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        required=False,
        help_text=_("A README.md in UTF-8, at most 1 MiB."),
        error_messages={"empty": _("This file is empty. Choose the course's README.")},
        widget=forms.FileInput(attrs={"accept": ".md,.markdown,.txt,text/markdown,text/plain"}),
    )
    text = forms.CharField(
        label=_("Or its text"),
        required=False,
        strip=False,  # the file is kept to the last byte
        help_text=_("As it is in the repository, with the signs of Markdown."),
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false", "autocomplete": "off"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        has_file, has_text = bool(cleaned.get("file")), bool(cleaned.get("text", "").strip())
        if "file" not in self.errors and "text" not in self.errors and has_file == has_text:
            both = _("Choose the file or paste the text, not both: only one of them can be imported.")
            self.add_error(
                "file", ValidationError(both if has_file else _("Choose the file, or paste its text below."))
            )
        return cleaned

    def content(self, before: str) -> tuple[str, bytes]:
        """Its name and its bytes, one more than are read at most. A browser sends pasted lines with CRLF: they end as
        those of the text `before` did."""
        if file := self.cleaned_data["file"]:
            return file.name, file.read(MAX_BYTES + 1)
        text = self.cleaned_data["text"].replace("\r\n", "\n")
        if "\r\n" in before:
            text = text.replace("\n", "\r\n")
        return gettext("Pasted text"), text.encode()[: MAX_BYTES + 1]


class AnswersForm(forms.Form):
    """What the reader asks where the file leaves it open. It comes with the address: looking writes nothing."""

    year = forms.IntegerField(
        label=_("Year of the course"),
        required=False,
        min_value=FIRST_YEAR,
        max_value=LAST_YEAR - 1,
        help_text=_("For a course that goes on in the new year, the year in which it begins."),
    )
    ORDERS = (
        ("", "---"),
        ("day", _("day/month: 02/03 is the 2nd of March")),
        ("month", _("month/day: 02/03 is the 3rd of February")),
    )
    order = forms.ChoiceField(
        label=_("How the dates are written"),
        required=False,
        choices=ORDERS,
    )

    ASKED_BY = {"year-needed": "year", "date-order-ambiguous": "order"}

    @property
    def answers(self) -> dict[str, Any]:
        """As readme.parse() takes them."""
        given = self.cleaned_data if self.is_valid() else {}
        order = given.get("order")
        return {"year": given.get("year"), "day_first": order == "day" if order else None}
