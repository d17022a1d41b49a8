"""Everything that a course in the layout of the seed says, read in full."""

import datetime as dt

import pytest

from schedule.readme import Channel, Edition, Exam, LogisticsItem, MilestoneItem, Point, StaffMember, as_json, parse
from tests.schedule.readme_texts import own_course, read, shared_course, warned

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def course():
    return read(own_course())


def test_edition(course):
    assert course.errors == ()
    assert course.edition == Edition("DATA4100", "Data Products in Practice", "spring", 2027, None, line=1)
    assert [column.field for column in course.columns] == [
        "date",
        "week",
        "sprint",
        "topic",
        "material",
        "directed_work",
    ]


def test_lectures(course):
    assert course.schedule_rows == 12
    assert course.sprints == ("Sprint 1", "Sprint 2", "Sprint 3", "Sprint 4", "Sprint 5")
    assert [lecture.week for lecture in course.lectures] == [f"W{number}" for number in range(1, 11)]
    first, third = course.lectures[0], course.lectures[2]
    assert (first.date, first.end, first.sprint, first.title) == (
        dt.date(2027, 2, 2),
        None,
        "Sprint 1",
        "What is a data product?",
    )
    assert third.directed_work_text == "No lab"
    assert third.directed_work == ()
    assert course.lectures[3].directed_work_text == ""


def test_links(course):
    links = [(link.kind, link.label, link.href) for lecture in course.lectures for link in lecture.course_material]
    assert links == [
        ("slides", "Lecture slides", "lectures/01_products.pdf"),
        ("slides", "Lecture slides", "lectures/02_versioning.pdf"),
        ("slides", "Lecture slides", "lectures/03_collecting.pdf"),
        ("notebook", "notebook", "lectures/03_collecting.ipynb"),
    ]
    labs = [link for lecture in course.lectures for link in lecture.directed_work]
    assert [(link.kind, link.label, link.line) for link in labs] == [("lab", "Lab1", 18)]


def test_holiday_is_no_lecture_and_makes_no_sprint(course):
    assert [(holiday.line, holiday.date, holiday.title) for holiday in course.holidays] == [
        (25, dt.date(2027, 3, 30), "Holiday")
    ]


def test_milestones_join_table_and_prose(course):
    first, second, third = course.milestones
    assert first == MilestoneItem(
        1,
        "window",
        dt.date(2027, 3, 1),
        dt.date(2027, 3, 4),
        True,
        (48,),
        "Each team picks a time between the 1st and the 4th of March. The times will be announced later.",
    )
    assert (second.start, second.end) == (dt.date(2027, 3, 31), dt.date(2027, 4, 2))
    assert (third.kind, third.start, third.lines, third.title) == (
        "day",
        dt.date(2027, 4, 20),
        (28, 50),
        "Project presentations",
    )


def test_prose(course):
    assert [text.split()[0] for text in course.introduction] == ["A", "No"]
    assert [(image.alt, image.href) for image in course.images] == [("Five sprints side by side", "assets/roadmap.png")]
    assert course.schedule_note == "_Slides appear here on the evening before each class._"
    assert course.pillars == (
        Point("Useful", "Whatever we build, somebody wants it.", 34),
        Point("Open", "Questions first, also the simple ones.", 35),
    )
    assert [stream.name for stream in course.streams] == ["Lectures", "Directed work", "Project"]
    assert course.project_text == "The rules are in [project/rules.pdf](project/rules.pdf)."
    assert course.exams == (Exam(None, "Oral exam", 52),)
    assert [link.href for link in course.exam_links] == ["exams/practice.pdf"]
    assert course.exam_text.startswith("An oral exam about a case")


def test_logistics(course):
    assert course.staff == (
        StaffMember("Ines", "Instructor", "ines@example.org", 58),
        StaffMember("Tina", "Teaching Assistant", "tina@example.org", 59),
    )
    assert course.channels == (
        Channel("discord", "https://discord.example.org/data4100", "Communication", 60),
        Channel("email", "", "Communication", 60),
    )
    assert course.logistics[1] == LogisticsItem("Support", "Stay after class, or ask on Discord.", 61)
    assert len(course.logistics) == 2


def test_resources(course):
    similar = [resource for resource in course.resources if resource.kind == "similar"]
    assert [(resource.title, resource.details) for resource in similar] == [
        ("A university by the sea", "- Shipping data ([link](https://sea.example.org/))"),
        ("A university in the hills", "- Data for mountaineers"),
    ]
    general = [(resource.title, resource.href) for resource in course.resources if resource.kind == "general"]
    assert general == [
        ("A field guide", "https://guide.example.org/"),
        ("Patterns - second series", "https://patterns.example.org/series/2"),
    ]
    books = [(resource.title, resource.authors) for resource in course.resources if resource.kind == "book"]
    assert books == [
        ("Small Products", "Alice, Bob"),
        ("The Long Pipeline: From Source to Screen", "Charlie et al."),
    ]


def test_nothing_is_left_to_show_word_for_word(course):
    assert all(section.understood for section in course.sections)
    shown = ("introduction", "schedule", "project", "milestones", "exam")
    assert [section.prose for section in course.sections if section.kind not in shown and section.prose] == []


def test_warnings_are_about_short_rows_alone(course):
    assert warned(course) == [("missing-cells", line) for line in (*range(20, 29),)]


def test_json_has_the_shape_of_the_command(course):
    printed = as_json(course)
    assert list(printed) == [
        *("errors", "warnings", "edition", "columns", "schedule_rows", "sprints", "lectures", "holidays"),
        *("milestones", "exams", "deadlines", "staff", "channels", "pillars", "streams", "resources", "plan"),
    ]
    assert printed["edition"] == {
        "code": "DATA4100",
        "title": "Data Products in Practice",
        "season": "spring",
        "year": 2027,
    }
    assert printed["columns"] == ["Date", "Week #", "Sprint #", "Topic", "Course material", "Directed work"]
    assert printed["lectures"][1] == {
        "line": 18,
        "date": "2027-02-09",
        "end": None,
        "week": "W2",
        "sprint": "Sprint 1",
        "title": "Versioning & review",
        "materials": [
            {"kind": "slides", "label": "Lecture slides", "href": "lectures/02_versioning.pdf"},
            {"kind": "lab", "label": "Lab1", "href": "directed_work/01_versioning/README.md"},
        ],
    }
    assert printed["holidays"] == ["2027-03-30"]
    assert printed["milestones"][2] == {
        "number": 3,
        "kind": "day",
        "start": "2027-04-20",
        "end": "2027-04-20",
        "confirmed": True,
        "lines": [28, 50],
    }
    assert printed["resources"] == {
        "similar": 2,
        "general": 2,
        "books": ["Small Products", "The Long Pipeline: From Source to Screen"],
    }
    assert as_json(course, {"changed": 3})["plan"] == {
        "added": 0,
        "changed": 3,
        "moved": 0,
        "missing": 0,
        "unchanged": 0,
    }


def test_the_seed():
    seed = parse(shared_course("seed/README.md"))
    printed = as_json(seed)
    assert printed["errors"] == []
    assert printed["edition"] == {
        "code": "INFO9023",
        "title": "Machine Learning Systems Design",
        "season": "spring",
        "year": 2026,
    }
    assert printed["sprints"] == [f"Sprint {number}" for number in range(1, 7)]
    assert printed["schedule_rows"] == 15
    assert [lecture["week"] for lecture in printed["lectures"]] == [f"W{number}" for number in range(1, 13)]
    dates = [lecture["date"] for lecture in printed["lectures"]]
    assert (dates[0], dates[10], dates[11]) == ("2026-02-02", "2026-04-13", "2026-05-04")
    assert printed["holidays"] == ["2026-04-20", "2026-04-27"]
    assert sum(len(lecture.course_material) for lecture in seed.lectures) == 3
    assert sum(len(lecture.directed_work) for lecture in seed.lectures) == 1
    assert [(m["kind"], m["start"], m["end"], m["confirmed"]) for m in printed["milestones"]] == [
        ("window", "2026-03-02", "2026-03-05", True),
        ("window", "2026-03-30", "2026-04-02", True),
        ("day", "2026-05-11", "2026-05-11", True),
    ]
    assert printed["milestones"][2]["lines"] == [31, 56]
    assert printed["exams"] == [{"date": None, "title": "Oral exam"}]
    assert [member["role"] for member in printed["staff"]] == ["Instructor", "Teaching Assistant"]
    assert [channel["kind"] for channel in printed["channels"]] == ["discord", "email"]
    assert (len(printed["pillars"]), len(printed["streams"])) == (3, 3)
    assert (printed["resources"]["similar"], printed["resources"]["general"]) == (3, 4)
    assert len(printed["resources"]["books"]) == 3
    assert {warning["code"] for warning in printed["warnings"]} == {"missing-cells"}
    assert seed.resources[0].details.count("doi: [") == 2
    assert all(section.understood for section in seed.sections)
