"""axe finds nothing, on any page of the walk, in both themes."""

import re
from collections.abc import Iterator
from itertools import groupby

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.test import Client

from schedule import importing, readme
from schedule.management.commands.demo import README
from tests.browser.conftest import DESK, PHONE
from tests.walk import pages, path_of

# Without its own fetching of style sheets, which the content policy forbids; only what fails is reported.
OPTIONS = {"preload": False, "resultTypes": ["violations"]}
BY_LOOK = ["color-contrast", "link-in-text-block", "scrollable-region-focusable"]  # what theme and width decide
LOOKS = [("light", DESK, OPTIONS), ("dark", PHONE, OPTIONS | {"runOnly": BY_LOOK})]
# Django's admin fades from one theme into the other.
RUN = """options => {
  document.getAnimations().forEach(fading => fading.finish());
  return axe.run(options).then(answer => answer.violations);
}"""


def looked_at(world) -> Iterator[tuple[str, str]]:
    """The admin as an instructor sees it, the site as everybody else does, and what stands on no page of the walk."""
    for who, path in pages(world):
        if path.startswith("/admin/") == (who == "ines"):
            yield who, path
    board = path_of("projects:milestone", world)
    yield from [("", "/nothing-here/"), ("dana", path_of("projects:group", world)), ("dana", board)]
    yield "tina", f"{board}?group={world.cast.blue.code}"
    yield "ines", f"{path_of('schedule:rollover', world)}?week_one=2027-02-01&title=Next&free=2027-04-05"
    yield from (("", f"{path_of('schedule:search', world)}?q={asked}") for asked in ("model", "aubergine"))
    yield from (("", f"{path_of('schedule:schedule', world)}?by={by}") for by in ("week", "sprint"))


def distinct(world) -> list[tuple[str, str]]:
    """Those that have other tags than the ones before, by who looks."""
    clients, seen, found = {"": Client()}, set(), []
    for who, path in sorted(looked_at(world), key=lambda line: line[0]):
        if who not in clients:
            clients[who] = Client()
            clients[who].force_login(getattr(world.cast, who))
        tags = shape(clients[who].get(path).content.decode())
        if tags not in seen:
            seen.add(tags)
            found.append((who, path))
    return found


def shape(page: str) -> frozenset[str]:
    """Its tags with class, type and role, and whether words follow; not which, nor of what model, nor how often."""
    page = re.sub(r">[^<]*[^<\s][^<]*", ">.", page)
    page = re.sub(r'\b(?!class|type|role)([\w-]+)="[^"]+"', r"\1", page)
    return frozenset(re.findall(r"<[^>]+>\.?", re.sub(r"\b(app|model|field|column)-[\w-]+", "", page)))


@pytest.mark.once("sqlite")
def test_axe_finds_nothing(transactional_db, world, visit):
    """No page scrolls sideways either."""
    importing.apply(readme.parse(README.read_bytes()), world.cast.edition, confirmed=True)  # as full as a course is
    found: list[str] = []
    for who, lines in groupby(distinct(world), key=lambda line: line[0]):
        page = visit("/healthz", getattr(world.cast, who, None))
        for _who, path in lines:
            page.goto(path)
            page.evaluate(AXE_SCRIPT)
            for scheme, width, options in LOOKS:
                page.emulate_media(color_scheme=scheme)
                page.set_viewport_size({"width": width, "height": 900})
                for fault in page.evaluate(RUN, options):
                    found += [f"{who} {path}, {scheme}: {fault['id']}: {at['html'][:160]}" for at in fault["nodes"]]
                if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
                    found.append(f"{who} {path}: scrolls sideways at {width}")
        page.context.close()
    assert not found, "\n".join(found)
