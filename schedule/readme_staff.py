"""Staff in tables: a person a row, a column for each role, labels beside what they say, or pictures above the names."""

import re

from markdown_it.token import Token

from schedule.readme_facts import MAX_PEOPLE
from schedule.readme_html import rows_of_html
from schedule.readme_people import EMAIL, NAME, ROLE_LABEL, PeopleReader, is_known, names_in, singular
from schedule.readme_text import cells_of, fold

STAFF_HEADERS = {
    "name": re.compile(
        r"^(?:(?:full )?names?|noms?(?: et prenoms?)?|who|qui|person|members?|staff|instructors?|teachers?)$"
    ),
    "role": re.compile(r"^(?:roles?|positions?|functions?|fonctions?|titles?|titres?)$"),
    "email": re.compile(r"^(?:e-?mails?(?: address(?:es)?)?|mails?|courriels?|contacts?|adresses? (?:e-?)?mail)$"),
}
PICTURE = re.compile(
    r"\[?!\[[^\[\]]{0,300}\](?:\([^()]{0,2000}\)|\[[^\[\]]{0,300}\])(?:\]\([^()]{0,2000}\))?|<img\b[^<>]{0,2000}>"
)
BREAK = re.compile(r"\s*<br\s*/?>\s*", re.IGNORECASE)
TAG = re.compile(r"</?[a-z][^<>]*>", re.IGNORECASE)
# A cell of a person's column: its line, and the texts between the breaks, without pictures and tags.
Cell = tuple[int, list[str]]


class StaffTables:
    def __init__(self, people: PeopleReader):
        self.people, self.reader = people, people.reader

    def read(self, block: list[Token], role: str = "") -> bool:
        """Whether all that the table says became people; `role` is that of the heading above."""
        rows = cells_of(block)
        headers = [self._header(token) for token in rows[0]] if rows else []
        if rows and self._are_roles(rows[0]):
            self._read_columns(rows)
            return True
        fields = [next((name for name, known in STAFF_HEADERS.items() if known.match(text)), "") for text in headers]
        if "name" not in fields or len(set(fields)) < 2:
            texts = [[(_line_of_row(row), cell.content) for cell in row] for row in rows]
            return self._read_portraits(texts, singular(role))
        by_header = rows[0][fields.index("name")].content.strip(" :*")  # "Instructor" above the names
        by_header = singular(by_header) if ROLE_LABEL.match(fold(by_header)) else ""
        for cells in rows[1 : MAX_PEOPLE + 1]:
            line = _line_of_row(cells)
            said = {name: cell.content for name, cell in zip(fields, cells, strict=False)}
            role = self.reader.plain(said.get("role", ""), line) or by_header
            person = f"{said.get('name', '')} {_as_address(said.get('email', ''))}"
            self.people.person(person, role, line, is_told=bool(role))
        return "" not in fields and len(rows) <= MAX_PEOPLE + 1

    def read_html(self, text: str, line: int, role: str) -> bool:
        """The same of an HTML table, where it has pictures."""
        rows = [[(line + cell.start[0], cell.text) for cell in row.cells] for row in rows_of_html(text)]
        if not any(PICTURE.search(content) for row in rows for _line, content in row):
            return False
        return self._read_portraits(rows, singular(role))

    def read_pairs(self, block: list[Token]) -> bool:
        """A table of two columns that is a list of practical matters: a label, and what it says."""
        rows = cells_of(block)
        pairs = [(cells[0], cells[1]) for cells in rows if len(cells) == 2 and cells[0].content.strip()]
        labels = [self.reader.plain(label.content, 1) for label, _said in pairs]
        known = [label for label in labels if is_known(fold(label))]
        if not pairs or any(len(cells) != 2 for cells in rows) or 2 * len(known) < len(pairs):
            return False
        if any(self._are_roles(cells) for cells in rows):
            return False
        for label, (cell, said) in zip(labels[:MAX_PEOPLE], pairs, strict=False):
            line = cell.map[0] + 1 if cell.map else 1
            if not ROLE_LABEL.match(fold(label)):
                self.people.add(label, said.content, line)
                continue
            names = names_in(said.content)
            for name in names:
                self.people.person(name, singular(label) if len(names) > 1 else label, line)
        return True

    def _header(self, token: Token) -> str:
        return fold(self.reader.plain(token.content, 1)).strip(" :*")

    def _are_roles(self, cells: list[Token]) -> bool:
        return len(cells) > 1 and all(ROLE_LABEL.match(self._header(cell)) for cell in cells)

    def _read_columns(self, rows: list[list[Token]]) -> None:
        """A column of people for each role."""
        for cells in rows[1 : MAX_PEOPLE + 1]:
            for header, cell in zip(rows[0], cells, strict=False):
                for name in names_in(BREAK.sub(", ", cell.content)):
                    self.people.person(name, singular(self.reader.plain(header.content, 1)), _line_of_row(cells))

    def _read_portraits(self, rows: list[list[tuple[int, str]]], role: str) -> bool:
        """A column for each person: a picture, the name below it, then role, address and more.

        Without pictures the names stand in the header, and what is said below must name a role or an address.
        """
        groups: list[list[list[Cell]]] = [[]]
        is_below = False  # a row of names or of what is said of them
        for cells in rows[: MAX_PEOPLE + 1]:
            row = [(line, _texts(content)) for line, content in cells]
            is_picture = any(PICTURE.search(content) for _line, content in cells)
            if is_picture and is_below:
                groups.append([])
            if any(texts for _line, texts in row):
                groups[-1].append(row)
            is_below = not is_picture or any(texts for _line, texts in row)
        has_pictures = any(PICTURE.search(content) for cells in rows for _line, content in cells)
        columns = [column for group in groups if group for column in zip(*group, strict=False)]
        said = [[(line, text) for line, texts in column for text in texts] for column in columns]
        said = [person for person in said if person]
        if not said or not all(NAME.match(self.reader.plain(person[0][1], person[0][0])) for person in said):
            return False
        if not has_pictures and not all(any(map(_is_of_person, person[1:])) for person in said):
            return False
        wholly = [self._portrait(person, role) for person in said]
        return all(wholly)

    def _portrait(self, said: list[tuple[int, str]], role: str) -> bool:
        """One person, by the texts from top to bottom; False where one of them is neither role nor address."""
        (line, name), *more = said
        words = [self.reader.plain(text, at) for at, text in more]
        roles = [text for text in words if ROLE_LABEL.match(fold(text)) and "@" not in text]
        address = next((text for _at, text in more if EMAIL.search(text)), "")
        self.people.person(f"{name} {_as_address(address)}", roles[0] if roles else role, line, is_told=True)
        return len(roles) + bool(address) == len(more)


def _texts(cell: str) -> list[str]:
    parts = (TAG.sub(" ", PICTURE.sub(" ", part)).strip() for part in BREAK.split(cell))
    return [part for part in parts if part]


def _is_of_person(told: tuple[int, str]) -> bool:
    return bool(ROLE_LABEL.match(fold(told[1].strip(" *_"))) or EMAIL.search(told[1]))


def _line_of_row(cells: list[Token]) -> int:
    return cells[0].map[0] + 1 if cells and cells[0].map else 1


def _as_address(text: str) -> str:
    """An address in parentheses, so that it is no part of the name."""
    return f"({text})" if text else ""
