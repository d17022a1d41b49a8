"""The site's app, and the system checks: a wrong setting speaks at start-up, with what to do."""

from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

from django.apps import AppConfig, apps
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.core import checks
from django.core.files.storage import InvalidStorageError, storages
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from coursesite.discretion import hide_from_servers


class CoursesiteConfig(AppConfig):
    name = "coursesite"
    verbose_name = _("Courses, people and mails")

    def ready(self) -> None:
        hide_from_servers()


class StaffAdminConfig(AdminConfig):
    default_site = "coursesite.admin_site.StaffAdminSite"

    def ready(self) -> None:
        """Addresses and roles come from the roster alone: the pages of other packages for them are not offered."""
        super().ready()
        admin.site.unregister([apps.get_model(label) for label in ("auth.Group", "account.EmailAddress")])


@checks.register(checks.Tags.database)
def check_folders(**kwargs) -> list[checks.CheckMessage]:
    """The embedded database, broker and mail folder live under VAR_DIR, which `make run` creates."""
    database = settings.DATABASES["default"]
    if not database["ENGINE"].endswith("sqlite3") or Path(database["NAME"]).parent.is_dir():
        return []
    return [
        checks.Error(
            f"The folder of the database, {Path(database['NAME']).parent}, does not exist.",
            hint="`make run` creates it; or create it yourself, or set DATABASE_URL.",
            id="coursesite.E001",
        )
    ]


@checks.register()
def check_site_url(**kwargs) -> list[checks.CheckMessage]:
    """Mails and invitations carry absolute links made from SITE_URL."""
    url = urlsplit(settings.SITE_URL)
    if url.scheme in {"http", "https"} and url.netloc and not url.path:
        return []
    return [
        checks.Error(
            f"SITE_URL is {settings.SITE_URL!r}, which is not the address of a site.",
            hint="Write it as https://courses.example.org, without a path.",
            id="coursesite.E002",
        )
    ]


@checks.register()
def check_broker(**kwargs) -> list[checks.CheckMessage]:
    """A broker that Celery cannot speak to would only fail when the worker starts."""
    scheme = urlsplit(settings.CELERY_BROKER_URL).scheme
    if scheme in {"filesystem", "redis", "rediss", "unix"}:
        return []
    return [
        checks.Error(
            f"CELERY_BROKER_URL begins with {scheme or 'nothing'}://, which this site does not use.",
            hint="Use redis://host:6379/0, or leave it unset for the embedded broker.",
            id="coursesite.E003",
        )
    ]


@checks.register()
def check_rhythm(**kwargs) -> list[checks.CheckMessage]:
    """A lease shorter than one mail's time-out would hand a mail to a second worker while the first still sends it."""
    found: list[checks.CheckMessage] = []
    if settings.TICK_SECONDS <= 0 or settings.SWEEP_SECONDS <= 0:
        found.append(
            checks.Error(
                "TICK_SECONDS and SWEEP_SECONDS must be above zero.", hint="2 and 60 are good.", id="coursesite.E004"
            )
        )
    if not settings.DEBUG and settings.MAIL_LEASE_SECONDS <= settings.EMAIL_TIMEOUT:
        found.append(
            checks.Warning(
                "MAIL_LEASE_SECONDS is not longer than the mail server's time-out.",
                hint="300 is good: a mail could otherwise go twice.",
                id="coursesite.W001",
            )
        )
    return found


@checks.register()
def check_ping(**kwargs) -> list[checks.CheckMessage]:
    """A dead-man's switch that can never be reached would raise an alarm that nobody understands."""
    address = settings.HEARTBEAT_PING_URL
    try:
        url = urlsplit(address)
        is_whole = url.scheme in {"http", "https"} and bool(url.hostname) and url.port != 0
    except ValueError:
        is_whole = False
    if not address or (is_whole and address.isascii() and address.isprintable() and " " not in address):
        return []
    return [
        checks.Error(
            "HEARTBEAT_PING_URL is not an address that can be called.",  # its value is a secret
            hint="Write it as https://hc-ping.com/your-uuid, or leave it unset.",
            id="coursesite.E006",
        )
    ]


@checks.register()
def check_storage(**kwargs) -> list[checks.CheckMessage]:
    """Files of classes that could not be kept would only be noticed by the first teacher who has one."""
    try:
        storages["default"]
    except (ImportError, InvalidStorageError, TypeError) as error:
        return [
            checks.Error(
                f"MEDIA_STORAGE or MEDIA_STORAGE_OPTIONS cannot be used: {error}",
                hint="Leave both unset for a folder of this machine, or see the README.",
                id="coursesite.E007",
            )
        ]
    return []


@checks.register(checks.Tags.compatibility)
def check_dotted_paths(**kwargs) -> list[checks.CheckMessage]:
    """The lists by which the apps offer what they have; a wrong name would otherwise fail inside a request."""
    found: list[checks.CheckMessage] = []
    loaders = {"COURSE_PARTS": import_module, "DEMO_PARTS": import_module} | dict.fromkeys(
        ("AGENDA_SOURCES", "MAIL_KINDS", "ADMIN_TODOS"), import_string
    )
    for name, load in loaders.items():
        for path in getattr(settings, name):
            try:
                load(path)
            except ImportError as error:
                found.append(
                    checks.Error(f"{name} names {path}: {error}", hint=f"Correct {name}.", id="coursesite.E005")
                )
    return found
