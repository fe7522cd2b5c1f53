from django.apps import AppConfig


class ViteConfig(AppConfig):
    name = "webapp.config.vite"
    label = "vite"
