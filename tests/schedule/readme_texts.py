"""Texts for the tests of the README reader: our own course, the shared one, and tables made on the spot."""

from pathlib import Path

import pytest

from schedule.readme import Parsed, parse

OWN_COURSE = Path(__file__).with_name("course.md")
SHARED = Path(__file__).parents[3] / "shared"
TITLE = "# C101 - Testing [spring 2026]\n\n"


def own_course() -> str:
    return OWN_COURSE.read_bytes().decode()


def shared_course(name: str) -> bytes:
    """A course file that lies beside the project. Skipped without it, which fails where CI=true (conftest)."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"../shared/{name} is not here; course.md stands in for it in the other tests")
    return path.read_bytes()


def read(text: str, **options) -> Parsed:
    return parse(text.encode(), **options)


def table(headers: str, *rows: str, title: str = TITLE) -> str:
    """A schedule: headers and rows as "a | b | c"."""
    lines = (f"| {headers} |", "|" + "---|" * (headers.count("|") + 1), *(f"| {row} |" for row in rows))
    return title + "## Schedule\n\n" + "\n".join(lines) + "\n"


def read_rows(headers: str, *rows: str, **options) -> Parsed:
    parsed = read(table(headers, *rows), **options)
    assert not parsed.errors
    return parsed


def warned(parsed: Parsed, *codes: str) -> list[tuple[str, int | None]]:
    """The warnings with these codes, or all of them, as code and line."""
    return [(issue.code, issue.line) for issue in parsed.warnings if not codes or issue.code in codes]


def error_codes(parsed: Parsed) -> list[tuple[str, int | None]]:
    return [(issue.code, issue.line) for issue in parsed.errors]
