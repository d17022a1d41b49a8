"""Markdown of the database in templates."""

from django import template
from django.utils.safestring import SafeString

from coursesite import markdown

register = template.Library()


@register.filter
def prose(text: str) -> SafeString:
    return markdown.render(text)


@register.filter
def inline_prose(text: str) -> SafeString:
    return markdown.render_inline(text)
