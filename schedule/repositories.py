"""A README out of a git repository, read on demand: over https from a public address, or from a folder of this machine.

The name is resolved once, every address that it has must be public, and git connects to these addresses alone
(curl's own pinning: name and certificate stay those of the host). Redirects are not followed. Nothing is asked, nothing
is run from the repository, nothing but the one file is read of it, and time and size are limited.
"""

import ipaddress
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from schedule.readme_facts import MAX_BYTES

MAX_ADDRESS = 500
SECONDS = 20.0
TRANSFER = 32 * 1024 * 1024  # bytes on the disk, of a repository without its files
NAMES = ("readme.md", "readme.markdown", "readme.mdown", "readme", "readme.txt")
BRANCH = re.compile(r"^(?![-/.])(?!.*(?:\.\.|//|@\{))[\w./@+-]{1,200}(?<![/.])$")
HOST = re.compile(r"^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$")
# A page of a file or a folder, as a browser shows it: "/owner/course/blob/main/README.md", "/group/course/-/tree/main".
BROWSED = re.compile(r"^(?P<repo>/.+?)/(?:-/)?(?:blob|tree|raw|src/branch)/(?P<branch>[^/]+)(?:/(?P<path>.*))?$")
NAT64 = ipaddress.ip_network("64:ff9b::/96")

Resolver = Callable[[str], Sequence[str]]


class NotFetched(Exception):
    """The README could not be had; one sentence says why and what to do."""


@dataclass(frozen=True)
class Source:
    """Where a README is: an address or a folder, the branch ("": the default one), the file or its folder ("": top)."""

    url: str
    branch: str = ""
    path: str = ""

    @property
    def is_local(self) -> bool:
        return self.url.startswith("/")


@dataclass(frozen=True)
class Fetched:
    name: str  # as a person knows it
    data: bytes  # one byte more than may be read, at most


def source_of(url: str, branch: str = "", path: str = "") -> Source:
    """What a person typed as a source, the page of a file among it. Raises NotFetched where it can be none."""
    url, branch, path = url.strip(), branch.strip(), path.strip().strip("/")
    if url.startswith("file://"):
        url = unquote(url.removeprefix("file://"))
        if not url.startswith("/"):
            raise NotFetched(_("A folder of this machine is written file:///folder."))
    if re.search(r"[\x00-\x1f\x7f]" if url.startswith("/") else r"[\x00-\x20\x7f\\]", url):
        raise NotFetched(_("This is no address: it has blanks or characters that no address has."))
    if branch and not BRANCH.match(branch):
        raise NotFetched(_("A branch is not called that. Leave it empty for the default one."))
    if ".." in PurePosixPath(path).parts or re.search(r"[\x00-\x1f\x7f:]", path):
        raise NotFetched(_("The path must be of a file in the repository, such as course/README.md."))
    if url.startswith("/"):
        return Source(url, branch, path)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise NotFetched(_("This is no address. It looks like https://example.org/course.git.")) from None
    if parts.scheme != "https":
        raise NotFetched(_("Only addresses with https:// are read."))
    if "@" in parts.netloc:
        raise NotFetched(_("The address must have no user name and no password: the repository has to be public."))
    host = (parts.hostname or "").rstrip(".")
    if not HOST.match(host) or port not in (None, 443) or parts.query or parts.fragment or len(parts.path) < 2:
        raise NotFetched(_("This is no address of a repository. It looks like https://example.org/course.git."))
    place = parts.path.rstrip("/")
    if browsed := BROWSED.match(place):
        place, branch = browsed["repo"], branch or unquote(browsed["branch"])
        path = path or unquote(browsed["path"] or "")
        return source_of(f"https://{host}{place}", branch, path)
    return Source(f"https://{host}{place}", branch, path)


def resolve(host: str) -> list[str]:
    return [str(found[4][0]) for found in socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)]


def is_public(address: str) -> bool:
    """Whether this is an address of the internet, and none of this machine, this network or for many at once."""
    try:
        ip = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner:
            return is_public(str(inner))
        if ip.is_site_local or int(ip) < 1 << 32:  # the latter: "::127.0.0.1"
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or "%" in address)


def pinned(host: str, resolver: Resolver) -> list[str]:
    """The addresses of a host, resolved this once. Raises NotFetched where there is none, or one that is not public."""
    try:
        found = list(dict.fromkeys(resolver(host)))
    except (OSError, UnicodeError):
        found = []
    if not found:
        raise NotFetched(_("%(host)s was not found. Is the address right?") % {"host": host})
    if not all(map(is_public, found)):
        raise NotFetched(_("%(host)s is an address of this network, from which nothing is read.") % {"host": host})
    return found


def allowed_folder(path: str) -> Path:
    """The folder of a repository on this machine, if it lies under the one named in the settings."""
    if not settings.README_REPOSITORIES:
        raise NotFetched(_("Folders of this machine are not read: the setting README_REPOSITORIES names none."))
    root, folder = Path(settings.README_REPOSITORIES).resolve(), Path(path).resolve()
    if not folder.is_relative_to(root) or not folder.is_dir():
        raise NotFetched(_("There is no such folder under the one that README_REPOSITORIES names."))
    return folder


def fetch(source: Source, *, resolver: Resolver = resolve, seconds: float = SECONDS, limit: int = TRANSFER) -> Fetched:
    """The README of a source as it is now. Raises NotFetched."""
    if shutil.which("git") is None:
        raise NotFetched(_("git is not installed on this machine. Upload the file or paste its text instead."))
    options = ["-c", "http.followRedirects=false", "-c", "credential.helper=", "-c", "core.hooksPath=/dev/null"]
    if source.is_local:
        urls, protocol = [f"file://{allowed_folder(source.url)}"], "file"
    else:
        host = urlsplit(source.url).hostname or ""
        known = ",".join(f"[{ip}]" if ":" in ip else ip for ip in pinned(host, resolver))
        options += ["-c", f"http.curloptResolve={host}:443:{known}"]
        urls, protocol = [source.url], "https"
        if not source.url.endswith(".git"):
            urls.append(f"{source.url}.git")  # some hosts know the repository by this name alone
    with tempfile.TemporaryDirectory(prefix="readme-") as folder:
        git = _Git(Path(folder), options, protocol, time.monotonic() + seconds, limit)
        clone = ["clone", "--quiet", "--depth=1", "--no-checkout", "--no-tags", "--single-branch", "--filter=blob:none"]
        clone += [f"--branch={source.branch}"] if source.branch else []
        for number, url in enumerate(urls):
            answer = git.run(*clone, "--", url, f"{folder}/{number}")
            if answer is not None:
                git.folder = Path(folder, str(number))
                return _readme(git, source)
        raise NotFetched(_refusal(git.said, source))


def _readme(git: "_Git", source: Source) -> Fetched:
    path = source.path
    if (git.run("cat-file", "-t", f"HEAD:{path}") or b"").strip() == b"tree":
        files = (git.run("ls-tree", "--name-only", "-z", f"HEAD:{path}") or b"").decode(errors="replace").split("\0")
        known = {file.lower(): file for file in files}
        found = next((known[name] for name in NAMES if name in known), None)
        if found is None:
            raise NotFetched(_("The repository has no README.md there. Give the path of the file."))
        path = f"{path}/{found}" if path else found
    data = git.run("cat-file", "blob", f"HEAD:{path}", at_most=MAX_BYTES + 1)
    if data is None:
        raise NotFetched(_("The repository has no file %(path)s.") % {"path": path})
    return Fetched(f"{source.url.removeprefix('https://')}: {path}", data)


def _refusal(said: str, source: Source) -> str:
    if "Remote branch" in said:
        return _("The repository has no branch %(branch)s.") % {"branch": source.branch}
    if "unable to update url base from redirection" in said or "redirect" in said.lower():
        return _("The address leads on to another one. Give that one: redirects are not followed.")
    if re.search(r"could not read Username|Authentication|terminal prompts disabled|returned error: 40[134]", said):
        return _("There is no public repository at this address. Is it private, or spelt differently?")
    if re.search(r"not found|does not exist|not appear to be a git", said):
        return _("There is no public repository at this address. Is it private, or spelt differently?")
    if "curloptresolve" in said.lower():
        return _("git is too old on this machine: 2.37 or later is needed.")
    return _("The repository cannot be reached now. Try again later, or upload the file.")


class _Git:
    """git in a folder of its own, until a deadline and up to a size."""

    def __init__(self, folder: Path, options: list[str], protocol: str, deadline: float, limit: int):
        self.home = self.folder = folder
        self.options, self.deadline, self.limit, self.said = options, deadline, limit, ""
        # Folders of this machine may belong to another user: reading them runs nothing of theirs.
        (folder / "config").write_text("[safe]\n\tdirectory = *\n" if protocol == "file" else "")
        self.environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(folder),
            "LC_ALL": "C",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "true",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": str(folder / "config"),
            "GIT_ALLOW_PROTOCOL": protocol,
        }

    def run(self, *arguments: str, at_most: int = 1024 * 1024) -> bytes | None:
        """What it answered, cut at a size; None where it failed, and `said` tells why."""
        out, err = self.home / "out", self.home / "err"
        with out.open("wb") as answer, err.open("wb") as errors:
            process = subprocess.Popen(  # noqa: S603 - no shell, and every argument was checked
                ["git", *self.options, *arguments],  # noqa: S607 - found by PATH
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=answer,
                stderr=errors,
                start_new_session=True,
            )
            try:
                self._watch(process)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
        self.said = err.read_bytes()[:2000].decode(errors="replace")
        if process.returncode:
            return None
        with out.open("rb") as answer:
            return answer.read(at_most)

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        pause = 0.01
        while process.poll() is None:
            if time.monotonic() > self.deadline:
                raise NotFetched(_("The repository took too long to answer. Try again later, or upload the file."))
            if _size(self.home) > self.limit:
                raise NotFetched(_("The repository is too large to be read. Upload the file instead."))
            time.sleep(pause)
            pause = min(pause * 1.5, 0.2)
        if _size(self.home) > self.limit:
            raise NotFetched(_("The repository is too large to be read. Upload the file instead."))


def _size(folder: Path) -> int:
    total = 0
    for place, _folders, files in os.walk(folder):
        for name in files:
            try:
                total += Path(place, name).lstat().st_size
            except FileNotFoundError:  # a temporary file of git
                continue
    return total
