"""Every address of the product, composed from its parts."""

from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.urls import include, path, re_path
from django.views.i18n import set_language
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import IsAuthenticated

from txt2voice import health

api = [
    re_path(r"^stats/?$", health.Stats.as_view(), name="stats"),
    path("schema/", SpectacularAPIView.as_view(permission_classes=[IsAuthenticated]), name="schema"),
    path("docs/", login_required(SpectacularSwaggerSplitView.as_view(url_name="schema")), name="docs"),
]

urlpatterns = [
    path("api/", include(api)),
    path("admin/", admin.site.urls),
    path("i18n/setlang/", set_language, name="set_language"),
    re_path(r"^health/?$", health.health, name="health"),
]

handler404 = "txt2voice.api.not_found"
handler500 = "txt2voice.api.server_error"
