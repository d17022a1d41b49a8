"""`import_readme`: what a README makes of an edition, the first time and every time after."""

import json
import os
import subprocess
import sys
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coursesite.models import CourseEdition, Readme
from exams.models import ExamDay, PracticeExam
from projects.models import Milestone
from schedule import importing, readme
from schedule.management.commands.demo import README
from schedule.models import CultureItem, Holiday, Lecture, Material, Resource, Section, Sprint, StaffMember
from tests.benchmarks.readmes import course
from tests.schedule.readme_texts import table
from tests.services import ROOT

pytestmark = pytest.mark.django_db
TEXT = README.read_text()
NOTHING = {"added": 0, "changed": 0, "moved": 0, "missing": 0}


def apply(text: str, **options) -> importing.Plan:
    return importing.apply(readme.parse(text.encode()), **options)


def counts(text: str) -> dict[str, int]:
    """What applying this text does, but for the rows that stay as they are."""
    counted = apply(text).counts()
    del counted["unchanged"]
    return counted


def command(tmp_path, text: str | bytes, *options: str) -> str:
    path = tmp_path / "README.md"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    out = StringIO()
    call_command("import_readme", str(path), *options, stdout=out)
    return out.getvalue()


def writes(queries: CaptureQueriesContext) -> list[str]:
    return [q["sql"] for q in queries if q["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]


def test_everything_becomes_rows():
    edition = apply(TEXT).edition
    assert (edition.code, edition.title) == ("INFO9023", "Machine Learning Systems Design")
    assert (edition.season, edition.year, edition.slug) == ("spring", 2026, "info9023-2026")
    assert Readme.objects.get(edition=edition).text == TEXT
    assert [str(s) for s in Sprint.objects.all()] == [f"Sprint {n}" for n in range(1, 7)]
    lectures = list(Lecture.objects.select_related("sprint"))
    assert [row.week for row in lectures] == [f"W{n}" for n in range(1, 13)]
    assert [row.sprint.colour for row in lectures] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]
    assert (str(lectures[0].taught_on), str(lectures[-1].taught_on)) == ("2026-02-02", "2026-05-04")
    assert [str(row.starts_on) for row in Holiday.objects.all()] == ["2026-04-20", "2026-04-27"]
    assert [m.column for m in Material.objects.order_by("pk")] == ["material", "material", "directed_work", "material"]
    assert [(m.number, m.kind, str(m.starts_on), str(m.ends_on)) for m in Milestone.objects.all()] == [
        (1, "window", "2026-03-02", "2026-03-05"),
        (2, "window", "2026-03-30", "2026-04-02"),
        (3, "day", "2026-05-11", "2026-05-11"),
    ]
    assert [(s.name, s.role) for s in StaffMember.objects.all()] == [
        ("Ines Instructor", "Instructor"),
        ("Tina Assistant", "Teaching Assistant"),
    ]
    assert [c.name for c in CultureItem.objects.filter(kind="pillar")] == ["Relevant", "Practical", "Engaging"]
    assert CultureItem.objects.filter(kind="stream").count() == 3
    assert [Resource.objects.filter(kind=k).count() for k in ("similar", "general", "book")] == [3, 4, 3]
    assert [(p.label, p.href) for p in PracticeExam.objects.all()] == [("practice exam", "exams/practice_exam_1.pdf")]
    assert ExamDay.objects.count() == 1
    assert not Section.objects.filter(kind="other").exists()


def test_a_row_without_date_and_title_is_itself_the_next_time():
    text = table("Date | Topic | Slides", "13/02/2026 | A | ", "soon | | [a](a.pdf)", "later | | [b](b.pdf)")
    assert apply(text).counts()["added"]
    assert counts(text) == NOTHING


def test_the_same_file_again_writes_nothing():
    apply(TEXT)
    with CaptureQueriesContext(connection) as queries:
        assert counts(TEXT) == NOTHING
    assert not writes(queries)


def test_ids_survive_a_change_a_move_and_a_swap_of_rows():
    apply(TEXT)
    before = dict(Lecture.objects.values_list("week", "pk"))
    text = TEXT.replace("Containerisation |", "Containers |").replace("| 09/03/2026 | W6", "| 10/03/2026 | W6")
    assert counts(text) == NOTHING | {"changed": 1, "moved": 1}
    assert dict(Lecture.objects.values_list("week", "pk")) == before
    assert Lecture.objects.get(week="W4").title == "Containers"
    assert str(Lecture.objects.get(week="W6").taught_on) == "2026-03-10"


def test_a_link_that_comes_is_a_change_of_its_lecture():
    apply(TEXT)
    text = TEXT.replace("Containerisation | |", "Containerisation | [Lecture slides](lectures/04.pdf) |")
    assert counts(text) == NOTHING | {"changed": 1}
    assert Material.objects.get(href="lectures/04.pdf").lecture.week == "W4"


def test_links_that_go_are_a_change_of_their_lecture():
    apply(course(15))
    with CaptureQueriesContext(connection) as queries:
        counted = importing.plan(readme.parse(course(15).replace("[Lab ", "Lab ").encode())).counts()
    assert (counted["changed"], counted["unchanged"]) == (15, 6 + 15 + 1)  # sprints, sections, introduction
    assert len(queries) < 20


def test_what_a_person_typed_is_kept_and_told(tmp_path):
    apply(TEXT)
    Lecture.objects.filter(week="W4").update(title="Containers, by hand", room="R7")
    Sprint.objects.filter(label="Sprint 2").update(title="Cloud")
    assert counts(TEXT) == NOTHING
    said = command(tmp_path, TEXT.replace("Containerisation |", "Containerisation and more |"))
    assert "title was changed on the site and stays; the file now says “Containerisation and more”" in said
    assert list(Lecture.objects.filter(week="W4").values_list("title", "room")) == [("Containers, by hand", "R7")]
    assert Sprint.objects.get(label="Sprint 2").title == "Cloud"


def test_a_row_that_vanishes_is_marked_and_comes_back_as_itself():
    apply(TEXT)
    pk = Lecture.objects.get(week="W7").pk
    without = "\n".join(line for line in TEXT.split("\n") if "Microservices" not in line)
    assert counts(without) == NOTHING | {"missing": 1}
    assert Lecture.objects.get(pk=pk).is_missing
    assert counts(without) == NOTHING
    assert counts(TEXT) == NOTHING | {"changed": 1}
    assert not Lecture.objects.get(pk=pk).is_missing


def test_a_lecture_that_staff_added_is_left_alone():
    edition = apply(TEXT).edition
    Lecture.objects.create(edition=edition, taught_on="2026-06-01", title="Guest")
    assert counts(TEXT.replace("Agentic AI", "Agents")) == NOTHING | {"changed": 1}
    assert not Lecture.objects.get(title="Guest").is_missing


def test_a_fifth_of_the_rows_gone_needs_a_yes(tmp_path):
    apply(TEXT)
    lines = [line for line in TEXT.split("\n") if not any(f"| W{n} " in line for n in range(5, 10))]
    with pytest.raises(CommandError, match="5 of 18 rows of the schedule"):
        command(tmp_path, "\n".join(lines))
    assert not Lecture.objects.filter(is_missing=True).exists()
    command(tmp_path, "\n".join(lines), "--yes")
    assert Lecture.objects.filter(is_missing=True).count() == 5


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ([], "Neither the title nor a date says the year of the course."),
        (["--year", "1926"], "The year 1926 cannot be right: it must be from 2000 to 2099."),
    ],
)
def test_a_course_has_a_year(tmp_path, options, sentence):
    text = "# A course\n\n| Week | Topic |\n| --- | --- |\n| W1 | One |\n| W2 | Two |\n"
    with pytest.raises(CommandError, match=sentence):
        command(tmp_path, text, *options)
    assert not CourseEdition.objects.exists()


@pytest.mark.parametrize(
    ("options", "day"), [(["--day-first"], "2026-03-02"), (["--month-first"], "2026-02-03"), ([], None)]
)
@pytest.mark.parametrize("starts", [False, True], ids=["import_readme", "start_course"])
def test_day_or_month_first_is_asked_and_answered(tmp_path, options, day, starts):
    path = tmp_path / "README.md"
    path.write_text("# A course [spring 2026]\n\n| Date | Topic |\n| --- | --- |\n| 02/03 | One |\n| 04/05 | Two |\n")
    name, more = ("start_course", ["--instructor", "ines@example.org"]) if starts else ("import_readme", [])
    if day is None:
        with pytest.raises(CommandError, match="--day-first or --month-first"):
            call_command(name, str(path), *more, *options, stdout=StringIO())
        return
    call_command(name, str(path), *more, *options, stdout=StringIO())
    assert str(Lecture.objects.earliest("position").taught_on) == day


def test_an_exam_is_announced_with_all_that_its_row_says():
    head = "| Date | Time | Topic | Room |\n| --- | --- | --- | --- |\n"
    rows = "| 16/02/2026 | 9:00 | Intro | R1 |\n| 01/06/2026 | 14:00 | Oral exam | R7 |\n"
    apply(f"# A course [spring 2026]\n\n{head}{rows}")
    assert ExamDay.objects.get().title == "Oral exam – 14:00, R7"


def test_the_readme_of_another_year_asks_first():
    apply(TEXT)
    edition = CourseEdition.objects.get()
    other = readme.parse(TEXT.replace("2026", "2027").encode())
    assert "another-edition" in [issue.code for issue in importing.plan(other, edition).questions]
    with pytest.raises(importing.ImportRefused):
        importing.apply(other, edition)
    assert importing.plan(readme.parse(TEXT.encode()), edition).questions == ()


def test_a_year_that_the_file_no_longer_says_stays():
    apply("# A course [spring 2026]\n\n| Week | Topic |\n| --- | --- |\n| W1 | One |\n")
    edition = CourseEdition.objects.get()
    apply("# A course\n\n| Week | Topic |\n| --- | --- |\n| W1 | One |\n", edition=edition)
    edition.refresh_from_db()
    assert edition.year == 2026


def test_two_years_of_one_course_are_two_editions():
    apply(TEXT)
    apply(TEXT.replace("2026", "2027"))
    assert sorted(CourseEdition.objects.values_list("slug", flat=True)) == ["info9023-2026", "info9023-2027"]
    assert Lecture.objects.count() == 24


def test_dry_run_writes_nothing_and_prints_the_contract(tmp_path):
    with CaptureQueriesContext(connection) as queries:
        answer = json.loads(command(tmp_path, TEXT, "--dry-run", "--json"))
    assert not writes(queries)
    assert list(answer) == [
        *("errors", "warnings", "edition", "columns", "schedule_rows", "sprints", "lectures", "holidays", "milestones"),
        *("exams", "deadlines", "staff", "channels", "pillars", "streams", "resources", "plan"),
    ]
    assert answer["schedule_rows"] == 15
    assert answer["plan"]["added"] > 40


def test_a_dry_run_needs_no_tables(tmp_path, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(connection.introspection, "table_names", list)
    with django_assert_num_queries(0):
        said = json.loads(command(tmp_path, course(15), "--dry-run", "--json"))
    assert said["plan"]["added"] > 15
    assert said["plan"] | {"added": 0} == dict.fromkeys(said["plan"], 0)


def test_a_dry_run_needs_no_more_than_a_checkout(tmp_path):
    """Nor the folder of the embedded database; and it makes neither."""
    (tmp_path / "README.md").write_text(course(15))
    where = os.environ | {"DATABASE_URL": f"sqlite:///{tmp_path}/var/db.sqlite3", "ENV_FILE": os.devnull}
    import_readme = [sys.executable, ROOT / "manage.py", "import_readme", tmp_path / "README.md"]
    done = subprocess.run([*import_readme, "--dry-run", "--json"], env=where, capture_output=True, text=True)
    assert (done.returncode, json.loads(done.stdout)["schedule_rows"]) == (0, 15)
    done = subprocess.run(import_readme, env=where, capture_output=True, text=True)
    assert (done.returncode, "make run" in done.stderr) == (1, True)
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]


@pytest.mark.parametrize("options", [["--yes"], ["--dry-run", "--edition", "info9023-2026"]])
def test_what_needs_tables_says_how_to_make_them(tmp_path, monkeypatch, options):
    monkeypatch.setattr(connection.introspection, "table_names", list)
    with pytest.raises(CommandError, match="The database has no tables yet"):
        command(tmp_path, course(15), *options)


def test_impossible_date_is_a_warning_with_its_line(tmp_path):
    line = TEXT.split("\n").index(next(row for row in TEXT.split("\n") if "W5" in row)) + 1
    said = command(tmp_path, TEXT.replace("02/03/2026", "31/02/2026"))
    assert f"line {line}: " in said
    assert "31/02/2026" in said
    assert Lecture.objects.get(week="W5").taught_on is None


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (TEXT.encode("utf-16"), "not-utf8"),
        (TEXT.encode() + b"x" * 1024 * 1024, "too-large"),
        (b"# A course\n\nNo table.\n", "no-schedule"),
    ],
)
def test_errors_write_nothing_and_exit_with_1(tmp_path, data, code):
    with pytest.raises(CommandError, match=code) as refused:
        command(tmp_path, data)
    assert refused.value.returncode == 1
    assert not CourseEdition.objects.exists()


def test_unknown_edition_and_unreadable_file_say_what_to_do(tmp_path):
    with pytest.raises(CommandError, match="Editions of this site: none yet"):
        command(tmp_path, TEXT, "--edition", "nowhere")
    with pytest.raises(CommandError, match="Name a README"):
        call_command("import_readme", str(tmp_path / "nothing.md"))


def test_pages_are_told():
    edition = apply(TEXT).edition
    revision = CourseEdition.objects.get(pk=edition.pk).revision
    apply(TEXT)
    assert CourseEdition.objects.get(pk=edition.pk).revision == revision
    apply(TEXT.replace("Agentic AI", "Agents"))
    assert CourseEdition.objects.get(pk=edition.pk).revision == revision + 1


def test_statements_do_not_grow_with_rows():
    numbers = {}
    for rows in (15, 60):
        CourseEdition.objects.all()
        with CaptureQueriesContext(connection) as queries:
            apply(course(rows).replace("BULK01", f"BULK{rows}"))
        numbers[rows] = len(queries)
    batches = connection.features.max_query_params is not None  # SQLite splits a long INSERT
    assert numbers[15] == numbers[60] or batches
    assert numbers[15] <= 3 * 13 + 5
