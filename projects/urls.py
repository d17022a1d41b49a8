from django.urls import path

from projects import views

app_name = "projects"
urlpatterns = [
    path("milestones/", views.milestones, name="milestones"),
    path("milestones/<int:number>/", views.milestone, name="milestone"),
    path("slots/<uuid:code>/book/", views.book_slot, name="book_slot"),
    path("slots/<uuid:code>/move/", views.move_slot, name="move_slot"),
    path("bookings/<uuid:code>/cancel/", views.cancel_slot, name="cancel_slot"),
]
