"""The schedule page shows the columns in which something stands, and says links as people do."""

import pytest
from django.core.cache import caches

from coursesite import links
from schedule import importing, readme
from schedule.models import Section
from tests.schedule.readme_texts import TITLE, shared_course, table

pytestmark = pytest.mark.django_db
HEADS = '<tr><th scope="col">Date</th>'


@pytest.fixture(autouse=True)
def forgotten() -> None:
    caches["pages"].clear()  # the edition of another test may have had the same id


def shown(client, data: str | bytes, page: str = "schedule/") -> str:
    data = data.encode() if isinstance(data, str) else data
    edition = importing.apply(readme.parse(data), confirmed=True).edition
    return " ".join(client.get(f"/{edition.slug}/{page}").content.decode().split())


def headers(html: str) -> list[str]:
    head = html.split("<thead>")[1].split("</thead>")[0]
    return [piece.split("<")[0] for piece in head.split('<th scope="col">')[1:]]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (table("Date | Topic", "13/02/2026 | A", "20/02/2026 | Holiday"), ["Date", "Topic"]),
        (table("Date | Week | Topic", "13/02/2026 | W1 | A"), ["Date", "Week", "Topic"]),
        (table("Date | Topic | Lab", "13/02/2026 | A | No lab"), ["Date", "Topic", "Directed work"]),
        (
            table("Date | Sprint | Topic | Slides", "13/02/2026 | Sprint 1 | A | [s](a.pdf)"),
            ["Date", "Sprint", "Topic", "Course material"],
        ),
    ],
)
def test_only_columns_with_something_in_them(client, text, found):
    html = shown(client, text)
    assert headers(html) == found
    if "Holiday" in html:
        assert f'<td colspan="{len(found) - 1}" class="wide">Holiday</td>' in html


def test_the_french_course(client):
    html = shown(client, shared_course("samples/taa-2025-fr.md"))
    assert headers(html) == ["Date", "Topic", "Course material", "Directed work"]
    cells = html.split(">ML rappels</a>")[1].split("</tr>")[0].split("<td")
    assert [">Slides<" in cell for cell in cells[1:]] == [True, False]
    assert [">TP<" in cell for cell in cells[1:]] == [False, True]
    assert ">gitlab.inria.fr/tguyet/mlops-course<" in html
    page = shown(client, shared_course("samples/taa-2025-fr.md"), "")
    assert '<h2>Données</h2> <div class="prose"> <h5>Machine Learning 1</h5>' in page.replace(
        'prose"><h5', 'prose"> <h5'
    )
    assert "<h2>Machine Learning 1</h2>" not in page


def test_labs_stay_where_the_file_has_a_column_for_them(client):
    text = table("Date | Topic | Slides | Lab", "13/02/2026 | A | [demo](demo.md) | [Lab](lab.md)")
    cells = shown(client, text).split("/lectures/")[1].split("</tr>")[0].split("<td")
    assert "demo" in cells[1]
    assert "Lab" in cells[2]


def test_a_heading_with_smaller_ones_alone_takes_them_in_and_one_with_nothing_is_not_shown(client):
    text = table("Date | Topic", "13/02/2026 | A", title=TITLE)
    text += "\n## Data\n\n### One\n\nText of one.\n\n### Two\n\nText of two.\n\n## Empty\n"
    text += "\n## Other\n\nText.\n\n### Deep\n\nx\n"
    page = shown(client, text, "")
    others = Section.objects.filter(kind="other").order_by("position").values_list("title", "text")
    assert list(others) == [
        ("Data", "### One\n\nText of one.\n\n### Two\n\nText of two."),
        ("Empty", ""),
        ("Other", "Text."),
        ("Deep", "x"),
    ]
    assert "<h2>Empty</h2>" not in page
    assert "Text of two." in page


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("Slides", "Slides"),
        ("https://www.example.org/course/", "example.org/course"),
        (f"https://docs.example.org/{'d/' * 40}edit?usp=sharing", "docs.example.org/…/edit?usp=sharing"),
        (f"https://{'a' * 70}.example.org", f"{'a' * 70}.example.org"),
    ],
)
def test_an_address_as_a_label(label, said):
    assert links.readable(label) == said
