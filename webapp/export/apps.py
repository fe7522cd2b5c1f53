from django.apps import AppConfig


class ExportConfig(AppConfig):
    name = "webapp.export"
    label = "export"

    def ready(self) -> None:
        from webapp.annotation.sweeper import background_swept
        from webapp.export.services import look_after_exports

        background_swept.connect(look_after_exports, dispatch_uid="export.abandoned")
