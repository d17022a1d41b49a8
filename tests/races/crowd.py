"""Real processes against the test's own database, and what a negative control takes away."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Model
from django.test import Client

from coursesite.models import User
from tests.services import ROOT, own_environment


def person(user: User, **what: Any) -> dict[str, Any]:
    """Somebody in the crowd: who clicks on the `board` until they have a place (`verb`), posts to `posts`, or has
    `lost` a place."""
    client = Client()
    client.force_login(user)
    return {"session": client.cookies[settings.SESSION_COOKIE_NAME].value} | what


def command(var: Path) -> dict[str, Any]:
    """How to start clients.py on the database of this test."""
    return {
        "args": [sys.executable, "-m", "tests.races.clients"],
        "cwd": ROOT,
        "env": own_environment(
            var, DJANGO_SETTINGS_MODULE="coursesite.settings", DATABASE_URL=database_url(), LOG_LEVEL="ERROR"
        ),
        "stdin": subprocess.PIPE,
        "stdout": subprocess.PIPE,
        "text": True,
    }


def clicks(people: list[dict[str, Any]], var: Path, *, processes: int = 10, **weaker: str) -> list[list[int]]:
    """All of them at once; the statuses of each one's clicks. `weaker`: what is taken away, see clients.py."""
    task = {"people": people, "processes": processes} | weaker
    connection.close()
    with subprocess.Popen(**command(var)) as crowd:
        answer, _nothing = crowd.communicate(json.dumps(task), timeout=240)
    assert crowd.returncode == 0
    return json.loads(answer)


def database_url() -> str:
    its = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{its['NAME']}"
    password = f":{its['PASSWORD']}" if its["PASSWORD"] else ""
    return f"postgres://{its['USER']}{password}@{its['HOST']}:{its['PORT'] or 5432}/{its['NAME']}"


@contextmanager
def constraints_taken_away(model: type[Model], *names: str) -> Iterator[None]:
    """For a negative control. The rows of the model are deleted before the constraints come back."""
    constraints = [constraint for constraint in model._meta.constraints if constraint.name in names]
    assert len(constraints) == len(names)
    with connection.schema_editor() as editor:
        for constraint in constraints:
            editor.execute(constraint.remove_sql(model, editor))
    try:
        yield
    finally:
        model._default_manager.all().delete()
        with connection.schema_editor() as editor:
            for constraint in constraints:
                editor.execute(constraint.create_sql(model, editor))


def within_tries(shows: Callable[[], bool], tries: int = 6) -> bool:
    """A control waits for chance to show the danger, and gives it so many chances."""
    return any(shows() for _ in range(tries))
