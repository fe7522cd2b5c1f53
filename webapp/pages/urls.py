from django.urls import path

from webapp.pages import agreement, brought_labels, cases, exports, history, people, progress, sign_up, views

urlpatterns = [
    path("", views.projects, name="projects"),
    path("projects/<int:project_id>/", views.project, name="project"),
    path("projects/<int:project_id>/people/", people.people, name="people"),
    path("projects/<int:project_id>/people/add", people.add_member, name="add_member"),
    path("projects/<int:project_id>/people/<int:user_id>/role", people.change_role, name="change_role"),
    path("projects/<int:project_id>/people/<int:user_id>/remove", people.remove_member, name="remove_member"),
    path("projects/<int:project_id>/invitations", people.invite, name="invite"),
    path("invitations/<int:invitation_id>/revoke", people.revoke_invitation, name="revoke_invitation"),
    path("join/<str:secret>/", sign_up.join, name="join"),
    path("projects/<int:project_id>/next", cases.next_case, name="next_case"),
    path("projects/<int:project_id>/assign", cases.assign_cases, name="assign_cases"),
    path("projects/<int:project_id>/exports/", exports.exports, name="exports"),
    path("projects/<int:project_id>/progress/", progress.progress, name="progress"),
    path("projects/<int:project_id>/progress.csv", progress.progress_csv, name="progress_csv"),
    path("projects/<int:project_id>/agreement/", agreement.of_project, name="agreement"),
    path("projects/<int:project_id>/agreement.csv", agreement.agreement_csv, name="agreement_csv"),
    path("projects/<int:project_id>/readers", agreement.set_readers, name="set_readers"),
    path("cases/<int:case_id>/agreement/", agreement.of_case, name="case_agreement"),
    path("cases/<int:case_id>/consensus", agreement.ask_for_consensus, name="consensus"),
    path("annotations/<int:annotation_id>/history/", history.history, name="history"),
    path("annotations/<int:annotation_id>/compare/", history.compare, name="compare"),
    path("annotations/<int:annotation_id>/restore", history.restore, name="restore"),
    path("annotations/<int:annotation_id>/labels/", brought_labels.bring, name="bring_labels"),
    path("label-maps/<int:label_map_id>/", brought_labels.label_map, name="label_map"),
    path("label-maps/<int:label_map_id>/discard", brought_labels.discard, name="discard_label_map"),
    path("cases/<int:case_id>/", views.workspace, name="workspace"),
]
