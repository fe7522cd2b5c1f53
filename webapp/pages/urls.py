from django.urls import path

from webapp.pages import exports, views

urlpatterns = [
    path("", views.projects, name="projects"),
    path("projects/<int:project_id>/", views.project, name="project"),
    path("projects/<int:project_id>/members", views.set_member, name="set_member"),
    path("projects/<int:project_id>/members/<int:user_id>/remove", views.remove_member, name="remove_member"),
    path("projects/<int:project_id>/exports/", exports.exports, name="exports"),
    path("cases/<int:case_id>/", views.workspace, name="workspace"),
]
