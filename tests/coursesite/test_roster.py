"""The class list: what is read, what is refused with its line, and what is written."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from coursesite import roster
from coursesite.models import CourseEdition, Enrolment, User
from coursesite.roster import PlanChanged, RosterRefused
from tests.cast import enrol
from tests.statements import counted


def people(text: str, encoding: str = "utf-8") -> list[tuple]:
    fields = ("email", "first_name", "last_name", "student_number", "github", "role")
    read = roster.parse(text.encode(encoding)).people
    return [tuple(getattr(person, name) for name in fields) for person in read]


def refusal(data: str | bytes) -> tuple[str, list[tuple[int, str]]]:
    with pytest.raises(RosterRefused) as caught:
        roster.parse(data.encode() if isinstance(data, str) else data)
    return caught.value.sentence, [(problem.line, problem.sentence) for problem in caught.value.problems]


def put(edition: CourseEdition, text: str, by: User, **options) -> roster.Plan:
    return roster.apply(edition, roster.parse(text.encode()), by=by, **options)


ANN = ("ann@example.org", "Ann", "Lee", "s1", "ann-lee", "student")


@pytest.mark.parametrize(
    "header",
    [
        "e-mail,first name,last name,student number,GitHub,role",
        "EMAIL,First Name,Name,Student Number,github,Role",
        "courriel,prénom,nom,matricule,GitHub,rôle",
        "Adresse,PRENOM,Nom,Matricule,GITHUB,Rôle",
        " E-Mail ,Prénom , Nom de famille,Matricule,GitHub,rôle",
        "Email address,First name,Last name,ID number,GitHub,Role",  # Moodle's words, and its French ones
        "Adresse de courriel,Prénom,Nom de famille,Numéro d’identification,GitHub,Rôle",
    ],
)
def test_columns_are_known_by_their_word_in_english_and_french(header):
    assert people(f"{header}\nann@example.org,Ann,Lee,s1,ann-lee,student\n") == [ANN]


def test_columns_come_in_any_order_and_only_the_address_is_needed():
    assert people("role,nom,e-mail\nétudiante,Lee,Ann@Example.org") == [
        ("ann@example.org", "", "Lee", "", "", "student")
    ]
    assert people("e-mail\nann@example.org") == [("ann@example.org", "", "", "", "", "")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_what_spreadsheets_write_is_read(delimiter, encoding, end):
    rows = [["e-mail", "prénom", "nom"], ["ann@example.org", "Aña", '"Lee, PhD; x"'], [], ["bo@example.org", "Bo", ""]]
    text = end.join(delimiter.join(row) for row in rows)
    assert people(text, encoding) == [
        ("ann@example.org", "Aña", "Lee, PhD; x", "", "", ""),
        ("bo@example.org", "Bo", "", "", "", ""),
    ]


def test_windows_1252_is_read_and_said():
    read = roster.parse("courriel;prénom\nann@example.org;Zoë".encode("cp1252"))
    assert read.people[0].first_name == "Zoë"
    assert "Windows-1252" in read.notes[0]
    assert not roster.parse("courriel;prénom\nann@example.org;Zoë".encode()).notes


@pytest.mark.parametrize(
    ("data", "word"),
    [
        ("e-mail\nann@example.org".encode("utf-16"), "UTF-16"),
        ("e-mail\nann@example.org".encode("utf-16-le"), "UTF-16"),
        ("e-mail\nann@example.org".encode("utf-32"), "UTF-16"),
        (b"PK\x03\x04 a spreadsheet", "spreadsheet"),
        (b"e-mail,nom\nann@example.org," + b"\x81\x8d", "encoding is not known"),
        (b"x" * (roster.MAX_BYTES + 1), "larger than 4 MB"),
        (b"", "no people in it"),
        (b"e-mail\n\n  \n", "no people in it"),
    ],
)
def test_other_files_are_refused_in_a_sentence(data, word):
    assert word in refusal(data)[0]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("nom,prénom\nLee,Ann", [(1, "No column has the e-mail address")]),
        ("\n\nnom\nLee", [(3, "No column has the e-mail address")]),
        ("e-mail,nom,name\na@example.org,b,c", [(1, "Two columns say the same (last name)")]),
        ("e-mail\nann@example.org\nbo@example.org\nANN@example.org", [(4, "ann@example.org is on line 2 already")]),
        ("e-mail\nann\n\nbo@\n@example.org", [(2, "not an e-mail address: ann"), (4, "bo@"), (5, "@example.org")]),
        ("e-mail,nom\n,Lee", [(2, "not an e-mail address: empty")]),
        ("e-mail,nom\nann@example.org," + "x" * 151, [(2, "last name has at most 150")]),
        ("e-mail,github\nann@example.org," + "x" * 40, [(2, "GitHub handle has at most 39")]),
        (f"e-mail\n{'x' * 260}@example.org", [(2, "e-mail has at most 254")]),
        ("e-mail,role\nann@example.org,king", [(2, "The role “king” is not known")]),
        ("e-mail,nom\nann@example.org,Lee,PhD", [(2, "More cells than columns")]),
        ("e-mail,nom\na@example.org,x\nann@example.org,Le\x00e", [(3, "NUL")]),
        ('e-mail,nom\na@example.org,x\nann@example.org,"Lee\nbo@example.org,b\n', [(3, "opened and not closed")]),
        ('e-mail,nom\nann@example.org,"Lee" x\n', [(2, "ends in the middle of a cell")]),
        (f'e-mail,nom\nann@example.org,"{"x" * 200_000}"\n', [(2, "too long to be read")]),
        ('e-mail,nom\nann@example.org,"Lee\n\nLee"\nbo,b', [(5, "not an e-mail address: bo")]),
    ],
)
def test_every_problem_has_its_line(text, found):
    sentence, problems = refusal(text)
    assert sentence == "Nothing was imported: correct these lines and choose the file again."
    assert [line for line, _said in problems] == [line for line, _said in found]
    for (_line, said), (_number, word) in zip(problems, found, strict=True):
        assert word in said


def test_a_long_list_of_problems_is_cut_and_counted():
    with pytest.raises(RosterRefused) as caught:
        roster.parse(("e-mail\n" + "nobody\n" * 300).encode())
    assert (len(caught.value.problems), caught.value.more) == (100, 200)


def test_a_hundred_thousand_rows_are_refused_at_once():
    data = ("e-mail\n" + "".join(f"s{n}@example.org\n" for n in range(100_000))).encode()
    started = time.process_time()
    assert "more than 20,000 lines" in refusal(data)[0]
    assert time.process_time() - started < 3


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
        ('"Ann\r\nBcc: x"', "Ann Bcc: x"),
        ("Ann\u2028Lee\u202eeel", "Ann Lee eel"),
        ("\ufeff Ann\u200b ", "Ann"),
        ("'t Hooft", "'t Hooft"),
        ("'+32", "+32"),  # an export's own apostrophe
    ],
)
def test_what_is_typed_into_names_is_one_line_of_text(cell, kept):
    assert people(f"e-mail,nom\nann@example.org,{cell}")[0][2] == kept


def test_cells_that_look_like_formulas_are_text_and_said():
    read = roster.parse(b"e-mail,nom\nann@example.org,=1+1\nbo@example.org,Bo\ncy@example.org,@x")
    assert read.notes == ("These lines have cells that look like formulas; they are kept as text: 2, 4.",)


def test_the_plan_says_what_is_new_changed_missing_and_as_it_is(cast):
    cast.alice.github = "alice"
    cast.alice.save()
    text = (
        "e-mail,first name,GitHub,role\nalice@example.org,Alicia,,\nBOB@example.org,Bob,,student\n"
        "frank@example.org,Frank,,\ntina@example.org,,,instructor\n"
    )
    with counted() as statements:
        made = roster.plan(cast.edition, roster.parse(text.encode()))
    assert len(statements) == 2
    assert [person.email for person in made.new] == ["frank@example.org"]
    assert [(change.person.email, change.said) for change in made.changed] == [
        ("alice@example.org", [("first name", "Alice", "Alicia")]),
        ("tina@example.org", [("role", "teaching assistant", "instructor")]),
    ]
    assert [enrolment.user for enrolment in made.missing] == [cast.charlie, cast.chloe, cast.dana]
    assert made.unchanged == 1
    assert [(person.line, enrolment.user) for person, enrolment in made.staff] == [(5, cast.tina)]


def test_applying_writes_it_and_an_empty_cell_erases_nothing(cast):
    cast.alice.github = "alice"
    cast.alice.save()
    before = cast.edition.revision
    put(cast.edition, "e-mail,first name,GitHub\nalice@example.org,Alicia,\nfrank@example.org,Frank,frank", cast.ines)
    cast.alice.refresh_from_db()
    cast.edition.refresh_from_db()
    frank = Enrolment.objects.get(edition=cast.edition, user__email="frank@example.org")
    assert (cast.alice.first_name, cast.alice.last_name, cast.alice.github) == ("Alicia", "A.", "alice")
    assert (frank.role, frank.user.first_name, frank.user.has_usable_password()) == ("student", "Frank", False)
    assert Enrolment.objects.filter(edition=cast.edition).count() == 8
    assert cast.edition.revision > before


def test_the_same_list_again_changes_nothing(cast):
    text = "e-mail,first name,role\nalice@example.org,Alicia,student\nfrank@example.org,Frank,examiner"
    put(cast.edition, text, cast.ines)
    again = put(cast.edition, text, cast.ines)
    assert again.is_empty and again.unchanged == 2


def test_without_a_role_nobody_s_role_changes(cast):
    made = put(cast.edition, "e-mail\ntina@example.org\nines@example.org", cast.ines)
    assert made.is_empty


def test_who_imports_cannot_lose_their_role_by_it(cast):
    text = "e-mail,role\nfrank@example.org,\nines@example.org,student"
    with pytest.raises(RosterRefused) as caught:
        put(cast.edition, text, cast.ines)
    assert [problem.line for problem in caught.value.problems] == [3]
    assert not User.objects.filter(email="frank@example.org").exists()
    other = enrol(cast.edition, "olga", Enrolment.Role.INSTRUCTOR).user
    assert put(cast.edition, text, other).changed


def test_an_account_from_another_course_is_used_and_keeps_its_name(cast):
    other = CourseEdition.objects.create(title="Other", year=2026, slug="other")
    put(other, "e-mail,first name,student number\nalice@example.org,Al,s7\neve@example.org,,s8", cast.ines)
    cast.alice.refresh_from_db()
    assert (cast.alice.first_name, cast.alice.student_number) == ("Alice", "s7")
    assert set(other.enrolments.values_list("user__email", flat=True)) == {"alice@example.org", "eve@example.org"}


def test_whoever_is_in_another_course_or_runs_the_site_is_not_renamed(cast):
    other = CourseEdition.objects.create(title="Other", year=2026, slug="other")
    Enrolment.objects.create(edition=other, user=cast.alice)
    User.objects.filter(pk=cast.tina.pk).update(is_superuser=True)
    text = "e-mail,first name,role\nalice@example.org,Alicia,\nbob@example.org,Bobby,\ntina@example.org,Tiny,examiner"
    made = put(cast.edition, text, cast.ines)
    assert [(change.person.line, change.said) for change in made.kept] == [
        (2, [("first name", "Alice", "Alicia")]),
        (4, [("first name", "Tina", "Tiny")]),
    ]
    names = User.objects.filter(email__regex="alice|bob|tina").order_by("email").values_list("first_name", flat=True)
    assert [*names] == ["Alice", "Bobby", "Tina"]
    assert Enrolment.objects.get(user=cast.tina).role == Enrolment.Role.EXAMINER
    assert made.unchanged == 1


def test_only_what_was_previewed_is_applied(cast):
    class_list = roster.parse(b"e-mail\nfrank@example.org")
    seal = roster.plan(cast.edition, class_list).seal
    enrol(cast.edition, "grace")
    with pytest.raises(PlanChanged):
        roster.apply(cast.edition, class_list, by=cast.ines, seal=seal)
    assert not User.objects.filter(email="frank@example.org").exists()
    fresh = roster.plan(cast.edition, class_list).seal
    assert roster.apply(cast.edition, class_list, by=cast.ines, seal=fresh).new


def test_nothing_is_half_written(cast, monkeypatch):
    def fail(*_args):
        raise RuntimeError

    monkeypatch.setattr(roster, "update", fail)
    with pytest.raises(RuntimeError):
        put(cast.edition, "e-mail\nfrank@example.org", cast.ines)
    assert not User.objects.filter(email="frank@example.org").exists()


def test_an_account_made_meanwhile_by_another_course_is_used(cast, monkeypatch):
    """Between the plan and the write somebody else adds the same person to the site."""
    plan = roster.plan

    def slow_plan(edition, class_list):
        made = plan(edition, class_list)
        monkeypatch.setattr(roster, "plan", plan)
        made.known.pop("eve@example.org")
        return made

    monkeypatch.setattr(roster, "plan", slow_plan)
    put(cast.edition, "e-mail\neve@example.org", cast.ines)
    assert Enrolment.objects.filter(edition=cast.edition, user=cast.eve).count() == 1


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("  @x", "'  @x"),
        ("\u00a0-x", "'\u00a0-x"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        (" \x00x", "' \x00x"),
        ("+32", "'+32"),
        ("Ann", "Ann"),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_no_cell_of_an_export_is_a_formula(value, cell):
    assert roster.safe_cell(value) == cell


def test_an_export_can_be_imported_again_and_changes_nothing(cast):
    cast.alice.first_name, cast.alice.student_number = "=cmd|x", "-7"
    cast.alice.save()
    text = roster.export(cast.edition)
    assert text.splitlines()[0] == "e-mail,first name,last name,student number,GitHub,role"
    assert "'=cmd|x" in text
    made = put(cast.edition, text, cast.ines)
    assert made.is_empty and made.unchanged == 7


def test_ten_thousand_people_are_a_number_of_statements_that_batches_decide(cast):
    """Measured against bulk_create of the same rows in tests/benchmarks; here only that no row costs one."""
    data = "e-mail,first name\n" + "".join(f"s{n}@example.org,S{n}\n" for n in range(10_000))
    with counted() as statements:
        put(cast.edition, data, cast.ines)
    assert Enrolment.objects.filter(edition=cast.edition).count() == 10_007
    assert len(statements) < 300
    with counted() as statements:
        put(cast.edition, data.replace(",S", ",T"), cast.ines)
    assert User.objects.filter(first_name__startswith="T").count() == 10_001  # and Tina
    assert len(statements) < 300
    assert not [sql[:80] for sql in statements if "CASE WHEN" in sql]  # of 2000 rows each: a minute


@pytest.mark.django_db(transaction=True)
def test_imports_at_once_into_one_course_and_into_several_make_everybody_once():
    editions = [CourseEdition.objects.create(title=f"C{n}", year=2026, slug=f"c{n}") for n in range(3)]
    ines = User.objects.create_user("ines@example.org")
    class_list = roster.parse(("e-mail\n" + "".join(f"s{n}@example.org\n" for n in range(300))).encode())

    def put_into(edition: CourseEdition) -> None:
        try:
            roster.apply(edition, class_list, by=ines)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        for done in [pool.submit(put_into, edition) for edition in editions * 2]:
            done.result()
    assert User.objects.count() == 301
    assert [edition.enrolments.count() for edition in editions] == [300] * 3
