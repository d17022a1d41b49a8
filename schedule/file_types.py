"""Which files staff may give to a class, by the end of their name and by how their bytes begin. Pure."""

import codecs
from collections.abc import Callable
from dataclasses import dataclass

HEAD = 64 * 1024  # bytes that are looked at
TEXT = "text/plain; charset=utf-8"  # never as what it is: nothing is run where it came from


@dataclass(frozen=True)
class FileType:
    content_type: str
    is_so: Callable[[bytes], bool]


def begins(*starts: bytes, at: int = 0) -> Callable[[bytes], bool]:
    return lambda head: head[at:].startswith(starts)


def is_pdf(head: bytes) -> bool:
    return b"%PDF-" in head[:1024]  # readers allow something before it


def is_text(head: bytes) -> bool:
    """UTF-8 without NUL; the last character may be cut."""
    try:
        return "\0" not in codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False


def is_json(head: bytes) -> bool:
    return is_text(head) and head.removeprefix(codecs.BOM_UTF8).lstrip().startswith((b"{", b"["))


def is_webp(head: bytes) -> bool:
    return head.startswith(b"RIFF") and head[8:12] == b"WEBP"


ZIP = begins(b"PK\x03\x04", b"PK\x05\x06")
OFFICE = "application/vnd.openxmlformats-officedocument."
OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
# Neither HTML nor SVG: a browser would run what is in them.
TYPES = {
    "pdf": FileType("application/pdf", is_pdf),
    "pptx": FileType(f"{OFFICE}presentationml.presentation", ZIP),
    "docx": FileType(f"{OFFICE}wordprocessingml.document", ZIP),
    "xlsx": FileType(f"{OFFICE}spreadsheetml.sheet", ZIP),
    "odp": FileType(f"{OPEN_DOCUMENT}presentation", ZIP),
    "odt": FileType(f"{OPEN_DOCUMENT}text", ZIP),
    "ods": FileType(f"{OPEN_DOCUMENT}spreadsheet", ZIP),
    "zip": FileType("application/zip", ZIP),
    "gz": FileType("application/gzip", begins(b"\x1f\x8b")),
    "tgz": FileType("application/gzip", begins(b"\x1f\x8b")),
    "png": FileType("image/png", begins(b"\x89PNG\r\n\x1a\n")),
    "jpg": FileType("image/jpeg", begins(b"\xff\xd8\xff")),
    "jpeg": FileType("image/jpeg", begins(b"\xff\xd8\xff")),
    "gif": FileType("image/gif", begins(b"GIF87a", b"GIF89a")),
    "webp": FileType("image/webp", is_webp),
    "mp4": FileType("video/mp4", begins(b"ftyp", at=4)),
    "webm": FileType("video/webm", begins(b"\x1a\x45\xdf\xa3")),
    "ipynb": FileType("application/x-ipynb+json", is_json),
    "json": FileType("application/json", is_json),
} | {
    ending: FileType(TEXT, is_text)
    for ending in ("txt", "md", "csv", "tsv", "py", "r", "sql", "tex", "bib", "toml", "yaml", "yml", "sh")
}


def ending(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""


def content_type(name: str) -> str:
    known = TYPES.get(ending(name))
    return known.content_type if known else "application/octet-stream"
