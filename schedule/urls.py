from django.urls import path

from schedule import views

app_name = "schedule"
urlpatterns = [
    path("", views.course, name="course"),
    path("schedule/", views.schedule, name="schedule"),
    path("schedule/<int:pk>.ics", views.lecture, name="lecture"),
    path("materials/<int:pk>/", views.material, name="material"),
]
