"""A case study is kept with its questions, declared ready, and a draft again when its points change."""

import pytest
from django.db import IntegrityError

from exams import cases
from exams.models import CaseStudy, QuestionPart
from exams.questions import Asked, Part, read

TWENTY = "1. Frame it.\n1.1 (8) What?\n1.2 (2) When?\n2. (10) Which data?"


def make(edition, text: str = TWENTY, title: str = "Bread") -> CaseStudy:
    case = CaseStudy(edition=edition, title=title, text="A chain of bakeries")
    cases.keep(case, read(text))
    return case


def state(case: CaseStudy) -> str:
    return CaseStudy.objects.get(pk=case.pk).state


def test_a_draft_may_have_any_points(edition):
    case = make(edition, "1. (3) What?")
    assert (state(case), cases.asked(case)) == ("draft", [Asked("What?", [Part(3)])])


def test_a_case_of_twenty_points_is_declared_ready(edition):
    case = make(edition)
    cases.declare_ready(case)
    assert state(case) == "ready"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1. (19) What?", "The parts of “Bread” make 19 points, and a case that is ready has 20."),
        ("1. (1) What?", "The parts of “Bread” make 1 point, and a case that is ready has 20."),
        ("1. (20) What?\n2. (1) Else?", "The parts of “Bread” make 21 points, and a case that is ready has 20."),
        ("", "The parts of “Bread” make 0 points, and a case that is ready has 20."),
    ],
)
def test_another_sum_is_not(edition, text, sentence):
    case = make(edition, text)
    with pytest.raises(cases.NotReady) as refusal:
        cases.declare_ready(case)
    assert (refusal.value.sentence, state(case)) == (sentence, "draft")


def test_a_ready_case_whose_points_change_is_a_draft_again(edition):
    case = make(edition)
    cases.declare_ready(case)
    assert cases.keep(case, read(TWENTY.replace("(10)", "(9)"))) is True
    assert state(case) == "draft"


def test_a_ready_case_whose_words_change_stays_ready(edition):
    case = make(edition)
    cases.declare_ready(case)
    assert cases.keep(case, read(TWENTY.replace("What?", "What now?"))) is False
    assert state(case) == "ready"


def test_what_another_instructor_declared_meanwhile_holds(edition):
    case = make(edition)
    cases.declare_ready(CaseStudy.objects.get(pk=case.pk))
    assert cases.keep(case, read("1. (3) What?")) is True
    assert state(case) == "draft"


def test_a_ready_case_goes_back_to_draft(edition):
    case = make(edition)
    cases.declare_ready(case)
    cases.back_to_draft(case)
    assert state(case) == "draft"


def test_rows_keep_their_ids(edition):
    case = make(edition)
    before = list(QuestionPart.objects.order_by("pk").values_list("pk", flat=True))
    cases.keep(case, read("1. Frame it.\n1.1 (3) What now?\n1.2 (4) When?\n2. (10) Which data?\n3. (3) And then?"))
    after = QuestionPart.objects.order_by("pk")
    assert [part.pk for part in after][:3] == before
    assert [(str(part), part.points) for part in after] == [("1.1", 3), ("1.2", 4), ("2.1", 10), ("3.1", 3)]


def test_what_is_gone_from_the_text_is_gone(edition):
    case = make(edition)
    cases.keep(case, read("1. Frame it.\n1.1 (8) What?"))
    assert cases.asked(case) == [Asked("Frame it.", [Part(8, "What?")])]


def test_a_title_is_there_once_in_an_edition(edition):
    make(edition)
    with pytest.raises(IntegrityError):
        make(edition)
    assert CaseStudy.objects.count() == 1
