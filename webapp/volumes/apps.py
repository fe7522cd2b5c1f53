from django.apps import AppConfig


class VolumesConfig(AppConfig):
    name = "webapp.volumes"
    label = "volumes"
