"""Instants in templates, on the edition's wall clock."""

from datetime import datetime

from django import template

from coursesite import clock
from coursesite.models import CourseEdition

register = template.Library()


@register.filter
def said(instant: datetime, edition: CourseEdition) -> str:
    """`{{ slot.starts_at|said:edition }}`: "Tue 3 March, 10:00"."""
    return clock.said(instant, edition.zone)
