"""How uploads come in."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.utils.translation import gettext_lazy

MIB = 1024 * 1024


def reason_of(error: OSError) -> str:
    """Why a file could not be kept, for people."""
    return error.strerror or type(error).__name__


class BoundedUploadHandler(TemporaryFileUploadHandler):
    """Writes no more of a file than is taken at most, and tells its whole size, so that the form can refuse it.

    A file that the server had no room for arrives without its content; UploadField refuses it with the reason.
    """

    lost = ""  # why, once it is
    file: Any

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        self.lost = ""
        try:
            super().new_file(*args, **kwargs)
        except OSError as error:
            self.lose(error)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start <= settings.MATERIAL_MAX_MIB * MIB and not self.lost:
            try:
                self.file.write(raw_data)
                self.file.flush()
            except OSError as error:
                self.lose(error)

    def file_complete(self, file_size: int) -> Any:
        return self.file if self.lost else super().file_complete(file_size)

    def lose(self, error: OSError) -> None:
        self.lost = reason_of(error)
        self.file = SimpleUploadedFile(self.file_name or "", b"", self.content_type or "")
        self.file.lost = self.lost

    def upload_interrupted(self) -> None:
        if not self.lost:
            super().upload_interrupted()


class UploadField(forms.FileField):
    def to_python(self, data: Any) -> Any:
        if reason := getattr(data, "lost", ""):
            said = gettext_lazy(
                "The server had no room for this file (%(reason)s). Try again later, or tell who runs the site."
            )
            raise ValidationError(said, params={"reason": reason})
        return super().to_python(data)
