"""Files that are refused, with the line and what to do; and files that are only meant to hurt."""

import time

import pytest

from schedule.readme import MAX_BYTES, as_json, parse
from tests.schedule.hostile import HEAD, HOSTILE, ROW
from tests.schedule.readme_texts import TITLE, error_codes, own_course, read, table

pytestmark = pytest.mark.once

HANGS = 10  # seconds of the processor; the two that a file may take are held by `make bench`


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1", "cp1252"])
def test_not_utf8(encoding):
    parsed = parse((TITLE + "## Été\n").encode(encoding))
    assert error_codes(parsed) == [("not-utf8", 1 if encoding == "utf-16" else 3)]


def test_too_many_bytes():
    assert error_codes(parse(b"a" * (MAX_BYTES + 1))) == [("too-large", 1)]


def test_too_many_lines():
    assert error_codes(parse(b"\n" * 20_000)) == [("too-large", 20_001)]
    assert error_codes(parse(b"\n" * 19_999)) == [("no-schedule", 1)]


def test_too_many_rows():
    assert error_codes(read(HEAD + ROW * 2001)) == [("too-large", 2007)]
    assert error_codes(read(HEAD + ROW * 4000)) == [("too-large", 4005)]


def test_too_many_headings():
    assert error_codes(read(HEAD + ROW + "## A\n" * 3999)) == [("too-large", 4006)]  # with the two of HEAD
    assert not error_codes(read(HEAD + ROW + "## A\n" * 3998))


def test_a_line_of_pipes_is_left_out_and_the_rest_is_read():
    parsed = read(HEAD + "|" * 2000 + "\n\n" + HEAD + ROW)
    assert len(parsed.lectures) == 1
    assert ("row-broken", 7) in [(issue.code, issue.line) for issue in parsed.warnings]


@pytest.mark.parametrize("text", ["", "# Only a title\n", TITLE + "| Name | Age |\n|---|---|\n| A | 3 |\n"])
def test_no_schedule(text):
    assert error_codes(read(text)) == [("no-schedule", 1)]


@pytest.mark.parametrize("row", ["| {{ lecture.date }} | {{ lecture.title }} |\n", "{% for lecture in lectures %}\n"])
def test_a_template(row):
    text = TITLE + "## Schedule\n\n| Date | Topic |\n|---|---|\n" + row
    assert error_codes(read(text)) == [("template-schedule", 7)]


def test_a_template_expression_elsewhere_is_a_warning():
    parsed = read(table("Date | Topic", "13/02/2026 | Data") + "\n## Project\n\nSee {{ site.url }}.\n")
    assert [(issue.code, issue.line) for issue in parsed.warnings] == [("template-expression", 11)]


def test_every_error_says_what_to_do_and_the_rest_is_still_told():
    parsed = read(own_course().replace("| Topic ", "| Subtitle "))
    (error,) = parsed.errors
    assert error.message.endswith(".")
    assert len(error.message.split()) > 8
    assert len(parsed.staff) == 2
    assert as_json(parsed)["errors"][0]["code"] == "no-schedule"
    assert as_json(parsed)["plan"]["added"] == 0


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_line_ends_and_byte_order_mark_do_not_matter(ending):
    text = "\ufeff" + own_course().replace("\n", ending)
    assert as_json(read(text)) == as_json(read(own_course()))
    assert read(text).source == text


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_mebibyte_is_read_or_refused(text):
    data = text.encode()[:MAX_BYTES]
    started = time.process_time()
    as_json(parse(data))
    assert time.process_time() - started < HANGS
