"""Markdown of the database in templates."""

from django import template
from django.utils.safestring import SafeString

from coursesite import markdown

register = template.Library()


@register.filter
def prose(text: str, base: str = "") -> SafeString:
    """`{{ text|prose:edition.repository_url }}`: links to files lead into the repository."""
    return markdown.render(text, base)


@register.filter
def inline_prose(text: str, base: str = "") -> SafeString:
    return markdown.render_inline(text, base)
