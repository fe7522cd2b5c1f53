from django.apps import AppConfig


class AnnotationAppConfig(AppConfig):
    name = "webapp.annotation"

    def ready(self) -> None:
        from webapp.annotation import project_changes

        project_changes.connect()
