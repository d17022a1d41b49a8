"""django-environ, with one sentence for whoever wrote a setting wrong. Never repeats a value: it may be a secret."""

import io
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
LINE = re.compile(r"(?:export )?[A-Za-z_0-9]+=.*|#.*|")


def log_level(text: str) -> str:
    if text.upper() not in LEVELS:
        raise ValueError
    return text.upper()


SHAPES = {int: "a whole number", float: "a number", log_level: f"one of {', '.join(LEVELS)}"}


class Environment(environ.Env):
    def read_file(self, path: Path) -> None:
        """Lines NAME=value; what is in the environment already wins."""
        if not path.exists():
            return
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise ImproperlyConfigured(f"{path} cannot be read as UTF-8 text.") from error
        for number, line in enumerate(text.splitlines(), start=1):
            if not LINE.fullmatch(line):
                raise ImproperlyConfigured(f"{path}, line {number}: write NAME=value, without spaces around the =.")
        self.read_env(io.StringIO(text))

    def get_value(
        self, var: str, cast: Any = None, default: Any = environ.Env.NOTSET, parse_default: bool = False
    ) -> Any:
        try:
            return super().get_value(var, cast=cast, default=default, parse_default=parse_default)
        except ValueError:
            raise ImproperlyConfigured(f"{var} must be {SHAPES.get(cast, 'another kind of value')}.") from None

    def db_url(self, var: str, default: str) -> dict[str, Any]:
        return _url(super().db_url, var, default, "postgres://user:password@host:5432/name")

    def cache_url(self, var: str, default: str) -> dict[str, Any]:
        return _url(super().cache_url, var, default, "redis://host:6379/1")

    def email_url(self, var: str, default: str) -> dict[str, Any]:
        return _url(super().email_url, var, default, "smtp+tls://user:password@host:587")


def _url(read: Callable[..., dict[str, Any]], var: str, default: str, example: str) -> dict[str, Any]:
    try:
        with warnings.catch_warnings(action="ignore"):  # what it warns of is refused below
            config = read(var, default=default)
    except (ValueError, ImproperlyConfigured):
        config = {}
    backend = next((value for name, value in config.items() if name in {"ENGINE", "BACKEND", "EMAIL_BACKEND"}), "")
    if "." not in backend:
        raise ImproperlyConfigured(f"{var} must look like {example}, with %2F for a / in the password.")
    return config
