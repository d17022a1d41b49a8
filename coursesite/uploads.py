"""How uploads come in."""

from django.conf import settings
from django.core.files.uploadhandler import TemporaryFileUploadHandler

MIB = 1024 * 1024


class BoundedUploadHandler(TemporaryFileUploadHandler):
    """Writes no more of a file than is taken at most, and tells its whole size, so that the form can refuse it."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start <= settings.MATERIAL_MAX_MIB * MIB:
            self.file.write(raw_data)
