"""Other years and other courses, counted by hand from the files that lie beside the project."""

from collections import Counter

import pytest

from schedule.readme import Parsed, as_json, parse
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


# Line, day, label of the week, number of links and title of each class, as they stand in the files.
CLASSES = {
    "seed/README": """
        17 2026-02-02 W1  1 Introduction to MLOps
        18 2026-02-09 W2  2 Git & CICD
        19 2026-02-16 W3  1 Data & cloud infrastructure
        20 2026-02-23 W4  0 Containerisation
        21 2026-03-02 W5  0 API implementation
        22 2026-03-09 W6  0 Model serving
        23 2026-03-16 W7  0 Microservices
        24 2026-03-23 W8  0 Serving & training optimisation
        25 2026-03-30 W9  0 Model pipeline
        26 2026-04-06 W10 0 Monitoring & dashboarding
        27 2026-04-13 W11 0 Agentic AI
        30 2026-05-04 W12 0 LLMOps & Trustworthy AI""",
    "samples/info9023-2025": """
        26 2025-02-03 W1  1 Course introduction
        27 2025-02-10 W2  2 Project organisation
        28 2025-02-17 W3  1 Data pipelines & Cloud infrastructure
        29 2025-02-24 W4  3 Containerisation
        30 2025-03-03 W5  2 API implementation
        31 2025-03-10 W6  2 Microservices
        32 2025-03-17 W7  2 Model serving
        33 2025-03-24 W8  1 Serving & training optimisation
        34 2025-03-31 W9  2 ML Pipeline
        35 2025-04-07 W10 2 Monitoring & dashboarding
        36 2025-04-14 W11 2 CICD
        37 2025-04-21 W12 2 LLMOps & Trustworthy AI""",
    "samples/info9023-2024": """
        26 2024-02-05 W0  1 Course introduction
        27 2024-02-12 W1  1 Use case definition
        28 2024-02-19 W2  2 Project organisation
        29 2024-02-26 W3  3 Data processing
        30 2024-03-04 W4  2 Model development
        32 2024-03-11 W5  3 API implementation
        33 2024-03-18 W6  3 Model serving & Cloud infrastructure
        34 2024-03-25 W7  2 Serving & training optimisation
        36 2024-04-08 W8  2 Model Pipeline
        37 2024-04-15 W9  2 Monitoring & dashboarding
        40 2024-05-06 W10 2 CICD""",
    "samples/taa-2025-fr": """
        14 2025-09-22 -   2 ML rappels
        15 2025-09-29 -   2 Classification, Regularization, Ensemble Learning, XGboost
        16 2025-11-17 -   2 Imbalance, sampling, Feature selection
        17 2025-11-24 -   0 deep - intro
        18 2026-01-05 -   0 deep 2
        19 2026-01-09 -   0 deep - avancé
        20 2026-01-12 -   1 MLops 1 (amont: méthodes, apprentissage, etc.)
        21 2026-01-15 -   1 MLops 2 (aval: déploiement, mise en production, Dash)
        22 2026-01-19 -   0 CM éthique + Présentations
        23 2026-01-22 -   0 Présentations""",
    "samples/info8006-2025": """
        17 2025-09-18 -   6 Course syllabus
        18 2025-09-25 -   4 Lecture 2: Solving problems by searching
        19 2025-10-02 -   4 Lecture 3: Games and adversarial search
        20 2025-10-09 -   6 Lecture 4: Quantifying uncertainty
        21 2025-10-16 -   6 Lecture 5: Probabilistic reasoning
        22 2025-10-23 -   4 Lecture 6: Reasoning over time
        24 2025-11-06 -   6 Lecture 6: Reasoning over time
        25 2025-11-13 -   4 Lecture 7: Machine learning and neural networks
        27 2025-11-20 -   4 Lecture 7: Machine learning and neural networks
        28 2025-11-27 -   4 Lecture 8: Making decisions
        29 2025-12-04 -   4 Lecture 9: Reinforcement Learning
        30 2025-12-11 -   2 No lecture""",
}
HOLIDAYS = {
    "seed/README": ["2026-04-20", "2026-04-27"],
    "samples/info9023-2025": [],
    "samples/info9023-2024": ["2024-04-01", "2024-04-22", "2024-04-29"],
    "samples/taa-2025-fr": [],
    "samples/info8006-2025": ["2025-10-30", "2025-12-18"],
}
MILESTONES = {
    "seed/README": [
        (1, "window", "2026-03-02", "2026-03-05", True, [54]),
        (2, "window", "2026-03-30", "2026-04-02", True, [55]),
        (3, "day", "2026-05-11", "2026-05-11", True, [31, 56]),
    ],
    "samples/info9023-2024": [
        (1, "window", "2024-03-11", "2024-03-18", True, [31, 124]),
        (2, "day", "2024-05-13", "2024-05-13", True, [41, 133]),
    ],
}
OTHERS = {  # exams, deadlines, similar courses, general resources, books, pillars, streams
    "seed/README": ([(None, "Oral exam")], [], 3, 4, 3, 3, 3),
    "samples/info9023-2025": ([(None, "Oral exam")], [], 3, 4, 3, 3, 3),
    "samples/info9023-2024": ([("2024-05-31", "Exam")], [], 3, 4, 3, 3, 3),
    "samples/taa-2025-fr": ([("2026-01-26", "EXAMEN")], [], 0, 0, 0, 0, 0),
    "samples/info8006-2025": (
        [],
        [("2025-11-16", "Deadline for Project 1"), ("2025-12-14", "Deadline for Project 2")],
        *(0, 0, 0, 0, 0),
    ),
}


@pytest.mark.parametrize("name", CLASSES)
def test_every_class_and_every_other_row_of_the_shared_files(name):
    printed = as_json(parse(shared_course(f"{name}.md")))
    assert printed["errors"] == []
    said = [
        f"{lecture['line']} {lecture['date']} {lecture['week'] or '-'} {len(lecture['materials'])} {lecture['title']}"
        for lecture in printed["lectures"]
    ]
    assert said == [" ".join(line.split()) for line in CLASSES[name].strip().split("\n")]
    assert not [lecture for lecture in printed["lectures"] if lecture["end"]]
    assert printed["holidays"] == HOLIDAYS[name]
    assert [tuple(item.values()) for item in printed["milestones"]] == MILESTONES.get(name, [])
    exams = [(exam["date"], exam["title"]) for exam in printed["exams"]]
    deadlines = [(item["date"], item["title"]) for item in printed["deadlines"]]
    resources = printed["resources"]
    counted = (resources["similar"], resources["general"], len(resources["books"]))
    assert (exams, deadlines, *counted, len(printed["pillars"]), len(printed["streams"])) == OTHERS[name]
