"""What the exams have of a course: announced days, and exams to practise with."""

from coursesite.models import CourseEdition
from exams.models import ExamDay, PracticeExam
from schedule.readme import Parsed
from schedule.syncing import Fact, Table, by, compare


def plan(edition: CourseEdition, parsed: Parsed) -> list[Table]:
    days = [Fact({"held_on": exam.date, "title": exam.title}, exam.line) for exam in parsed.exams]
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
        ),
        compare(PracticeExam, link_rows, links, by("href"), by("label")),
    ]
