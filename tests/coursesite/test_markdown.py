"""Markdown is read once where it is short, and what is kept of it has a bound."""

import pytest

from coursesite import markdown


@pytest.mark.parametrize("render", [markdown.render, markdown.render_inline])
@pytest.mark.parametrize(("length", "times"), [(4000, 1), (4001, 3)])
def test_what_is_short_is_read_once(monkeypatch, render, length, times):
    read = []
    clean = markdown.clean
    monkeypatch.setattr(markdown, "clean", lambda html: read.append(html) or clean(html))
    text = f"{render.__name__} {length} ".ljust(length, "x")
    shown = {render(text, "") for _time in range(3)}
    assert (len(shown), len(read)) == (1, times)
