"""The files around the site agree with each other, and carry nothing that belongs elsewhere."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from honcho.environ import parse_procfile

from schedule.management.commands import demo
from tests.services import ROOT, settings_names

pytestmark = pytest.mark.once
DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
README = (ROOT / "README.md").read_text()
PROCESSES = parse_procfile((DEPLOY / "Procfile").read_text()).processes
DOCKERFILE = (DEPLOY / "Dockerfile").read_text().replace("\\\n", "")
# In two words each, so that this file does not name them itself.
REGISTRIES = [
    ".".join(words) for words in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("docker", "io"))
]


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return listed.rstrip("\0").split("\0")


def locked(name: str) -> dict[str, list[str]]:
    """Requirement -> its hashes, of a lock."""
    text = (DEPLOY / name).read_text()
    entries = re.findall(r"^(\S+==[^\\\n]+?) \\\n((?:    --hash=\S+(?: \\)?\n)+)", text, re.MULTILINE)
    return {requirement: sorted(re.findall(r"sha256:\w{64}", hashes)) for requirement, hashes in entries}


def test_compose_follows_the_schema():
    check = ["check_jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"]
    done = subprocess.run([sys.executable, "-m", *check], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_compose_runs_what_the_procfile_says():
    services = COMPOSE["services"]
    assert services["migrate"]["command"] == PROCESSES["release"]
    assert {name: services[name]["command"] for name in ("web", "worker", "beat")} == {
        name: command for name, command in PROCESSES.items() if name != "release"
    }


def test_compose_starts_in_order_and_watches_its_servers():
    services = COMPOSE["services"]
    assert set(services) == {"migrate", "web", "worker", "beat", "postgres", "redis", "mailpit"}
    assert {name for name in ("postgres", "redis", "mailpit") if "test" in services[name]["healthcheck"]} == {
        "postgres",
        "redis",
        "mailpit",
    }
    for name in ("web", "worker", "beat"):
        assert {after: rule["condition"] for after, rule in services[name]["depends_on"].items()} == {
            "migrate": "service_completed_successfully",
            "postgres": "service_healthy",
            "redis": "service_healthy",
        }


def test_compose_takes_secrets_from_outside():
    environment = COMPOSE["services"]["web"]["environment"]
    assert environment["SECRET_KEY"].startswith("${SECRET_KEY:?")
    assert "${POSTGRES_PASSWORD:?" in environment["DATABASE_URL"]
    assert COMPOSE["services"]["postgres"]["environment"]["POSTGRES_PASSWORD"].startswith("${POSTGRES_PASSWORD:?")
    assert set(environment) - settings_names() == {"WEB_CONCURRENCY"}  # which is gunicorn's


def test_image_is_built_in_two_stages_and_runs_without_rights():
    build, image = re.split(r"(?m)^FROM ", DOCKERFILE)[1:]
    assert build.startswith("python:3.11-slim-bookworm AS build\n")
    assert "--require-hashes" in build
    assert "collectstatic" in build
    assert re.search(r"(?m)^USER (\S+)$", image)[1] == "site"
    assert "COPY . " not in image
    assert (
        'HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["python", "-m", "deploy.healthcheck"]' in image
    )
    assert not re.search(r"(?m)^(ENV|ARG).*(SECRET|PASSWORD)", DOCKERFILE)
    started = re.search(r"(?m)^CMD \[(.+)\]$", image)[1]
    assert " ".join(re.findall(r'"([^"]+)"', started)) == PROCESSES["web"]


def test_what_the_image_copies_is_there():
    ignored = (ROOT / ".dockerignore").read_text().split()
    for source in re.findall(r"deploy/[\w.-]+", DOCKERFILE):
        assert (ROOT / source).exists(), source
    assert {"tests", "var", ".*"} <= set(ignored)


def test_every_target_of_make_has_its_sentence():
    makefile = (ROOT / "Makefile").read_text()
    phony = re.search(r"(?m)^\.PHONY: (.+)$", makefile)[1].split()
    assert {"help", "install", "run", "test", "lint", "bench", "lock", "stack"} <= set(phony)
    assert re.findall(r"(?m)^([a-z]+):", makefile) == re.findall(r"(?m)^([a-z]+):[^#\n]*## [A-Z].+\.$", makefile)
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"(?m)^make (\w+) +[A-Z]", shown)) == set(phony)


def test_locks_have_hashes_and_agree():
    run, dev = locked("requirements.txt"), locked("requirements-dev.txt")
    names = re.findall(r"(?m)^[a-z0-9][^=\s]*==", (DEPLOY / "requirements.txt").read_text())
    assert len(names) == len(run) > 30
    assert run.items() <= dev.items()
    assert list(locked("requirements-uv.txt")) == re.findall(r'"(uv==[\d.]+)"', (ROOT / "pyproject.toml").read_text())


def test_no_registry_and_no_secret_is_tracked():
    files = tracked()
    assert not [name for name in files if Path(name).name == ".env" or name.startswith(("var/", ".venv/"))]
    for name in (".env", "var/coursesite.sqlite3", ".venv/bin/python"):
        assert subprocess.run(["git", "check-ignore", "--quiet", name], cwd=ROOT).returncode == 0, name
    naming = [(name, host) for name in files for host in REGISTRIES if host.encode() in (ROOT / name).read_bytes()]
    assert naming == []


def test_every_setting_is_in_the_readme():
    assert [name for name in sorted(settings_names()) if f"`{name}`" not in README] == []


def test_what_the_readme_points_at_is_there():
    rooms = re.findall(r"(?m)^\| `(\w+/)` \|", README)
    pictures_and_files = re.findall(r"\]\(([\w./]+)\)", README)
    assert len(rooms) == 8
    for path in rooms + pictures_and_files:
        assert (ROOT / path).exists(), path


def test_the_accounts_of_the_readme_are_those_of_the_demo():
    told = dict(re.findall(r"(?m)^\| `(\w+)@example.org` \| `(\S+)` \|", README))
    assert told == {name: demo.password_of(name) for name, (_, about) in demo.CAST.items() if about}


def test_ci_runs_the_commands_of_the_readme():
    script = (ROOT / ".ci" / "run").read_text()
    for command in ("make test", "make lint"):
        assert command in script
        assert command in README
