"""Other years and other courses, counted by hand from the files that lie beside the project."""

from collections import Counter

import pytest

from schedule.readme import Parsed, parse
from tests.schedule.readme_texts import shared_course, warned

pytestmark = pytest.mark.once


def sample(name: str) -> Parsed:
    parsed = parse(shared_course(f"samples/{name}.md"))
    assert parsed.errors == ()
    return parsed


def kinds(parsed: Parsed) -> Counter:
    return Counter(link.kind for lecture in parsed.lectures for link in lecture.materials)


def test_the_same_course_a_year_earlier():
    parsed = sample("info9023-2025")
    assert (parsed.schedule_rows, len(parsed.lectures), len(parsed.sprints)) == (12, 12, 6)
    assert (str(parsed.days[0]), str(parsed.days[-1])) == ("2025-02-03", "2025-04-21")
    assert kinds(parsed) == {"slides": 12, "lab": 5, "demo": 4, "guest": 1}
    swapped = parsed.lectures[7]
    assert (swapped.title, swapped.notes) == (
        "Serving & training optimisation",
        ("order swapped with ML Pipeline",),
    )
    assert [member.email for member in parsed.staff] == ["t.vrancken@uliege.be", "Matthias.Pirlet@uliege.be"]
    assert [(channel.kind, channel.href) for channel in parsed.channels] == [
        ("discord", "https://discord.gg/kY6B3cchkr"),
        ("email", ""),
    ]
    assert [item.label for item in parsed.logistics] == ["Class time & place", "Communication", "Support"]
    assert [link.href for link in parsed.exam_links] == ["exams/practice_exam_1.pdf"]
    assert parsed.credits.count("\n- ") == 10
    assert warned(parsed) == [("missing-cells", line) for line in (28, 33, 37)]


def test_the_same_course_two_years_earlier():
    parsed = sample("info9023-2024")
    assert (parsed.edition.code, parsed.edition.season, parsed.edition.year) == ("INFO9023", "", None)
    assert [column.field for column in parsed.columns] == ["date", "week", "sprint", "topic", "material"]
    assert (parsed.schedule_rows, len(parsed.lectures), len(parsed.holidays)) == (17, 11, 3)
    assert parsed.sprints == (*(f"Sprint {number}" for number in range(6)), "Closing sprint")
    assert kinds(parsed) == {"slides": 11, "lab": 9, "guest": 2, "notebook": 1}
    assert [(m.number, m.kind, str(m.start), str(m.end), m.lines) for m in parsed.milestones] == [
        (1, "window", "2024-03-11", "2024-03-18", (31, 124)),
        (2, "day", "2024-05-13", "2024-05-13", (41, 133)),
    ]
    assert [(str(exam.date), exam.title) for exam in parsed.exams] == [("2024-05-31", "Exam")]
    assert (parsed.lectures[4].title, parsed.lectures[4].notes) == ("Model development", ("class in B28 R.75 (0/75)",))
    assert parsed.lectures[2].notes == ("Lab git code versioning",)
    assert [(item.label, item.line) for item in parsed.logistics] == [
        ("Class time & place", 15),
        ("Support", 17),
        ("Communication", 18),
    ]
    assert [section.title for section in parsed.sections if not section.understood] == ["Topics covered"]
    assert warned(parsed, "list-item-glued", "anchor-missing", "edition-missing") == [
        ("edition-missing", 1),
        ("list-item-glued", 17),
        ("anchor-missing", 128),
        ("anchor-missing", 129),
    ]
    assert len(warned(parsed, "own-repo-branch")) == 11


def test_a_french_course_over_the_turn_of_the_year():
    parsed = sample("taa-2025-fr")
    assert (parsed.edition.code, parsed.edition.year, parsed.edition.year_end) == ("TAA", 2025, 2026)
    assert [column.field for column in parsed.columns] == ["date", "time", "type", "teacher", "topic"]
    days = [str(lecture.date) for lecture in parsed.lectures]
    assert days[3:5] == ["2025-11-24", "2026-01-05"]
    assert (len(days), days[-1]) == (10, "2026-01-22")
    assert [lecture.title for lecture in parsed.lectures[:2]] == [
        "ML rappels",
        "Classification, Regularization, Ensemble Learning, XGboost",
    ]
    assert kinds(parsed) == {"slides": 3, "lab": 3, "link": 2}
    assert {lecture.teacher for lecture in parsed.lectures} == {"Rémy", "Louis", "Thomas"}
    assert [(str(exam.date), exam.title, exam.notes) for exam in parsed.exams] == [
        ("2026-01-26", "EXAMEN", ("Durée : 2 Heures",))
    ]
    assert warned(parsed, "weekday-mismatch", "date-out-of-order") == []


def test_a_course_that_puts_everything_into_one_cell():
    parsed = sample("info8006-2025")
    assert (parsed.edition.title, parsed.edition.season, parsed.edition.year) == (
        "Introduction to Artificial Intelligence",
        "fall",
        2025,
    )
    assert (parsed.schedule_rows, len(parsed.lectures)) == (16, 12)
    assert [str(holiday.date) for holiday in parsed.holidays] == ["2025-10-30", "2025-12-18"]
    assert [(str(item.date), item.title) for item in parsed.deadlines] == [
        ("2025-11-16", "Deadline for Project 1"),
        ("2025-12-14", "Deadline for Project 2"),
    ]
    assert sum(kinds(parsed).values()) == 54
    assert [(member.name, member.role) for member in parsed.staff] == [
        ("Gilles Louppe", "Instructor"),
        ("Gérôme Andry", "Teaching assistant"),
        ("Fanny Bodart", "Teaching assistant"),
        ("Thomas Savary", "Teaching assistant"),
    ]
    assert [(channel.kind, channel.href) for channel in parsed.channels] == [
        ("email", "mailto:info8006@montefiore.ulg.ac.be"),
        ("discord", "https://discord.gg/Y8UP2SBu2h"),
    ]
    assert (parsed.exams, len(parsed.exam_links)) == ((), 20)
