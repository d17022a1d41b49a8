from django.urls import path

from schedule import material_views, readme_views, rollover_views, search_views, views

app_name = "schedule"
urlpatterns = [
    path("", views.course, name="course"),
    path("schedule/", views.schedule, name="schedule"),
    path("schedule/<int:pk>.ics", views.lecture, name="lecture"),
    path("lectures/<int:pk>/", views.lecture_page, name="lecture_page"),
    path("materials/<int:pk>/", material_views.material, name="material"),
    path("materials/<int:pk>/release/", material_views.release_material, name="release_material"),
    path("search/", search_views.search, name="search"),
    path("rollover/", rollover_views.rollover, name="rollover"),
    path("readme/", readme_views.import_readme, name="import_readme"),
    path("readme/look/", readme_views.look_at_readme, name="look_at_readme"),
    path("readme/forget/", readme_views.forget_readme, name="forget_readme"),
    path("readme/<uuid:code>/", readme_views.preview_readme, name="preview_readme"),
]
