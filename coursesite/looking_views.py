"""The page where staff choose as whom they look at their course, and the end of it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from coursesite import access, looking
from coursesite.looking_forms import LookForm


@require_http_methods(["GET", "HEAD", "POST"])
def look_as(request: HttpRequest, edition: str) -> HttpResponse:
    viewer = access.staff(request, edition)
    form = LookForm(request.POST or None, edition=viewer.edition, initial={"student": request.GET.get("student")})
    if request.method == "POST" and form.is_valid():
        student = form.cleaned_data["student"]
        student.edition = viewer.edition
        looking.start(request, student, form.cleaned_data["at"], timezone.now())
        return redirect("today", edition)
    return render(request, "coursesite/look_as.html", {"form": form}, status=400 if form.errors else 200)


@require_POST
def stop_looking(request: HttpRequest, edition: str) -> HttpResponse:
    access.staff(request, edition)
    looking.stop(request)
    messages.success(request, _("You are yourself again."))
    return redirect("look_as", edition)
