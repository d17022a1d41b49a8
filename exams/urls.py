from django.urls import path

from exams import views

app_name = "exams"
urlpatterns = [
    path("exams/", views.sessions, name="sessions"),
    path("exams/<uuid:code>/", views.session, name="session"),
    path("appointments/<uuid:code>/pick/", views.pick_appointment, name="pick_appointment"),
    path("appointments/<uuid:code>/move/", views.move_appointment, name="move_appointment"),
    path("appointments/<uuid:code>/cancel/", views.cancel_appointment, name="cancel_appointment"),
]
