"""Writing back into a schedule that is an HTML table, or headings and lists."""

import pytest

from coursesite.models import CourseEdition
from schedule import importing, readme, writing
from schedule.models import Holiday, Lecture, Material
from tests.schedule.readme_texts import TITLE
from tests.schedule.test_export_readme import changed, exported, imported, lecture

pytestmark = pytest.mark.django_db

HTML = f"""{TITLE}## Schedule

<table>
<tr><th>Week</th><th>Date</th><th>Topic</th><th>Slides</th></tr>
<tr>
  <td rowspan="2">1</td>
  <td>Fri 13 Feb</td>
  <td>
    Data
  </td>
  <td><a href="1.pdf">slides</a></td>
</tr>
<tr><td>Sat 14 Feb</td><td>Lakes &amp; rivers</td><td></td></tr>
<tr><td>2</td><td>Fri 20 Feb</td><td colspan="2">No class</td></tr>
<tr><td>3</td><td>Fri 27 Feb</td><td><b>Models</b><br>Trees</td><td><a href="3.pdf">pdf</a></td></tr>
</table>
"""
HEADINGS = f"""{TITLE}## Schedule

### Week 1 (13 February): Data

- [slides](1.pdf)
- an exercise

### Week 2 (20 February): Lakes

Bring a boat.

### Week 3 (27 February): No class
"""
ITEMS = f"""{TITLE}## Schedule

- **Week 1** (13/02/2026): Data - [slides](1.pdf)
- **Week 2** (20/02/2026): Lakes
  - [slides](2.pdf)
- **Week 3** (27/02/2026): Models

The end.
"""
WITHOUT_LABELS = f"{TITLE}## Schedule\n\n- **Feb 13**: Data ([paper](a.pdf))\n- **Feb 20**: Lakes\n"
IN_LINKS = f"{TITLE}## Schedule\n\n- [Week 1: Intro](w1.md)\n- [Week 2: Trees](w2.md) (20 February)\n"
ALL = {"html": HTML, "headings": HEADINGS, "items": ITEMS, "dates": WITHOUT_LABELS}


@pytest.mark.parametrize("text", ALL.values(), ids=ALL)
def test_untouched_it_comes_back(text):
    found = exported(imported(text))
    assert (found.out, found.put, found.refused, found.news) == ([], [], [], {})


@pytest.mark.parametrize(
    ("text", "out", "put"),
    [
        (HTML, "    Data", "    Big data & <more>".replace("& <more>", "&amp; &lt;more&gt;")),
        (HEADINGS, "### Week 1 (13 February): Data", "### Week 1 (13 February): Big data \\& \\<more\\>"),
        (ITEMS, "- **Week 1** (13/02/2026): Data - [slides](1.pdf)", None),
        (WITHOUT_LABELS, "- **Feb 13**: Data ([paper](a.pdf))", None),
    ],
    ids=ALL,
)
def test_a_title_is_written_at_its_place(text, out, put):
    title = "Big data & <more>" if put else "Big data"
    found = changed(lecture(imported(text), "Data"), title=title)
    assert (found.out, found.put) == ([out], [put or out.replace("Data", "Big data")])


def test_signs_that_would_be_markup_are_written_so_that_they_are_none():
    found = changed(lecture(imported(HTML), "Lakes"), title="Lakes < rivers & seas")
    (line,) = found.put
    assert "<td>Lakes &lt; rivers &amp; seas</td>" in line


@pytest.mark.parametrize(
    ("line", "put"),
    [
        ("- Jan 12: [Intro](1.pdf)", "- Jan 12: [Start](1.pdf)"),
        ("- Jan 12: **Intro** – [slides](1.pdf)", "- Jan 12: **Start** – [slides](1.pdf)"),
        ("- **Jan 12**: [**Intro**](1.pdf)", "- **Jan 12**: [**Start**](1.pdf)"),
        ("- Jan 12: [Intro][one]", "- Jan 12: [Start][one]"),
        ('- Jan 12: <a href="1.pdf">Intro</a>', '- Jan 12: <a href="1.pdf">Start</a>'),
        ("- [Week 1: Intro](w1.md) (Jan 12)", "- [Week 1: Start](w1.md) (Jan 12)"),
        ("### Week 1 (Jan 12): [Intro](1.pdf)", "### Week 1 (Jan 12): [Start](1.pdf)"),
        ("### [Week 1: Intro](w1.md)\n\nBring a boat.", "### [Week 1: Start](w1.md)"),
    ],
)
def test_a_title_in_a_link_is_written_there_and_its_address_stays(line, put):
    second = line.replace("1", "2").replace("Intro", "Trees")
    edition = imported(f"{TITLE}## Schedule\n\n{line}\n\n{second}\n\n[one]: 1.pdf\n[two]: 2.pdf\n")
    found = changed(lecture(edition, "Intro"), title="Start")
    assert (found.out, found.put) == (line.split("\n")[:1], [put])


def test_a_title_in_a_link_is_written_together_with_the_date_where_another_field_is_refused():
    edition = imported(f"{TITLE}## Schedule\n\n- Jan 12: [Intro](1.pdf)\n- Jan 19: [Trees](2.pdf)\n")
    Lecture.objects.filter(title="Intro").update(title="Start", taught_on="2026-01-13", room="R7")
    found = exported(edition)
    assert found.put == ["- Jan 13: [Start](1.pdf)"]
    assert found.refused == ["This change cannot be written into the file: lecture “Start”: room."]


def test_the_link_of_a_title_takes_its_new_label_when_the_file_is_read_again():
    edition = imported(IN_LINKS)
    Lecture.objects.filter(title="Intro").update(title="Start")
    importing.apply(readme.parse(writing.export(edition).data), edition, confirmed=True)
    assert Material.objects.get(href="w1.md").label == "Week 1: Start"
    edition = CourseEdition.objects.get(pk=edition.pk)
    assert (exported(edition).put, exported(edition).refused) == ([], [])


@pytest.mark.parametrize(
    ("line", "put"),
    [  # beside a title of its own; whose label names the address; that would become of another kind
        ("- Jan 12: Intro\n  - [Intro](1.pdf)", "- Jan 12: Lab rules"),
        ("- Jan 12: [Intro]", "- Jan 12: Lab rules [[Intro]]"),
        ("- Jan 12: [Intro](1.pdf)", "- Jan 12: Lab rules [[Intro](1.pdf)]"),
    ],
)
def test_another_link_keeps_its_label(line, put):
    edition = imported(f"{TITLE}## Schedule\n\n{line}\n- Jan 19: [Trees](2.pdf)\n\n[intro]: 1.pdf\n")
    assert changed(lecture(edition, "Intro"), title="Lab rules").put == [put]


def test_a_link_that_a_person_renamed_has_their_label():
    edition = imported(f"{TITLE}## Schedule\n\n- Jan 12: [Intro](1.pdf)\n- Jan 19: [Trees](2.pdf)\n")
    Material.objects.filter(href="1.pdf").update(label="First part")
    assert changed(lecture(edition, "Intro"), title="Start").put == ["- Jan 12: Start [[First part](1.pdf)]"]
    Material.objects.filter(href="1.pdf").update(label="Start")
    assert exported(edition).put == ["- Jan 12: [Start](1.pdf)"]


@pytest.mark.parametrize(
    ("text", "out", "put"),
    [
        (HTML, "  <td>Fri 13 Feb</td>", "  <td>Mon 16 Feb</td>"),
        (HEADINGS, "### Week 1 (13 February): Data", "### Week 1 (16 February): Data"),
        (
            ITEMS,
            "- **Week 1** (13/02/2026): Data - [slides](1.pdf)",
            "- **Week 1** (16/02/2026): Data - [slides](1.pdf)",
        ),
        (WITHOUT_LABELS, "- **Feb 13**: Data ([paper](a.pdf))", "- **Feb 16**: Data ([paper](a.pdf))"),
    ],
    ids=ALL,
)
def test_a_date_is_written_at_its_place(text, out, put):
    found = changed(lecture(imported(text), "Data"), taught_on="2026-02-16")
    assert (found.out, found.put) == ([out], [put])


@pytest.mark.parametrize(
    ("text", "link"),
    [(HTML, '<a href="{}">{}</a>'), (HEADINGS, "[{1}]({0})"), (ITEMS, "[{1}]({0})"), (WITHOUT_LABELS, "[{1}]({0})")],
    ids=ALL,
)
def test_a_link_is_renamed_and_led_elsewhere(text, link):
    edition = imported(text)
    row = Material.objects.get(edition=edition, lecture__title="Data")
    found = changed(row, label="Slides, second edition", href="new/1.pdf", kind="slides")
    (out,), (put,) = found.out, found.put
    assert link.format("new/1.pdf", "Slides, second edition") in put
    assert out.split("1.pdf")[0].split("a.pdf")[0].rpartition("[")[0] in put


@pytest.mark.parametrize(
    ("text", "out", "put"),
    [
        (
            HTML,
            ["<tr><td>Sat 14 Feb</td><td>Lakes &amp; rivers</td><td></td></tr>"],
            ['<tr><td>Sat 14 Feb</td><td>Lakes &amp; rivers</td><td><a href="2.pdf">pdf</a></td></tr>'],
        ),
        (HEADINGS, ["### Week 2 (20 February): Lakes"], ["### Week 2 (20 February): Lakes [pdf](2.pdf)"]),
        (ITEMS, ["  - [slides](2.pdf)"], ["  - [slides](2.pdf) [pdf](9.pdf)"]),
        (WITHOUT_LABELS, ["- **Feb 20**: Lakes"], ["- **Feb 20**: Lakes [pdf](2.pdf)"]),
    ],
    ids=ALL,
)
def test_a_link_is_added(text, out, put):
    edition = imported(text)
    row = lecture(edition, "Lakes")
    href = "9.pdf" if "9.pdf" in put[0] else "2.pdf"
    kind = "slides" if text == HTML else "link"  # which the column says there
    Material.objects.create(edition=edition, lecture=row, label="pdf", href=href, kind=kind, position=9)
    found = exported(edition)
    assert (found.out, found.put, found.refused) == (out, put, [])


@pytest.mark.parametrize("text", ALL.values(), ids=ALL)
def test_a_link_is_taken_out(text):
    edition = imported(text)
    Material.objects.get(edition=edition, lecture__title="Data").delete()
    found = exported(edition)
    assert (len(found.out), found.refused, found.news) == (1, [], {})
    assert not [line for line in found.put if "1.pdf" in line or "a.pdf" in line]


@pytest.mark.parametrize(
    ("line", "put"),
    [
        ("- Week 1 (Feb 13): Data\n  - Reading: [paper](a.pdf)\n  - Bring a boat", []),
        ("- Week 1 (Feb 13): Data — [slides](a.pdf)", ["- Week 1 (Feb 13): Data"]),
    ],
)
def test_nothing_of_a_link_is_left(line, put):
    edition = imported(f"{TITLE}## Schedule\n\n{line}\n- Week 2 (Feb 20): Lakes\n")
    Material.objects.get(edition=edition).delete()
    found = exported(edition)
    assert (found.put, len(found.out), found.refused, found.news) == (put, 1, [], {})


@pytest.mark.parametrize("opens", ["### Week 1 (Feb 13): Data", "### Week 1: Data (Fri 13 February)"])
def test_a_date_goes_with_its_parentheses(opens):
    edition = imported(f"{TITLE}## Schedule\n\n{opens}\n\n{opens.replace('1', '2').replace('Data', 'Lakes')}\n")
    found = changed(lecture(edition, "Data"), taught_on=None)
    assert found.put == ["### Week 1: Data"]


def test_a_row_of_html_comes_and_goes():
    edition = imported(HTML)
    Holiday.objects.create(edition=edition, starts_on="2026-03-06", title="Rest & sleep")
    found = exported(edition)
    assert found.refused == [] or "Rest" in found.refused[0]
    Holiday.objects.all().delete()
    lecture(edition, "Models").delete()
    found = exported(edition)
    assert [line for line in found.out if "Models" in line] and not found.put


@pytest.mark.parametrize("title", ["Data", "Lakes"])
def test_a_row_that_goes_leaves_the_cells_that_stretch_over_it(title):
    edition = imported(HTML)
    kept = {row.title: (row.week, row.taught_on) for row in Lecture.objects.exclude(title__startswith=title)}
    lecture(edition, title).delete()
    found = exported(edition)
    assert (found.refused, found.news) == ([], {})
    read = readme.parse(writing.export(edition).data)
    assert {row.title: (row.week, row.date) for row in read.lectures} == kept
    assert "rowspan" not in writing.export(edition).text


@pytest.mark.parametrize(
    ("day", "spans"), [("2026-02-12", "2"), ("2026-02-13", "3"), ("2026-02-14", "2"), ("2026-02-25", "2")]
)
def test_a_new_row_of_html_stands_at_its_place_also_below_a_cell_that_stretches(day, spans):
    edition = imported(HTML)
    Holiday.objects.create(edition=edition, starts_on=day, title="Public holiday")
    found = exported(edition)
    assert (found.refused, found.news) == ([], {})
    assert f'rowspan="{spans}"' in writing.export(edition).text


@pytest.mark.parametrize(("text", "gone"), [(HEADINGS, 4), (ITEMS, 2), (WITHOUT_LABELS, 1)], ids=list(ALL)[1:])
def test_an_entry_that_is_gone_takes_its_lines_along(text, gone):
    edition = imported(text)
    lecture(edition, "Lakes").delete()
    found = exported(edition)
    assert (len(found.out), found.put, found.refused) == (gone, [], [])
