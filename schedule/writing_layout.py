"""The README of a course that has none: its rows in the layout of the site's own course. Pure."""

from collections.abc import Iterator, Sequence
from typing import Any

from schedule import writing_links as links
from schedule.writing_page import in_cell

Record = dict[str, Any]
# What the rows of each model say in a README.
FIELDS = {
    "lecture": (
        *("taught_on", "ends_on", "begins", "ends", "week", "title", "notes", "room"),
        *("material_note", "directed_work_note", "extra", "sprint"),
    ),
    "material": ("column", "kind", "label", "href"),
    "holiday": ("starts_on", "ends_on", "title"),
    "deadline": ("due_on", "title"),
    "section": ("kind", "title", "text"),
    "cultureitem": ("kind", "name", "text"),
    "staffmember": ("name", "role", "email"),
    "logisticsitem": ("label", "text"),
    "resource": ("kind", "title", "authors", "href", "details"),
    "milestone": ("number", "kind", "title", "text", "starts_on", "ends_on", "is_confirmed"),
    "examday": ("held_on", "title"),
    "practiceexam": ("label", "href"),
}
HEADER = "| Date       | Week #     | Sprint #       | Topic       | Course material | Directed work |"
COLUMNS = ("Date", "Week #", "Sprint #", "Topic", "Course material", "Directed work")
DASHES = ("------------", "------------", "----------------", "-------------------", "------------------------",
          "----------------")  # fmt: skip
EXTRA_HEADERS = {"time": "Time", "type": "Type", "teacher": "Teacher", "assignment": "Assignment"}


def text_of(edition: Record, records: Sequence[tuple[str, Record]]) -> str:
    """A whole README; `records` are the rows by the name of their model."""

    def of(model: str, **fields: str) -> list[Record]:
        return [
            record
            for name, record in records
            if name == model and all(record[field] == value for field, value in fields.items())
        ]

    def prose(kind: str) -> list[str]:
        return [line for record in of("section", kind=kind) for line in ("", *record["text"].split("\n"))]

    when = " ".join(filter(None, (edition["season"], str(edition["year"] or ""))))
    name = " - ".join(dict.fromkeys(filter(None, (edition["code"], edition["title"]))))
    lines = [f"# {name} [{when}]", *prose("introduction"), "", "## Lecture schedule"]
    lines += [*prose("schedule_note"), "", *_table(of)]
    if of("cultureitem"):
        lines += ["", "## Course culture"]
        for kind, heading in (("pillar", "Pillars"), ("stream", "Learning Streams")):
            points = of("cultureitem", kind=kind)
            lines += ["", f"#### {heading}"] if points else []
            for number, point in enumerate(points, start=1):
                lines += _item(f"{number}. ", f"**{point['name']}**: {point['text']}".rstrip(": "))
    milestones = [record for record in of("milestone") if record["text"]]
    if prose("project") or milestones or prose("milestones"):
        lines += ["", "## Project", *prose("project")]
        if milestones or prose("milestones"):
            lines += ["", "### Milestones", *prose("milestones"), ""]
            lines += [line for m in milestones for line in _item("- ", f"MS{m['number']}: {m['text']}")]
    if prose("exam"):
        lines += ["", "## Exam", *prose("exam")]
    if of("staffmember") or of("logisticsitem"):
        lines += ["", "## Logistic"]
        lines += ["- **Teaching Staff**:"] if of("staffmember") else []
        for member in of("staffmember"):
            lines.append(f"  - {member['name']}" + (f" ({member['role']})" if member["role"] else ""))
        for matter in of("logisticsitem"):
            lines += _item("- ", f"**{matter['label']}**: {matter['text']}" if matter["label"] else matter["text"])
    if of("resource"):
        lines += ["", "## Resources"]
        headings = (("similar", "Similar courses"), ("general", "General resources"), ("book", "Books"))
        for kind, heading in headings:
            found = of("resource", kind=kind)
            lines += ["", f"#### {heading}"] if found else []
            lines += [line for record in found for line in _item("- ", _resource(record))]
    if prose("credits"):
        lines += ["", "## Credits", *prose("credits")]
    for section in of("section", kind="other"):
        lines += ["", f"## {section['title']}", "", *section["text"].split("\n")]
    return "\n".join(lines) + "\n"


def _item(marker: str, text: str) -> Iterator[str]:
    first, *more = text.split("\n")
    yield marker + first
    yield from (" " * len(marker) + line if line else "" for line in more)


def _resource(record: Record) -> str:
    title = record["title"]
    if record["kind"] == "book":
        title = f"[{title}]({links.address(record['href'])})" if record["href"] else title
        title += f" ({record['authors']})" if record["authors"] else ""
    elif record["href"] and record["href"] not in record["details"]:
        title += f" ([link]({links.address(record['href'])}))"
    return "\n".join(filter(None, (title, record["details"])))


def _table(of: Any) -> Iterator[str]:
    lectures = of("lecture")
    extras = list(dict.fromkeys(name for record in lectures for name in record["extra"]))
    headers = list(COLUMNS)
    if any(record["begins"] for record in lectures) and "time" not in extras:
        headers.append("Time")
    headers += [EXTRA_HEADERS.get(name, name) for name in extras]
    if any(record["room"] for record in lectures):
        headers.append("Room")
    dashes = [DASHES[index] if index < len(DASHES) else "-" * 12 for index in range(len(headers))]
    yield HEADER + "".join(f" {header} |" for header in headers[len(COLUMNS) :])
    yield "|" + "|".join(dashes) + "|"
    dated = [(record["taught_on"], _lecture(record)) for record in lectures]
    dated += [(record["starts_on"], _day(record["starts_on"], record["ends_on"], record)) for record in of("holiday")]
    dated += [(record["due_on"], _day(record["due_on"], None, record)) for record in of("deadline")]
    dated += [
        (record["starts_on"], _day(record["starts_on"], record["ends_on"], record))
        for record in of("milestone")
        if record["title"]
    ]
    dated += [
        (record["held_on"], _day(record["held_on"], None, record)) for record in of("examday") if record["held_on"]
    ]
    week = max((len(record["week"]) for record in lectures), default=0)
    for _date, cells in sorted(dated, key=lambda pair: (pair[0] is None, pair[0] or "")):
        if cells.get("Week #"):
            cells["Week #"] = cells["Week #"].ljust(week)
        row = [cells.get(header, "") for header in headers]
        yield "|" + "".join(f" {cell} |" if cell else " |" for cell in row)


def _day(first: str | None, last: str | None, record: Record) -> dict[str, str]:
    is_open = record.get("is_confirmed") is False
    return {"Date": _date(first, last) + (" (to be confirmed)" if is_open else ""), "Topic": in_cell(record["title"])}


def _date(first: str | None, last: str | None) -> str:
    written = ["/".join(reversed(value.split("-"))) for value in dict.fromkeys((first, last)) if value]
    return " - ".join(written) or "TBC"


def _lecture(record: Record) -> dict[str, str]:
    cells = {
        "Date": _date(record["taught_on"], record["ends_on"]),
        "Week #": in_cell(record["week"]),
        "Sprint #": in_cell(record["sprint"]),
        "Topic": "<br/>".join(in_cell(text) for text in (record["title"], *record["notes"].split("\n")) if text),
        "Room": in_cell(record["room"]),
    }
    if record["begins"] and record["ends"]:
        cells["Time"] = f"{record['begins'][:5]}-{record['ends'][:5]}"
    cells |= {EXTRA_HEADERS.get(name, name): in_cell(text) for name, text in record["extra"].items()}
    for column, header, note in (
        ("material", "Course material", "material_note"),
        ("directed_work", "Directed work", "directed_work_note"),
    ):
        texts = [next(links.link_text(m["label"], m["href"])) for m in record["materials"] if m["column"] == column]
        cells[header] = " ".join(filter(None, (" <br/> ".join(texts), in_cell(record[note]))))
    return cells
