"""Case studies: kept with their questions, declared ready for an exam, taken back.

Nothing of a case is ever logged, mailed, or said to anybody but instructors.
"""

from collections.abc import Sequence
from typing import Any

from django.db import models, transaction
from django.utils.translation import ngettext

from coursesite.booking import retried
from exams.models import CaseStudy, QuestionPart
from exams.questions import Asked, Part


class NotReady(Exception):
    """Why a case cannot be declared ready, in one sentence."""

    def __init__(self, sentence: str):
        super().__init__(sentence)
        self.sentence = sentence


def asked(case: CaseStudy) -> list[Asked]:
    """The questions as they are kept. Two queries."""
    return [
        Asked(question.text, [Part(part.points, part.text) for part in question.parts.all()])
        for question in case.questions.prefetch_related("parts")
    ]


def keep(case: CaseStudy, questions: Sequence[Asked]) -> bool:
    """Save a case with these questions. True: it was ready and is a draft again, its points no longer make the total.

    Rows are kept by their numbers: what refers to them is still right when a word changes.
    """

    def act() -> bool:
        with transaction.atomic():
            if case.pk:
                case.state = locked(case).state
            case.save()
            rows = kept(case.questions, [{"text": question.text} for question in questions])
            for row, question in zip(rows, questions, strict=True):
                kept(row.parts, [{"text": part.text, "points": part.points} for part in question.parts])
            falls_back = case.state == CaseStudy.State.READY and why_not_ready(case) != ""
            if falls_back:
                case.mark_draft()
            return falls_back

    return retried(act)


def declare_ready(case: CaseStudy) -> None:
    """The exam may use it. Raises NotReady."""

    def act() -> None:
        with transaction.atomic():
            locked(case)
            if sentence := why_not_ready(case):
                raise NotReady(sentence)
            case.mark_ready()

    retried(act)


def back_to_draft(case: CaseStudy) -> None:
    case.mark_draft()


def why_not_ready(case: CaseStudy) -> str:
    points = QuestionPart.objects.filter(question__case_study=case).aggregate(total=models.Sum("points"))["total"] or 0
    if points == CaseStudy.TOTAL_POINTS:
        return ""
    return ngettext(
        "The parts of “%(case)s” make %(points)d point, and a case that is ready has %(total)d.",
        "The parts of “%(case)s” make %(points)d points, and a case that is ready has %(total)d.",
        points,
    ) % {"case": case, "points": points, "total": CaseStudy.TOTAL_POINTS}


def locked(case: CaseStudy) -> CaseStudy:
    """The row as it is, held until the end of the transaction: points and state change under it."""
    return CaseStudy.objects.select_for_update().get(pk=case.pk)


def kept(rows: Any, wanted: Sequence[dict[str, Any]]) -> list[Any]:
    """Make the numbered rows of a case or a question these, and no others."""
    rows.filter(number__gt=len(wanted)).delete()
    return [rows.update_or_create(number=number, defaults=fields)[0] for number, fields in enumerate(wanted, start=1)]
