"""What was changed on the site, in the admin as a patch for the repository, and the whole file."""

import html
import re
import subprocess

import pytest
from django.urls import reverse

from coursesite.models import CourseEdition
from schedule import importing, readme
from schedule.models import Lecture, Material
from schedule.readme_admin import patch
from tests.cast import enrol
from tests.schedule.readme_texts import own_course

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition() -> CourseEdition:
    return importing.apply(readme.parse(own_course().encode())).edition


@pytest.fixture
def ines(edition, client):
    client.force_login(enrol(edition, "ines", "instructor").user)
    return client


def page(client, edition: CourseEdition) -> str:
    answer = client.get(reverse("admin:coursesite_courseedition_readme_diff", args=[edition.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_nothing_has_changed(ines, edition):
    assert "Nothing has changed since the README was read." in page(ines, edition)


def test_a_change_is_shown_as_a_patch(ines, edition):
    Lecture.objects.filter(title="Serving").update(title="<b>Serving</b>")
    said = page(ines, edition)
    assert "<del>-| 09/03/2027 | W6  | Sprint 3 | Serving | |</del>" in said
    assert r"<ins>+| 09/03/2027 | W6  | Sprint 3 | \&lt;b\&gt;Serving\&lt;/b\&gt; | |</ins>" in said


def test_what_cannot_be_written_is_said(ines, edition):
    Lecture.objects.filter(title="Serving").update(room="R7")
    said = html.unescape(page(ines, edition))
    assert "This change cannot be written into the file: lecture “W6 Serving”: room." in said


def test_links_for_the_course_alone_are_told(ines, edition):
    lecture = Lecture.objects.get(title="Serving")
    more = {"edition": edition, "lecture": lecture, "href": "https://example.org/"}
    Material.objects.create(label="Slides", **more)
    Material.objects.create(label="Answers", is_public=False, **more)
    Material.objects.create(label="Held answers", is_public=False, is_held=True, **more)
    said = html.unescape(page(ines, edition))
    assert "Only for people of the course" in said
    assert re.findall(r"<li>Serving: <a [^>]*>([^<]*)</a>", said) == ["Answers"]
    assert "<ins>+| 09/03/2027 | W6  | Sprint 3 | Serving | [Slides](https://example.org/) |</ins>" in said


def test_the_shown_patch_applies_in_the_repository(ines, edition, tmp_path):
    Lecture.objects.filter(title="Serving").update(title="Delivery")
    shown = re.search(r"<pre[^>]*>(.*?)</pre>", page(ines, edition), re.DOTALL)
    assert shown
    (tmp_path / "README.md").write_text(own_course())
    (tmp_path / "change.patch").write_text(html.unescape(re.sub(r"</?(?:ins|del|b)>", "", shown[1])))
    subprocess.run(["git", "apply", "change.patch"], cwd=tmp_path, check=True)
    assert (tmp_path / "README.md").read_text() == own_course().replace("| Serving |", "| Delivery |")


def test_a_missing_last_line_end_is_said():
    assert patch("a\nb", "a\nc")[-4:] == ["-b", r"\ No newline at end of file", "+c", r"\ No newline at end of file"]


def test_the_whole_file_is_downloaded(ines, edition):
    answer = ines.get(reverse("admin:coursesite_courseedition_readme_download", args=[edition.pk]))
    assert (answer.content.decode(), answer["Content-Type"]) == (own_course(), "text/markdown; charset=utf-8")
    assert answer["Content-Disposition"] == 'attachment; filename="README-data4100-2027.md"'


def test_the_edition_leads_there(ines, edition):
    address = reverse("admin:coursesite_courseedition_readme_diff", args=[edition.pk])
    for name, args in (("changelist", []), ("change", [edition.pk])):
        assert address in ines.get(reverse(f"admin:coursesite_courseedition_{name}", args=args)).content.decode()


def test_of_another_edition_there_is_nothing(ines, edition):
    other = importing.apply(readme.parse(own_course().replace("2027", "2028").encode())).edition
    for name in ("readme_diff", "readme_download"):
        assert ines.get(reverse(f"admin:coursesite_courseedition_{name}", args=[other.pk])).status_code == 404
