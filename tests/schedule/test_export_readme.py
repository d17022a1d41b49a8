"""`export_readme`: the same bytes where nothing changed, and each change of the site at its own place."""

import datetime as dt
import difflib
import io
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings

from coursesite.models import CourseEdition, Readme
from exams.models import ExamDay
from projects.models import Milestone
from schedule import importing, readme, writing
from schedule.models import Deadline, Holiday, Lecture, Material, Resource, Section, Sprint, StaffMember
from tests.schedule.readme_texts import own_course, shared_course, table
from tests.schedule.test_readme_generated import mutated

pytestmark = pytest.mark.django_db
SAMPLES = ("info8006-2025", "info9023-2024", "info9023-2025", "taa-2025-fr")
SHARED = ["seed/README.md", *(f"samples/{name}.md" for name in SAMPLES)]
DAY = dt.timedelta(days=1)


def imported(data: str | bytes) -> CourseEdition:
    data = data.encode() if isinstance(data, str) else data
    return importing.apply(readme.parse(data), confirmed=True).edition


def exported(edition: CourseEdition) -> SimpleNamespace:
    """What the export wrote, as lines taken out and lines put in; importing it again proposes nothing."""
    edition = CourseEdition.objects.get(pk=edition.pk)
    made = writing.export(edition)
    before, after = (text.split("\n") for text in (edition.readme.text, made.text))
    diff = list(difflib.unified_diff(before, after, n=0, lineterm=""))[2:]
    year, day_first = importing.answers_of(edition.readme)
    plan = importing.plan(readme.parse(made.data, year=year, day_first=day_first), edition)
    return SimpleNamespace(
        out=[line[1:] for line in diff if line.startswith("-")],
        put=[line[1:] for line in diff if line.startswith("+")],
        refused=made.refused,
        news={name: number for name, number in plan.counts().items() if number and name != "unchanged"},
    )


def changed(row, **fields) -> SimpleNamespace:
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()
    found = exported(row.edition)
    assert (found.refused, found.news) == ([], {})
    return found


def lecture(edition: CourseEdition, title: str) -> Lecture:
    return Lecture.objects.get(edition=edition, title__startswith=title)


# nothing changed


@pytest.mark.parametrize("name", SHARED)
def test_shared_courses_come_back_byte_for_byte(name):
    data = shared_course(name)
    edition = CourseEdition.objects.get(pk=imported(data).pk)
    made = writing.export(edition)
    assert (made.data, made.refused) == (data, [])


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("tail", ["", "\n", "\n\n \n"])
def test_line_ends_and_byte_order_mark_come_back(ending, mark, tail):
    data = (mark + (own_course().rstrip("\n") + tail).replace("\n", ending)).encode()
    edition = CourseEdition.objects.get(pk=imported(data).pk)
    assert writing.export(edition).data == data


def test_characters_that_are_no_text_come_back_from_both_databases():
    text = own_course().replace("Introduction", "Intro\0duction\x07 \ue002 \ue002n \ue002s", 1)
    edition = imported(text)
    kept = CourseEdition.objects.get(pk=edition.pk)
    assert writing.export(kept).data == text.encode()
    assert importing.plan(readme.parse(text.encode()), kept).is_empty


def test_an_edit_keeps_byte_order_mark_and_line_ends():
    text = "\ufeff" + own_course().replace("\n", "\r\n").rstrip()
    edition = imported(text)
    Lecture.objects.filter(title="Serving").update(title="Delivery")
    assert writing.export(CourseEdition.objects.get(pk=edition.pk)).text == text.replace("| Serving |", "| Delivery |")


# one field, one line


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"title": "A | b\nc"}, r"| 09/03/2027 | W6  | Sprint 3 | A \| b<br/>c | |"),
        ({"title": "Serving *well*"}, "| 09/03/2027 | W6  | Sprint 3 | Serving \\*well\\* | |"),
        ({"taught_on": dt.date(2027, 3, 10)}, "| 10/03/2027 | W6  | Sprint 3 | Serving | |"),
        ({"taught_on": None}, "| TBC | W6  | Sprint 3 | Serving | |"),
        ({"ends_on": dt.date(2027, 3, 11)}, "| 09/03/2027 - 11/03/2027 | W6  | Sprint 3 | Serving | |"),
        ({"week": "W6b"}, "| 09/03/2027 | W6b  | Sprint 3 | Serving | |"),
        ({"notes": "bring a laptop"}, "| 09/03/2027 | W6  | Sprint 3 | Serving<br/>bring a laptop | |"),
        ({"material_note": "Board only"}, "| 09/03/2027 | W6  | Sprint 3 | Serving | Board only |"),
        ({"directed_work_note": "No lab"}, "| 09/03/2027 | W6  | Sprint 3 | Serving | | No lab |"),
    ],
)
def test_a_field_of_a_lecture_changes_its_own_cell(fields, line):
    if "title" in fields and "\n" in fields["title"]:
        title, notes = fields["title"].split("\n")
        fields = {"title": title, "notes": notes}
    edition = imported(own_course())
    assert changed(lecture(edition, "Serving"), **fields).put == [line]


def test_a_title_changes_before_a_remark_and_its_links():
    row = "16/02/2026 | Trees [[PDF](1.pdf)] (continued) [[code](1.py)] <br> Lab"
    other = "23/02/2026 | Lab 2: [Heaps](2.md) (continued) [[PDF](2.pdf)]"
    edition = imported(table("Date | Topic", row, other))
    assert changed(lecture(edition, "Trees"), title="Graphs").put == [f"| {row.replace('Trees', 'Graphs')} |"]
    found = changed(lecture(edition, "Lab 2"), title="Lakes")
    assert found.put[1] == "| 23/02/2026 | Lakes [[Heaps](2.md)] (continued) [[PDF](2.pdf)] |"


def test_sprints():
    edition = imported(own_course())
    row = lecture(edition, "Serving")
    other = Sprint.objects.get(label="Sprint 4")
    assert changed(row, sprint=other).put == ["| 09/03/2027 | W6  | Sprint 4 | Serving | |"]
    found = changed(other, label="Phase 4")
    assert [line.split("|")[3].strip() for line in found.put] == ["Phase 4"] * 3


@pytest.mark.parametrize(
    ("fields", "cell"),
    [
        ({"label": "Slides of the day"}, "[Slides of the day](lectures/03_collecting.pdf)"),
        ({"href": "lectures/3 (new).pdf"}, "[Lecture slides](<lectures/3 (new).pdf>)"),
        ({"href": "https://example.org/a|b"}, r"[Lecture slides](https://example.org/a\|b)"),
    ],
)
def test_a_link_changes_in_its_cell(fields, cell):
    edition = imported(own_course())
    found = changed(Material.objects.get(edition=edition, href="lectures/03_collecting.pdf"), **fields)
    rest = "[notebook](lectures/03_collecting.ipynb) | No lab |"
    assert found.put == [f"| 16/02/2027 | W3  | Sprint 2 | Collecting data | {cell} {rest}"]


def test_links_come_and_go():
    edition = imported(own_course())
    Material.objects.get(edition=edition, href="lectures/03_collecting.ipynb").delete()
    row = lecture(edition, "Pipelines")
    lab = {"column": "directed_work", "kind": "lab", "label": "Lab 7", "href": "labs/7.md"}
    Material.objects.create(edition=edition, lecture=row, position=1, **lab)
    found = exported(edition)
    assert found.put == [
        "| 16/02/2027 | W3  | Sprint 2 | Collecting data | [Lecture slides](lectures/03_collecting.pdf) | No lab |",
        "| 16/03/2027 | W7  | Sprint 4 | Pipelines | | [Lab 7](labs/7.md) | ",
    ]
    assert (found.refused, found.news) == ([], {})


def test_a_link_that_is_defined_elsewhere_changes_there_or_stands_in_the_cell():
    row = "16/02/2026 | A [[PDF][one]] \n| 23/02/2026 | B [[PDF][two]] | \n| 02/03/2026 | C [[PDF][two]]"
    text = table("Date | Topic", row) + "\n[one]: a.pdf\n[two]: b.pdf\n"
    edition = imported(text)
    one, two = Material.objects.get(href="a.pdf"), Material.objects.filter(href="b.pdf").first()
    assert changed(one, href="new.pdf").put == ["[one]: new.pdf"]
    assert changed(two, href="other.pdf").put == ["| 23/02/2026 | B [[PDF](other.pdf)] | ", "[one]: new.pdf"]
    assert edition.pk


def test_holidays_deadlines_and_exams():
    rows = ["Nov 16 | Deadline for Project 1", "Nov 23 | _No class_", "Dec 1 | Oral exam", "Dec 8 | Class"]
    imported(table("Date | Topic", *rows, title="# C101 [fall 2026]\n\n"))
    changed(Deadline.objects.get(), due_on=dt.date(2026, 11, 17), title="Deadline for Project One")
    changed(Holiday.objects.get(), ends_on=dt.date(2026, 11, 25), title="Autumn break")
    assert changed(ExamDay.objects.get(), held_on=dt.date(2026, 12, 2)).put == [
        "| Nov 17 | Deadline for Project One |",
        "| Nov 23 - Nov 25 | Autumn break |",
        "| Dec 2 | Oral exam |",
    ]


def test_a_milestone_moves_in_the_table_and_in_its_sentence():
    edition = imported(own_course())
    found = changed(Milestone.objects.get(number=3), starts_on=dt.date(2027, 4, 27), ends_on=dt.date(2027, 4, 27))
    assert found.put == [
        "| 27/04/2027 | | | Project presentations | |",
        "- MS3: All teams show what they have made, in the classroom. It will be on the 27th of April.",
    ]
    found = changed(Milestone.objects.get(number=2), starts_on=dt.date(2027, 4, 5), ends_on=dt.date(2027, 4, 8))
    assert "between the 5th and the 8th of April." in found.put[1]
    assert edition.pk


def test_people_resources_prose_and_the_title():
    edition = imported(own_course())
    assert changed(StaffMember.objects.get(name="Tina"), role="Tutor").put == ["  - Tina (Tutor): tina@example.org"]
    StaffMember.objects.create(edition=edition, name="Theo", role="Tutor", email="theo@example.org", position=9)
    found = exported(edition)
    assert found.put == ["  - Tina (Tutor): tina@example.org", "  - Theo (Tutor)"]
    assert found.refused == [
        "This change cannot be written into the file: member of staff “Theo”: a mail address is written only where the "
        "file had one."
    ]
    StaffMember.objects.get(name="Theo").delete()
    assert changed(Resource.objects.get(title="Small Products"), authors="Alice").put[-1] == "- Small Products (Alice)"
    note = Section.objects.get(kind="schedule_note")
    assert changed(note, text="_Slides appear here on the day._").put[0] == "_Slides appear here on the day._"
    edition.refresh_from_db()
    edition.title = "Data"
    edition.save()
    assert exported(edition).put[0] == "# DATA4100 - Data [spring 2027]"


def test_mail_addresses_are_written_only_where_the_file_has_them():
    edition = imported(own_course().replace(": ines@example.org", ""))
    StaffMember.objects.filter(name="Ines").update(email="private@example.org")
    StaffMember.objects.filter(name="Tina").update(email="new@example.org")
    found = exported(edition)
    assert found.put == ["  - Tina (Teaching Assistant): new@example.org"]
    assert len(found.refused) == 1


PEOPLE = "**Instructors:** Ines Ideal (ines@example.org), Theo Thorough"


@pytest.mark.parametrize(
    ("gone", "added", "put"),
    [
        ("Theo Thorough", "", ["**Instructor:** Ines Ideal (ines@example.org)"]),
        ("Ines Ideal", "", ["**Instructor:** Theo Thorough"]),
        ("", "Tina Tell", [f"{PEOPLE}, Tina Tell"]),
        ("Theo Thorough", "Tina Tell", ["**Instructors:** Ines Ideal (ines@example.org), Tina Tell"]),
    ],
)
def test_people_of_one_line_come_and_go(gone, added, put):
    text = table("Date | Topic", "13/02/2026 | Data").replace("## Schedule", f"{PEOPLE}\n\n## Schedule")
    edition = imported(text)
    StaffMember.objects.filter(name=gone).delete()
    if added:
        StaffMember.objects.create(edition=edition, name=added, role="Instructor", position=9)
    found = exported(edition)
    assert (found.put, found.refused, found.news) == (put, [], {})


@pytest.mark.parametrize("line", ["- {}, ULiège", "- {} (ULiège)", "- {} (Course director)"])
def test_who_is_renamed_keeps_what_stands_beside_the_name(line):
    text = table("Date | Topic", "13/02/2026 | Data").replace("## Schedule", "## Instructors\n\n{}\n\n## Schedule")
    imported(text.format(line.format("Di Fox")))
    found = changed(StaffMember.objects.get(name="Di Fox"), name="Di Foxy")
    assert found.put == [line.format("Di Foxy")]


@pytest.mark.parametrize("fields", [{"week": "9"}, {"taught_on": dt.date(2026, 2, 20)}, {"title": "Lakes"}])
def test_a_class_below_the_row_of_its_week_is_written_alone(fields):
    rows = ("2 | 9/02 – 13/02 | ", " | 10/02/2026 | Trees", " | 12/02/2026 | Hills", " | 13/02/2026 | Rocks")
    edition = imported(table("Week | Date | Topic", *rows))
    assert len(changed(lecture(edition, "Hills"), **fields).put) == 1


# rows that come and go


def test_a_new_row_follows_the_row_above():
    edition = imported(own_course())
    Lecture.objects.create(edition=edition, title="Extra", taught_on=dt.date(2027, 3, 17), week="W7b", room="R7")
    Holiday.objects.create(edition=edition, title="Bank holiday", starts_on=dt.date(2027, 4, 1))
    found = exported(edition)
    assert found.put == ["| 17/03/2027 | W7b |          | Extra | |", "| 01/04/2027 | | | Bank holiday | |"]
    assert found.out == []
    assert found.refused == ["This change cannot be written into the file: lecture “W7b Extra”: room."]
    assert found.news == {}


def test_a_row_that_is_gone_takes_its_line_along():
    edition = imported(own_course())
    lecture(edition, "Serving").delete()
    found = exported(edition)
    assert (found.out, found.put, found.news) == (["| 09/03/2027 | W6  | Sprint 3 | Serving | |"], [], {})


def test_the_last_class_of_a_sprint_takes_its_name_out_of_the_file():
    edition = imported(table("Date | Sprint | Topic", "13/02/2026 | S1 | Data", "20/02/2026 | S2 | Lakes"))
    lecture(edition, "Lakes").delete()
    found = exported(edition)
    assert (found.out, found.put, found.news) == (["| 20/02/2026 | S2 | Lakes |"], [], {})


def test_rows_of_the_site_change_places_of_dates_and_titles_and_stay_themselves():
    edition = imported(own_course())
    one, other = lecture(edition, "Serving"), lecture(edition, "Pipelines")
    Lecture.objects.filter(pk=one.pk).update(taught_on=other.taught_on, week=other.week)
    Lecture.objects.filter(pk=other.pk).update(taught_on=one.taught_on, week=one.week)
    found = exported(edition)
    assert (len(found.put), found.refused, found.news) == (2, [], {})


# what cannot be written


def test_what_the_reader_would_not_give_back_is_reported_and_the_rest_is_written():
    edition = imported(own_course())
    row = lecture(edition, "Serving")
    Lecture.objects.filter(pk=row.pk).update(title="Holiday", room="R7", taught_on=row.taught_on + DAY)
    found = exported(edition)
    assert found.put == ["| 10/03/2027 | W6  | Sprint 3 | Serving | |"]
    assert found.refused == [
        "This change cannot be written into the file: lecture “W6 Holiday”: topic.",
        "This change cannot be written into the file: lecture “W6 Holiday”: room.",
    ]


def test_many_changes_at_once_are_those_that_each_makes_alone():
    edition = imported(own_course())
    for row in Lecture.objects.filter(edition=edition):
        Lecture.objects.filter(pk=row.pk).update(title=f"{row.title} again", taught_on=row.taught_on + DAY)
    found = exported(edition)
    assert (len(found.put), found.refused, found.news) == (10, [], {})
    assert all(" again |" in line for line in found.put)


@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(mutated())
def test_any_text_that_is_imported_comes_back_and_no_other_writes_anything(text):
    data = text.encode()
    with transaction.atomic():
        parsed = readme.parse(data, day_first=True, year=2026)
        try:
            edition = importing.apply(parsed, confirmed=True).edition
        except importing.ImportRefused as refused:
            assert refused.issues == (parsed.errors or refused.issues)
            assert not CourseEdition.objects.exists()
        else:
            kept = CourseEdition.objects.get(pk=edition.pk)
            assert writing.export(kept).data == data
            assert importing.plan(readme.parse(data, day_first=True, year=2026), kept).is_empty
        transaction.set_rollback(True)


@pytest.mark.parametrize(("order", "day"), [(True, dt.date(2026, 3, 2)), (False, dt.date(2026, 2, 3))])
def test_what_a_person_told_the_reader_holds_for_writing_back(order, day):
    text = table("Date | Sujet", "02/03 | Données", title="# C101\n\nLe cours est pour les étudiants.\n\n")
    parsed = readme.parse(text.encode(), year=2026, day_first=order)
    edition = importing.apply(parsed, confirmed=True).edition
    assert Lecture.objects.get(edition=edition).taught_on == day
    found = exported(edition)
    assert (found.out, found.put, found.refused) == ([], [], [])


# two years of one course


@pytest.mark.parametrize("order", [("info9023-2024", "info9023-2025"), ("info9023-2025", "info9023-2024")])
def test_each_year_comes_back_whatever_was_imported_first(order):
    files = {name: shared_course(f"samples/{name}.md") for name in order}
    for name in order:
        imported(files[name])
    assert CourseEdition.objects.count() == 2
    for edition in CourseEdition.objects.all():
        assert writing.export(edition).data == files[f"info9023-{edition.year}"]


def test_a_later_year_imported_over_an_earlier_one_comes_back():
    edition = imported(shared_course("samples/info9023-2025.md"))
    later = shared_course("seed/README.md")
    importing.apply(readme.parse(later), edition, confirmed=True)
    assert writing.export(CourseEdition.objects.get(pk=edition.pk)).data == later


# a course without a file


def test_a_course_without_a_file_gets_one_that_says_what_its_rows_say():
    edition = imported(own_course())
    Readme.objects.filter(edition=edition).delete()
    StaffMember.objects.update(email="", imported={})
    edition = CourseEdition.objects.get(pk=edition.pk)
    made = writing.export(edition)
    assert made.refused == []
    lines = made.text.split("\n")
    assert lines[0] == "# DATA4100 - Data Products in Practice [spring 2027]"
    assert "| Date       | Week #     | Sprint #       | Topic       | Course material | Directed work |" in lines
    assert "| 06/04/2027 | W9  | Sprint 5 | Privacy | | |" in lines
    counts = importing.plan(readme.parse(made.data), edition).counts()
    assert {name: number for name, number in counts.items() if number and name != "unchanged"} == {}


# the command


def test_the_command_writes_bytes_and_tells_what_it_could_not_write(tmp_path):
    edition = imported("\ufeff" + own_course().replace("\n", "\r\n"))
    Lecture.objects.filter(title="Serving").update(room="R7")
    errors = io.StringIO()
    call_command("export_readme", edition.slug, "-o", str(tmp_path / "README.md"), stderr=errors)
    assert (tmp_path / "README.md").read_bytes() == ("\ufeff" + own_course().replace("\n", "\r\n")).encode()
    assert "This change cannot be written into the file: lecture “W6 Serving”: room." in errors.getvalue()


def test_the_command_prints_the_text_and_names_the_editions():
    edition, out = imported(own_course()), io.StringIO()
    call_command("export_readme", edition.slug, stdout=out)
    assert out.getvalue() == own_course()
    with pytest.raises(CommandError, match=f"Editions of this site: {edition.slug}"):
        call_command("export_readme", "nowhere")
    with pytest.raises(CommandError, match="Name a file"):
        call_command("export_readme", edition.slug, "-o", "/nowhere/at/all.md")
