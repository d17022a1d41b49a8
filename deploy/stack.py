"""`make stack`: the full stack on this machine: Postgres, Redis, gunicorn, worker and beat, with DEBUG off.

Its settings and secrets are lines of var/stack/env, made at the first start; lines of your own (EMAIL_URL, ...) stay.
Data are kept between runs. It speaks plain HTTP, on 127.0.0.1 alone.
"""

import os
import secrets
from pathlib import Path

from django.core.management import call_command

from deploy.run import leave, prepare, serve
from deploy.servers import postgres, redis_server

FOLDER = Path(os.environ.get("VAR_DIR", "var")).resolve() / "stack"
ENV_FILE = FOLDER / "env"
WELCOME = """\
A course of your own, from a second terminal:
  ENV_FILE={env_file} .venv/bin/python manage.py start_course README.md --instructor you@example.org
The settings and secrets of this stack: {env_file}"""


def main() -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    settings = _kept() or {"SECRET_KEY": secrets.token_urlsafe(50), "POSTGRES_PASSWORD": secrets.token_hex(16)}
    password = settings["POSTGRES_PASSWORD"]
    port = os.environ.get("PORT") or settings.get("PORT", "8000")
    with (
        postgres(FOLDER / "postgres", password=password) as database,
        redis_server(FOLDER / "redis", password=password) as redis,
    ):
        settings |= {
            "DEBUG": "false",
            "VAR_DIR": str(FOLDER),
            "PORT": port,
            "SITE_URL": f"http://127.0.0.1:{port}",
            "ALLOWED_HOSTS": "127.0.0.1,localhost",
            "DATABASE_URL": database,
            "CELERY_BROKER_URL": redis,
            "CACHE_URL": f"{redis.removesuffix('0')}1",
        }
        _keep(settings)
        os.environ |= settings
        prepare("make stack")
        call_command("collectstatic", interactive=False, verbosity=0)
        here = Path.cwd()
        return serve(WELCOME.format(env_file=ENV_FILE.relative_to(here) if ENV_FILE.is_relative_to(here) else ENV_FILE))


def _kept() -> dict[str, str]:
    if not ENV_FILE.exists():
        return {}
    return dict(line.split("=", 1) for line in ENV_FILE.read_text().splitlines() if "=" in line)


def _keep(settings: dict[str, str]) -> None:
    ENV_FILE.touch(mode=0o600)
    ENV_FILE.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))


if __name__ == "__main__":
    leave(main)
