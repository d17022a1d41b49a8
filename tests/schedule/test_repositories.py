"""A README out of a git repository: which sources are read at all, and the transfer, from a path."""

import subprocess
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from coursesite.models import Upload
from schedule import repositories
from schedule.management.commands.demo import README
from schedule.models import Lecture, ReadmeSource
from schedule.readme import MAX_BYTES
from schedule.repositories import NotFetched, Source, fetch, pinned, source_of

TEXT = README.read_bytes()


def git(folder: Path, *arguments: str) -> None:
    author = ["-c", "user.name=Ines", "-c", "user.email=ines@example.org"]
    subprocess.run(["git", *author, *arguments], cwd=folder, check=True, capture_output=True)


def commit(folder: Path, **files: bytes) -> None:
    for name, data in files.items():
        path = folder / name.replace("__", "/").replace("_md", ".md")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=Change")


@pytest.fixture
def repository(tmp_path, settings) -> Path:
    settings.README_REPOSITORIES = str(tmp_path / "allowed")
    folder = tmp_path / "allowed" / "course"
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder, README_md=TEXT, docs__readme_md=b"of the docs", slides=b"x" * 1000)
    return folder


# which addresses


@pytest.mark.parametrize(
    ("typed", "source"),
    [
        (("https://example.org/course.git",), Source("https://example.org/course.git")),
        ((" https://EXAMPLE.org/a/course/ ", "dev"), Source("https://example.org/a/course", "dev")),
        (("https://example.org:443/course", "", "/docs/a.md"), Source("https://example.org/course", "", "docs/a.md")),
        (
            ("https://github.com/a/course/blob/main/docs/README.md",),
            Source("https://github.com/a/course", "main", "docs/README.md"),
        ),
        (("https://gitlab.org/g/s/course/-/tree/2026",), Source("https://gitlab.org/g/s/course", "2026", "")),
        (("file:///srv/git/a%20b",), Source("/srv/git/a b")),
    ],
)
def test_what_people_type(typed, source):
    assert source_of(*typed) == source


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (("http://example.org/course",), "https"),
        (("ssh://git@example.org/course",), "https"),
        (("git@example.org:course.git",), "https"),
        (("ext::sh -c id",), "no address"),
        (("file:///course%00b",), "no address"),
        (("file://example.org/course",), "file:///folder"),
        (("--upload-pack=id",), "https"),
        (("https://ines:secret@example.org/course",), "password"),
        (("https://token@example.org/course",), "password"),
        (("https://localhost/course",), "no address"),
        (("https://127.0.0.1/course",), "no address"),
        (("https://2130706433/course",), "no address"),
        (("https://[::1]/course",), "no address"),
        (("https://example.org:8443/course",), "no address"),
        (("https://example.org/course?x=1",), "no address"),
        (("https://example.org/",), "no address"),
        (("https://example.org:port/course",), "no address"),
        (("https://example.org/\ncourse",), "no address"),
        (("https://example.org/course", "--help"), "branch"),
        (("https://example.org/course", "a..b"), "branch"),
        (("https://example.org/course", "", "../../etc/passwd"), "path"),
        (("https://example.org/course", "", "a:b"), "path"),
    ],
)
def test_what_is_no_source(typed, sentence):
    with pytest.raises(NotFetched, match=sentence):
        source_of(*typed)


PRIVATE = [
    *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1"),  # noqa: S104 - refused
    *("255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1"),
    *("fec0::1", "2001:0:4136:e378:8000:63bf:80ff:fffe", "not an address"),
]


@pytest.mark.parametrize("address", PRIVATE)
def test_no_private_address_is_read_nor_one_public_beside_it(address, monkeypatch):
    monkeypatch.setattr(subprocess, "Popen", lambda *args, **kwargs: pytest.fail("git was started"))
    for found in ([address], ["93.184.216.34", address]):
        with pytest.raises(NotFetched, match="this network"):
            fetch(Source("https://example.org/course"), resolver=lambda host, found=found: found)


@pytest.mark.parametrize("answer", [[], OSError("no such host"), UnicodeError("label too long")])
def test_a_host_that_is_not_there(answer):
    def resolver(host: str) -> list[str]:
        if isinstance(answer, Exception):
            raise answer
        return answer

    with pytest.raises(NotFetched, match=r"example\.org was not found"):
        pinned("example.org", resolver)


def test_git_is_told_the_addresses_and_resolves_nothing_itself(monkeypatch):
    asked, started = [], []

    def resolver(host: str) -> list[str]:
        asked.append(host)
        return ["93.184.216.34", "2606:2800:220:1::1"]

    def run(self, *arguments: str, at_most: int = 0) -> None:
        started.append((self.options, self.environment, arguments))
        self.said = "fatal: unable to access"

    monkeypatch.setattr(repositories._Git, "run", run)
    with pytest.raises(NotFetched, match="cannot be reached"):
        fetch(Source("https://example.org/course"), resolver=resolver)
    assert asked == ["example.org"]
    assert [arguments[-2] for _options, _environment, arguments in started] == [
        "https://example.org/course",
        "https://example.org/course.git",
    ]
    for options, environment, arguments in started:
        assert "http.curloptResolve=example.org:443:93.184.216.34,[2606:2800:220:1::1]" in options
        assert "http.followRedirects=false" in options
        assert environment["GIT_ALLOW_PROTOCOL"] == "https"
        assert environment["GIT_TERMINAL_PROMPT"] == "0"
        assert not {name.lower() for name in environment} & {"https_proxy", "http_proxy", "all_proxy"}
        assert "--" in arguments


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("fatal: could not read Username for 'https://x': terminal prompts disabled", "no public repository"),
        ("fatal: repository 'https://x/' not found", "no public repository"),
        ("fatal: unable to update url base from redirection", "redirects are not followed"),
        ("fatal: Remote branch dev not found in upstream origin", "no branch dev"),
        ("fatal: unable to access: Connection refused", "cannot be reached"),
    ],
)
def test_what_git_says_in_words(said, sentence):
    assert sentence in repositories._refusal(said, Source("https://example.org/x", "dev"))


# the transfer


@pytest.mark.parametrize(
    ("branch", "path", "data"),
    [
        ("", "", TEXT),
        ("main", "README.md", TEXT),
        ("", "docs", b"of the docs"),
        ("", "docs/readme.md", b"of the docs"),
        ("next", "", b"of next year"),
    ],
)
def test_a_readme_is_read_byte_for_byte(repository, branch, path, data):
    git(repository, "switch", "--quiet", "--create=next")
    commit(repository, README_md=b"of next year")
    git(repository, "switch", "--quiet", "main")
    assert fetch(source_of(str(repository), branch, path)).data == data


@pytest.mark.parametrize(
    ("branch", "path", "sentence"),
    [
        ("gone", "", "no branch gone"),
        ("", "gone.md", "no file gone.md"),
        ("", "slides/x", "no file"),
    ],
)
def test_what_is_not_there(repository, branch, path, sentence):
    with pytest.raises(NotFetched, match=sentence):
        fetch(source_of(str(repository), branch, path))


def test_a_repository_without_a_readme(repository):
    git(repository, "rm", "--quiet", "README.md")
    commit(repository, other=b"x")
    with pytest.raises(NotFetched, match=r"no README\.md"):
        fetch(source_of(str(repository)))


def test_a_file_that_is_too_large_is_cut_where_the_reader_refuses_it(repository):
    commit(repository, README_md=b"x" * (MAX_BYTES + 1000))
    assert len(fetch(source_of(str(repository))).data) == MAX_BYTES + 1


def test_limits_of_size_and_time(repository):
    commit(repository, large=bytes(range(256)) * 4000)
    with pytest.raises(NotFetched, match="too large"):
        fetch(source_of(str(repository)), limit=2000)
    with pytest.raises(NotFetched, match="too long"):
        fetch(source_of(str(repository)), seconds=0)


def test_folders_outside_of_the_one_in_the_settings_are_not_read(repository, tmp_path, settings):
    (tmp_path / "allowed" / "link").symlink_to(tmp_path)
    for path in (tmp_path, tmp_path / "allowed" / ".." / "other", tmp_path / "allowed" / "link", "/etc"):
        with pytest.raises(NotFetched, match="no such folder"):
            fetch(source_of(str(path)))
    settings.README_REPOSITORIES = ""
    with pytest.raises(NotFetched, match="names none"):
        fetch(source_of(str(repository)))


def test_without_git_it_says_what_to_do(monkeypatch, repository):
    monkeypatch.setattr(repositories.shutil, "which", lambda name: None)
    with pytest.raises(NotFetched, match="not installed"):
        fetch(source_of(str(repository)))


# in the browser and on the command line


@pytest.fixture
def page(client, cast) -> str:
    client.force_login(cast.ines)
    return reverse("schedule:import_readme", args=[cast.edition.slug])


def test_a_repository_is_previewed_and_applied_as_a_file_is(client, page, repository):
    answer = client.post(page, {"repository": str(repository)})
    assert answer.status_code == 302, answer.content.decode()
    upload = Upload.objects.get()
    assert bytes(upload.content) == TEXT
    assert upload.name.endswith("course: README.md")
    assert not Lecture.objects.exists()
    seal = client.get(answer["Location"]).context["preview"].plan.seal
    assert client.post(answer["Location"], {"seal": seal}).status_code == 302
    assert Lecture.objects.count() == 12
    assert not ReadmeSource.objects.exists()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"repository": "https://user:secret@example.org/x"}, "no password"),
        ({"repository": "/etc"}, "no such folder"),
        ({"repository": "/etc", "text": "x"}, "one of them"),
        ({}, "name its repository"),
    ],
)
def test_what_cannot_be_had_is_said_at_the_field(client, page, repository, data, sentence):
    answer = client.post(page, data)
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert not Upload.objects.exists()
    assert not ReadmeSource.objects.exists()


@pytest.mark.django_db
def test_the_command_reads_repositories(repository, capsys):
    call_command("import_readme", f"file://{repository}", "--branch=main")
    assert Lecture.objects.count() == 12
    with pytest.raises(CommandError, match="Only addresses with https"):
        call_command("import_readme", "ssh://example.org/x")
