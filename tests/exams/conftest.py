import pytest

from exams.models import ExamSession, OralExam


@pytest.fixture
def times(exam_session: ExamSession) -> list[OralExam]:
    """The four appointments as a page reads them: free."""
    return list(exam_session.appointments.select_related("session__edition"))
