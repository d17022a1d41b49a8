"""Markdown that people wrote, as harmless HTML."""

from collections.abc import Callable, Iterator
from functools import lru_cache, wraps

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

from coursesite import links

READER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
TAGS = {
    *("p", "br", "em", "strong", "s", "code", "pre", "blockquote", "hr", "ul", "ol", "li", "a"),
    *("h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto"}
DEMOTED = 2  # levels: the page has its own h1 and h2
KEPT, LONGEST_KEPT = 1024, 4000  # texts, and characters of each: some megabytes, whatever people write


def read_once(read: Callable[[str, str], SafeString]) -> Callable[[str, str], SafeString]:
    """What is short is read once. What is long is read each time, and the pages that show it are cached."""
    kept = lru_cache(KEPT)(read)

    @wraps(read)
    def render(text: str, base: str) -> SafeString:
        return kept(text, base) if len(text) <= LONGEST_KEPT else read(text, base)

    return render


@read_once
def render(text: str, base: str) -> SafeString:
    """No raw HTML, no image, no address but http, https and mailto.

    A link to a file is resolved against `base`, the repository's address; what opens nothing is text.
    """
    tokens = READER.parse(text)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1]) + DEMOTED)}"
        if token.children:
            token.children = list(opening(token.children, base))
    return clean(READER.renderer.render(tokens, READER.options, {}))


@read_once
def render_inline(text: str, base: str) -> SafeString:
    """One line, without a paragraph around it."""
    tokens = READER.parseInline(text)
    for token in tokens:
        token.children = list(opening(token.children or [], base))
    return clean(READER.renderer.render(tokens, READER.options, {}))


def opening(tokens: list[Token], base: str) -> Iterator[Token]:
    """The tokens of a line without the links that open nothing, and without images, which could be watched."""
    opens: list[bool] = []
    for token in tokens:
        if token.type == "link_open":
            href = str(token.attrs["href"])
            target = href if href.lower().startswith("mailto:") else links.resolve(href, base)
            token.attrs["href"] = target
            opens.append(bool(target))
            if target:
                yield token
        elif token.type == "link_close":
            if opens.pop():
                yield token
        elif token.type == "image":
            yield Token("text", "", 0, content=token.content)
        else:
            yield token


def clean(html: str) -> SafeString:
    harmless = nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel="noopener nofollow")
    return mark_safe(harmless)  # noqa: S308 - nh3 has just cleaned it
