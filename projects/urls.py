from django.urls import path

from projects import group_views, views

app_name = "projects"
urlpatterns = [
    path("milestones/", views.milestones, name="milestones"),
    path("milestones/<int:number>/", views.milestone, name="milestone"),
    path("slots/<uuid:code>/book/", views.book_slot, name="book_slot"),
    path("slots/<uuid:code>/move/", views.move_slot, name="move_slot"),
    path("bookings/<uuid:code>/cancel/", views.cancel_slot, name="cancel_slot"),
    path("group/", group_views.group, name="group"),
    path("group/create/", group_views.create_group, name="create_group"),
    path("group/rename/", group_views.rename_group, name="rename_group"),
    path("group/invite/", group_views.invite_member, name="invite_member"),
    path("group/leave/", group_views.leave_group, name="leave_group"),
    path("groups/", group_views.groups, name="groups"),
    path("invitations/<uuid:code>/accept/", group_views.accept_invitation, name="accept_invitation"),
    path("invitations/<uuid:code>/decline/", group_views.decline_invitation, name="decline_invitation"),
    path("invitations/<uuid:code>/withdraw/", group_views.withdraw_invitation, name="withdraw_invitation"),
]
