"""Where the links of a README lead. Pure."""

from urllib.parse import urljoin, urlsplit

LONG_ADDRESS = 60
SUFFIXES = {"pdf": "PDF", "pptx": "PPTX", "ipynb": "notebook", "zip": "ZIP", "html": "HTML"}


def resolve(href: str, base: str) -> str:
    """The address that a link opens, or "" where there is none to open.

    A file is resolved against `base`, the repository's address, and never leaves it; other schemes than http and
    https, and addresses that only look relative (`//host`), open nothing.
    """
    try:
        parts = urlsplit(href)
    except ValueError:
        return ""
    if parts.scheme in {"http", "https"} and parts.netloc:
        return href
    if parts.scheme or parts.netloc or not base:
        return ""
    root = base if base.endswith("/") else f"{base}/"
    target = urljoin(root, href.lstrip("/\\"))
    return target if target.startswith(root) else ""


def is_file(href: str) -> bool:
    """Whether it names a file of the course's repository."""
    try:
        parts = urlsplit(href)
    except ValueError:
        return False
    return not parts.scheme and not parts.netloc and bool(parts.path)


def file_type(href: str) -> str:
    """What opens, as people call it: "PDF"; "" where the address does not say."""
    path = urlsplit(href).path if is_file(href) or "://" in href else ""
    return SUFFIXES.get(path.rpartition(".")[2].lower(), "")


def readable(label: str) -> str:
    """A label that is an address, as people say it: without https://, the middle of a long one left out."""
    if not label.startswith(("http://", "https://")):
        return label
    short = label.partition("://")[2].removeprefix("www.").rstrip("/")
    host, _slash, path = short.partition("/")
    return short if len(short) <= LONG_ADDRESS or "/" not in path else f"{host}/…/{path.rpartition('/')[2]}"
