"""Wrong settings speak at start-up, with what to do; each variable of the environment changes one thing."""

import json
import subprocess
import sys

import pytest
from django.core import checks

from coursesite import apps
from tests.services import ROOT, own_environment

pytestmark = pytest.mark.once
SECRET = "a-key-that-nobody-may-read-in-an-error-message-0123456789"
PRODUCTION = {
    "DEBUG": "false",
    "SECRET_KEY": SECRET,
    "SITE_URL": "https://courses.example.org",
    "ALLOWED_HOSTS": "courses.example.org",
    "TRUSTED_PROXY_COUNT": "1",
    "DATABASE_URL": "postgres://127.0.0.1/coursesite",
    "CELERY_BROKER_URL": "redis://127.0.0.1/0",
    "CACHE_URL": "redis://127.0.0.1/1",
    "EMAIL_URL": "smtp://127.0.0.1:25",
}


def python(folder, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python here with these variables and no others of the site's."""
    env = own_environment(folder, **environment)
    return subprocess.run([sys.executable, *command], cwd=ROOT, env=env, capture_output=True, text=True, timeout=120)


def read(folder, *names: str, **environment: str) -> list:
    """These settings, as that environment makes them."""
    script = f"import json; from coursesite import settings as s; print(json.dumps([getattr(s, n) for n in {names!r}]))"
    done = python(folder, "-c", script, **environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def refused(folder, **environment: str) -> str:
    """The sentence with which the settings refuse that environment."""
    done = python(folder, "-c", "import coursesite.settings", **environment)
    assert done.returncode == 1
    return done.stderr.strip().splitlines()[-1].removeprefix("django.core.exceptions.ImproperlyConfigured: ")


def said(check) -> list[tuple[str, bool]]:
    """What a check says: which message, and whether it tells what to do."""
    return [(message.id, bool(message.hint)) for message in check()]


WRONG = [
    (apps.check_folders, "DATABASES", {"default": {"ENGINE": "x.sqlite3", "NAME": "/nowhere/at/all.sqlite3"}}, "E001"),
    (apps.check_site_url, "SITE_URL", "courses.example.org", "E002"),
    (apps.check_site_url, "SITE_URL", "https://example.org/courses", "E002"),
    (apps.check_site_url, "SITE_URL", "ftp://example.org", "E002"),
    (apps.check_broker, "CELERY_BROKER_URL", "amqp://127.0.0.1", "E003"),
    (apps.check_broker, "CELERY_BROKER_URL", "", "E003"),
    (apps.check_rhythm, "TICK_SECONDS", 0.0, "E004"),
    (apps.check_rhythm, "SWEEP_SECONDS", -1.0, "E004"),
    (apps.check_rhythm, "MAIL_LEASE_SECONDS", 10.0, "W001"),
    *(
        (apps.check_ping, "HEARTBEAT_PING_URL", address, "E006")
        for address in (
            "hc-ping.com/x",
            "ftp://example.org/x",
            "https://",
            "https://a b/",
            "https://a:99999/",
            "https://[",
        )
    ),
    *(
        (apps.check_storage, "STORAGES", {"default": storage}, "E007")
        for storage in (
            {"BACKEND": "nowhere.Storage"},
            {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"bucket_name": "x"}},
        )
    ),
    *(
        (apps.check_dotted_paths, name, [path], "E005")
        for name in ("COURSE_PARTS", "DEMO_PARTS", "AGENDA_SOURCES", "MAIL_KINDS", "ADMIN_TODOS")
        for path in ("nowhere.course", "schedule.nothing")
    ),
]


@pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")  # no query is made
@pytest.mark.parametrize(("check", "name", "value", "number"), WRONG, ids=lambda part: getattr(part, "__name__", None))
def test_a_wrong_setting_says_what_to_do(settings, check, name, value, number):
    settings.DEBUG = False
    assert said(check) == []
    setattr(settings, name, value)
    assert said(check) == [(f"coursesite.{number}", True)]


def test_every_check_has_a_wrong_setting_above_and_is_asked_at_start_up():
    ours = {check for check in checks.registry.registry.registered_checks if check.__module__ == "coursesite.apps"}
    assert ours == {check for check, *_ in WRONG}


def test_a_check_stops_what_was_to_start(tmp_path):
    done = python(tmp_path, "manage.py", "migrate", "--check", SITE_URL="courses.example.org")
    assert done.returncode == 1
    assert "(coursesite.E002)" in done.stderr and "HINT: Write it as https://courses.example.org" in done.stderr


def test_production_refuses_to_start_without_a_secret_key(tmp_path):
    for empty in ({}, {"SECRET_KEY": ""}):
        assert refused(tmp_path, DEBUG="false", **empty).startswith("SECRET_KEY is not set")
    assert "SECRET_KEY is not set" in python(tmp_path, "manage.py", "check", DEBUG="false").stderr


def test_a_checkout_needs_no_environment(tmp_path):
    database, broker, mail = read(tmp_path, "DATABASE", "CELERY_BROKER_URL", "EMAIL_CONFIG")
    assert (database["ENGINE"], database["NAME"]) == (
        "django.db.backends.sqlite3",
        str(tmp_path / "coursesite.sqlite3"),
    )
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert broker.startswith("filesystem://")
    assert mail["EMAIL_BACKEND"].endswith("filebased.EmailBackend")
    assert mail["EMAIL_FILE_PATH"] == str(tmp_path / "mail")


def test_each_address_switches_to_a_server(tmp_path):
    database, broker, caches, mail = read(
        tmp_path, "DATABASE", "CELERY_BROKER_URL", "CACHES", "EMAIL_CONFIG", **PRODUCTION
    )
    assert (database["ENGINE"], database["NAME"], database["CONN_MAX_AGE"]) == (
        "django.db.backends.postgresql",
        "coursesite",
        60,
    )
    assert broker == PRODUCTION["CELERY_BROKER_URL"]
    assert caches["pages"]["LOCATION"] == PRODUCTION["CACHE_URL"]
    assert mail["EMAIL_BACKEND"].endswith("smtp.EmailBackend") and mail["EMAIL_HOST"] == "127.0.0.1"


def test_limits_of_sign_in_live_in_the_database_whatever_the_environment_says(tmp_path):
    for environment in ({}, PRODUCTION):
        (caches,) = read(tmp_path, "CACHES", **environment)
        assert caches["default"]["BACKEND"] == "django.core.cache.backends.db.DatabaseCache"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("DATABASE_URL", f"{SECRET}@nowhere", "DATABASE_URL must look like postgres://"),
        ("CACHE_URL", f"memcached-of-sorts://{SECRET}", "CACHE_URL must look like redis://"),
        ("EMAIL_URL", f"pigeon://{SECRET}", "EMAIL_URL must look like smtp+tls://"),
        ("PORT", SECRET, "PORT must be a whole number."),
        ("TICK_SECONDS", SECRET, "TICK_SECONDS must be a number."),
        ("LOG_LEVEL", SECRET, "LOG_LEVEL must be one of DEBUG, INFO"),
    ],
)
def test_a_value_that_cannot_be_read_is_one_sentence_and_never_repeated(tmp_path, name, value, sentence):
    done = python(tmp_path, "-c", "import coursesite.settings", **{name: value})
    assert done.stderr.strip().splitlines()[-1].partition(": ")[2].startswith(sentence)
    assert SECRET not in done.stderr


def test_the_log_s_level_holds_for_django_too_but_never_down_to_its_sql(tmp_path):
    script = "from logging import getLogger; print([getLogger(n).getEffectiveLevel() for n in ('', 'django.request')])"
    for level, levels in (("error", "[40, 40]"), ("INFO", "[20, 20]"), ("DEBUG", "[10, 20]")):
        done = python(tmp_path, "manage.py", "shell", "--no-imports", "--command", script, LOG_LEVEL=level)
        assert done.stdout.strip() == levels, done.stderr


def test_production_has_nothing_to_complain_of(tmp_path):
    done = python(tmp_path, "manage.py", "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert done.returncode == 0, done.stderr
    assert "no issues (0 silenced)" in done.stdout
