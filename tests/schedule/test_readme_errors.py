"""Files that are refused, with the line and what to do; and files that are only meant to hurt."""

import time

import pytest

from schedule.readme import MAX_BYTES, as_json, parse
from tests.schedule.readme_texts import TITLE, error_codes, own_course, read, table

pytestmark = pytest.mark.once

ROW = "| 13/02/2026 | W1 | Data | [s](a.pdf) |\n"
HEAD = TITLE + "## Schedule\n\n| Date | Week | Topic | Slides |\n|---|---|---|---|\n"


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


HOSTILE = {
    "pipes": "|" * MAX_BYTES,
    "lines of pipes": ("|" * 52 + "\n") * (MAX_BYTES // 53),
    "a row of pipes": HEAD + "|" * 1_000_000,
    "rows": HEAD + ROW * 19_000,
    "wide": f"|{'date|' * 60_000}\n|{'-|' * 60_000}\n|a|\n",
    "brackets in a cell": HEAD + "| 13/02/2026 | W1 | " + "[" * 1_000_000 + " | |\n",
    "half links": HEAD + ("| 13/02/2026 | W1 | " + "[a](" * 12 + " | |\n") * 1900,
    "links in prose": "[a](b) " * 140_000,
    "images": "![" * 500_000,
    "headings": "# [a](b) schedule 13/02/2026\n" * 4000,
    "numbered headings": "".join(f"## Week {number} (13/02): A\n- [x](y)\n" for number in range(4000)),
    "underlined headings": "[a](b) schedule 13/02/2026\n---\n" * 4000,
    "dates": HEAD + "| " + "1/1 and " * 120_000 + "| a | b | c |\n",
    "months": HEAD + "| " + "mar " * 250_000 + "| a | b | c |\n",
    "blanks": HEAD + "| 13" + " " * 900_000 + "x | a | b | c |\n",
    "struck": HEAD + "| 13/02/2026 " + "<s>" * 300_000 + "| a | b | c |\n",
    "tildes": HEAD + "| " + "~" * 900_000 + "| a | b | c |\n",
    "parentheses": HEAD + "| 13/02/2026 | W1 | A " + "(a)" * 300_000 + "x | |\n",
    "addresses": HEAD + ROW + "\n## Contact\n\n" + "a@b." * 250_000,
    "names": HEAD + ROW + "\n## Logistics\n\n- **Staff**: " + "a, " * 300_000,
    "one long word": HEAD + ROW + "\n## Contact\n\n- Contact: " + "a" * 900_000,
    "bold": HEAD + ROW + "\n## Contact\n\n- **" + "a  " * 300_000,
    "milestones": HEAD + ROW + "\n## Milestones\n\n" + "MS1 on 13/02. " * 70_000,
    "html": "<table>\n" + "<tr><td>13/02</td></tr>\n" * 19_000,
    "tags": "<table>\n" + "<td " * 250_000,
    "quotes": ">" * MAX_BYTES,
    "nested lists": "".join("  " * depth + "- MS1: 13/02\n" for depth in range(700)),
    "references": "".join(f"[a{number}]: x\n" for number in range(19_000)),
    "title": "# " + "C101 [2026 " * 95_000,
    "uneven tables": "| a | b |\n|---|\n\n" * 6_600,
    "braces": "{{" * 500_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_mebibyte_is_read_or_refused_in_two_seconds(text):
    data = text.encode()[:MAX_BYTES]
    started = time.process_time()
    as_json(parse(data))
    assert time.process_time() - started < 2
