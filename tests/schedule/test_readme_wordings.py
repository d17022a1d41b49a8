"""Wordings that real pages use: days off with a remark, ranges without spaces, numbered classes, staff, channels."""

import datetime as dt

import pytest

from schedule.readme import Parsed
from schedule.readme_dates import find_spans
from schedule.readme_edition import _parse
from tests.schedule.readme_texts import read, read_rows, table, warned

pytestmark = pytest.mark.once
FALL = "# C101 - Testing [fall 2025]\n\n"


def day(number: int, month: int = 2, year: int = 2026) -> dt.date:
    return dt.date(year, month, number)


def below(text: str) -> Parsed:
    return read(table("Date | Topic", "03/10/2025 | A", "28/11/2025 | B", title=FALL) + f"\n{text}\n")


@pytest.mark.parametrize(
    ("topic", "kind"),
    [
        ("Spring break (March 10-14)", "holidays"),
        ("Fall Break – October 13-17", "holidays"),
        ("Christmas break (two weeks)", "holidays"),
        ("Monday holiday - Presidents' Day", "holidays"),
        ("Semaine de relâche (aucune activité)", "holidays"),
        ("Jour de congé académique à l'ULiège", "holidays"),
        ("Holiday – Project 2 due", "holidays"),
        ("No lab this week", "holidays"),
        ("Structural break tests", "lectures"),
        ("RL (no lab)", "lectures"),
        ("Matroids (no TA session)", "lectures"),
        ("Trees (no TP this week)", "lectures"),
        ("Régression (pas de TP)", "lectures"),
        ("Optimisation - no lab this week", "lectures"),
        ("No class, project presentations", "milestones"),
        ("Project presentation II", "milestones"),
        ("Prelim 1", "exams"),
        ("**Prelim** (in class)", "exams"),
        ("Prelims: logic and sets", "lectures"),
        ("Prelim results", "lectures"),
        ("Contrôle final de version avec git", "lectures"),
        ("Contrôle écrit des processus", "lectures"),
        ("Retake exam", "exams"),
        ("Make-up midterm", "exams"),
        ("Présentations orales des projets", "milestones"),
        ("Project presentation", "lectures"),
        ("Break: project presentations", "milestones"),
    ],
)
def test_what_a_row_is(topic, kind):
    parsed = read_rows("Date | Topic", "13/02/2026 | Intro", f"20/02/2026 | {topic}")
    found = {name: len(getattr(parsed, name)) for name in ("lectures", "holidays", "milestones", "exams")}
    found["lectures"] -= 1
    assert {name for name, count in found.items() if count} == {kind}


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("14/10/2026-18/10/2026", day(14, 10), day(18, 10)),
        ("14/10-18/10", day(14, 10), day(18, 10)),
        ("14.10.2026-18.10.2026", day(14, 10), day(18, 10)),
        ("28/10-30/10/2024", day(28, 10, 2024), day(30, 10, 2024)),
        ("10 Mar-14 Mar", day(10, 3), day(14, 3)),
        ("10 Mar-14th Mar", day(10, 3), day(14, 3)),
        ("11 mars-13 mars 2024", day(11, 3, 2024), day(13, 3, 2024)),
        ("10-Mar-26", day(10, 3), None),
    ],
)
def test_a_range_without_spaces(written, first, last):
    (lecture,) = read_rows("Date | Topic", f"{written} | Data").lectures
    assert (lecture.date, lecture.end) == (first, last)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("on 09/09-09/13 in class", 1),
        ("MS1: 9/2 in class", 1),
        ("between 9/2 and 9/4", 1),
        ("it counts for 1/2", 0),
        ("MS1: 1/2 of the grade", 0),
        ("1/2", 0),
    ],
)
def test_numbers_in_prose(text, count):
    assert len(find_spans(text, prose=True)) == count


def test_the_year_does_not_turn_back_before_the_first_row():
    rows = ("Sep 3 | A", "Dec 12 | B", "Jan 19 | C", "Dec 15 | D", "Jan 20 | E", "Aug 25 | F")
    parsed = read(table("Date | Topic", *rows, title=FALL))
    assert [lecture.date.year for lecture in parsed.lectures] == [2025, 2025, 2026, 2025, 2026, 2026]
    assert warned(parsed) == [("date-out-of-order", 10)]


def test_two_letter_weekdays_settle_the_order():
    for first, second in (("Tu 9/2", "Th 9/4"), ("Ma 2/9", "Je 4/9")):
        parsed = read(table("Date | Topic", f"{first} | A", f"{second} | B", title=FALL))
        assert [lecture.date for lecture in parsed.lectures] == [day(2, 9, 2025), day(4, 9, 2025)]
        assert warned(parsed) == []


def test_the_week_label_is_that_of_the_week_column():
    rows = ("W1 | L1 | 13/02 | A", " | L2 | 14/02 | B", "W2 | Midterm | 20/02 | ")
    parsed = read_rows("Week | Lecture | Date | Topic", *rows)
    assert [(row.week, row.title, row.extra) for row in parsed.lectures] == [
        ("W1", "A", (("Lecture", "L1"),)),
        ("", "B", (("Lecture", "L2"),)),
    ]
    assert [exam.title for exam in parsed.exams] == ["Midterm"]
    assert [row.week for row in read_rows("Lecture | Date | Topic", "L1 | 13/02 | A").lectures] == ["L1"]
    assert [row.title for row in read_rows("Date | Lecture / Topic", "13/02 | Intro").lectures] == ["Intro"]
    weeks = read(table("Week | Topic", "Sep 1 – Sep 5 | A", "Sep 8 – Sep 12 | B", title=FALL))
    assert warned(weeks) == []


def test_exams_and_deadlines():
    rows = ("13/02 | 7 | EXAMEN | ", "20/02 | 8 | CM | Data", " | 9 | | Exam (room B28)", "~~27/02~~ | 10 | | Trees")
    parsed = read_rows("Date | # | Type | Topic", *rows, "28/02 | | | Deadline P1<br>Submit online")
    assert [(exam.title, exam.date, exam.notes) for exam in parsed.exams] == [
        ("EXAMEN", day(13), ()),
        ("Exam", day(20), ("room B28",)),
    ]
    assert [(row.title, row.date) for row in parsed.lectures] == [("Data", day(20)), ("Trees", day(20))]
    assert [item.title for item in parsed.deadlines] == ["Deadline P1"]
    assert warned(parsed) == [("row-unclassified", 11)]


def test_a_row_with_only_what_is_due():
    parsed = read_rows("Date | Topic | Due", "13/02 | A | ", "14/02 |  | HW1")
    assert [row.title for row in parsed.lectures] == ["A"]
    assert [(item.title, item.date) for item in parsed.deadlines] == [("HW1", day(14))]


def test_bare_addresses_and_mail_in_a_row():
    parsed = read_rows("Date | Topic | Slides", "13/02 | A | www.example.org/a.pdf", "14/02 | B | [Ann](mailto:a@b.be)")
    assert [[link.href for link in row.materials] for row in parsed.lectures] == [["https://www.example.org/a.pdf"], []]
    assert parsed.lectures[1].material_text == "Ann"
    assert warned(parsed) == [("link-no-scheme", 7), ("unsafe-link", 8)]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (
            "- Week 1\n  - Lecture 1 (Oct 3): Intro [slides](x.pdf)\n- Week 2\n  - Oct 10: Third\n",
            [("Lecture 1", day(3, 10, 2025), "Intro"), ("Week 2", day(10, 10, 2025), "Third")],
        ),
        (
            "### Week 1 (9/2): A\n\n### Week 2 (9/9-9/13): B\n",
            [("Week 1", day(2, 9, 2025), "A"), ("Week 2", day(9, 9, 2025), "B")],
        ),
        (
            "- Lecture 1: Intro\n  - Date: Oct 3\n  - Oct 5: HW due\n- Lecture 2: Two\n  - Date: Oct 10\n",
            [("Lecture 1", day(3, 10, 2025), "Intro"), ("Lecture 2", day(10, 10, 2025), "Two")],
        ),
    ],
)
def test_headings_and_nested_items(body, found):
    parsed = read(f"{FALL}## Schedule\n\n{body}")
    assert [(row.week, row.date, row.title) for row in parsed.lectures] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("### Milestone 1\n\n- What: slides\n- When: between the 14th and the 18th of October", [(1, 14, 18, (15,))]),
        ("1. **Milestone 3**\n   - Room B28\n   - Date: 12th of October", [(3, 12, 12, (12,))]),
        ("- [MS3](p.pdf): on the 11th of October\n- `MS7`: 12 October", [(3, 11, 11, (12,)), (7, 12, 12, (13,))]),
        ("MS1 is on 11 October.\nMS2 is on 12 October.", [(1, 11, 11, (12,)), (2, 12, 12, (13,))]),
    ],
)
def test_milestones_in_prose(text, found):
    parsed = below(f"## Milestones\n\n{text}")
    assert [(item.number, item.start.day, item.end.day, item.lines) for item in parsed.milestones] == found
    assert warned(parsed) == []


@pytest.mark.parametrize(
    ("title", "code", "rest"),
    [
        ("INFO-F-422 Statistics (2024-2025)", "INFO-F-422", "Statistics"),
        ("ELEC-H-423 - Data", "ELEC-H-423", "Data"),
        ("15-445/645 Databases (Fall 2025)", "15-445/645", "Databases"),
        ("CS231n: Vision", "CS231n", "Vision"),
        ("CS101 Intro - Semestre d'automne 2025", "CS101", "Intro"),
    ],
)
def test_codes_and_titles(title, code, rest):
    edition = _parse(title)
    assert (edition.code, edition.title) == (code, rest)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("## Staff\n\n**Instructor:** Ines (i@x.org)", [("Ines", "Instructor", "i@x.org")]),
        (
            "## Staff\n\n| Name | Role | Email |\n|---|---|---|\n| Ines | Lecturer | i@x.org |\n| Tina | | |",
            [("Ines", "Lecturer", "i@x.org"), ("Tina", "", "")],
        ),
        (
            "## Instructors\n\n- Ines, Gates 246\n- Tina, [web](https://x.org)\n- Bob (TA)",
            [("Ines", "Instructor", ""), ("Tina", "Instructor", ""), ("Bob", "TA", "")],
        ),
        ("## Équipe\n\n- Ines (i@x.org)", [("Ines", "", "i@x.org")]),
        ("## Intervenants\n\n- Ines", [("Ines", "Intervenant", "")]),
        ("## Team\n\n- Ines (assistant)", [("Ines", "assistant", "")]),
    ],
)
def test_staff(text, found):
    parsed = below(text)
    assert [(member.name, member.role, member.email) for member in parsed.staff] == found
    assert warned(parsed) == []


@pytest.mark.parametrize(
    ("text", "kind", "href"),
    [
        ("## Communication\n\nWe use Discord: https://discord.gg/a", "discord", "https://discord.gg/a"),
        ("## Contact\n\nInscription sur le Mattermost : https://chat.org/a", "mattermost", "https://chat.org/a"),
        ("## Contact\n\nOn the [Moodle forum](https://m.org/f).", "moodle", "https://m.org/f"),
        ("## Community\n\nJoin [us](https://c.slack.com/b).", "slack", "https://c.slack.com/b"),
        ("## Logistics\n\n**Slack**: https://x.slack.com/b", "slack", "https://x.slack.com/b"),
        ("## Logistics\n\nWe use [Slack](https://x.slack.com/b).", "slack", "https://x.slack.com/b"),
    ],
)
def test_channels_in_paragraphs(text, kind, href):
    assert [(channel.kind, channel.href) for channel in below(text).channels] == [(kind, href)]


def test_what_a_known_section_says_besides_is_shown():
    text = "| Name | Office |\n|---|---|\n| Ines | B28 |"
    parsed = below(f"## Teaching team\n\n{text}\n\n## Pillars\n\nThese are:\n\n- One: two")
    assert [section.text for section in parsed.sections if not section.understood] == [text]
    assert [code for code, _line in warned(parsed)] == ["section-not-understood"]
    assert [pillar.name for pillar in parsed.pillars] == ["One"]
