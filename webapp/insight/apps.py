from django.apps import AppConfig


class InsightConfig(AppConfig):
    name = "webapp.insight"

    def ready(self) -> None:
        from webapp.annotation.sweeper import background_swept
        from webapp.insight.services import look_after_measurements

        background_swept.connect(look_after_measurements, dispatch_uid="insight.measurements")
