"""Any course in the seed's layout comes back with its facts, and no text at all breaks the reader."""

import contextlib
import datetime as dt
import random
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from schedule.readme import Parsed, as_json, parse
from schedule.redate import redate
from tests.schedule.readme_texts import SHARED, own_course, warned

pytestmark = pytest.mark.once
slow_to_make = settings(suppress_health_check=[HealthCheck.too_slow])

HEADERS = {
    "date": ["Date", "Dates", "**Date**", "Lecture date", "Jour"],
    "week": ["Week #", "Week", "#", "Semaine"],
    "sprint": ["Sprint #", "Sprint", "Phase"],
    "topic": ["Topic", "Description", "Content (may change)", "Contenu"],
    "material": ["Course material", "Material (gradually added)", "Supports"],
    "directed_work": ["Directed work", "Demo or directed work", "Lab"],
}
WORDS = ("data", "models", "&", "serving", "review", "pipelines", "à", "grande", "échelle", "(EDA)", "C++", "4-bit")
ORDINALS = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}


@dataclass
class Course:
    """What the text says, and the text."""

    title: str
    year: int
    columns: list[str]
    lectures: list[dict] = field(default_factory=list)
    holidays: list[dt.date] = field(default_factory=list)
    windows: list[tuple[dt.date, dt.date]] = field(default_factory=list)
    final: dt.date | None = None
    books: list[str] = field(default_factory=list)
    text: str = ""


@st.composite
def courses(draw) -> Course:
    start = draw(st.dates(dt.date(2018, 1, 1), dt.date(2035, 12, 31)))
    columns = draw(st.permutations(list(HEADERS)))
    course = Course(" ".join(draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4))), start.year, columns)
    rows: list[dict[str, str]] = []
    day, week = start, 0
    sprints = draw(st.integers(1, 8))
    for sprint in range(1, sprints + 1):
        for _class in range(draw(st.integers(2, 3))):
            if draw(st.integers(0, 5)) == 0:
                course.holidays.append(day)
                rows.append(
                    {"date": day.strftime("%d/%m/%Y"), "topic": draw(st.sampled_from(["Holiday", "_No class_"]))}
                )
                day += dt.timedelta(days=7)
            week += 1
            lecture = {"date": day, "week": f"W{week}", "sprint": f"Sprint {sprint}", "title": _topic(draw, week)}
            lecture["material"] = draw(st.sampled_from([[], [("slides", f"lectures/{week:02d}.pdf")]]))
            lecture["directed_work"] = draw(st.sampled_from([[], [("lab", f"directed_work/{week:02d}/README.md")]]))
            course.lectures.append(lecture)
            rows.append(_cells(lecture))
            day += dt.timedelta(days=7)
    if draw(st.booleans()):
        course.final = day
        rows.append({"date": day.strftime("%d/%m/%Y"), "topic": "Project presentations"})
    for _window in range(draw(st.integers(0, 3))):
        first = start + dt.timedelta(days=draw(st.integers(0, (day - start).days)))
        course.windows.append((first, first + dt.timedelta(days=draw(st.integers(1, 20)))))
    course.books = [f"Book {number}" for number in range(draw(st.integers(0, 4)))]
    # Two or three rows may leave it open which number is the month; then the reader asks (test_readme_dates).
    assume(any(lecture["date"].day > 12 for lecture in course.lectures))
    course.text = _text(draw, course, rows)
    return course


def _topic(draw, week: int) -> str:
    return f"Topic {week} " + " ".join(draw(st.lists(st.sampled_from(WORDS), max_size=3, unique=True)))


def _cells(lecture: dict) -> dict[str, str]:
    return {
        "date": lecture["date"].strftime("%d/%m/%Y"),
        "week": lecture["week"],
        "sprint": lecture["sprint"],
        "topic": lecture["title"],
        "material": " ".join(f"[Lecture slides]({href})" for _kind, href in lecture["material"]),
        "directed_work": " ".join(f"[Lab]({href})" for _kind, href in lecture["directed_work"]),
    }


def _text(draw, course: Course, rows: list[dict[str, str]]) -> str:
    first = min([lecture["date"] for lecture in course.lectures] + course.holidays)
    season = "spring" if first.month < 7 else "summer" if first.month == 7 else "fall"
    season = draw(st.sampled_from([season, season.title()]))
    head = f"# C101 - {course.title} [{season} {course.year}]\n\nA first paragraph.\n\n"
    headers = [draw(st.sampled_from(HEADERS[name])) for name in course.columns]
    lines = ["| " + " | ".join(headers) + " |", "|" + "---|" * len(headers)]
    for row in rows:
        cells = [row.get(name, "") for name in course.columns]
        keep = len(cells)
        while keep > 1 and not cells[keep - 1] and draw(st.booleans()):
            keep -= 1
        padding = " " * draw(st.integers(0, 3))
        lines.append("|" + "|".join(f" {cell}{padding}" for cell in cells[:keep]) + " |" + padding)
    sections = [
        "## Lecture schedule\n\n_A note._\n\n" + "\n".join(lines) + "\n",
        "## Project\n\nBuild it.\n\n### Milestones\n\n" + "".join(map(_milestone, _milestones(course))),
        "## Exam\n\nAn oral exam.\n",
        "## Logistic\n- **Teaching Staff**:\n  - Ines (Instructor)\n  - Tina (Teaching Assistant): tina@example.org\n",
        "## Resources\n\n#### Books\n" + "".join(f"- {title} (Alice, Bob)\n" for title in course.books),
    ]
    text = head + "\n".join(draw(st.permutations(sections)))
    text = text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))
    return draw(st.sampled_from(["", "\ufeff"])) + text


def _milestones(course: Course) -> list[tuple[int, dt.date, dt.date | None]]:
    found = [(number, first, last) for number, (first, last) in enumerate(course.windows, start=1)]
    return [*found, (len(found) + 1, course.final, None)] if course.final else found


def _milestone(milestone: tuple[int, dt.date, dt.date | None]) -> str:
    number, first, last = milestone
    if last is None:
        return f"- MS{number}: All present. It will be on the {_spoken(first)}.\n"
    start = f"{first.day}{ORDINALS.get(first.day, 'th')}" if first.month == last.month else _spoken(first)
    return f"- MS{number}: Pick a spot between the {start} and the {_spoken(last)}. Spots are announced later.\n"


def _spoken(day: dt.date) -> str:
    return f"{day.day}{ORDINALS.get(day.day, 'th')} of {day:%B}"


def assert_facts(parsed: Parsed, course: Course) -> None:
    assert parsed.errors == ()
    assert (parsed.edition.code, parsed.edition.title, parsed.edition.year) == ("C101", course.title, course.year)
    assert [column.field for column in parsed.columns] == course.columns
    found = [
        {
            "date": lecture.date,
            "week": lecture.week,
            "sprint": lecture.sprint,
            "title": lecture.title,
            "material": [(link.kind, link.href) for link in lecture.course_material],
            "directed_work": [(link.kind, link.href) for link in lecture.directed_work],
        }
        for lecture in parsed.lectures
    ]
    assert found == [lecture | {"title": lecture["title"].strip()} for lecture in course.lectures]
    assert [holiday.date for holiday in parsed.holidays] == course.holidays
    assert list(parsed.sprints) == list(dict.fromkeys(lecture["sprint"] for lecture in course.lectures))
    assert [(m.number, m.start, m.end, m.kind) for m in parsed.milestones] == [
        (number, first, last or first, "window" if last else "day") for number, first, last in _milestones(course)
    ]
    assert [(member.name, member.email) for member in parsed.staff] == [("Ines", ""), ("Tina", "tina@example.org")]
    assert [resource.title for resource in parsed.resources] == course.books
    assert (parsed.introduction, parsed.project_text) == (("A first paragraph.",), "Build it.")
    assert [exam.title for exam in parsed.exams] == ["Oral exam"]
    assert {code for code, _line in warned(parsed)} <= {"missing-cells"}


@slow_to_make
@given(courses())
def test_a_generated_course_comes_back(course):
    assert_facts(parse(course.text.encode()), course)


@slow_to_make
@given(courses(), st.integers(-200, 200))
def test_a_generated_course_moves_there_and_back(course, weeks):
    days = [lecture["date"] + dt.timedelta(weeks=weeks) for lecture in course.lectures]
    assume(any(day.day > 12 for day in days))  # as above, for the moved text
    moved = redate(course.text, 7 * weeks)
    assert [lecture.date for lecture in parse(moved.encode()).lectures] == days
    assert redate(moved, -7 * weeks) == course.text


BITS = [
    *(
        "\\|",
        "| a | b | c | d | e | f | g | h |",
        "|\n",
        "\n- Week 3 (1 Feb)\n  - [x](y)\n",
        "<tr><td rowspan=3>",
        "</tr>",
    ),
    *("|", "\\|", "\n", "\r\n", "\n\n", "#", "## ", "- ", "  ", "\t", "`", "```\n", "<!--", "-->", "<table>", "<td>"),
    *("[", "](", ")", "![", "][", "**", "_", "~~", "<br>", "<a href=", "{{", "{%", "\x00", "\ufeff", "\u2028", "é"),
    *(
        "31/02/2026",
        "1/1",
        "Feb",
        "MS1",
        "Week 3",
        "exam",
        "no class",
        "9999",
        "---",
        "|---|---|",
        "&#0;",
        "\ue000",
    ),
]


def sources() -> list[str]:
    """Our own course and, where they lie beside the project, the shared ones."""
    return [own_course(), *(path.read_bytes().decode() for path in sorted(SHARED.glob("s*/*.md")))]


@st.composite
def mutated(draw) -> str:
    """A course with pieces cut out, doubled, moved and put in."""
    text = draw(st.sampled_from(sources()))
    chance = random.Random(draw(st.integers(0, 2**32)))  # a list of positions would shrink for minutes
    for _change in range(draw(st.integers(1, 30))):
        start = chance.randrange(len(text) + 1)
        end = min(len(text), start + chance.choice([0, 1, 3, 40, 400]))
        piece = chance.choice([chance.choice(BITS), text[start:end] * 2, text[::-1][start:end], ""])
        text = text[:start] + piece + text[end:]
    return text


@slow_to_make
@given(mutated())
def test_no_text_breaks_the_reader(text):
    parsed = parse(text.encode())
    printed = as_json(parsed)
    assert parsed.errors or parsed.lectures or parsed.holidays or parsed.milestones or parsed.exams
    assert parsed.errors or parsed.source == text
    assert all(issue["message"] for issue in printed["errors"] + printed["warnings"])
    assert "\x00" not in str(printed)
    with contextlib.suppress(ValueError):
        redate(text, 7)


@slow_to_make
@given(st.binary(max_size=2000))
def test_no_bytes_break_the_reader(data):
    as_json(parse(data))


@slow_to_make
@given(st.text(alphabet=st.sampled_from("|-:# \n*[]()`<>~\\1/2aé"), max_size=400))
def test_no_markup_breaks_the_reader(text):
    as_json(parse(b"| Date | Topic |\n|---|---|\n" + text.encode(), year=2026))
