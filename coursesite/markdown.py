"""Markdown that people wrote, as harmless HTML."""

from functools import lru_cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

READER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
TAGS = {
    *("p", "br", "em", "strong", "s", "code", "pre", "blockquote", "hr", "ul", "ol", "li", "a"),
    *("h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto"}
DEMOTED = 2  # levels: the page has its own h1 and h2


@lru_cache(maxsize=1024)
def render(text: str) -> SafeString:
    """No raw HTML, no image, no address but http, https and mailto; relative links are shown as text."""
    tokens = READER.parse(text)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1]) + DEMOTED)}"
    return clean(READER.renderer.render(tokens, READER.options, {}))


@lru_cache(maxsize=1024)
def render_inline(text: str) -> SafeString:
    """One line, without a paragraph around it."""
    return clean(READER.renderInline(text))


def clean(html: str) -> SafeString:
    harmless = nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        attribute_filter=absolute_only,
        link_rel="noopener nofollow",
    )
    return mark_safe(harmless)  # noqa: S308 - nh3 has just cleaned it


def absolute_only(tag: str, name: str, value: str) -> str | None:
    """A relative link would lead somewhere on this site that does not exist; `//host` would lead off it unseen."""
    if name == "href" and not value.lower().startswith(("http://", "https://", "mailto:")):
        return None
    return value
