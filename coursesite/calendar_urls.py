from django.urls import path

from coursesite import calendar_views

app_name = "calendar"
urlpatterns = [
    path("calendar/", calendar_views.subscribe, name="subscribe"),
    path("calendar/address/make/", calendar_views.make_address, name="make_address"),
    path("calendar/address/revoke/", calendar_views.revoke_address, name="revoke_address"),
    path("calendar/<slug:name>.ics", calendar_views.entry, name="entry"),
    path("calendar.ics", calendar_views.everybody, name="everybody"),
]
