"""`export_readme`: the same bytes where nothing changed, and every change at its own place."""

import pytest

from schedule import importing, readme, writing
from schedule.models import Lecture
from tests.schedule.readme_texts import own_course, shared_course

pytestmark = pytest.mark.django_db
NAMES = ["seed/README.md", *(f"samples/{name}.md" for name in ("info8006-2025", "info9023-2024", "info9023-2025", "taa-2025-fr"))]

@pytest.mark.parametrize("name", NAMES)
def test_bytes(name):
    data = shared_course(name)
    edition = importing.apply(readme.parse(data), confirmed=True).edition
    edition.refresh_from_db()
    made = writing.export(edition)
    assert made.refused == []
    assert made.data == data
