"""A README in the browser: choose it, see what it would change, apply exactly that."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from coursesite import access
from coursesite.access import Viewer
from coursesite.models import CourseEdition, Upload
from schedule import importing, readme, watching
from schedule.forms import AnswersForm, ReadmeForm
from schedule.importing import ImportRefused, Plan, PlanChanged
from schedule.models import ReadmeSource
from schedule.preview import preview, remarks
from schedule.readme import Parsed
from schedule.repositories import NotFetched, fetch

KIND = "readme"


@require_http_methods(["GET", "HEAD", "POST"])
def import_readme(request: HttpRequest, edition: str) -> HttpResponse:
    """The file is kept for a day, and shown before anything is written. What the reader only asks is asked there."""
    viewer = access.instructor(request, edition)
    form = ReadmeForm(request.POST, request.FILES) if request.method == "POST" else ReadmeForm()
    answer: HttpResponse | dict[str, Any] = {}
    if form.is_valid():
        try:
            name, data = form.content(importing.last_read(viewer.edition).text)
        except NotFetched as problem:
            form.add_error("repository", str(problem))
        else:
            if form.cleaned_data["is_watched"] and (source := form.cleaned_data.get("source")):
                watching.watch(viewer.edition, source, data, timezone.now())
            answer = kept(request, viewer, name, data)
    return form_page(request, viewer, form, answer, status=400 if form.is_bound else 200)


def form_page(
    request: HttpRequest, viewer: Viewer, form: ReadmeForm, answer: HttpResponse | dict[str, Any], status: int
) -> HttpResponse:
    """What kept() answers: where it leads, or the form with what it says of the file."""
    if isinstance(answer, HttpResponse):
        return answer
    context = {"here": "readme", "form": form, "watched": watched(viewer.edition), "patience": watching.PATIENCE}
    return render(request, "schedule/import_readme.html", context | answer, status=status)


def kept(request: HttpRequest, viewer: Viewer, name: str, data: bytes) -> HttpResponse | dict[str, Any]:
    """On to the preview; where the file cannot be read, what the page says of it."""
    person: Any = viewer.user
    parsed = readme.parse(data, timezone=viewer.edition.timezone)
    if all(issue.code in AnswersForm.ASKED_BY for issue in parsed.errors):
        upload = Upload.keep(person, viewer.edition, KIND, name, data, timezone.now())
        return redirect("schedule:preview_readme", viewer.edition.slug, upload.code)
    return {"name": name, "errors": remarks(parsed.errors, data.decode(errors="replace"))}


def watched(edition: CourseEdition) -> ReadmeSource | None:
    return ReadmeSource.objects.filter(edition=edition).first()


@require_POST
def look_at_readme(request: HttpRequest, edition: str) -> HttpResponse:
    """The watched repository as it is now, on to the preview."""
    viewer = access.instructor(request, edition)
    source = watched(viewer.edition)
    if source is None:
        messages.warning(request, _("No repository is watched any more."))
        return redirect("schedule:import_readme", edition)
    try:
        fetched = fetch(watching.place_of(source))
    except NotFetched as problem:
        messages.error(request, str(problem))
        return redirect("schedule:import_readme", edition)
    answer = kept(request, viewer, fetched.name, fetched.data)
    return form_page(request, viewer, ReadmeForm(), answer, status=400)


@require_POST
def forget_readme(request: HttpRequest, edition: str) -> HttpResponse:
    viewer = access.instructor(request, edition)
    ReadmeSource.objects.filter(edition=viewer.edition).delete()
    messages.success(request, _("The repository is not looked at any more. The schedule stays as it is."))
    return redirect("schedule:import_readme", edition)


@require_http_methods(["GET", "HEAD", "POST"])
def preview_readme(request: HttpRequest, edition: str, code: UUID) -> HttpResponse:
    """What the file would change, and the button that does exactly that; or what the reader has to ask first."""
    viewer = access.instructor(request, edition)
    person: Any = viewer.user
    kept = Upload.objects.filter(owner=person, edition=viewer.edition, kind=KIND, expires_at__gt=timezone.now())
    upload = kept.filter(code=code).first()
    if upload is None:
        messages.warning(request, _("This preview is gone: its README was applied, or is older than a day."))
        return redirect("schedule:import_readme", edition)
    answers = AnswersForm(request.GET)
    parsed = readme.parse(bytes(upload.content), timezone=viewer.edition.timezone, **answers.answers)
    ticks = request.POST.getlist("tick")
    changed_meanwhile = False
    if request.method == "POST" and not parsed.errors:
        try:
            made = importing.apply(parsed, viewer.edition, ticks=ticks, seal=request.POST.get("seal", ""))
        except ImportRefused:
            pass  # said by the preview as well
        except (PlanChanged, IntegrityError):  # the latter: somebody has just made by hand what the file adds
            changed_meanwhile = True
        else:
            upload.delete()
            ReadmeSource.objects.filter(edition=viewer.edition, seen=upload.sha256).update(has_news=False)
            messages.success(request, done(made))
            return redirect("schedule:import_readme", edition)
    context = {
        "here": "readme",
        "upload": upload,
        "parsed": parsed,
        "answers": answers_asked(answers, parsed, viewer.edition),
        "ticks": ticks,
        "changed_meanwhile": changed_meanwhile,
        "has_open_questions": request.method == "POST" and not changed_meanwhile,
    }
    context |= looked_at(parsed, viewer.edition)
    return render(request, "schedule/preview_readme.html", context, status=200 if request.method != "POST" else 409)


def looked_at(parsed: Parsed, edition: CourseEdition) -> dict[str, Any]:
    """The preview, or the errors that leave none. The plan writes on its edition: not on the one of this page."""
    if parsed.errors:
        return {"errors": remarks(parsed.errors, parsed.source)}
    try:
        importing.refuse_archive(edition)
        return {"preview": preview(importing.plan(parsed, CourseEdition.objects.get(pk=edition.pk)))}
    except ImportRefused as refused:
        return {"errors": remarks(refused.issues, parsed.source)}


def answers_asked(answers: AnswersForm, parsed: Parsed, edition: CourseEdition) -> AnswersForm | None:
    """The form with what is asked now and what was answered before; None where the file leaves nothing open."""
    given = answers.cleaned_data
    asked = {AnswersForm.ASKED_BY[issue.code] for issue in parsed.errors if issue.code in AnswersForm.ASKED_BY}
    shown = asked | answers.errors.keys() | {name for name, value in given.items() if value}
    form = (
        answers
        if answers.errors
        else AnswersForm(initial={"year": edition.year} | {n: v for n, v in given.items() if v})
    )
    for name in form.fields.keys() - shown:
        del form.fields[name]
    for name in asked:
        form.fields[name].required = True
    return form if shown else None


def done(made: Plan) -> str:
    counts = made.counts()
    said = (
        _("Applied: %(added)s added, %(changed)s changed, %(moved)s moved, %(missing)s no longer in the file.") % counts
    )
    links = (
        (made.edition.get_absolute_url(), _("See the course")),
        (reverse("schedule:schedule", args=[made.edition.slug]), _("See the schedule")),
    )
    return format_html('{} <a href="{}">{}</a> <a href="{}">{}</a>', said, *links[0], *links[1])
