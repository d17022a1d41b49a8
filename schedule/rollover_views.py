"""Next year's edition in the browser: say when it begins, look at every date, edit some, make it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coursesite import access
from coursesite.models import CourseEdition
from schedule import rollover as activity
from schedule.models import Holiday
from schedule.public_holidays import COUNTRIES, public_holidays
from schedule.rollover import ClashesOpen, Plan, PlanChanged, RolloverRefused
from schedule.rollover_forms import DatesForm, RolloverForm


@require_http_methods(["GET", "HEAD", "POST"])
def rollover(request: HttpRequest, edition: str) -> HttpResponse:
    """The wish comes with the address, so looking writes nothing; what is posted are the dates, and the click."""
    viewer = access.instructor(request, edition)
    course = CourseEdition.objects.get(pk=viewer.edition.pk)
    asked = "week_one" in request.GET
    form = RolloverForm(request.GET) if asked else RolloverForm(initial=proposed(course))
    context: dict[str, Any] = {"here": "rollover", "form": form} | known(course, form)
    if not asked or not form.is_valid():
        return render(request, "schedule/rollover.html", context, status=400 if asked else 200)
    now, person = timezone.now(), viewer.user
    try:
        made_up = activity.plan(course, form.wish(), now)
    except RolloverRefused as refused:
        return render(request, "schedule/rollover.html", context | {"refusal": refused}, status=400)
    if request.method != "POST":
        return render(request, "schedule/rollover.html", context | shown(made_up, DatesForm(made_up)))
    seal = made_up.seal
    dates = DatesForm(made_up, request.POST)
    said: dict[str, Any] = {}
    if dates.is_valid():
        wish = form.wish(dates.edits)
        try:
            if "apply" in request.POST:
                looked_at = request.POST.get("looked_at", "")
                seen: Any = request.POST.get("seal", "")
                done = activity.apply(course, wish, by=person, now=now, seal=seen, looked_at=looked_at)  # type: ignore[arg-type]
                return finished(request, course, done)
            said = {"looked_again": True}
        except ClashesOpen:
            said = {"has_open_clashes": True}
        except PlanChanged:
            said = {"changed_meanwhile": True}
        except RolloverRefused as refused:
            said = {"refusal": refused}
        try:
            made_up = activity.plan(course, wish, now)
        except RolloverRefused as refused:
            said = {"refusal": refused}
    else:
        said = {"has_wrong_dates": True}
    made_up.seal = seal
    status = 200 if said.get("looked_again") else 409
    return render(request, "schedule/rollover.html", context | shown(made_up, dates) | said, status=status)


def proposed(course: CourseEdition) -> dict[str, Any]:
    return {"week_one": activity.first_monday(course), "title": course.title}


def known(course: CourseEdition, form: RolloverForm) -> dict[str, Any]:
    """What helps to fill in the days without class: those of last year, and the public holidays to come."""
    old = Holiday.objects.filter(edition=course, is_missing=False).values_list("starts_on", "ends_on", "title")[:20]
    first = form.cleaned_data.get("week_one") if form.is_bound and form.is_valid() else form.initial.get("week_one")
    public = {}
    if first:
        last = first.replace(year=first.year + 1, day=min(first.day, 28))
        public = public_holidays(first, last, course.timezone)
    return {
        "old_holidays": list(old),
        "public": [(day, date_format(day, "D j F Y"), name) for day, name in public.items()],
        "country": COUNTRIES.get(course.timezone, ""),
    }


def shown(made_up: Plan, dates: DatesForm) -> dict[str, Any]:
    by_key: dict[str, list[Any]] = {}
    for clash in made_up.clashes:
        by_key.setdefault(clash.key, []).append(clash)
    lines = [
        {
            "row": row.source,
            "kind": row.source._meta.verbose_name,
            "dates": [
                {"dated": each, "field": dates[each.key], "clashes": by_key.get(each.key, [])} for each in row.dates
            ],
        }
        for row in made_up.rows
    ]
    return {"plan": made_up, "lines": lines, "free": made_up.tables[-1].rows, "dates": dates}


def finished(request: HttpRequest, course: CourseEdition, done: Plan) -> HttpResponse:
    made = done.made
    messages.success(
        request, _("%(edition)s is made, and you teach it. Nobody else is on its roster.") % {"edition": made}
    )
    if not done.wish.stays_open:
        link = format_html('<a href="{}">{}</a>', course.get_absolute_url(), course)
        messages.info(request, format_html(_("{} is an archive now: readable, and closed."), link))
    for sentence in done.unwritten:
        messages.warning(request, sentence)
    return redirect("schedule:schedule", made.slug)
