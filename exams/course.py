"""What the exams have of a course: announced days, and exams to practise with."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet, Value
from django.utils.translation import gettext as _

from coursesite.access import Viewer
from coursesite.clock import days_said
from coursesite.models import CourseEdition
from exams.models import CaseStudy, ExamDay, ExamSession, PracticeExam, Question, QuestionPart
from schedule.copying import Copies, Shift, copies, shown
from schedule.readme import MAX_TITLE, Exam, Parsed
from schedule.search import Candidate
from schedule.syncing import Fact, Table, by, compare


def plan(edition: CourseEdition, parsed: Parsed) -> list[Table]:
    days = [Fact({"held_on": exam.date, "title": announced(exam)}, exam.line) for exam in parsed.exams]
    links = [Fact({"label": link.label, "href": link.href}, link.line) for link in parsed.exam_links]
    day_rows = ExamDay.objects.filter(edition=edition) if edition.pk else ()
    link_rows = PracticeExam.objects.filter(edition=edition) if edition.pk else ()
    return [
        compare(
            ExamDay,
            day_rows,
            days,
            by("held_on", "title"),
            by("held_on"),
            by("title"),
            moves=("held_on",),
            is_dated=True,
            title=by("title"),
        ),
        compare(PracticeExam, link_rows, links, by("href"), by("label")),
    ]


def announced(exam: Exam) -> str:
    """All that its row says: "Oral exam – by appointment – 9:00, R7"."""
    place = ", ".join(filter(None, (exam.time, exam.room)))
    return " – ".join(filter(None, (exam.title, *exam.notes, place)))[:MAX_TITLE]


def bands(edition: CourseEdition) -> QuerySet[Any, Any]:
    """Announced exam days, as schedule/course.py gives its holidays."""
    dated = ExamDay.objects.filter(edition=edition, is_missing=False, held_on__isnull=False)
    return dated.order_by().values_list("held_on", "held_on", "title", Value("exam"), Value(0), "pk")


def searched(viewer: Viewer, now: datetime) -> Iterator[Candidate]:
    """Two queries: what is announced to everybody."""
    url = f"{viewer.edition.get_absolute_url()}#exam"
    for day in shown(ExamDay, viewer.edition):
        yield Candidate(_("Exam"), day.title, url, (), (day.held_on and days_said(day.held_on, None)) or "")
    for practice in shown(PracticeExam, viewer.edition):
        yield Candidate(_("Exam"), practice.label, url, (practice.href,))


def taught(edition: CourseEdition) -> list[date]:
    """No exam takes the place of a class."""
    return []


def redate(edition: CourseEdition, shift: Shift) -> list[Copies]:
    """Sessions to be published anew, without appointments, and case studies as drafts: last year's were seen."""
    questions = Question.objects.filter(case_study__edition=edition)
    parts = QuestionPart.objects.filter(question__case_study__edition=edition)
    studies = copies(CaseStudy, edition.case_studies.all(), shift, fresh=("state",))
    if studies.rows:
        studies.remark = _("Case studies come as drafts: students may know those of last year.")
    return [
        copies(ExamDay, shown(ExamDay, edition), shift, prose=("title",)),
        copies(PracticeExam, shown(PracticeExam, edition), shift),
        copies(ExamSession, edition.exam_sessions.all(), shift, fresh=("is_published", "revision")),
        studies,
        copies(Question, questions, shift, links=("case_study",)),
        copies(QuestionPart, parts, shift, links=("question",)),
    ]


def page(edition: CourseEdition, now: datetime) -> dict[str, Any]:
    """What is announced of the exam, and what there is to practise with."""
    return {
        "exam_days": ExamDay.objects.filter(edition=edition, is_missing=False, held_on__isnull=False),
        "practice_exams": list(PracticeExam.objects.filter(edition=edition, is_missing=False)),
    }
