"""What a mail says: rendered from its row, in the recipient's language and the edition's zone."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.policy import compat32
from itertools import pairwise

import pytest
from django.core.mail import get_connection
from django.core.mail.message import sanitize_address
from hypothesis import given
from hypothesis import strategies as st

from coursesite.mail import (
    HTML_NAME,
    LINE_LENGTH,
    NAME,
    NAME_LENGTH,
    SUBJECT_LENGTH,
    Draft,
    Letter,
    MailKind,
    addressed,
    ascii_address,
    draft,
    kinds,
    message,
    one_line,
    queue,
    render,
)
from coursesite.models import CourseEdition, User
from coursesite.outbox import QueuedEmail
from tests.outbox import KINDS, NOON

EDITION = CourseEdition(pk=7, slug="info9023-2026", year=2026, reply_to="staff@example.org")


def letter(row):
    return render(row, KINDS["notice"])


def sent(row, words=None):
    """The mail as a server gets it."""
    return message(row, words or letter(row), get_connection()).message()


def test_queue_writes_a_row_for_each_recipient_once(edition, cast):
    for _ in range(2):
        queue("notice", [cast.alice, cast.bob], edition=edition, key="slot:7:0", facts={"title": "T"}, now=NOON)
    rows = QueuedEmail.objects.order_by("pk").values_list("key", "to_address", "state", "due_at", "priority")
    assert list(rows) == [
        (f"notice:slot:7:0:{cast.alice.pk}", "alice@example.org", "queued", NOON, 5),
        (f"notice:slot:7:0:{cast.bob.pk}", "bob@example.org", "queued", NOON, 5),
    ]


def test_queue_is_one_query(edition, cast, django_assert_num_queries):
    with django_assert_num_queries(1):
        queue("notice", [cast.alice, cast.bob], edition=edition, key="slot:7:0", facts={}, now=NOON)


def test_text_reads_as_well_as_html(mails, cast, settings):
    settings.SITE_URL = "https://courses.example.org"
    url = "https://courses.example.org/info9023-2026/"
    facts = {
        "starts_at": "2026-03-30T08:00:00+00:00",
        "ends_at": "2026-03-30T08:15:00+00:00",
        "place": "R7",
        "url": url,
    }
    row = mails(cast.alice, "Café & <bar>", facts=facts)
    assert letter(row).subject == "News: Café & <bar>"
    assert letter(row).text == (
        "Hello Alice,\n\nPlease read: Café & <bar> \n\n"
        "When: Monday 30 March 2026, 10:00–10:15 (Europe/Brussels)\nWhere: R7\n\n"
        f"Look at it:\n{url}\n\n"
        "-- \nINFO9023 spring 2026\nAnswers to this mail reach the staff of the course.\n"
        "Coursesite · https://courses.example.org\n"
    )
    html = letter(row).html
    assert "Café &amp; &lt;bar&gt;" in html
    assert "<bar>" not in html
    assert html.startswith("<!doctype html>")
    assert html.count('class="button"') == 1
    assert "Monday 30 March 2026, 10:00–10:15 (Europe/Brussels)" in html


def test_pages_have_few_lines_and_the_same_words(mails, cast):
    """A space that must not break is no place to break a line."""
    row = mails(cast.alice, "Room\xa0A\n\n  and \t" + "more\n" * 200)
    page = letter(row).html
    assert all(len(above) + len(below) > LINE_LENGTH for above, below in pairwise(page.split("\n")))
    assert "Please read: Room\xa0A and more more" in " ".join(page.replace("\xa0", "_").split()).replace("_", "\xa0")


def test_facts_become_instants_and_days_again(mails, edition):
    edition.timezone = "America/New_York"
    row = mails(facts={"starts_at": "2026-03-30T08:00:00+00:00", "days": [{"seen_on": "2026-03-01"}], "title_on": ""})
    assert "When: Monday 30 March 2026, 04:00 (America/New_York)" in letter(row).text


def test_a_row_with_its_words_is_sent_as_it_is(mails):
    row = mails(kind="account", subject="Sign in", text="Code ABCD")
    assert (render(row, None).subject, render(row, None).text) == ("Sign in", "Code ABCD")


def test_a_kind_that_nobody_offers_is_said(mails):
    with pytest.raises(LookupError, match="no app offers mails of the kind parcel"):
        render(mails(kind="parcel"), kinds().get("parcel"))


def test_answers_go_to_the_instructors_or_where_the_edition_says(mails, cast, edition):
    assert sent(mails())["Reply-To"] == "ines@example.org"
    edition.reply_to = "staff@example.org"
    del edition.answer_addresses
    assert sent(mails())["Reply-To"] == "staff@example.org"


def test_headers_say_who_it_is_and_that_no_person_wrote_it(mails, cast):
    row = mails(cast.alice)
    mail = sent(row)
    assert mail["To"] == '"Alice A." <alice@example.org>'
    assert mail["Message-ID"] == row.message_id
    assert mail["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]


def test_message_id_is_made_with_the_row(mails, settings):
    settings.SITE_URL = "https://cours.exämple.org:8443"
    first, second = mails(), mails()
    assert first.message_id != second.message_id
    assert first.message_id.endswith("@cours.xn--exmple-cua.org>")
    assert QueuedEmail.objects.get(pk=first.pk).message_id == first.message_id


@pytest.mark.parametrize(
    "evil",
    [
        *("\r\nBcc: eve@example.org", "\nX", "\u2028Bcc: eve", "\x85\x0b", "\x1b[2J", "\u202e"),
        pytest.param("\x00", marks=pytest.mark.sqlite),  # Postgres keeps no such fact
    ],
)
def test_a_subject_is_one_line(mails, evil):
    row = mails(title=f"Room{evil}7")
    assert letter(row).subject.isprintable()
    mail = sent(row)
    assert mail["Bcc"] is None
    assert len(mail.as_bytes().split(b"Subject: ")) == 2


def test_a_very_long_subject_is_cut(mails):
    subject = letter(mails(title="x" * 10_000)).subject
    assert len(subject) == 150
    assert subject.endswith("…")


@pytest.mark.parametrize(
    ("address", "ascii_form"),
    [
        ("alice@example.org", "alice@example.org"),
        ('"a,b"@example.org', '"a,b"@example.org'),
        ("zoe@exämple.org", "zoe@xn--exmple-cua.org"),
    ],
)
def test_addresses_that_can_be_reached(mails, address, ascii_form):
    assert ascii_address(address) == ascii_form
    assert sent(mails(address))["To"] == ascii_form


@pytest.mark.parametrize(
    "address",
    ["", "alice", "zoë@example.org", "a@b@example.org", "a,b@example.org", "alice@example.org\r\nBcc: e@example.org",
     '"a\x01b"@example.org',
     "alice@exa mple.org", '"a b"@example.org', "alice@" + "x" * 300 + ".org", "<alice@example.org>"],
)  # fmt: skip
def test_addresses_that_cannot_be_reached_say_so(address):
    with pytest.raises(ValueError, match="No mail can be sent to this address"):
        ascii_address(address)


@given(st.text(max_size=80), st.sampled_from(["alice@example.org", '"quoted,local"@example.org', "zoe@exämple.org"]))
def test_no_name_changes_who_gets_the_mail(name, address):
    row = QueuedEmail(to_address=address, recipient=User(first_name=name, last_name="Doe", email=address))
    words = replace(render(QueuedEmail(text="x", subject=name), None), html="<p>x")
    mail = message(row, words, get_connection())
    made = mail.message()
    on_the_wire = made.as_bytes(linesep="\r\n")
    made.policy = compat32  # as Python has it
    assert on_the_wire == made.as_bytes(linesep="\r\n")
    assert [value for header, value in mail.message().items() if header in {"Bcc", "Cc", "X"}] == []
    assert [sanitize_address(each, "utf-8") for each in mail.recipients()] == [ascii_address(address)]
    assert len(mail.to) == 1
    assert mail.to[0].endswith(ascii_address(address)) or mail.to[0].endswith(f"<{ascii_address(address)}>")


NAMES = st.text(max_size=120) | st.text(f"a&<'\"é🎓{NAME}{HTML_NAME}", max_size=120)


def parsed(content):
    """Headers and parts as mail programs see them, but for what differs from one try to the next."""
    mail = message_from_bytes(content, policy=policy.default)
    apart = {"Date", "Content-Type", "Content-Transfer-Encoding"}
    heads = sorted((name, str(value)) for name, value in mail.items() if name not in apart)
    leaves = [part for part in mail.walk() if not part.is_multipart()]
    return heads, [(part["Content-Type"], encoding(part), part.get_content()) for part in leaves]


def encoding(part):
    """What is 7bit is 8bit as well."""
    return part["Content-Transfer-Encoding"].replace("7bit", "8bit")


WORDS = st.text(st.characters(codec="utf-8", exclude_characters=NAME + HTML_NAME), max_size=90)


@given(NAMES, WORDS, st.lists(WORDS, max_size=8).map("\n".join), st.booleans())
def test_what_is_written_once_for_all_is_what_each_would_get(name, subject, words, has_page):
    """Also with a gap's own character in a name."""
    person = User(first_name=name, last_name="Doe", email="alice@example.org")
    row = QueuedEmail(to_address="alice@example.org", recipient=person, edition=EDITION, kind="notice")
    subject = one_line(subject, SUBJECT_LENGTH)
    page = f"<p>Hello {HTML_NAME}, {words}</p>\n" if has_page else ""
    common = Draft(Letter(subject, f"Hello {NAME},\n{words}\n.\nFrom {NAME}\n", page))
    words = addressed(common, row, KINDS["notice"])
    once = message(row, words, get_connection(), KINDS["notice"], common)
    alone = message(row, words, get_connection(), KINDS["notice"])
    assert common.shared and once.shared and not alone.shared
    assert parsed(once.message().as_bytes(linesep="\r\n")) == parsed(alone.message().as_bytes(linesep="\r\n"))
    assert once.message().as_bytes() == once.message().as_bytes(linesep="\r\n").replace(b"\r\n", b"\n")


@pytest.mark.parametrize(
    "common",
    [
        Letter(f"For {NAME}", f"Hello {NAME}\n", f"<p>{HTML_NAME}"),
        Letter("News", f"Hello {NAME}, {'x' * 400}\n", f"<p>{HTML_NAME}"),  # too long with the longest name
        Letter("News", f"{'x' * 999}\nHello {NAME}\n", f"<p>{HTML_NAME}"),  # encoded, as a line is too long
    ],
)  # fmt: skip
def test_what_cannot_be_filled_in_is_written_for_each(common):
    person = User(first_name="Zoë" * NAME_LENGTH, last_name="D", email="alice@example.org")
    row = QueuedEmail(to_address="alice@example.org", recipient=person, kind="notice")
    common = Draft(common)
    words = addressed(common, row, KINDS["notice"])
    once = message(row, words, get_connection(), KINDS["notice"], common)
    assert common.shared == b""
    _heads, (text, html) = parsed(once.message().as_bytes(linesep="\r\n"))
    assert (text[-1].replace("\r\n", "\n"), html[-1].strip()) == (words.text, words.html)


def test_a_name_may_stand_in_the_subject_and_in_the_heading(mails, cast):
    cast.alice.first_name = "A<i>"
    row, known = mails(cast.alice), {}
    row.kind, kind = "greeting", MailKind("mailtests")
    common = draft(row, kind, known)
    words = addressed(common, row, kind)
    made = message(row, words, get_connection(), kind, common)
    assert (words.subject, words.text.splitlines()[0]) == ("A<i>, a word", "Hello A<i>,")
    assert (words.html.count("A&lt;i&gt;"), words.html.count("A<i>")) == (3, 0)
    assert made.message()["Subject"] == "A<i>, a word"


def test_mails_of_one_step_share_what_they_say(mails, cast):
    known = {}
    rows = [mails(person, "The room", key=f"k:{person.pk}") for person in (cast.alice, cast.bob)]
    drafts = [draft(row, KINDS["notice"], known) for row in rows]
    assert drafts[0] is drafts[1]
    made = [
        message(row, addressed(d, row, KINDS["notice"]), get_connection(), None, d)
        for row, d in zip(rows, drafts, strict=True)
    ]
    texts = [parsed(mail.message().as_bytes())[1][0][-1] for mail in made]
    assert [text.splitlines()[0] for text in texts] == ["Hello Alice,", "Hello Bob,"]
    assert [mail.message().as_bytes().count(row.message_id.encode()) for mail, row in zip(made, rows, strict=True)] == [
        1,
        1,
    ]


@given(st.text())
def test_one_line_is_one_line(text):
    line = one_line(text, 50)
    assert len(line) <= 50
    assert len(line.splitlines()) <= 1
    assert one_line(line, 50) == line


def test_kinds_of_all_apps(settings):
    settings.MAIL_KINDS = ["tests.outbox.KINDS", "tests.coursesite.test_mail.MORE"]
    assert kinds() == KINDS | MORE


MORE = {"more": MailKind("mailtests")}


def test_late_rows(mails):
    at = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    assert mails(expires_at=at).is_late(at)
    assert not mails(expires_at=at).is_late(NOON)
    assert not mails().is_late(at)
