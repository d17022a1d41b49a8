from allauth.account import views as account
from django.contrib import admin
from django.urls import include, path

from coursesite import calendar_views, looking_views, mail_views, reminder_views, views

handler404 = "coursesite.views.not_found"
# Who somebody is, the roster says: no registration, no second address and no password to be had here.
sign_in = [
    path("login/", account.login, name="account_login"),
    path("login/code/", account.request_login_code, name="account_request_login_code"),
    path("login/code/confirm/", account.confirm_login_code, name="account_confirm_login_code"),
    path("signup/", account.signup, name="account_signup"),  # says so
    path("logout/", account.logout, name="account_logout"),
]
urlpatterns = [
    path("", views.home, name="home"),
    path("courses/", views.courses, name="courses"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("accounts/", include(sign_in)),
    path("admin/", admin.site.urls),
    path("mail/end/<str:token>/", mail_views.end_optional_mails, name="end_optional_mails"),
    path("<slug:edition>/mails/", mail_views.mails, name="mails"),
    path("<slug:edition>/reminders/", reminder_views.upcoming_reminders, name="upcoming_reminders"),
    path("<slug:edition>/reminders/hold/", reminder_views.hold_reminder, name="hold_reminder"),
    path("<slug:edition>/reminders/release/", reminder_views.release_reminder, name="release_reminder"),
    path("<slug:edition>/reminders/send/", reminder_views.send_reminder, name="send_reminder"),
    path("<slug:edition>/reminders/test/", reminder_views.test_reminder, name="test_reminder"),
    path("<slug:edition>/look/", looking_views.look_as, name="look_as"),
    path("<slug:edition>/look/stop/", looking_views.stop_looking, name="stop_looking"),
    path("<slug:edition>/today/", views.today, name="today"),
    path("calendar/<str:token>.ics", calendar_views.calendar_feed, name="calendar_feed"),
    path("<slug:edition>/", include("schedule.urls")),
    path("<slug:edition>/", include("projects.urls")),
    path("<slug:edition>/", include("exams.urls")),
    path("<slug:edition>/", include("coursesite.calendar_urls")),
]
