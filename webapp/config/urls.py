from django.urls import URLPattern, URLResolver, include, path

from webapp.api.routes import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", include("allauth.account.urls")),
    path("api/", api.urls),
    path("", include("webapp.pages.urls")),
]
