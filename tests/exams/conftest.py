import pytest
import time_machine

from exams.models import ExamSession, OralExam
from tests.cast import WHILE_OPEN


@pytest.fixture
def while_open():
    with time_machine.travel(WHILE_OPEN, tick=False):
        yield


@pytest.fixture
def times(exam_session: ExamSession) -> list[OralExam]:
    """The four appointments as a page reads them: free."""
    return list(exam_session.appointments.select_related("session__edition"))
