#!/bin/sh
# Makes .venv and installs the hashed lock deploy/$1 into it. What is missing is one sentence with the line to type.
# Does nothing when that lock is in: `make run` comes through here every time.
set -eu
cd "$(dirname "$0")/.."
stamp=.venv/$1.sha256

if .venv/bin/python -c '' 2>/dev/null && sha256sum --check --status "$stamp" 2>/dev/null; then exit 0; fi

fail() { echo "$1" >&2; exit 1; }
sudo=; [ "$(id -u)" = 0 ] || sudo='sudo '

# 3.11 is what the site is tested on; the first python3 may be a pyenv shim for another version, or one that fails.
python=; without_venv=
for candidate in ${PYTHON:-} python3.11 $(which -a python3 2>/dev/null) python3.12 python3.13; do
    "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
    if "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then python=$candidate; break; fi
    without_venv=$candidate
done
if [ -z "$python" ]; then
    [ -z "$without_venv" ] || fail "Python's venv package is missing; install it with: ${sudo}apt install python3-venv"
    fail "Python 3.11 or newer is needed; install it with: ${sudo}apt install python3 python3-venv"
fi

# Python's tools bring certificates of their own; the machine's may include one for the network it is in.
certificates=/etc/ssl/certs/ca-certificates.crt
if [ -f "$certificates" ]; then
    export SSL_CERT_FILE="${SSL_CERT_FILE:-$certificates}" PIP_CERT="${PIP_CERT:-$certificates}"
fi

echo "Installing into .venv (the first time takes a minute) ..."
.venv/bin/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || "$python" -m venv --clear .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r deploy/requirements-uv.txt
.venv/bin/python -m uv pip install --quiet --require-hashes --python .venv/bin/python -r "deploy/$1"
sha256sum deploy/requirements-uv.txt "deploy/$1" > "$stamp"
