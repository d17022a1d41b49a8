from django.contrib import admin
from django.urls import include, path

from coursesite import views

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("accounts/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
    path("<slug:edition>/", include("schedule.urls")),
    path("<slug:edition>/", include("projects.urls")),
    path("<slug:edition>/", include("exams.urls")),
]
