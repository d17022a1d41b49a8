"""What an instructor gives to import a README: the file or its text, and what the reader asks."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from coursesite.clock import FIRST_YEAR, LAST_YEAR
from coursesite.uploads import UploadField
from schedule.readme import MAX_BYTES
from schedule.repositories import MAX_ADDRESS, NotFetched, fetch, source_of


class ReadmeForm(forms.Form):
    file = UploadField(
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

    repository = forms.CharField(
        label=_("Or its git repository"),
        required=False,
        max_length=MAX_ADDRESS,
        help_text=_("A public one: https://example.org/course.git, or the page of the file there."),
        widget=forms.TextInput(attrs={"inputmode": "url", "spellcheck": "false", "autocomplete": "off"}),
    )
    branch = forms.CharField(label=_("Branch"), required=False, max_length=200, help_text=_("Empty: the default one."))
    path = forms.CharField(
        label=_("Path in the repository"), required=False, max_length=400, help_text=_("Empty: README.md at the top.")
    )
    is_watched = forms.BooleanField(
        label=_("Look at the repository every night"),
        required=False,
        help_text=_("When its README changes, the instructors get a mail with what would change. Nothing is applied."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        given = [name for name in ("file", "text", "repository") if str(cleaned.get(name) or "").strip()]
        if not self.errors.keys() & {"file", "text", "repository"} and len(given) != 1:
            both = _("Give one of them: the file, its text or its repository.")
            none = _("Choose the file, paste its text or name its repository.")
            self.add_error("file", ValidationError(both if given else none))
        if "repository" in given:
            try:
                cleaned["source"] = source_of(*(cleaned.get(name, "") for name in ("repository", "branch", "path")))
            except NotFetched as problem:
                self.add_error("repository", ValidationError(str(problem)))
        return cleaned

    def content(self, before: str) -> tuple[str, bytes]:
        """Its name and its bytes, one more than are read at most. A browser sends pasted lines with CRLF: they end as
        those of the text `before` did. Raises NotFetched."""
        if source := self.cleaned_data.get("source"):
            fetched = fetch(source)
            return fetched.name, fetched.data
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
