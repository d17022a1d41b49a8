"""Other layouts: days below their month, labels inside links, people in a paragraph, rows between numbers."""

import datetime as dt

import pytest

from schedule.models import Material
from schedule.readme_dates import find_spans
from schedule.redate import redate
from tests.schedule.readme_texts import TITLE, read, read_rows, table, warned
from tests.schedule.test_export_readme import changed, imported, lecture

MONTH_ROWS = table(
    "Date | Topic", "**March** | ", "3 | Intro", "Mon 10 | Trees", "31 | Lakes", "**April** | ", "7 | Seas"
)
MONTH_COLUMN = table("Month | Day | Topic", "Sep | 3 | Intro", " | 10 | Trees", "Oct | 1 | Lakes")


def days(text: str) -> list[str]:
    return [str(found.date) for found in read(text).lectures]


def people(text: str) -> list[tuple[str, str, str]]:
    parsed = read(table("Date | Topic", "13/02/2026 | A") + f"\n{text}\n")
    return [(member.name, member.role, member.email) for member in parsed.staff]


def listed(*lines: str):
    return read(f"{TITLE}## Schedule\n\n" + "\n".join(lines) + "\n")


# dates


def test_days_below_their_month():
    assert days(MONTH_ROWS) == ["2026-03-03", "2026-03-10", "2026-03-31", "2026-04-07"]


def test_days_beside_their_month():
    parsed = read(MONTH_COLUMN)
    assert [str(found.date) for found in parsed.lectures] == ["2026-09-03", "2026-09-10", "2026-10-01"]


@pytest.mark.parametrize("written", ["2 au 6", "2 to 6", "2–6", "Mon 2 & 6"])
def test_days_of_a_month_joined_by_a_word(written):
    (found,) = read_rows("Month | Day | Topic", f"March | {written} | Trees").lectures
    assert (str(found.date), str(found.end)) == ("2026-03-02", "2026-03-06")


def test_a_bare_number_without_a_month_is_no_date():
    assert read_rows("Date | Topic", "3 | Intro", "02/02/2026 | A").lectures[0].date is None


def test_a_day_that_leaves_its_month_names_the_other():
    moved = redate(MONTH_ROWS, -7)
    assert days(moved) == ["2026-02-24", "2026-03-03", "2026-03-24", "2026-03-31"]
    assert "| 24 February | Intro |" in moved
    assert days(redate(MONTH_COLUMN, 28)) == ["2026-10-01", "2026-10-08", "2026-10-29"]


@pytest.mark.django_db
@pytest.mark.parametrize(("day", "line"), [((3, 5), "| 5 | Intro |"), ((4, 2), "| 2 April | Intro |")])
def test_a_new_day_is_written_below_its_month(day, line):
    found = changed(lecture(imported(MONTH_ROWS), "Intro"), taught_on=dt.date(2026, *day))
    assert (found.out, found.put) == (["| 3 | Intro |"], [line])


@pytest.mark.parametrize(
    ("written", "day", "last"),
    [
        ("10 Mar-14", "2026-03-10", "2026-03-14"),
        ("17 March-21st", "2026-03-17", "2026-03-21"),
        ("10-Mar-14", "2014-03-10", "None"),
        ("28 Mar-26", "2026-03-28", "None"),
    ],
)
def test_two_digits_behind_a_month(written, day, last):
    (found,) = read_rows("Date | Topic", f"{written} | Data").lectures
    assert (str(found.date), str(found.end)) == (day, last)


def test_a_long_line_of_dates_costs_little():
    assert len(find_spans("10 Mar-14, " * 2000)) == 2000


# what a row is


@pytest.mark.parametrize("topic", ["Structural break", "Structural break(s)", "Trend break", "Page break"])
def test_a_break_that_is_a_topic(topic):
    parsed = read_rows("Date | Topic", f"13/02/2026 | {topic}")
    assert (len(parsed.lectures), parsed.holidays) == (1, ())


def test_a_column_of_deadlines_with_what_is_handed_out():
    parsed = read_rows(
        "Date | Topic | Deadlines", "13/02/2026 | A | HW 1 out", "20/02/2026 | B | HW 1", "27/02/2026 | C |"
    )
    assert [(str(item.date), item.title) for item in parsed.deadlines] == [("2026-02-20", "HW 1")]


def test_a_row_without_a_class_whose_other_column_says_what_is_due():
    parsed = read_rows("Date | Topic | Projects", "13/02/2026 | A | -", "20/02/2026 | - | Project 1 due")
    assert [(str(item.date), item.title) for item in parsed.deadlines] == [("2026-02-20", "Project 1 due")]
    assert len(parsed.lectures) == 1


def test_rows_that_are_no_class_and_say_more():
    parsed = read_rows(
        "Date | Topic | Slides | Project",
        "13/02/2026 | Trees | | Groups due",
        "20/02/2026 | Break | [reading](r.pdf) | Proposal due 21/02",
        "27/02/2026 | | | Final presentations",
        "06/03/2026 | Contrôle intermédiaire | | ",
    )
    assert [lecture.title for lecture in parsed.lectures] == ["Trees"]
    assert [(str(item.date), item.title) for item in parsed.deadlines] == [("2026-02-21", "Proposal due 21/02")]
    assert [(str(item.start), item.title) for item in parsed.milestones] == [("2026-02-27", "Final presentations")]
    assert [(str(exam.date), exam.title) for exam in parsed.exams] == [("2026-03-06", "Contrôle intermédiaire")]
    assert warned(parsed, "row-unclassified") == [("row-unclassified", 8)]


def test_the_day_in_one_column_and_what_is_due_on_it_in_another():
    parsed = read_rows(
        "Date | Topic | Assignment | Deadline",
        "13/02 | Trees | [1. Lakes](1.md) | 27/02", "20/02 | Hills | 2. Seas | Mon 2 March 23:59",
        "27/02 | Rocks | None | 6/03", "06/03 | Sand | 3. Clay | report on 13/03",
    )  # fmt: skip
    assert [(str(item.date), item.title) for item in parsed.deadlines] == [
        ("2026-02-27", "1. Lakes"),
        ("2026-03-02", "2. Seas"),
        ("2026-03-06", "6/03"),
        ("2026-03-13", "report on 13/03"),
    ]


def test_a_row_of_the_week_above_its_classes_is_none():
    parsed = read_rows(
        "Week | Date | Topic",
        "1 | 9/02 – 13/02 | ", " | 10/02 | Trees", "2 | | ", " | 17/02 | Lakes", "2b | 17/02 – 20/02 | ",
        " | 24/02 | Holiday", "3 | 23/02 – 27/02 | ", "4 | 02/03 | ",
    )  # fmt: skip
    assert [(str(found.date), found.week, found.title) for found in parsed.lectures] == [
        ("2026-02-10", "1", "Trees"),
        ("2026-02-17", "2", "Lakes"),
        ("2026-02-17", "2b", ""),
        ("2026-02-23", "3", ""),
        ("2026-03-02", "4", ""),
    ]


@pytest.mark.parametrize(
    ("header", "cell", "number"), [("Project", "Milestone 1", [1]), ("Notes", "Milestone 1 slides are online", [])]
)
def test_a_milestone_beside_a_row_without_a_topic(header, cell, number):
    parsed = read_rows(f"Date | Topic | {header}", "13/02/2026 | A | ", f"20/02/2026 | | {cell}")
    assert [found.number for found in parsed.milestones] == number


@pytest.mark.parametrize("topics", [("SQL", "Pipelines"), ("MLP", "CNN"), ("Intro", "GIT")])
def test_a_column_of_lectures_with_short_topics(topics):
    parsed = read_rows(
        "Date | Lecture | Slides", *(f"{day}/03/2026 | {topic} | " for day, topic in zip((13, 20), topics, strict=True))
    )
    assert [found.title for found in parsed.lectures] == list(topics)


# lists and headings


def test_a_label_inside_a_link():
    parsed = listed(
        "- [Week 1: Intro](w1.md)",
        "- [Lecture 2](l2.md): Trees",
        "- **[Week 3: Lakes][w3]** (May 2)",
        "",
        "[w3]: w3.md",
    )
    assert [(found.week, found.title) for found in parsed.lectures] == [
        ("Week 1", "Intro"), ("Lecture 2", "Trees"), ("Week 3", "Lakes"),
    ]  # fmt: skip
    assert [[link.href for link in found.materials] for found in parsed.lectures] == [["w1.md"], ["l2.md"], ["w3.md"]]


def test_a_label_that_is_the_name_of_a_folder():
    parsed = listed("- [__week01_intro__](./week01_intro) Welcome", "- [week02_trees](./week02_trees)")
    assert [(found.week, found.title) for found in parsed.lectures] == [("week01", "Welcome"), ("week02", "trees")]


def test_rows_between_numbered_ones():
    parsed = listed(
        "- Lecture 1 (2 March): Data", "- Spring break (9 March)", "- Lecture 2 (16 March): Trees",
        "- Final exam, 23 March", "- see the notes of 24 March",
    )  # fmt: skip
    assert [found.week for found in parsed.lectures] == ["Lecture 1", "Lecture 2"]
    assert [str(found.date) for found in parsed.holidays] == ["2026-03-09"]
    assert [str(found.date) for found in parsed.exams] == ["2026-03-23"]


def test_a_list_of_weeks_with_classes_is_no_note_beside_the_schedule():
    parsed = listed("- Week 1", "  - Jan 12: A", "  - Jan 14: B", "- Week 2", "  - Jan 20: C", "", "The end.")
    assert (len(parsed.lectures), parsed.schedule_note) == (3, "The end.")


def test_a_word_for_the_topics_among_others_counts_where_no_column_has_it_alone():
    parsed = read_rows("Date | Presentation topic | Theme of the lab", "13/02/2026 | Data | Cells")
    assert [column.field for column in parsed.columns] == ["date", "topic", "extra"]
    parsed = read_rows("Date | Topic | Presentation topic", "13/02/2026 | Data | Cells")
    assert [column.field for column in parsed.columns] == ["date", "topic", "extra"]
    rows = table("Date | Presentation topic", "13/02/2026 | Cells", "20/02/2026 | Genes", title="")
    parsed = read(table("Date | Topic", "13/02/2026 | Data") + f"\n{rows.replace('Schedule', 'Talks')}")
    assert [found.title for found in parsed.lectures] == ["Data"]


def test_headings_between_numbered_ones():
    parsed = listed("### Week 1 (2 March): Data", "", "### No class (9 March)", "", "### Week 2 (16 March): Trees")
    assert [str(found.date) for found in parsed.holidays] == ["2026-03-09"]


def test_a_list_of_links_behind_the_topic():
    (found,) = read_rows("Date | Topic", "13/02/2026 | Trees [slides](1.pdf), [TP](tp.pdf)").lectures
    assert (found.title, len(found.materials)) == ("Trees", 2)


# people


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("## Teachers\n\nAda Lovelace, Alan Turing", [("Ada Lovelace", "Teacher", ""), ("Alan Turing", "Teacher", "")]),
        ("## Professeurs\n\nJean Tremblay et Marie de Gaulle",
         [("Jean Tremblay", "Professeur", ""), ("Marie de Gaulle", "Professeur", "")]),
        ("## Chargés de TD\n\n- Luc Roy : luc@x.ca\n- Anne Côté",
         [("Luc Roy", "Chargé de TD", "luc@x.ca"), ("Anne Côté", "Chargé de TD", "")]),
        ("## Teaching team\n\n**Ada Lovelace** (lecturer), ada@x.org\n\n**Alan Turing**, assistant",
         [("Ada Lovelace", "lecturer", "ada@x.org"), ("Alan Turing", "assistant", "")]),
        ("## Teachers\n\nAsk after class, or write to us.", []),
        ("## Teaching assistants\n\nThey are in the lab on Monday, Tuesday and Friday", []),
    ],
)  # fmt: skip
def test_people_in_a_paragraph(text, expected):
    assert people(text) == expected


# links with brackets in their label


@pytest.mark.django_db
@pytest.mark.parametrize(
    "cell", ["[[slides]](a/s1.pdf) [[notes]](a/n1.pdf)", "[![slides](i.png)](a/s1.pdf)", "[[slides](a/s1.pdf)]"]
)
def test_the_address_of_a_link_with_brackets(cell):
    edition = imported(table("Date | Topic | Slides", f"13/02/2026 | A | {cell}"))
    link = Material.objects.filter(lecture__edition=edition).order_by("pk")[0]
    link.href = "a/s2.pdf"
    link.save()
    found = changed(link.lecture)
    assert found.put == [line.replace("s1.pdf", "s2.pdf") for line in found.out] != []
