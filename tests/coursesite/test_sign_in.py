"""Signing in: with a code, with a password, as a stranger, two hundred at once, and guessing."""

import re
import time
from collections.abc import Callable

import pytest
from django.contrib.auth import hashers
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from coursesite.models import Enrolment, User
from coursesite.outbox import QueuedEmail
from tests.statements import counted

CODE = re.compile(r"^ {4}(\S+)$", re.MULTILINE)
PASSWORD = "quite a long password"


def ask(client: Client, email: str, **extra):
    return client.post(reverse("account_request_login_code"), {"email": email}, **extra)


def answer(client: Client, code: str, **extra):
    return client.post(reverse("account_confirm_login_code"), {"code": code}, **extra)


def type_password(client: Client, email: str, password: str, **extra):
    return client.post(reverse("account_login"), {"login": email, "password": password}, **extra)


def last_code() -> str:
    return CODE.search(QueuedEmail.objects.latest("pk").text)[1]


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def words(response, email: str) -> str:
    """The page without what differs for everybody."""
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())
    return text.replace(email, "ADDRESS")


@pytest.fixture
def addresses(cast) -> dict[str, str]:
    """Who is on the roster, and three kinds of stranger."""
    gone = User.objects.create_user("gone@example.org", is_active=False)
    Enrolment.objects.create(edition=cast.edition, user=gone)
    return {
        "student": "alice@example.org",
        "nobody": "nobody@example.org",
        "not enrolled": "eve@example.org",
        "inactive": "gone@example.org",
    }


@pytest.fixture
def quick_hashes(settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def test_a_student_signs_in_with_the_code_that_came_by_mail(client, cast):
    assert ask(client, "Alice@Example.org").status_code == 302
    assert answer(client, last_code()).status_code == 302
    assert client.session["_auth_user_id"] == str(cast.alice.pk)


def test_the_page_after_does_not_say_that_a_stranger_has_a_code(client, cast):
    for email in ("alice@example.org", "nobody@example.org"):
        page = client.post(reverse("account_request_login_code"), {"email": email}, follow=True).content.decode()
        assert "If the address is on a roster of this site, a code is in it." in page
        assert "code has been sent" not in page


def test_the_code_also_works_in_small_letters_and_without_its_hyphen(client, cast):
    ask(client, "alice@example.org")
    answer(client, last_code().lower().replace("-", ""))
    assert is_in(client)


def test_the_mail_is_one_row_first_in_the_queue_for_staff_to_see_and_nobody_to_read(client, cast):
    ask(client, "alice@example.org")
    row = QueuedEmail.objects.get()
    assert (row.kind, row.to_address, row.edition) == ("account.login_code", "alice@example.org", cast.edition)
    assert (row.is_secret, row.priority, row.state) == (True, QueuedEmail.SIGN_IN, QueuedEmail.State.QUEUED)
    assert (row.subject, row.recipient, row.facts) == ("Your sign-in code", None, {})


def test_a_code_works_once(client, cast):
    ask(client, "alice@example.org")
    code = last_code()
    answer(client, code)
    client.post(reverse("account_logout"))
    answer(client, code)
    assert not is_in(client)


def test_a_code_expires(client, cast, time_machine):
    time_machine.move_to("2026-03-01T10:00:00+00:00")
    ask(client, "alice@example.org")
    time_machine.move_to("2026-03-01T10:15:30+00:00")
    answer(client, last_code())
    assert not is_in(client)


def test_a_code_belongs_to_the_browser_that_asked(client, cast):
    ask(client, "alice@example.org")
    elsewhere = Client()
    ask(elsewhere, "bob@example.org")
    code = CODE.search(QueuedEmail.objects.get(to_address="alice@example.org").text)[1]
    answer(elsewhere, code)
    assert not is_in(elsewhere)


def test_the_code_step_says_the_same_to_known_and_unknown(addresses):
    pages = {}
    for who, email in addresses.items():
        client = Client()
        asked = ask(client, email)
        pages[who] = (
            asked.status_code,
            asked["Location"],
            words(client.get(asked["Location"]), email),
            words(answer(client, "ABCD-EFGH"), email),
            QueuedEmail.objects.filter(to_address=email).count(),
        )
    assert set(pages.values()) == {pages["student"]}
    assert pages["student"][0] == 302


def test_no_address_is_longer_than_its_column(client, cast):
    response = client.post("/accounts/login/code/", {"email": f"{'a' * 290}@example.org"})
    assert response.status_code == 200
    assert "No address is that long." in response.content.decode()
    assert not QueuedEmail.objects.exists()


def test_only_the_mailbox_learns_that_an_address_is_on_no_roster(addresses):
    for email in addresses.values():
        ask(Client(), email)
    kinds = dict(QueuedEmail.objects.values_list("to_address", "kind"))
    assert kinds.pop("alice@example.org") == "account.login_code"
    assert set(kinds.values()) == {"account.unknown_account"} and len(kinds) == 3


def test_the_code_step_asks_the_database_as_often_for_known_and_unknown(addresses):
    counts = {}
    for who, email in addresses.items():
        with counted() as statements:
            ask(Client(), email)
        counts[who] = len(statements)
    assert max(counts.values()) - min(counts.values()) <= 1, counts


def test_the_password_step_says_the_same_to_known_and_unknown(addresses, quick_hashes):
    for user in User.objects.exclude(email="alice@example.org"):
        user.set_password(PASSWORD)
        user.save()
    User.objects.create_user("other@example.org", PASSWORD)
    tries = {who: (email, PASSWORD) for who, email in addresses.items()} | {
        "right address, wrong password": ("bob@example.org", "wrong")
    }
    pages = {who: type_password(Client(), email, password) for who, (email, password) in tries.items()}
    said = {who: (page.status_code, words(page, tries[who][0])) for who, page in pages.items()}
    assert set(said.values()) == {said["student"]}
    assert said["student"][0] == 200
    assert "are not correct" in said["student"][1]


def test_the_password_step_takes_as_long_for_known_and_unknown(addresses, monkeypatch):
    """In rounds of the hash, which are what costs, so that a busy machine changes nothing."""
    with_password = User.objects.get(email="alice@example.org")
    with_password.set_password(PASSWORD)
    with_password.save()
    rounds: list[int] = []
    pbkdf2 = hashers.pbkdf2

    def counting(password, salt, iterations, **kwargs):
        rounds.append(iterations)
        return pbkdf2(password, salt, iterations, **kwargs)

    monkeypatch.setattr(hashers, "pbkdf2", counting)

    def cost(email: str) -> int:
        rounds.clear()
        type_password(Client(), email, "a wrong password")
        return sum(rounds)

    emails = [*addresses.values(), "bob@example.org"]  # bob has no password
    costs = {email: cost(email) for email in emails}
    assert len(set(costs.values())) == 1, costs
    assert costs["alice@example.org"] > 0


def test_registration_is_closed_to_all_in_the_same_words(addresses):
    pages = {
        email: Client().post(reverse("account_signup"), {"email": email, "password1": PASSWORD})
        for email in addresses.values()
    }
    assert len({(page.status_code, words(page, email)) for email, page in pages.items()}) == 1
    assert User.objects.filter(email="nobody@example.org").count() == 0


@pytest.mark.parametrize("path", ["password/reset/", "password/set/", "email/", "password/change/"])
def test_there_is_no_second_address_and_no_password_to_be_had(client, cast, path):
    client.force_login(cast.alice)
    assert client.post(f"/accounts/{path}", {"email": "alice@example.org"}).status_code == 404


def test_whoever_is_taken_off_the_roster_before_the_code_comes_back_stays_outside(client, cast):
    ask(client, "dana@example.org")
    cast.enrolments.dana.delete()
    page = client.post(reverse("account_confirm_login_code"), {"code": last_code()}, follow=True)
    assert not is_in(client)
    assert "not on the roster" in page.content.decode()
    assert page.request["PATH_INFO"] == reverse("account_login")  # and not back at the code


def test_whoever_runs_the_site_needs_no_roster(client, db, quick_hashes):
    User.objects.create_superuser("root@example.org", PASSWORD)
    type_password(client, "root@example.org", PASSWORD)
    assert is_in(client)


def test_a_session_from_before_is_not_the_session_after(client, cast):
    ask(client, "alice@example.org")
    before = client.session.session_key
    answer(client, last_code())
    assert client.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


def test_a_session_is_dead_after_signing_out(client, cast):
    client.force_login(cast.alice)
    kept = client.cookies["coursesite_session"].value
    client.post(reverse("account_logout"))
    elsewhere = Client()
    elsewhere.cookies["coursesite_session"] = kept
    assert not is_in(elsewhere)


def test_signing_out_asks_first(client, cast):
    client.force_login(cast.alice)
    page = client.get(reverse("account_logout"))
    assert page.status_code == 200 and is_in(client)
    assert 'method="post"' in page.content.decode()


def test_signing_in_leads_back_to_where_one_wanted_to_go_on_this_site(client, cast):
    here = cast.edition.get_absolute_url()
    for wanted, led in ((here, here), ("https://elsewhere.example/", reverse("home"))):
        client = Client()
        asked = client.post(f"{reverse('account_request_login_code')}?next={wanted}", {"email": "alice@example.org"})
        page = client.post(asked["Location"], {"code": last_code()})
        assert page["Location"] == led


def test_two_hundred_students_behind_one_address_sign_in_within_five_minutes(edition):
    students = User.objects.bulk_create(User(email=f"s{n}@example.org", password="!") for n in range(200))
    Enrolment.objects.bulk_create(Enrolment(edition=edition, user=student) for student in students)
    started, inside = time.monotonic(), 0
    for student in students:
        client = Client(REMOTE_ADDR="192.0.2.1")
        ask(client, student.email)
        answer(client, last_code())
        inside += is_in(client)
    assert inside == 200
    assert time.monotonic() - started < 300


def tricks(n: int) -> dict[str, str]:
    """What whoever guesses can make up anew with every guess."""
    return {"HTTP_HOST": f"127.0.0.1:{1024 + n}", "HTTP_X_FORWARDED_FOR": f"198.51.100.{n % 250}"}


@pytest.fixture
def guarded(cast, settings, quick_hashes) -> User:
    settings.ALLOWED_HOSTS = ["127.0.0.1", "testserver"]
    cast.ines.set_password(PASSWORD)
    cast.ines.save()
    return cast.ines


def test_a_thousand_passwords_are_not_tried(guarded, monkeypatch):
    tried: list[str] = []
    check: Callable[[User, str], bool] = User.check_password
    monkeypatch.setattr(User, "check_password", lambda user, raw: tried.append(raw) or check(user, raw))
    for n in range(1000):
        email = "ines@example.org" if n % 2 else " INES@example.org "
        assert type_password(Client(), email, f"guess {n}", **tricks(n)).status_code in {200, 429}
    assert len(tried) == 10
    last = Client()
    type_password(last, "ines@example.org", PASSWORD)
    assert not is_in(last)


def test_the_admin_s_own_login_takes_no_guesses(guarded, monkeypatch):
    monkeypatch.setattr(User, "check_password", lambda *_: pytest.fail("a password was tried"))
    for n in range(20):
        page = Client().post("/admin/login/?next=/admin/", {"username": "ines@example.org", "password": str(n)})
        assert page.status_code == 302 and page["Location"].startswith("/accounts/login/?next=/admin/")


def test_a_thousand_codes_are_not_tried(client, guarded):
    """Three tries a code, six codes in a quarter of an hour."""
    refused = 0
    for n in range(1000):
        page = answer(client, f"GUES-{n:04}", **tricks(n))
        if page.status_code == 302:  # the tries of this code are used up, or there is none
            refused += ask(client, "ines@example.org", **tricks(n)).status_code == 200
    assert QueuedEmail.objects.count() == 6
    assert refused > 900
    assert not is_in(client)


def test_guesses_at_one_account_close_no_other(guarded, cast):
    for n in range(30):
        type_password(Client(), "ines@example.org", f"guess {n}")
        ask(Client(), "ines@example.org")
    client = Client()
    ask(client, "alice@example.org")
    answer(client, last_code())
    assert is_in(client)


def test_a_few_hundred_strangers_do_not_wipe_the_counts(guarded):
    for n in range(12):
        type_password(Client(), "ines@example.org", f"guess {n}")
    for n in range(400):
        type_password(Client(), f"stranger{n}@example.org", "x")
    client = Client()
    type_password(client, "ines@example.org", PASSWORD)
    assert not is_in(client)


def test_a_dead_redis_locks_nobody_out(client, cast, settings):
    nowhere = "redis://127.0.0.1:1/0"
    pages = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": nowhere}
    settings.CACHES = settings.CACHES | {"pages": pages}
    settings.CELERY_BROKER_URL = nowhere
    ask(client, "alice@example.org")
    answer(client, last_code())
    assert is_in(client)
    assert client.get(cast.edition.get_absolute_url()).status_code == 200
