"""One file for every environment: works as checked out, and each variable below changes one thing.

What each variable does is in the README's table of settings.
"""

import os
from email.utils import formataddr
from pathlib import Path
from urllib.parse import urlsplit

from celery.schedules import schedule as every
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from coursesite.environment import Environment, log_level

BASE_DIR = Path(__file__).resolve().parent.parent

env = Environment()
env.read_file(Path(os.environ.get("ENV_FILE", BASE_DIR / ".env")))

VAR_DIR = Path(env("VAR_DIR", default=str(BASE_DIR / "var")))

# --- Who we are -------------------------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=True)
SECRET_KEY = env("SECRET_KEY", default="only-for-a-site-with-debug-on" if DEBUG else "")
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is not set: with DEBUG off the site needs a long random secret of its own.")
PORT = env.int("PORT", default=8000)
SITE_URL = env("SITE_URL", default=f"http://127.0.0.1:{PORT}").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"] if DEBUG else [])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[SITE_URL])
SITE_NAME = env("SITE_NAME", default="Coursesite")

# --- Apps -------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "coursesite.apps.CoursesiteConfig",
    "schedule",
    "projects",
    "exams",
    "coursesite.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
    "simple_history",
]
MIDDLEWARE = [
    "coursesite.weather.DatabaseWeatherMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "coursesite.policy.ContentPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "coursesite.way_back.SignInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "coursesite.looking.LookingMiddleware",
    "coursesite.way_back.FormOnlyMiddleware",
    "coursesite.not_found_views.NotFoundMiddleware",
]
ROOT_URLCONF = "coursesite.urls"
WSGI_APPLICATION = "coursesite.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "coursesite.access.viewer_context",
            ],
        },
    },
]

# What the apps offer to the site, by dotted path: the site knows them only as strings.
AGENDA_SOURCES = ["schedule.agenda.entries", "projects.agenda.entries", "exams.agenda.entries"]
COURSE_PARTS = ["schedule.course", "projects.course", "exams.course"]
DEMO_PARTS = ["projects.demo", "exams.demo"]
MAIL_KINDS = ["coursesite.emails.KINDS", "schedule.emails.KINDS", "projects.emails.KINDS", "exams.emails.KINDS"]
ADMIN_TODOS = [
    "coursesite.todo.silent_beat",
    "coursesite.todo.failed_mails",
    "schedule.todo.waiting",
    "projects.todo.waiting",
    "exams.todo.waiting",
]

README_REPOSITORIES = env("README_REPOSITORIES", default="")  # a folder; schedule/repositories.py

# --- State ------------------------------------------------------------------------------------------------------
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'coursesite.sqlite3'}")}
DATABASE = DATABASES["default"]
if DATABASE["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE takes the write lock at BEGIN: what is a row lock on Postgres is the whole file here.
    DATABASE["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
    }
    # Threads of a test see one database only when it is a file.
    DATABASE["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
else:
    DATABASE["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
    # No health checks: they cost a fifth of a short request. A connection that died is one 503 and then a new one.
    DATABASE["OPTIONS"] = {"connect_timeout": 5, "options": "-c lock_timeout=8s"} | DATABASE.get("OPTIONS", {})

CACHES = {
    # Sign-in limits live here, so that a dead Redis neither locks people out nor lets guesses in.
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "coursesite_cache",
        # Beyond the limit a third of all entries goes: with Django's 300 a few hundred strangers wipe the counts.
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    },
    # Rendered pages; a failure of this one is a miss (coursesite/pages.py).
    "pages": env.cache_url("CACHE_URL", default="locmemcache://pages"),
}
if "RedisCache" in CACHES["pages"]["BACKEND"]:
    CACHES["pages"]["BACKEND"] = "django.core.cache.backends.redis.RedisCache"
    CACHES["pages"]["OPTIONS"] = {"socket_timeout": 0.2, "socket_connect_timeout": 0.2}

# --- Work in the background -------------------------------------------------------------------------------------
CELERY_BROKER_URL = env("CELERY_BROKER_URL", default="filesystem://localhost")
if urlsplit(CELERY_BROKER_URL).scheme == "filesystem":
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, str | float] = {
        "data_folder_in": str(VAR_DIR / "broker"),
        "data_folder_out": str(VAR_DIR / "broker"),
        "control_folder": str(VAR_DIR / "broker-control"),
        "polling_interval": 0.2,  # a second otherwise, which every tick would wait for
    }
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 5, "socket_connect_timeout": 5, "visibility_timeout": 300}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # it may be away for longer than Celery's hundred tries
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat")
TICK_SECONDS = env.float("TICK_SECONDS", default=2.0)
SWEEP_SECONDS = env.float("SWEEP_SECONDS", default=60.0)
WATCH_SECONDS = 600.0  # how often is asked whose README is to be looked at; each is once a night
HEARTBEAT_PING_URL = env("HEARTBEAT_PING_URL", default="")
# A message says "look now" and nothing else: it is worthless by the time the next one is due.
CELERY_BEAT_SCHEDULE = {
    "tick": {
        "task": "coursesite.tasks.tick",
        "schedule": every(TICK_SECONDS),
        "options": {"expires": TICK_SECONDS * 1.5},
    },
    "sweep": {
        "task": "coursesite.tasks.sweep",
        "schedule": every(SWEEP_SECONDS),
        "options": {"expires": SWEEP_SECONDS * 1.5},
    },
    "files": {"task": "schedule.tasks.tidy_files", "schedule": every(3600), "options": {"expires": 3600}},
    "watch_readmes": {
        "task": "schedule.tasks.watch_readmes",
        "schedule": every(WATCH_SECONDS),
        "options": {"expires": WATCH_SECONDS * 1.5},
    },
}

# --- Mail -------------------------------------------------------------------------------------------------------
EMAIL_CONFIG = env.email_url("EMAIL_URL", default=f"filemail:///{VAR_DIR / 'mail'}")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default=formataddr((SITE_NAME, "noreply@localhost")))
SERVER_EMAIL = DEFAULT_FROM_EMAIL
MAIL_LEASE_SECONDS = env.float("MAIL_LEASE_SECONDS", default=300.0)

# --- Signing in -------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "coursesite.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 60  # longer than the weeks between two bookings: nobody signs in during a rush
ACCOUNT_ADAPTER = "coursesite.adapters.RosterAdapter"
ACCOUNT_FORMS = {
    "login": "coursesite.forms.PasswordForm",
    "request_login_code": "coursesite.forms.LoginCodeForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]  # sign-up is closed; without a password here, sign-in has none
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_EMAIL_VERIFICATION = "none"  # a code that came by e-mail has verified the address
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {
    # By account: a lecture hall is one address (per-address limits only stop a flood).
    "login": "2000/5m/ip",
    "login_failed": "10/5m/key",
    "request_login_code": "2000/5m/ip,6/15m/key",
    "reset_password": "200/5m/ip,5/15m/key",
    "signup": "200/5m/ip",
}
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)

# --- The wire ---------------------------------------------------------------------------------------------------
USE_HTTPS = env.bool("USE_HTTPS", default=SITE_URL.startswith("https://"))
SECURE_SSL_REDIRECT = USE_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # probes speak plain HTTP inside the machine
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31536000 if USE_HTTPS else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = USE_HTTPS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = USE_HTTPS
SESSION_COOKIE_NAME = "coursesite_session"
CSRF_COOKIE_HTTPONLY = True
if ALLAUTH_TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],  # Django admin's icons are data: inside its own style sheets
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024

# --- Words and time ---------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", _("English"))]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env("TIME_ZONE", default="Europe/Brussels")

# --- Files ------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Files of the course, written by staff and served by a view alone: no web server shows this folder.
MEDIA_ROOT = VAR_DIR / "media"
FILE_UPLOAD_PERMISSIONS = 0o600
MATERIAL_MAX_MIB = env.int("MATERIAL_MAX_MIB", default=20)
MATERIALS_PER_CLASS = 40
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "coursesite.uploads.BoundedUploadHandler",
]
STORAGES = {
    "default": {
        "BACKEND": env("MEDIA_STORAGE", default="django.core.files.storage.FileSystemStorage"),
        "OPTIONS": env.json("MEDIA_STORAGE_OPTIONS", default={}),
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage",
    },
}

LOG_LEVEL = env("LOG_LEVEL", cast=log_level, default="INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {
        "probes": {  # /readyz says 503 for seconds at every start, to whoever asks: not an error of a request
            "()": "django.utils.log.CallbackFilter",
            "callback": lambda record: getattr(getattr(record, "request", None), "path", "") != "/readyz",
        },
        "secrets": {"()": "coursesite.discretion.HideSecrets"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["probes", "secrets"]}},
    "loggers": {
        # No handler, instead of Django's own, which DEBUG would print beside ours; at its DEBUG it tells all SQL.
        "django": {"handlers": [], "level": "INFO" if LOG_LEVEL == "DEBUG" else LOG_LEVEL}
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
}
