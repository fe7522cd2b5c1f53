from django.apps import AppConfig


class ReviewAppConfig(AppConfig):
    name = "webapp.review"
