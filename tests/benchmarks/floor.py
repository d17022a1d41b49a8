"""The floor: one file of bare Django that serves the same pages, with which ours are compared.

Its middleware, its templates and its queries are the least that the job takes: a session, a CSRF token, one query and
one loop a page. `POST /book` does in bare ORM what a booking owes: lock, re-read, booking, history row, two mail rows.
Run by `python -m tests.benchmarks`; DATABASE_URL names its database.
"""

import json
import os
import sys
from datetime import UTC, datetime, timedelta

import django
import environ
from django.conf import settings

LIST = """<!doctype html><html lang=en><meta charset=utf-8><title>{{ title }}</title><body>
<h1>{{ title }}</h1><form method=post action=/book>{% if user %}{% csrf_token %}{% endif %}<table>{% for s in slots %}
<tr id="s{{ s.pk }}"><td><time datetime="{{ s.starts|date:'c' }}">{{ s.starts|date:"D j M, H:i" }}</time>
<td><a href="/s/{{ s.pk }}">{{ s.title }}</a><td>{{ s.room }}<td>{{ s.abstract }}
<td>{% if user %}{% if s.booking %}taken{% else %}<button name=slot value={{ s.pk }}>book</button>{% endif %}{% endif %}
{% endfor %}</table></form></body></html>"""

sys.modules["floor"] = sys.modules[__name__]
settings.configure(
    SECRET_KEY="floor",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF="floor",
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "floor"],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "loaders": [
                    (
                        "django.template.loaders.cached.Loader",
                        [("django.template.loaders.locmem.Loader", {"list.html": LIST})],
                    )
                ]
            },
        }
    ],
    DATABASES={"default": environ.Env.db_url_config(os.environ["DATABASE_URL"]) | {"CONN_MAX_AGE": 60}},
)
django.setup()

from django.contrib.auth.decorators import login_required  # noqa: E402 - Django has to be set up first, in one file
from django.contrib.auth.models import User  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.contrib.sessions.models import Session  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import IntegrityError, connection, models, transaction  # noqa: E402
from django.http import HttpResponse, HttpResponseRedirect  # noqa: E402
from django.shortcuts import render  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.http import condition, require_POST  # noqa: E402


class Milestone(models.Model):
    title = models.CharField(max_length=100)

    class Meta:
        app_label = "floor"


class Slot(models.Model):
    milestone = models.ForeignKey(Milestone, models.CASCADE)
    starts = models.DateTimeField()
    title = models.CharField(max_length=100)
    room = models.CharField(max_length=40)
    abstract = models.TextField()

    class Meta:
        app_label = "floor"


class Booking(models.Model):
    slot = models.OneToOneField(Slot, models.CASCADE)
    student = models.OneToOneField(User, models.CASCADE)
    made = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "floor"


class History(models.Model):
    booking = models.ForeignKey(Booking, models.CASCADE)
    slot = models.ForeignKey(Slot, models.CASCADE)
    student = models.ForeignKey(User, models.CASCADE)
    verb = models.CharField(max_length=10)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "floor"


class Mail(models.Model):
    key = models.CharField(max_length=200, unique=True)
    to = models.EmailField()
    facts = models.JSONField()
    state = models.CharField(max_length=10, default="queued")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "floor"


MODELS = (Milestone, Slot, Booking, History, Mail)


def schedule(request):
    return render(request, "list.html", {"title": "Schedule", "slots": Slot.objects.order_by("starts", "pk")})


def version(request):
    return str(Slot.objects.order_by("-pk").values_list("pk", flat=True).first())


@login_required
def board(request):
    slots = Slot.objects.select_related("booking").order_by("starts", "pk")
    return render(request, "list.html", {"title": "Slots", "slots": slots, "user": request.user})


@require_POST
@login_required
def book(request):
    user = request.user
    try:
        with transaction.atomic():
            seen = Slot.objects.get(pk=int(request.POST["slot"]))
            Milestone.objects.select_for_update().get(pk=seen.milestone_id)
            slot = Slot.objects.select_related("milestone", "booking").get(pk=seen.pk)
            booking = Booking.objects.create(slot=slot, student=user)
            History.objects.create(booking=booking, slot=slot, student=user, verb="booked")
            Mail.objects.bulk_create(
                Mail(
                    key=f"booked:{booking.pk}:{n}",
                    to=f"{user.username}.{n}@example.org",
                    facts={"slot": slot.pk, "starts": slot.starts.isoformat(), "room": slot.room, "title": slot.title},
                )
                for n in (1, 2)
            )
    except IntegrityError:
        return HttpResponse("taken", status=409)
    return HttpResponseRedirect("/board")


urlpatterns = [
    path("schedule", schedule),
    path("schedule-etag", condition(etag_func=version)(schedule)),
    path("board", board),
    path("book", book),
]
application = get_wsgi_application()


def seed(slots: int, students: int) -> list[str]:
    """Tables, slots, students and their sessions: the session keys."""
    call_command("migrate", verbosity=0)
    have = connection.introspection.table_names()
    with connection.schema_editor() as editor:
        for model in reversed(MODELS):
            if model._meta.db_table in have:
                editor.delete_model(model)
        for model in MODELS:
            editor.create_model(model)
    first = datetime(2027, 3, 1, 8, tzinfo=UTC)
    milestone = Milestone.objects.create(title="MS1")
    Slot.objects.bulk_create(
        Slot(
            milestone=milestone,
            starts=first + timedelta(minutes=20 * n),
            title=f"Slot number {n}",
            room=f"Room {n % 4}",
            abstract="Presentation of group work, bring your laptop and notes. " * 4,
        )
        for n in range(slots)
    )
    User.objects.all().delete()
    Session.objects.all().delete()
    users = User.objects.bulk_create(User(username=f"s{n}", password="!") for n in range(students))
    store = SessionStore()
    sessions = [
        Session(
            session_key=f"k{user.pk:031d}",
            expire_date=first + timedelta(days=900),
            session_data=store.encode(
                {
                    "_auth_user_id": str(user.pk),
                    "_auth_user_backend": "django.contrib.auth.backends.ModelBackend",
                    "_auth_user_hash": user.get_session_auth_hash(),
                }
            ),
        )
        for user in users
    ]
    Session.objects.bulk_create(sessions)
    return [session.session_key for session in sessions]


if __name__ == "__main__":
    keys = seed(int(sys.argv[1]), int(sys.argv[2]))
    print(json.dumps({"keys": keys, "slots": list(Slot.objects.order_by("pk").values_list("pk", flat=True))}))
