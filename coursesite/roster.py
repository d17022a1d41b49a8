"""The class list: from a CSV file to a plan, and from the plan to people and their enrolments.

Nobody is removed: who is not in the file is listed as missing. An empty cell changes nothing. The same file again
changes nothing. An account that is not this course's alone keeps what it says, as in the admin. A list with problems is
refused whole, with the line of each.
"""

import csv
import hashlib
import io
import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Exists, Model, OuterRef
from django.utils.translation import gettext as _

from coursesite.booking import retried
from coursesite.models import CourseEdition, Enrolment, User

MAX_BYTES = 4 * 1024 * 1024
MAX_ROWS = 20_000
MAX_PROBLEMS = 100  # more than a person reads
BATCH = 2_000
Item = TypeVar("Item")

HEADERS = {
    "email": (
        "e-mail",
        "email",
        "mail",
        "e-mail address",
        "email address",
        "courriel",
        "adresse",
        "adresse e-mail",
        "adresse email",
        "adresse mail",
        "adresse de courriel",
        "adresse courriel",
        "adresse electronique",
    ),
    "first_name": ("first name", "firstname", "given name", "prenom"),
    "last_name": ("last name", "lastname", "surname", "family name", "name", "nom", "nom de famille"),
    "student_number": (
        "student number",
        "student id",
        "id number",
        "matricule",
        "numero d'etudiant",
        "numero etudiant",
        "numero d'identification",
    ),
    "github": ("github", "github handle", "github username", "compte github"),
    "role": ("role",),
}
FIELDS = {word: name for name, words in HEADERS.items() for word in words}
ROLES = {
    "": "",
    "student": Enrolment.Role.STUDENT,
    "etudiant": Enrolment.Role.STUDENT,
    "etudiante": Enrolment.Role.STUDENT,
    "teaching assistant": Enrolment.Role.TEACHING_ASSISTANT,
    "assistant": Enrolment.Role.TEACHING_ASSISTANT,
    "assistante": Enrolment.Role.TEACHING_ASSISTANT,
    "instructor": Enrolment.Role.INSTRUCTOR,
    "enseignant": Enrolment.Role.INSTRUCTOR,
    "enseignante": Enrolment.Role.INSTRUCTOR,
    "examiner": Enrolment.Role.EXAMINER,
    "examinateur": Enrolment.Role.EXAMINER,
    "examinatrice": Enrolment.Role.EXAMINER,
}
PERSON = ("first_name", "last_name", "student_number", "github")
RISKY_SIGNS, RISKY_CONTROLS = {"=", "+", "-", "@"}, {"\t", "\r", "\n", "\x00"}
LENGTHS = {"email": 254, "first_name": 150, "last_name": 150, "student_number": 30, "github": 39}  # as User has them
# Control characters, line breaks of all kinds, what turns the reading direction; and what copying from a page leaves.
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200e\u200f\u2060\ufeff"))


@dataclass(frozen=True)
class Problem:
    line: int
    sentence: str


class RosterRefused(Exception):
    """Nothing was read or written. One sentence and, where a line is at fault, the list (the first hundred of them)."""

    def __init__(self, sentence: str, problems: Sequence[Problem] = ()):
        super().__init__(sentence)
        self.sentence = sentence
        self.problems = tuple(problems[:MAX_PROBLEMS])
        self.more = len(problems) - len(self.problems)


@dataclass(frozen=True)
class Person:
    """A line of the list; "" where it says nothing."""

    line: int
    email: str
    first_name: str = ""
    last_name: str = ""
    student_number: str = ""
    github: str = ""
    role: str = ""

    @property
    def role_said(self) -> str:
        return role_label(self.role or Enrolment.Role.STUDENT)


@dataclass(frozen=True)
class ClassList:
    people: tuple[Person, ...]
    notes: tuple[str, ...] = ()  # what was assumed about the file


@dataclass(frozen=True)
class Change:
    """A person of the roster whom the file knows differently: field -> (now, then)."""

    person: Person
    enrolment: Enrolment
    fields: dict[str, tuple[str, str]]

    @property
    def said(self) -> list[tuple[str, str, str]]:
        """The fields, the values now and the values then, in words."""
        said = []
        for name, (now, then) in self.fields.items():
            is_role = name == "role"
            said.append((label(name), role_label(now) if is_role else now, role_label(then) if is_role else then))
        return said


@dataclass
class Plan:
    new: list[Person] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    kept: list[Change] = field(default_factory=list)  # not made: the account is not this course's alone
    missing: list[Enrolment] = field(default_factory=list)
    unchanged: int = 0
    staff: list[tuple[Person, Enrolment]] = field(default_factory=list)  # who teaches here, and is in the file as well
    known: dict[str, User] = field(default_factory=dict)  # accounts of other courses, by address

    @property
    def is_empty(self) -> bool:
        return not self.new and not self.changed

    @property
    def seal(self) -> str:
        """What was previewed, in short: the same for the same plan and no other."""
        said = [
            [person.email for person in self.new],
            [[change.person.email, change.fields] for change in self.changed],
            [enrolment.pk for enrolment in self.missing],
        ]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()

    def refuse_own_role(self, by: User) -> None:
        """Raises RosterRefused where the list would take from `by` the role that lets them import it."""
        for change in self.changed:
            if change.enrolment.user_id == by.pk and "role" in change.fields and not by.is_superuser:
                raise RosterRefused(
                    _("The list would change your own role, so it cannot be imported like this."),
                    [Problem(change.person.line, _("Leave your role empty, or let another instructor import it."))],
                )


def refuse_archive(edition: CourseEdition) -> None:
    """Raises RosterRefused."""
    if edition.is_archived:
        said = _("%(edition)s is an archive, and nobody is imported into it. Open it again first.")
        raise RosterRefused(said % {"edition": edition})


class PlanChanged(Exception):
    """Nothing was written: the roster is no longer the one that was previewed."""


def label(name: str) -> str:
    """What a person calls the field."""
    return _("role") if name == "role" else str(User._meta.get_field(name).verbose_name)  # type: ignore[union-attr]  # a column


def role_label(role: str) -> str:
    return str(Enrolment.Role(role).label) if role else ""


def fold(text: str) -> str:
    """For comparing header words: no case, no accents, single spaces."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).replace("’", "'").split())


def refused_lines() -> str:
    return _("Nothing was imported: correct these lines and choose the file again.")


def decode(data: bytes) -> tuple[str, list[str]]:
    """The text, and what was assumed. Raises RosterRefused."""
    if len(data) > MAX_BYTES:
        raise RosterRefused(_("The file is larger than 4 MB. A class list is a small CSV file: export it again."))
    if data.startswith((b"\xff\xfe", b"\xfe\xff", b"PK\x03\x04")) or data.count(0) > len(data) / 4:
        raise RosterRefused(
            _("This is not a CSV file in UTF-8: it looks like UTF-16 or a spreadsheet. Save it as “CSV UTF-8”.")
        )
    if (place := data.find(0)) >= 0:
        line = data.count(b"\n", 0, place) + 1
        raise RosterRefused(refused_lines(), [Problem(line, _("A character here is none (NUL). Save the file again."))])
    try:
        return data.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252"), [
            _("The file is not UTF-8; it was read as Windows-1252. Check the accents below.")
        ]
    except UnicodeDecodeError:
        raise RosterRefused(_("The file's encoding is not known. Save it as “CSV UTF-8”.")) from None


def parse(data: bytes) -> ClassList:
    """Raises RosterRefused with every problem's line (the first hundred)."""
    text, notes = decode(data)
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    people: list[Person] = []
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    formulas: list[int] = []
    columns: list[str] = []
    start = 1
    try:
        for row in reader:
            line, start = start, reader.line_num + 1
            if not any(cell.strip() for cell in row):
                continue
            if not columns:
                columns, more = header(row, line)
                notes += more
                continue
            if len(people) >= MAX_ROWS:
                raise RosterRefused(
                    _("The list has more than 20,000 lines. Split it, or check that it is a class list.")
                )
            person = read(row, columns, line, problems)
            if person is None:
                continue
            if any(map(is_risky, (person.first_name, person.last_name, person.student_number, person.github))):
                formulas.append(line)
            if person.email in seen:
                problems.append(
                    Problem(
                        line,
                        _("%(email)s is on line %(line)s already.")
                        % {"email": person.email, "line": seen[person.email]},
                    )
                )
            seen.setdefault(person.email, line)
            people.append(person)
    except csv.Error as error:
        problems.append(Problem(start, unreadable(error)))
    if problems:
        raise RosterRefused(refused_lines(), problems)
    if not people:
        raise RosterRefused(_("The file has no people in it: the first line names the columns, the others are people."))
    if formulas:
        lines = ", ".join(map(str, formulas[:10])) + (" …" if len(formulas) > 10 else "")
        notes.append(_("These lines have cells that look like formulas; they are kept as text: %s.") % lines)
    return ClassList(tuple(people), tuple(notes))


def unreadable(error: csv.Error) -> str:
    if "field larger" in str(error):
        return _("A cell is too long to be read. Is a quotation mark missing?")
    if "expected after" in str(error):
        return _("A quotation mark ends in the middle of a cell.")
    return _("From here on the file cannot be read: a quotation mark is opened and not closed.")


def header(row: list[str], line: int) -> tuple[list[str], list[str]]:
    """The field of each column ("" for one that is not used), and what to say about it. Raises RosterRefused."""
    columns = [FIELDS.get(fold(cell), "") for cell in row]
    problems = []
    if "email" not in columns:
        sentence = _("No column has the e-mail address: this line must name the columns, and “e-mail” is required.")
        problems.append(Problem(line, sentence))
    for name in LENGTHS | {"role": 0}:
        if columns.count(name) > 1:
            problems.append(Problem(line, _("Two columns say the same (%s). Keep one of them.") % label(name)))
    if problems:
        raise RosterRefused(refused_lines(), problems)
    unused = [cell.strip()[:40] for cell, name in zip(row, columns, strict=True) if not name and cell.strip()]
    return columns, [_("Columns that are not used: %s.") % ", ".join(unused)] if unused else []


def clean(cell: str) -> str:
    """One line of text, as it was before an export made it safe for spreadsheets."""
    text = " ".join(CONTROLS.sub(" ", cell.translate(INVISIBLE)).split())
    return text[1:] if text.startswith("'") and is_risky(text[1:]) else text


def read(row: list[str], columns: list[str], line: int, problems: list[Problem]) -> Person | None:
    """One line; None, with its problems noted, where it cannot be used."""
    if len(row) > len(columns) and any(cell.strip() for cell in row[len(columns) :]):
        problems.append(Problem(line, _("More cells than columns: is a comma inside a name without quotation marks?")))
        return None
    values = {name: clean(cell) for name, cell in zip(columns, row, strict=False) if name}
    values["email"] = values.get("email", "").lower()
    values["github"] = values.get("github", "").removeprefix("https://github.com/").strip("@/")
    count = len(problems)
    try:
        validate_email(values["email"])
    except ValidationError:
        shown = values["email"][:60] or _("empty")
        problems.append(Problem(line, _("This is not an e-mail address: %s.") % shown))
    for name, limit in LENGTHS.items():
        if len(values.get(name, "")) > limit:
            problems.append(
                Problem(
                    line,
                    _("Too long: %(name)s has at most %(limit)s characters.") % {"name": label(name), "limit": limit},
                )
            )
    role = ROLES.get(fold(values.get("role", "")))
    if role is None:
        problems.append(Problem(line, _("The role “%s” is not known.") % values["role"][:40]))
    if len(problems) > count:
        return None
    return Person(line, **(values | {"role": str(role)}))


def plan(edition: CourseEdition, class_list: ClassList) -> Plan:
    """What applying would do. Two queries."""
    made = Plan()
    elsewhere = Exists(Enrolment.objects.filter(user=OuterRef("user")).exclude(edition=edition))
    rows = Enrolment.objects.filter(edition=edition).select_related("user").annotate(is_elsewhere=elsewhere)
    roster = {enrolment.user.email: enrolment for enrolment in rows.order_by("pk")}
    strangers = [person.email for person in class_list.people if person.email not in roster]
    for batch in batches(strangers):
        made.known.update({user.email: user for user in User.objects.filter(email__in=batch)})
    for person in class_list.people:
        enrolment = roster.pop(person.email, None)
        if enrolment is not None and enrolment.is_staff:
            made.staff.append((person, enrolment))
        if enrolment is None:
            made.new.append(person)
            continue
        changed, kept = compare(person, enrolment)
        if changed:
            made.changed.append(Change(person, enrolment, changed))
        else:
            made.unchanged += 1
        if kept:
            made.kept.append(Change(person, enrolment, kept))
    made.missing = [enrolment for enrolment in roster.values() if enrolment.role == Enrolment.Role.STUDENT]
    return made


def compare(person: Person, enrolment: Any) -> tuple[dict[str, tuple[str, str]], dict[str, tuple[str, str]]]:
    """What changes, and what is kept: who is in another course too, or runs the site, is not this list's to rename."""
    held = {name: getattr(enrolment.user, name) for name in PERSON} | {"role": enrolment.role}
    found = {name: (now, then) for name, now in held.items() if (then := getattr(person, name)) and then != now}
    is_shared = enrolment.is_elsewhere or enrolment.user.is_superuser
    kept = {name: found.pop(name) for name in PERSON if is_shared and name in found}
    return found, kept


def apply(edition: CourseEdition, class_list: ClassList, *, by: User, seal: str | None = None) -> Plan:
    """Plan again and write it, all or nothing, in a number of queries that grows by batches only.

    Raises RosterRefused for an archive and for their own role; PlanChanged where the plan is not the one with that
    seal.
    """

    def write() -> Plan:
        with transaction.atomic():
            edition.touch()  # its row is the lock: two imports at once follow each other
            refuse_archive(CourseEdition.objects.get(pk=edition.pk))
            made = plan(edition, class_list)
            if seal is not None and made.seal != seal:
                raise PlanChanged
            made.refuse_own_role(by)
            create(edition, made)
            update(made)
            return made

    try:
        return retried(write)
    except IntegrityError:  # another edition has just made an account for one of these people: it is known now
        return retried(write)


def create(edition: CourseEdition, made: Plan) -> None:
    """Accounts where there are none, filled where they say nothing yet, and enrolments for all."""
    fresh = [
        User(email=p.email, password="!", **{name: getattr(p, name) for name in PERSON})  # noqa: S106 - unusable
        for p in made.new
        if p.email not in made.known
    ]
    User.objects.bulk_create(fresh, batch_size=BATCH)
    users = made.known | {user.email: user for user in fresh}
    filled = []
    for person in made.new:
        user = users[person.email]
        blank = [name for name in PERSON if getattr(person, name) and not getattr(user, name)]
        for name in blank:
            setattr(user, name, getattr(person, name))
        if blank:
            filled.append(user)
    overwrite(User, filled, PERSON)
    Enrolment.objects.bulk_create(
        (
            Enrolment(edition=edition, user=users[person.email], role=person.role or Enrolment.Role.STUDENT)
            for person in made.new
        ),
        batch_size=BATCH,
    )


def update(made: Plan) -> None:
    users, enrolments = [], []
    for change in made.changed:
        for name, (_now, then) in change.fields.items():
            setattr(change.enrolment if name == "role" else change.enrolment.user, name, then)
        if set(change.fields) & set(PERSON):
            users.append(change.enrolment.user)
        if "role" in change.fields:
            enrolments.append(change.enrolment)
    overwrite(User, users, PERSON)
    overwrite(Enrolment, enrolments, ("role",))


def overwrite(model: type[Model], rows: Sequence[Any], fields: Sequence[str]) -> None:
    """These fields of rows that are there. bulk_update would compare each row with every other of its batch."""
    model._default_manager.bulk_create(
        rows, update_conflicts=True, unique_fields=["id"], update_fields=fields, batch_size=BATCH
    )


def batches(values: Sequence[Item]) -> Iterable[Sequence[Item]]:
    """SQLite takes no more than so many parameters in one statement."""
    return (values[n : n + BATCH] for n in range(0, len(values), BATCH))


def is_risky(value: str) -> bool:
    """Whether a spreadsheet would take it for a formula."""
    return value.lstrip()[:1] in RISKY_SIGNS or value.lstrip(" ")[:1] in RISKY_CONTROLS


def safe_cell(value: str) -> str:
    """For a CSV that a spreadsheet opens: what would be taken for a formula is text."""
    return f"'{value}" if is_risky(value) else value


def export(edition: CourseEdition) -> str:
    """The roster as a class list that can be imported again."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["e-mail", "first name", "last name", "student number", "GitHub", "role"])
    rows = Enrolment.objects.filter(edition=edition).select_related("user").order_by("user__last_name", "user__email")
    for enrolment in rows:
        user = enrolment.user
        cells = (user.email, user.first_name, user.last_name, user.student_number, user.github)
        writer.writerow([*map(safe_cell, cells), enrolment.role.replace("_", " ")])
    return out.getvalue()
