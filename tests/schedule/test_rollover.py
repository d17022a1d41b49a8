"""Next year's edition: plan, clashes, edits, one transaction, and the README that goes along."""

import errno
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from coursesite.models import CourseEdition, Enrolment
from coursesite.outbox import QueuedEmail
from exams.models import CaseStudy, ExamSession, OralExam, Question, QuestionPart
from projects.models import Booking, Milestone, ProjectGroup, Slot
from schedule import importing, materials, readme, rollover, writing
from schedule.management.commands.demo import README
from schedule.models import Deadline, Holiday, Lecture, Material, Section, Sprint
from schedule.rollover import ClashesOpen, PlanChanged, RolloverRefused, Wish
from schedule.weeks import read_free_days
from tests.cast import enrol
from tests.statements import counted

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
FIRST = date(2027, 2, 1)


@pytest.fixture
def seed(db) -> CourseEdition:
    return importing.apply(readme.parse(README.read_bytes()), confirmed=True).edition


def wish(*free: str, **more) -> Wish:
    return Wish(FIRST, tuple(map(read_free_days, free)), **more)


def rolled(edition: CourseEdition, asked: Wish) -> CourseEdition:
    done = rollover.apply(edition, asked, now=NOW, confirmed=True)
    assert done.unwritten == []
    return CourseEdition.objects.get(pk=done.made.pk)


def days(edition: CourseEdition) -> dict[str, date]:
    return dict(Lecture.objects.filter(edition=edition).values_list("week", "taught_on"))


def test_weeks_follow_each_other_and_the_clash_with_easter_monday_is_named(seed):
    made_up = rollover.plan(seed, wish(), NOW)
    sentences = [clash.sentence for clash in made_up.clashes]
    assert sentences == [
        "W9 Model pipeline: date falls on Easter Monday, Mon 29 March 2027.",
        "MS2: first day falls on Easter Monday, Mon 29 March 2027.",
    ]
    made = rolled(seed, wish())
    assert (made.slug, made.season, made.year, str(made)) == (
        "info9023-2027",
        "spring",
        2027,
        "INFO9023 spring 2027",
    )
    assert days(made) == {f"W{n}": FIRST + timedelta(weeks=n - 1) for n in range(1, 13)}
    assert not Holiday.objects.filter(edition=made).exists()
    assert list(Milestone.objects.filter(edition=made).values_list("number", "starts_on", "ends_on")) == [
        (1, date(2027, 3, 1), date(2027, 3, 4)),
        (2, date(2027, 3, 29), date(2027, 4, 1)),
        (3, date(2027, 4, 26), date(2027, 4, 26)),
    ]


def test_weeks_shift_past_the_days_without_class(seed):
    made = rolled(seed, wish("2027-02-08 Carnival", "2027-04-19..2027-04-30 Easter holidays"))
    shown = days(made)
    assert (shown["W1"], shown["W2"], shown["W10"], shown["W11"], shown["W12"]) == (
        date(2027, 2, 1),
        date(2027, 2, 15),
        date(2027, 4, 12),
        date(2027, 5, 3),
        date(2027, 5, 10),
    )
    assert list(Holiday.objects.filter(edition=made).values_list("starts_on", "ends_on", "title")) == [
        (date(2027, 2, 8), None, "Carnival"),
        (date(2027, 4, 19), date(2027, 4, 30), "Easter holidays"),
    ]


@pytest.mark.parametrize(
    "free", [[], ["2027-04-19..2027-04-30 Easter holidays"], ["2027-03-29", "2027-02-08 Carnival"]]
)
def test_the_readme_goes_along_and_comes_back_as_an_empty_plan(seed, free):
    made = rolled(seed, wish(*free))
    export = writing.export(made)
    assert export.refused == []
    assert "[spring 2027]" in export.text
    assert "2026" not in export.text
    assert "Holiday" not in export.text or free
    assert importing.plan(readme.parse(export.data), made).is_empty
    assert export.data == writing.export(CourseEdition.objects.get(pk=made.pk)).data


def test_an_edited_date_holds_and_is_written(seed):
    ms2 = Milestone.objects.get(edition=seed, number=2)
    edits = {f"milestone-{ms2.pk}-starts_on": date(2027, 3, 30), f"milestone-{ms2.pk}-ends_on": date(2027, 4, 2)}
    asked = wish(dates=edits)
    assert [clash.sentence for clash in rollover.plan(seed, asked, NOW).clashes] == [
        "W9 Model pipeline: date falls on Easter Monday, Mon 29 March 2027."
    ]
    made = rolled(seed, asked)
    assert Milestone.objects.get(edition=made, number=2).starts_on == date(2027, 3, 30)
    assert "between the 30th of March and the 2nd of April" in writing.export(made).text
    assert importing.plan(readme.parse(writing.export(made).data), made).is_empty


def test_rules_move_on_the_wall_clock_and_come_unpublished(edition, milestone, exam_session):
    Lecture.objects.create(edition=edition, title="First", taught_on=date(2026, 2, 2), week="W1")
    Lecture.objects.create(edition=edition, title="Fifth", taught_on=date(2026, 3, 30), week="W9")
    milestone.booking_closes_at = datetime(2026, 3, 29, 21, 59, tzinfo=UTC)  # 23:59, on the day of the clock change
    milestone.changes_until = datetime(2026, 3, 30, 10, 0, tzinfo=UTC)
    milestone.closing_offsets = "5 d"
    milestone.save()
    case = CaseStudy.objects.create(edition=edition, title="A case", text="Words", state=CaseStudy.State.READY)
    QuestionPart.objects.create(
        question=Question.objects.create(case_study=case, number=1, text="Why?"), number=1, points=20
    )
    made = rolled(edition, wish())
    moved = Milestone.objects.get(edition=made)
    assert moved.booking_opens_at.astimezone(made.zone).strftime("%H:%M") == "09:00"
    assert moved.booking_closes_at.astimezone(made.zone).strftime("%H:%M") == "23:59"
    assert (moved.is_published, moved.revision, moved.closing_offsets) == (False, 1, "5 d")
    session = ExamSession.objects.get(edition=made)
    assert (session.is_published, session.code != exam_session.code) == (False, True)
    assert not Slot.objects.filter(milestone=moved).exists()
    assert not OralExam.objects.filter(session=session).exists()
    assert CaseStudy.objects.get(edition=made).state == CaseStudy.State.DRAFT
    assert QuestionPart.objects.get(question__case_study__edition=made).points == 20


def test_never_people_groups_bookings_or_mails(seed):
    alice, ines = enrol(seed, "alice"), enrol(seed, "ines", Enrolment.Role.INSTRUCTOR)
    group = ProjectGroup.objects.create(edition=seed, name="Red")
    QueuedEmail.objects.create(key="one", kind="slot_booked", to_address=alice.user.email, edition=seed)
    before = QueuedEmail.objects.count()
    done = rollover.apply(seed, wish(), now=NOW, by=ines.user, confirmed=True)
    made = done.made
    assert list(made.enrolments.values_list("user__email", "role")) == [("ines@example.org", "instructor")]
    assert list(ProjectGroup.objects.all()) == [group]
    assert (Booking.objects.count(), QueuedEmail.objects.count()) == (0, before)
    seed.refresh_from_db()
    assert seed.archived_at == NOW


def test_what_was_made_on_the_site_goes_along(seed):
    sprint = Sprint.objects.filter(edition=seed).first()
    sprint.title = "Project organisation"
    sprint.save()
    lecture = Lecture.objects.get(edition=seed, week="W3")
    Material.objects.create(edition=seed, lecture=lecture, label="Extra", href="https://example.org/")
    Deadline.objects.create(edition=seed, title="Project card", due_on=date(2026, 2, 13))
    Section.objects.create(edition=seed, title="Trip", text="We go out on the 12th of March.")
    Lecture.objects.filter(edition=seed, week="W2").update(title="Git, and more")
    done = rollover.apply(seed, wish(), now=NOW, confirmed=True)
    made = CourseEdition.objects.get(pk=done.made.pk)
    assert done.unwritten == ["This change cannot be written into the file: deadline “Project card”."]
    assert Sprint.objects.filter(edition=made).first().title == "Project organisation"
    assert Material.objects.get(edition=made, label="Extra").lecture.week == "W3"
    assert Deadline.objects.get(edition=made).due_on == date(2027, 2, 12)
    assert Section.objects.get(edition=made, title="Trip").text == "We go out on the 11th of March."
    assert Lecture.objects.get(edition=made, week="W2").title == "Git, and more"
    assert importing.plan(readme.parse(writing.export(made).data), made).is_empty


def test_a_course_without_a_readme_is_rolled_over_as_well(edition):
    Lecture.objects.create(edition=edition, title="First", taught_on=date(2026, 2, 2), week="W1")
    made = rolled(edition, wish())
    assert days(made) == {"W1": FIRST}
    assert importing.last_read(made).text == ""


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (Wish(date(2027, 2, 2)), "is not a Monday. The Monday of that week is 1 February 2027."),
        (Wish(date(1999, 2, 1)), "must be in a year from 2000"),
        (Wish(FIRST, year=2026), "INFO9023 spring 2026 is there already"),
        (Wish(FIRST, dates={"lecture-0-taught_on": FIRST}), "There is no date"),
        (Wish(FIRST, (read_free_days("2027-01-01..2029-12-31"),)), "leave no week to teach in"),
        (Wish(FIRST, (read_free_days("2127-05-06"),)), "2127-05-06..2127-05-06: days without class must be in years"),
    ],
)
def test_what_makes_no_sense_is_refused(seed, asked, why):
    with pytest.raises(RolloverRefused, match=why):
        rollover.apply(seed, asked, now=NOW, confirmed=True)
    assert CourseEdition.objects.count() == 1
    assert not CourseEdition.objects.get().is_archived


def test_faults_are_mended_first(seed):
    ms2 = Milestone.objects.get(edition=seed, number=2)
    asked = wish(dates={f"milestone-{ms2.pk}-ends_on": date(2027, 3, 1)})
    with pytest.raises(RolloverRefused, match="“last day” comes before “first day”"):
        rollover.apply(seed, asked, now=NOW, confirmed=True)


def test_clashes_and_changes_stop_it(seed):
    made_up = rollover.plan(seed, wish(), NOW)
    with pytest.raises(ClashesOpen):
        rollover.apply(seed, wish(), now=NOW)
    Lecture.objects.filter(edition=seed, week="W4").update(title="Another")
    with pytest.raises(PlanChanged):
        rollover.apply(seed, wish(), now=NOW, seal=made_up.seal, confirmed=True)
    assert CourseEdition.objects.count() == 1
    now_true = rollover.plan(seed, wish(), NOW)
    rollover.apply(seed, wish(), now=NOW, seal=now_true.seal, looked_at=now_true.clash_seal)
    assert CourseEdition.objects.count() == 2


def test_nothing_is_half_written(seed, monkeypatch):
    def fails(*_args):
        raise RuntimeError

    monkeypatch.setattr(rollover.rollover_text, "write", fails)
    with pytest.raises(RuntimeError):
        rollover.apply(seed, wish(), now=NOW, confirmed=True)
    assert CourseEdition.objects.count() == 1
    assert Lecture.objects.count() == 12


def test_as_many_queries_for_15_rows_as_for_150(seed):
    with counted() as few:
        rollover.plan(seed, wish(), NOW)
    Lecture.objects.bulk_create(
        Lecture(edition=seed, title=f"More {n}", taught_on=date(2026, 2, 3) + timedelta(n % 7)) for n in range(150)
    )
    with counted() as many:
        rollover.plan(seed, wish(), NOW)
    assert len(few) == len(many)


def test_the_command_shows_then_writes(seed, capsys):
    call_command("rollover", seed.slug, "--week-one", "2027-02-01", "--dry-run")
    shown = capsys.readouterr().out
    assert "Clash: MS2: first day falls on Easter Monday, Mon 29 March 2027." in shown
    assert CourseEdition.objects.count() == 1
    with pytest.raises(CommandError, match="there are clashes"):
        call_command("rollover", seed.slug, "--week-one", "2027-02-01")
    ms2 = Milestone.objects.get(edition=seed, number=2)
    call_command(
        *("rollover", seed.slug, "--week-one", "2027-02-01", "--holiday", "2027-04-19..2027-04-30", "--yes"),
        *("--date", f"milestone-{ms2.pk}-starts_on=2027-03-30"),
    )
    made = CourseEdition.objects.get(year=2027)
    assert Milestone.objects.get(edition=made, number=2).starts_on == date(2027, 3, 30)
    assert made.enrolments.count() == 0
    assert CourseEdition.objects.get(pk=seed.pk).is_archived


def test_a_release_by_hand_is_no_plan_for_next_year(seed):
    row = Material.objects.create(edition=seed, label="Solutions", href="https://example.org/", is_held=True)
    materials.release([row], NOW.replace(second=7))
    made_up = rollover.plan(seed, wish(), NOW)
    assert "“Solutions” has no release time: it is held back until you release it." in made_up.remarks
    made = rolled(seed, made_up.wish)
    moved = Material.objects.get(edition=made, label="Solutions")
    assert (moved.released_at, moved.is_held) == (None, True)


def test_a_release_whose_time_was_taken_away_is_held_back(seed):
    row = Material.objects.create(edition=seed, label="Solutions", href="https://example.org/", released_at=NOW)
    made_up = rollover.plan(seed, wish(dates={f"material-{row.pk}-released_at": None}), NOW)
    assert "“Solutions” has no release time: it is held back until you release it." in made_up.remarks
    made = rolled(seed, made_up.wish)
    moved = Material.objects.get(edition=made, label="Solutions")
    assert (moved.released_at, moved.is_held) == (None, True)


@pytest.fixture
def slides(seed, settings, tmp_path) -> Material:
    settings.MEDIA_ROOT = tmp_path
    row = Material(edition=seed, label="Slides", lecture=Lecture.objects.get(edition=seed, week="W3"))
    row.keep_file(SimpleUploadedFile("w3.pdf", b"%PDF-words"))
    row.save()
    return row


def test_files_have_bytes_of_their_own(seed, slides):
    made = rolled(seed, wish())
    copy = Material.objects.get(edition=made, label="Slides")
    assert copy.file.name != slides.file.name
    slides.file.storage.delete(slides.file.name)
    assert (copy.file.read(), copy.file_name, copy.file_size) == (b"%PDF-words", "w3.pdf", 10)


def test_of_a_file_that_is_lost_nothing_is_claimed_and_it_is_said(seed, slides):
    slides.file.storage.delete(slides.file.name)
    done = rollover.apply(seed, wish(), now=NOW, confirmed=True)
    assert done.unwritten == ["The file w3.pdf of “Slides” is lost, so it was not copied: give it again."]
    copy = Material.objects.get(edition=done.made, label="Slides")
    assert (copy.file, copy.file_name, copy.file_size) == ("", "", 0)


def test_a_full_disk_is_a_refusal_and_leaves_no_bytes(seed, slides, tmp_path, monkeypatch):
    more = Material(edition=seed, label="Lab", position=9)
    more.keep_file(SimpleUploadedFile("lab.zip", b"PK"))
    more.save()
    storage = slides.file.storage
    save, saved = storage.save, []

    def full(name, content, **options):
        if saved:
            raise OSError(errno.ENOSPC, "No space left on device")
        saved.append(save(name, content, **options))
        return saved[0]

    monkeypatch.setattr(storage, "save", full)
    with pytest.raises(RolloverRefused, match="could not be copied: No space left on device"):
        rollover.apply(seed, wish(), now=NOW, confirmed=True)
    assert (CourseEdition.objects.count(), len(saved)) == (1, 1)
    assert len(list((tmp_path / "materials").iterdir())) == 2


def test_a_day_of_all_groups_invites_nobody_before_it_is_confirmed(seed):
    assert any("nobody is invited to them" in said for said in rollover.plan(seed, wish(), NOW).remarks)
    made = rolled(seed, wish())
    assert Milestone.objects.get(edition=seed, kind="day").is_confirmed
    assert not Milestone.objects.get(edition=made, kind="day").is_confirmed
