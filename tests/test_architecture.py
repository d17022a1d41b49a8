"""Who imports whom, and that what is named by a string is there."""

import ast
from importlib import import_module
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.module_loading import import_string

ROOT = Path(__file__).parent.parent
ORDER = ["coursesite", "schedule", "projects", "exams"]
MODULES = [path for app in ORDER for path in sorted((ROOT / app).rglob("*.py")) if "migrations" not in path.parts]
# Inside an app: pure modules and models know nothing of what is built on them.
UPPER = {"forms", "views", "admin", "tasks", "urls", "agenda", "management"}


def imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: import by full name"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_there_is_something_to_look_at():
    assert len(MODULES) > 30


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_right_may_import_left_and_never_the_other_way(path):
    app = path.relative_to(ROOT).parts[0]
    to_the_right = set(ORDER[ORDER.index(app) + 1 :])
    assert not {name for name in imported(path) if name.split(".")[0] in to_the_right}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_import_inside_a_function(path):
    functions = [
        n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert not [n.lineno for f in functions for n in ast.walk(f) if isinstance(n, ast.Import | ast.ImportFrom)]


@pytest.mark.parametrize("app", ORDER)
def test_models_import_no_activity(app):
    own = {name for name in imported(ROOT / app / "models.py") if name.startswith(f"{app}.")}
    below = tuple(f"coursesite.{name}" for name in ("clock", "offsets", "bounds", "bookable", "outbox"))
    assert not {name for name in own if not name.startswith(below)}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_activities_know_no_page(path):
    """Only views, forms, admin, tasks, commands and urls may import each other; what they call does not call them."""
    app, *rest = path.relative_to(ROOT).with_suffix("").parts
    if UPPER & {word for part in rest for word in part.split("_")}:
        return
    pages = UPPER - {"agenda"}
    assert not {name for name in imported(path) if name.startswith(f"{app}.") and name.split(".")[1] in pages}


def test_every_dotted_path_of_the_settings_resolves():
    for path in settings.COURSE_PARTS:
        assert import_module(path)
    for path in [*settings.AGENDA_SOURCES, *settings.MAIL_KINDS, *settings.ADMIN_TODOS, *settings.MIDDLEWARE]:
        assert import_string(path) is not None
