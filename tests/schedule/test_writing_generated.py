"""Tables and changes made up by Hypothesis: what is written is read back as meant, or the text stays as it was."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedule import writing
from schedule.models import Holiday, Lecture
from schedule.readme_text import split_lines
from schedule.writing_along import guesses
from schedule.writing_edits import Edit, Entry, entries, fingerprint, said
from schedule.writing_layout import FIELDS
from schedule.writing_page import Options, Page
from tests.schedule.readme_texts import TITLE, own_course, shared_course
from tests.schedule.test_export_others import ALL, IN_LINKS

pytestmark = pytest.mark.once
OTHERS = ALL | {"links": IN_LINKS}
few = settings(max_examples=60)

FIRST = dt.date(2026, 2, 2)
DAYS = st.integers(0, 120).map(lambda days: FIRST + dt.timedelta(days=days))
# Whatever a person may type: pipes, Markdown, accents, HTML, and nothing.
TYPED = st.text(st.sampled_from("abcdeXYZ 0127|*_`[]()<>\\~&#é:,.-/!\"'$"), max_size=24)
WORDS = st.text(st.sampled_from("abcdefghij klmnop éàü"), min_size=1, max_size=20).map(str.strip).filter(bool)
FORMATS = ("%d/%m/%Y", "%Y-%m-%d", "%B %d", "%d %b %Y", "%a %d/%m")


@st.composite
def tables(draw) -> str:
    """A schedule in some layout: columns, padding, short rows, line ends, in one format of dates."""
    extra = draw(st.lists(st.sampled_from(["Week", "Sprint", "Slides", "Lab", "Room", "Time", "Notes"]), unique=True))
    headers = ["Date", *extra]
    headers.insert(draw(st.integers(1, len(headers))), "Topic")
    form, pad = draw(st.sampled_from(FORMATS)), draw(st.integers(0, 12))
    closes = draw(st.sampled_from([" |", "|", "", " |  "]))
    day, rows = dt.date(2026, 2, 16), []
    for number in range(draw(st.integers(1, 5))):
        link = f"[Slides {number}](s/{number}.pdf)"
        values = {"Date": day.strftime(form), "Week": f"W{number}", "Sprint": "Sprint 1", "Slides": link}
        values |= {"Topic": draw(WORDS), "Lab": draw(st.sampled_from(["", "No lab", f"[Lab {number}](l/{number}.md)"]))}
        values |= {"Room": "B28", "Time": "9h45-13h", "Notes": draw(WORDS)}
        cells = [values[header] for header in headers]
        cells = cells[: max(headers.index("Topic") + 1, draw(st.integers(2, len(cells))))]
        rows.append("| " + " | ".join(cell.ljust(pad) for cell in cells) + closes)
        day += dt.timedelta(days=7)
    lines = ["## Schedule", "", "| " + " | ".join(headers) + " |", "|" + "---|" * len(headers), *rows, "", "Done."]
    return (TITLE + "\n".join(lines)).replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


def opened(text: str) -> Page | None:
    page = Page(text, Options(day_first=True))
    return None if page.parsed.errors else page


def assert_written(page: Page, edit: Edit, lines: int = 1) -> None:
    """The change stands in the file and nothing else does, or the file is as it was and the change is reported."""
    before = entries(page.parsed)
    after, refused = writing.write(page, [edit])
    old, new = split_lines(page.text), split_lines(after.text)
    if after is page:
        assert refused
        return
    assert len([pair for pair in zip(old, new, strict=False) if pair[0] != pair[1]]) <= lines or len(old) != len(new)
    if not refused:
        assert said(after.parsed) in [
            writing._meant(before, list(meant)) for meant, _way in guesses(page, before, edit)
        ]
    assert writing.write(after, [])[0].text == after.text


@few
@given(tables(), st.data())
def test_one_field_of_a_row_is_written_in_its_line_or_not_at_all(text, data):
    page = opened(text)
    if page is None:
        return
    found = list(entries(page.parsed).get("lecture", []))
    if not found:
        return
    entry: Entry = data.draw(st.sampled_from(found))
    name = data.draw(st.sampled_from(["title", "taught_on", "ends_on", "week", "sprint", "room", "notes"]))
    value: str | None = data.draw(DAYS).isoformat() if name.endswith("_on") else data.draw(TYPED).strip()
    new = entry.record | {name: value}
    if new != entry.record:
        assert_written(page, Edit(Lecture, "a lecture", entry.record, new))


@few
@given(st.sampled_from(sorted(OTHERS)), st.data())
def test_so_it_is_in_html_headings_and_lists(name, data):
    page = opened(OTHERS[name])
    assert page is not None
    entry = data.draw(st.sampled_from(entries(page.parsed)["lecture"]))
    field = data.draw(st.sampled_from(["title", "taught_on", "week", "notes"]))
    value: str = data.draw(DAYS).isoformat() if field == "taught_on" else data.draw(TYPED).strip()
    new = entry.record | {field: value}
    if new != entry.record:
        assert_written(page, Edit(Lecture, "a lecture", entry.record, new), lines=3)


@few
@given(tables(), st.data())
def test_a_link_is_written_in_its_cell_or_not_at_all(text, data):
    page = opened(text)
    if page is None:
        return
    found = entries(page.parsed).get("lecture", [])
    if not found:
        return
    entry = data.draw(st.sampled_from(found))
    links = list(entry.record["materials"])
    was = data.draw(st.sampled_from([*links, None]))
    now = {
        "column": data.draw(st.sampled_from(["material", "directed_work"])),
        "kind": data.draw(st.sampled_from(["slides", "lab", "link"])),
        "label": data.draw(TYPED.map(str.strip).filter(bool)),
        "href": data.draw(st.sampled_from(["a.pdf", "b c.pdf", "d(1.pdf", "https://example.org/x|y", "#top"])),
    }
    choice = data.draw(st.sampled_from([now, None])) if was else now
    new = entry.record | {"materials": [link for link in links if link != was] + ([choice] if choice else [])}
    assert_written(page, Edit(Lecture, "a lecture", entry.record, new, ((was, choice),)))


@few
@given(tables(), st.data())
def test_a_new_row_leaves_the_others_alone(text, data):
    page = opened(text)
    if page is None:
        return
    new = {"starts_on": data.draw(DAYS).isoformat(), "ends_on": None, "title": data.draw(TYPED) or "Holiday"}
    edit = Edit(Holiday, "a holiday", None, new)
    after, refused = writing.write(page, [edit])
    lines, kept = split_lines(page.text), split_lines(after.text)
    assert (len(kept) == len(lines) + 1 and not refused) or (after is page and refused)
    assert [line for line in kept if line in lines] == lines or after is not page


@few
@given(st.sampled_from(sorted(OTHERS)), st.sampled_from(["", "Week 4", "Lecture 9"]), DAYS.map(str) | st.none(), TYPED)
def test_a_new_class_leaves_the_other_entries_alone(name, week, day, title):
    page = opened(OTHERS[name])
    assert page is not None
    new: dict = dict.fromkeys(FIELDS["lecture"], "") | {"week": week, "taught_on": day, "title": title.strip()}
    new |= {"ends_on": None, "begins": None, "ends": None, "extra": {}, "materials": []}
    edit = Edit(Lecture, "a lecture", None, new)
    after, refused = writing.write(page, [edit])
    lines, kept = iter(split_lines(after.text)), split_lines(page.text)
    assert all(line in lines for line in kept)  # in order
    assert refused or after is not page
    if not refused:
        before = entries(page.parsed)
        assert said(after.parsed) in [
            writing._meant(before, list(meant)) for meant, _way in guesses(page, before, edit)
        ]


RECORD = st.fixed_dictionaries(
    {
        "taught_on": DAYS.map(str) | st.none(),
        "ends_on": st.none(),
        "begins": st.none(),
        "ends": st.none(),
        "week": TYPED,
        "title": TYPED,
        "notes": TYPED,
        "room": st.just(""),
        "material_note": st.just(""),
        "directed_work_note": st.sampled_from(["", "No lab"]),
        "extra": st.just({}),
        "sprint": st.sampled_from(["", "Sprint 1", "Sprint 2"]),
        "materials": st.lists(
            st.fixed_dictionaries(
                {
                    "column": st.sampled_from(["material", "directed_work"]),
                    "kind": st.sampled_from(["link", "slides", "lab"]),
                    "label": TYPED,
                    "href": st.sampled_from(["a.pdf", "slides/b.pdf", "labs/c.md"]),
                }
            ),
            max_size=2,
        ),
    }
)


@few
@given(st.lists(RECORD, max_size=6))
def test_any_table_that_is_laid_out_is_read_back_the_same(records):
    edits = [Edit(Lecture, f"lecture {number}", None, record) for number, record in enumerate(records)]
    options = Options("Europe/Brussels", 2026)
    made = writing.laid_out({"code": "C101", "title": "Testing", "season": "spring", "year": 2026}, edits, options)
    read = options.parse(made.text)
    if read.errors:  # a course without a row that can be used
        assert len(made.refused) == len(edits)
        return
    written = [edit for edit in edits if not any(f"{edit.about}." in sentence for sentence in made.refused)]
    known = said(read).get("lecture", {})
    for edit in written:
        assert known[fingerprint("lecture", edit.new or {})]
    assert sum(known.values()) == len(written)


@settings(max_examples=15)
@given(st.data())
def test_changes_of_the_shared_course_in_any_order_give_one_file(data):
    page = Page(data.draw(st.sampled_from([own_course(), shared_course("seed/README.md").decode()])), Options())
    found = entries(page.parsed)["lecture"]
    edits = [
        Edit(Lecture, "a lecture", entry.record, entry.record | {"title": f"Topic {number}", "week": f"V{number}"})
        for number, entry in enumerate(found)
    ]
    shuffled = data.draw(st.permutations(edits))
    one, refused = writing.write(page, edits)
    other = page
    for edit in shuffled:
        other, problems = writing.write(other, [replace(edit)])
        refused += problems
    assert (one.text, refused) == (other.text, [])
