"""All settings, each from the environment, each with a default that works on a fresh clone.

A variable NAME may also be given as a file by NAME_FILE; an empty one counts as not given. The table of all names is
in README.md.
"""

import os
import re
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from csp.constants import SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from environ import Env

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"


def wrong(name: str, problem: str) -> ImproperlyConfigured:
    """What stops the start; manage.py prints it as the only line."""
    return ImproperlyConfigured(f"The environment variable {name} is wrong: {problem}.")


def text(name: str, default: str = "") -> str:
    """The variable, or the content of the file that NAME_FILE names."""
    path = os.environ.get(f"{name}_FILE")
    if not path:
        return os.environ.get(name, "").strip() or default
    try:
        return Path(path).read_text(encoding="utf-8").strip() or default
    except (OSError, ValueError) as error:
        raise wrong(f"{name}_FILE", str(error)) from error


def number(name: str, default: int, least: int = 0, most: int = 2**31 - 1) -> int:
    value = text(name, str(default))
    if not value.isdecimal() or not least <= int(value) <= most:
        raise wrong(name, f"{value!r} is no whole number from {least} to {most}")
    return int(value)


def price(name: str) -> float:
    """Of a million tokens, in any currency."""
    value = text(name, "0")
    if not re.fullmatch(r"\d+(\.\d+)?", value):
        raise wrong(name, f"{value!r} is no price, such as 0.28")
    return float(value)


def flag(name: str, default: bool) -> bool:
    value = text(name, "1" if default else "0").lower()
    if value not in ("1", "true", "yes", "on", "0", "false", "no", "off"):
        raise wrong(name, f"{value!r} is neither 1 nor 0")
    return value in ("1", "true", "yes", "on")


def names(name: str, *default: str) -> list[str]:
    """Separated by commas."""
    given = text(name)
    return [item.strip() for item in given.split(",") if item.strip()] if given else list(default)


def address(name: str, default: str = "") -> str:
    """A URL without a slash at its end; empty when not given."""
    value = text(name, default).rstrip("/")
    if value and not value.startswith(("http://", "https://")):
        raise wrong(name, f"{value!r} does not begin with http:// or https://")
    return value


def directory(name: str, default: Path) -> Path:
    path = Path(text(name, str(default))).absolute()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)  # books may be private
    except OSError as error:
        raise wrong(name, str(error)) from error
    return path


def database(name: str, default: str) -> dict[str, Any]:
    """SQLite or PostgreSQL. The value is not repeated in an error: it may hold a password."""
    value = text(name, default)
    if not value.startswith(("sqlite://", "postgres://", "postgresql://")):
        raise wrong(name, "it does not begin with postgres:// or sqlite://")
    try:
        return dict(Env.db_url_config(value))
    except ValueError as error:
        raise wrong(name, str(error)) from error


def time_zone(name: str, default: str) -> str:
    value = text(name, default)
    try:
        return ZoneInfo(value).key
    except (OSError, ValueError, KeyError):
        raise wrong(name, f"{value!r} is no time zone, such as Asia/Shanghai") from None


# ---------------------------------------------------------------------------------------------- the place

DEBUG = flag("DEBUG", False)
DATA_DIR = directory("DATA_DIR", BASE_DIR / "var")
PORT = number("PORT", 8000, least=1, most=65535)
APP_URL = address("APP_URL", f"http://127.0.0.1:{PORT}")
# The machine itself always: a health check asks 127.0.0.1.
ALLOWED_HOSTS = [urlsplit(APP_URL).hostname or "", *names("ALLOWED_HOSTS"), "127.0.0.1", "localhost", "[::1]"]
CSRF_TRUSTED_ORIGINS = names("CSRF_TRUSTED_ORIGINS", APP_URL)


def secret_key() -> str:
    """SECRET_KEY, or one made once and kept beside the data, readable by its owner alone."""
    if given := text("SECRET_KEY"):
        return given
    kept = DATA_DIR / "secret-key"
    if not kept.exists():
        from django.core.management.utils import get_random_secret_key

        # Written aside and linked: two processes that start together must agree on one key.
        mine = kept.with_suffix(f".{secrets.token_hex(8)}")
        mine.touch(mode=0o600)
        mine.write_text(get_random_secret_key())
        try:
            kept.hardlink_to(mine)
        except FileExistsError:
            pass
        finally:
            mine.unlink()
    return kept.read_text()


SECRET_KEY = secret_key()

# Behind a TLS-terminating proxy that sets this header; harmless without one, since secure cookies follow APP_URL.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = APP_URL.startswith("https://")
SECURE_HSTS_SECONDS = 31_536_000 if APP_URL.startswith("https://") else 0
SECURE_REFERRER_POLICY = "same-origin"
# The proxy redirects to https; what holds for other names of its domain is not ours to say.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W008", "security.W021"]

# ---------------------------------------------------------------------------------------------- composition

INSTALLED_APPS = [
    "books",
    "recognition",
    "txt2voice",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "django_filters",
    "django_htmx",
    "django_q",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "rest_framework",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "txt2voice.urls"
WSGI_APPLICATION = "txt2voice.wsgi.application"
# The contract's paths answer with and without a trailing slash by their own patterns: a redirect drops a POST's body.
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# ---------------------------------------------------------------------------------------------- data

DATABASES = {"default": database("DATABASE_URL", f"sqlite:///{DATA_DIR / 'txt2voice.sqlite3'}")}
# Without it every queue operation reconnects: 5 times slower on PostgreSQL, 120 times on SQLite.
DATABASES["default"]["CONN_MAX_AGE"] = 60
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # IMMEDIATE: a transaction that reads first and writes later cannot be refused half way by another writer.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

MEDIA_ROOT = DATA_DIR / "files"
MAX_UPLOAD_MB = number("MAX_UPLOAD_MB", 100, least=1)
# A pasted text and a JSON body arrive in memory as a whole; files stream to disk and are measured by the view.
DATA_UPLOAD_MAX_MEMORY_SIZE = (MAX_UPLOAD_MB + 1) * 1024 * 1024

# ---------------------------------------------------------------------------------------------- recognition

RECOGNITION_ENGINE = text("RECOGNITION_ENGINE", "auto")
LLM_BASE_URL = address("LLM_BASE_URL")
LLM_API_KEY = text("LLM_API_KEY")
LLM_MODEL = text("LLM_MODEL", "deepseek-chat")
LLM_CONCURRENCY = number("LLM_CONCURRENCY", 8, least=1)
LLM_TIMEOUT = number("LLM_TIMEOUT", 180, least=1)
LLM_MAX_TOKENS_PER_TASK = number("LLM_MAX_TOKENS_PER_TASK", 0)
LLM_TOKENS_PER_USER_PER_DAY = number("LLM_TOKENS_PER_USER_PER_DAY", 0)
LLM_PRICE_IN = price("LLM_PRICE_IN")
LLM_PRICE_OUT = price("LLM_PRICE_OUT")

TASK_RETENTION_HOURS = number("TASK_RETENTION_HOURS", 24)
CALLBACK_ALLOWED_HOSTS = names("CALLBACK_ALLOWED_HOSTS")
CHARACTER_RECOGNITION_URL = address("CHARACTER_RECOGNITION_URL")
CHARACTER_RECOGNITION_TOKEN = text("CHARACTER_RECOGNITION_TOKEN")
POLL_INTERVAL = number("POLL_INTERVAL", 5, least=1)
POLL_MAX_ATTEMPTS = number("POLL_MAX_ATTEMPTS", 720, least=1)
PUBLIC_STATS = flag("PUBLIC_STATS", True)
METRICS_TOKEN = text("METRICS_TOKEN")

# ---------------------------------------------------------------------------------------------- the queue

WORKERS = number("WORKERS", 2, least=1)
WEB_CONCURRENCY = number("WEB_CONCURRENCY", 2, least=1)
RUN_SECONDS = 600  # a run hands its book over at the latest then
QUEUE_TIMEOUT = RUN_SECONDS + LLM_TIMEOUT + 60  # never meant to fire: every call and every run is shorter

Q_CLUSTER = {
    "name": "txt2voice",
    "label": _("Background work"),
    "orm": "default",
    "workers": WORKERS,
    "queue_limit": 1,
    "bulk": 1,
    "poll": 0.5,
    "timeout": QUEUE_TIMEOUT,
    "retry": 4 * QUEUE_TIMEOUT,
    # The queue brings back what vanished; what failed is ours to retry.
    "ack_failures": True,
    "max_attempts": 1,
    "save_limit": -1,
    "catch_up": False,
    "recycle": 200,
    "max_rss": 2_000_000,
}

# ---------------------------------------------------------------------------------------------- people

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "sesame.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "library"
LOGOUT_REDIRECT_URL = "login"
AXES_VERBOSE = False  # else each command begins with two lines about it
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "account/locked.html"
SESAME_MAX_AGE = 600
SESAME_ONE_TIME = True
REST_KNOX = {"TOKEN_TTL": None, "AUTH_HEADER_PREFIX": "Token"}

# ---------------------------------------------------------------------------------------------- languages

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = time_zone("TIME_ZONE", "UTC")
USE_TZ = True

# ---------------------------------------------------------------------------------------------- front end

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [SELF],
        "object-src": ["'none'"],
    },
}

# ---------------------------------------------------------------------------------------------- API

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "txt2voice.api.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    # JSON alone: in a form, an option that is left out would read as switched off.
    "DEFAULT_PARSER_CLASSES": ["txt2voice.api.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_FILTER_BACKENDS": [
        "django_filters.rest_framework.DjangoFilterBackend",
        "txt2voice.api.OrderingFilter",
        "rest_framework.filters.SearchFilter",
    ],
    "DEFAULT_PAGINATION_CLASS": "txt2voice.api.Pages",
    "PAGE_SIZE": 100,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "txt2voice.api.problem",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "txt2voice",
    "DESCRIPTION": _(
        "A novel becomes a cast and a script in which every line has its speaker. A program sends its token with each "
        "request, in the header “Authorization: Token …”; tokens are made on the account page."
    ),
    "VERSION": VERSION,
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "txt2voice.api.describe_errors"],
    "ENUM_NAME_OVERRIDES": {
        "TaskStatus": "recognition.models.Status",
        "CharacterKind": "recognition.models.CharacterKind",
        "QuotationKind": "recognition.models.QuotationKind",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# ---------------------------------------------------------------------------------------------- logs

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "recognition.logs.TaskFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    # Noise beside a task's own lines.
    "loggers": {name: {"level": "WARNING"} for name in ("django-q", "axes", "httpx2")},
}
