"""deploy/install.sh and deploy/packages.sh on machines that lack something: one sentence, with the line to type."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.services import ROOT

pytestmark = pytest.mark.once("postgres")
TOOLS = ("sh", "dirname", "sha256sum", "which", "ls")


def machine(folder: Path, **programs: str) -> dict[str, str]:
    """A PATH that has the shell's tools and those programs, each given as the body of a shell script."""
    folder.mkdir()
    for tool in TOOLS:
        (folder / tool).symlink_to(shutil.which(tool))
    for name, body in programs.items():
        script = folder / name.replace("_", "-")
        script.write_text(f"#!/bin/sh\n{body}\n")
        script.chmod(0o755)
    return {"PATH": str(folder)}


def run(tmp_path: Path, script: str, *words: str, **programs: str) -> subprocess.CompletedProcess[str]:
    """That script of deploy/, in a clone without .venv, on such a machine."""
    clone = tmp_path / "clone"
    shutil.copytree(ROOT / "deploy", clone / "deploy", ignore=shutil.ignore_patterns("__pycache__"))
    env = machine(tmp_path / "bin", id="echo 1000", **programs)
    done = subprocess.run(["sh", clone / "deploy" / script, *words], env=env, capture_output=True, text=True)
    assert not (clone / ".venv").exists()
    return done


def test_no_python(tmp_path):
    done = run(tmp_path, "install.sh", "requirements.txt")
    assert done.returncode == 1
    assert done.stderr == "Python 3.11 or newer is needed; install it with: sudo apt install python3 python3-venv\n"


def test_python_too_old(tmp_path):
    done = run(tmp_path, "install.sh", "requirements.txt", python3="exit 1")
    assert done.returncode == 1
    assert done.stderr == "Python 3.11 or newer is needed; install it with: sudo apt install python3 python3-venv\n"


def test_python_without_venv(tmp_path):
    done = run(tmp_path, "install.sh", "requirements.txt", python3='case "$2" in *ensurepip*) exit 1; esac')
    assert done.returncode == 1
    assert done.stderr == "Python's venv package is missing; install it with: sudo apt install python3-venv\n"


def test_missing_servers_without_rights(tmp_path):
    done = run(tmp_path, "packages.sh", "redis-server", "chromium", chromium="true")
    assert done.returncode == 1
    assert done.stderr == "Not on this machine: redis-server. Install with: sudo apt-get install redis-server\n"


def test_servers_that_are_there_need_no_rights(tmp_path):
    done = run(tmp_path, "packages.sh", "postgresql", "redis-server", initdb="true", redis_server="true")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
