"""Every address of the product, composed from its parts."""

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView
from django.views.i18n import set_language
from drf_spectacular.views import SpectacularAPIView
from drf_spectacular.views import SpectacularSwaggerSplitView as Docs
from rest_framework.permissions import IsAuthenticated
from rest_framework.routers import SimpleRouter

from books import api as library
from recognition import api as recognition
from txt2voice import health
from txt2voice.metrics import metrics

router = SimpleRouter()
router.register("books", library.BookViewSet)
router.register(r"books/(?P<book>[^/.]+)/chapters", library.ChapterViewSet)
router.register(r"books/(?P<book>[^/.]+)/characters", recognition.CharacterViewSet)
router.register(r"books/(?P<book>[^/.]+)/quotations", recognition.QuotationViewSet)
router.register(r"books/(?P<book>[^/.]+)/relations", recognition.RelationViewSet)
router.register(r"books/(?P<book>[^/.]+)/corrections", recognition.CorrectionViewSet)
router.register("tasks", recognition.TaskViewSet)
# With and without a slash at the end, like the contract: a redirect would drop the body of a POST.
router.trailing_slash = "/?"

BOOK = r"^books/(?P<book>[^/.]+)"
api: list[URLPattern | URLResolver] = [
    re_path(r"^recognize/async/?$", recognition.RecognizeText.as_view(), name="recognize_text"),
    re_path(
        r"^recognize/async/(?P<task>[^/.]+)/?$", recognition.RecognizeTextTask.as_view(), name="recognize_text_task"
    ),
    re_path(rf"{BOOK}/characters/recognize/?$", recognition.RecognizeBook.as_view(), name="recognize_book"),
    re_path(
        rf"{BOOK}/characters/recognize/callback/?$", recognition.RecognizeCallback.as_view(), name="recognize_callback"
    ),
    re_path(rf"{BOOK}/script/?$", recognition.ScriptView.as_view(), name="book_script"),
    path("", include(router.urls)),
    re_path(r"^stats/?$", health.Stats.as_view(), name="stats"),
    path("schema/", SpectacularAPIView.as_view(permission_classes=[IsAuthenticated]), name="schema"),
    path("docs/", login_required(Docs.as_view(url_name="schema", template_name="api/docs.html")), name="docs"),
]

admin.site.site_header = admin.site.site_title = "txt2voice"

urlpatterns = [
    path("", include("books.urls")),
    path("", include("recognition.urls")),
    path("", include("txt2voice.account")),
    path("api/", include(api)),
    path("admin/", admin.site.urls),
    path("i18n/setlang/", set_language, name="set_language"),
    # Asked for by browsers on pages that name no icon, such as the admin.
    path("favicon.ico", RedirectView.as_view(url=f"{settings.STATIC_URL}icon.svg"), name="favicon"),
    re_path(r"^health/?$", health.health, name="health"),
    re_path(r"^metrics/?$", metrics, name="metrics"),
]

handler400 = "txt2voice.api.bad_request"
handler404 = "txt2voice.api.not_found"
handler500 = "txt2voice.api.server_error"
