"""Exam sessions with their appointments, case studies, and what the README says of exams."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from coursesite.admin_site import EditionAdmin, HistoryAdmin, instant
from coursesite.models import Enrolment
from coursesite.place_admin import BookableAdmin
from exams import cases, cutting
from exams.cases import NotReady
from exams.forms import AppointmentCutForm, AppointmentForm, CaseForm, SessionForm
from exams.models import CaseStudy, ExamDay, ExamSession, OralExam, PracticeExam
from schedule.admin import SourceRowAdmin


@admin.register(ExamSession)
class ExamSessionAdmin(BookableAdmin):
    roles = Enrolment.STAFF_ROLES
    form = SessionForm
    supply = cutting.supply
    cut_form, place_form = AppointmentCutForm, AppointmentForm
    fields = ("edition", "title", ("starts_on", "ends_on"), "is_for_everyone", ("closing_offsets", "place_offsets"))
    list_display = ("title", "edition", "starts_on", "ends_on", "is_published", "taken")
    list_filter = ("edition", "is_published")
    list_select_related = ("edition",)
    search_fields = ("title",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        taken = Count("appointments", filter=Q(appointments__student__isnull=False))
        return super().get_queryset(request).annotate(cut=Count("appointments"), picked=taken)

    @admin.display(description=gettext_lazy("appointments"))
    def taken(self, session: Any) -> str:
        return _("%(picked)d of %(cut)d taken") % {"picked": session.picked, "cut": session.cut}


@admin.register(OralExam)
class OralExamAdmin(HistoryAdmin):
    """Who has which appointment, and what happened to it. It is changed on the board and on the session's pages."""

    roles = Enrolment.STAFF_ROLES
    edition_path = "session__edition"
    starts, ends, picked = (
        instant("starts_at", gettext_lazy("starts")),
        instant("ends_at", gettext_lazy("ends")),
        instant("picked_at", gettext_lazy("picked")),
    )
    list_display = ("starts", "room", "session", "student", "picked_by", "reason")
    list_filter = ("session", "is_published")
    list_select_related = ("session__edition", "student__user", "picked_by")
    search_fields = ("student__user__first_name", "student__user__last_name", "student__user__email", "room")
    fields = (
        *("session", "starts", "ends", "room", "online_url", "examiners"),
        *("student", "picked_by", "picked", "reason"),
    )
    readonly_fields = ("starts", "ends", "picked")
    history_list_display = ("student", "reason")


# A report of an error must not carry what was typed.
@method_decorator(sensitive_post_parameters(), name="changeform_view")
@admin.register(CaseStudy)
class CaseStudyAdmin(EditionAdmin):
    """For instructors alone: to everybody else there are no case studies, in no list, form or history."""

    form = CaseForm
    fields = ("edition", "title", "text", "asked", "status")
    readonly_fields = ("status",)
    list_display = ("title", "edition", "state", "points")
    list_filter = ("edition", "state")
    list_select_related = ("edition",)
    search_fields = ("title",)
    change_form_template = "admin/exams/casestudy.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(total=Sum("questions__parts__points", default=0))

    @admin.display(description=gettext_lazy("points"), ordering="total")
    def points(self, case: Any) -> str:
        return f"{case.total} / {CaseStudy.TOTAL_POINTS}"

    @admin.display(description=gettext_lazy("state"))
    def status(self, case: CaseStudy) -> str:
        if not case.pk:
            return _("A draft, until its parts make %(total)d points and you declare it ready.") % {
                "total": CaseStudy.TOTAL_POINTS
            }
        return f"{case.get_state_display()}, {self.points(case)}"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if cases.keep(obj, form.cleaned_data["asked"]):
            messages.warning(
                request,
                _("“%(case)s” was ready and is a draft again: %(why)s")
                % {"case": obj, "why": cases.why_not_ready(obj)},
            )
        if "_ready" in request.POST:
            try:
                cases.declare_ready(obj)
                messages.success(request, _("“%(case)s” is ready.") % {"case": obj})
            except NotReady as refusal:
                messages.error(request, _("Saved, as a draft. %(why)s") % {"why": refusal.sentence})
        elif "_draft" in request.POST:
            cases.back_to_draft(obj)

    def response_change(self, request: HttpRequest, obj: CaseStudy) -> HttpResponse:
        if {"_ready", "_draft"} & request.POST.keys():
            return HttpResponseRedirect(request.path)
        return super().response_change(request, obj)


@admin.register(ExamDay)
class ExamDayAdmin(SourceRowAdmin):
    list_display = ("title", "held_on", "edition", "is_missing")
    fields = ("edition", "title", "held_on", "is_missing")


@admin.register(PracticeExam)
class PracticeExamAdmin(SourceRowAdmin):
    list_display = ("label", "href", "position", "edition", "is_missing")
    fields = ("edition", "label", "href", "position", "is_missing")
