"""Private Postgres and Redis servers from the machine's own binaries, on free ports of 127.0.0.1 alone.

For tests, benchmarks and `make stack`. A server that is already there is never touched; what was started here is
stopped here, by its pid, and goes down with this process when that is killed (setpriv's pdeathsig).
"""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

START_SECONDS = 30


class Address(str):
    """The URL of a server that also knows its process: some tests freeze or kill it."""

    process: subprocess.Popen[bytes]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def postgres(folder: Path | None = None, port: int | None = None, password: str = "") -> Iterator[Address]:
    """A Postgres cluster: kept in `folder`, or in a temporary one, faster and gone afterwards.

    The password is set when the cluster is made; without one everybody on this machine may connect.
    """
    with contextlib.ExitStack() as stack:
        home = _home(folder, stack)
        port = port or free_port()
        programs = _postgres_programs()
        options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "max_connections": "200"}
        if folder is None:  # nothing in it has to survive a power cut
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        as_user = _not_as_root(home) if os.geteuid() == 0 else []  # before pdeathsig: a new user forgets it
        cluster = home / "cluster"
        if not cluster.exists():
            _make_cluster([*as_user, str(programs / "initdb")], cluster, password)
        command = [str(programs / "postgres"), "-D", str(cluster), "-p", str(port)]
        command += [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        is_up = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
        server = _running(
            as_user,
            command,
            log=home / "server.log",
            stop=signal.SIGINT,  # Postgres' fast shutdown: it does not wait for its clients
            is_up=lambda: subprocess.run(is_up, check=False).returncode == 0,  # noqa: S603 # our own words
        )
        address = Address(f"postgres://postgres{password and f':{password}'}@127.0.0.1:{port}/postgres")
        address.process = stack.enter_context(server)
        yield address


@contextlib.contextmanager
def redis_server(folder: Path | None = None, port: int | None = None, password: str = "") -> Iterator[Address]:
    """A Redis server that keeps nothing on disk but its settings and its log."""
    program = shutil.which("redis-server")
    if not program:
        raise FileNotFoundError("There is no redis-server on this machine: apt install redis-server")
    with contextlib.ExitStack() as stack:
        home = _home(folder, stack)
        port = port or free_port()
        settings = home / "redis.conf"  # a file: the password is in no list of processes
        lines = ["bind 127.0.0.1", f"port {port}", f"dir {home}", 'save ""', "appendonly no"]
        settings.touch(mode=0o600)
        settings.write_text("\n".join([*lines, *([f"requirepass {password}"] if password else [])]))
        server = _running(
            [],
            [program, str(settings)],
            log=home / "server.log",
            stop=signal.SIGTERM,
            is_up=lambda: _redis_answers(port),
        )
        address = Address(f"redis://{password and f':{password}@'}127.0.0.1:{port}/0")
        address.process = stack.enter_context(server)
        yield address


def _home(folder: Path | None, stack: contextlib.ExitStack) -> Path:
    if folder is None:
        return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="coursesite-server-")))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextlib.contextmanager
def _running(
    as_user: list[str], command: list[str], *, log: Path, stop: signal.Signals, is_up: Callable[[], bool]
) -> Iterator[subprocess.Popen[bytes]]:
    guard = [*as_user, "setpriv", "--pdeathsig", stop.name[3:]]
    # A session of its own: Ctrl-C in the terminal is for us, and we stop the server after its clients.
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 # our own words
            [*guard, *command], stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not is_up():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command[0]} did not start:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)
        yield process
    finally:
        process.send_signal(signal.SIGCONT)  # a test may have frozen it
        process.send_signal(stop)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _postgres_programs() -> Path:
    """Debian keeps initdb and postgres out of PATH, a folder for each version."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    if newest := max(versions, key=lambda path: float(path.parts[-3]), default=None):
        return newest.parent
    raise FileNotFoundError("There is no Postgres server on this machine: apt install postgresql")


def _not_as_root(home: Path) -> list[str]:
    """Postgres refuses to run as root: give its folder to a user without rights, and the words to become it."""
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        user = pwd.getpwnam("nobody")
    os.chown(home, user.pw_uid, user.pw_gid)
    words = ["setpriv", "--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups"]
    if all(parent.stat().st_mode & 0o001 for parent in home.resolve().parents):
        return words
    # A clone under /root: the user may pass through folders that are closed to it.
    return [*words, "--inh-caps", "+dac_override", "--ambient-caps", "+dac_override"]


def _make_cluster(initdb: list[str], cluster: Path, password: str) -> None:
    """Under another name first: one that was interrupted is not taken for a cluster."""
    unfinished, secret = cluster.with_suffix(".new"), cluster.with_suffix(".password")
    shutil.rmtree(unfinished, ignore_errors=True)
    arguments = ["-D", str(unfinished), "-U", "postgres", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
    if password:
        secret.touch(mode=0o600)
        secret.write_text(password)
        os.chown(secret, cluster.parent.stat().st_uid, -1)
        arguments += ["--auth=scram-sha-256", f"--pwfile={secret}"]
    else:
        arguments += ["--auth=trust"]
    done = subprocess.run([*initdb, *arguments], capture_output=True, text=True, check=False)  # noqa: S603
    secret.unlink(missing_ok=True)
    if done.returncode:
        raise RuntimeError(f"initdb failed:\n{done.stderr}")
    unfinished.rename(cluster)


def _redis_answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(64)[:1] in b"+-"  # -NOAUTH is an answer as well
    except OSError:
        return False
