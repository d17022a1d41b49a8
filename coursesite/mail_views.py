"""What the site has written to a person in a course, and how they want what is optional."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from coursesite import access
from coursesite.board import SeeOther
from coursesite.forms import OptionalMailForm
from coursesite.mail import leaver
from coursesite.models import CourseEdition, Enrolment
from coursesite.outbox import QueuedEmail

SHOWN = 50


@require_http_methods(["GET", "HEAD", "POST"])
def mails(request: HttpRequest, edition: str) -> HttpResponse:
    """One's own mails of the course, the latest first, and the choice."""
    viewer = access.member(request, edition)
    if viewer.enrolment is None:
        raise Http404
    enrolment = Enrolment.objects.get(pk=viewer.enrolment.pk)
    form = OptionalMailForm(request.POST or None, instance=enrolment, label_suffix="")
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your choice is kept."))
        return SeeOther(reverse("mails", args=[edition]))
    person: Any = viewer.user
    mine = QueuedEmail.objects.filter(edition=viewer.edition, recipient=person, is_secret=False)
    written = mine.exclude(state=QueuedEmail.State.SUPPRESSED, subject="")  # the others had no words before they ended
    context = {"here": "mails", "form": form, "mails": written.defer("invitation", "facts")[:SHOWN]}
    return render(request, "coursesite/mails.html", context, status=400 if form.errors else 200)


@csrf_exempt  # a mail program sends it, without cookies; the address itself is the proof
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def end_optional_mails(request: HttpRequest, token: str) -> HttpResponse:
    """RFC 8058: POST ends them at once. GET, which programs send that only look, asks."""
    try:
        user, edition_id = leaver(token)
    except signing.BadSignature:
        raise Http404 from None
    rows = Enrolment.objects.filter(user=user, edition=edition_id)
    if not rows.exists():
        raise Http404
    if request.method == "POST":
        rows.update(optional_mail=Enrolment.OptionalMail.NONE)
    context = {"is_done": request.method == "POST", "course": CourseEdition.objects.get(pk=edition_id)}
    return render(request, "coursesite/end_optional_mails.html", context)
