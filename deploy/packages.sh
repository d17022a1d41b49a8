#!/bin/sh
# Makes sure of the servers and the browser that tests, benchmarks and the native stack start: as root it installs
# Debian's packages, otherwise it says the line to type.
set -eu

have() {
    case $1 in
        postgresql) command -v initdb || ls /usr/lib/postgresql/*/bin/initdb ;;
        *) command -v "$1" ;;
    esac >/dev/null 2>&1
}

missing=
for package in "$@"; do have "$package" || missing="$missing $package"; done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "Not on this machine:$missing. Install with: sudo apt-get install$missing" >&2
    exit 1
fi
echo "Installing Debian's packages$missing ..."
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086 # one word for each package is meant
apt-get install -y -qq --no-install-recommends $missing >/dev/null </dev/null
