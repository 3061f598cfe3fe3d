"""What all of the API shares: pages of results, the size of a body, and how an error is told."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import defaults
from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from knox import auth
from rest_framework import exceptions, filters, pagination, parsers
from rest_framework.response import Response

from books.importing import ImportProblem
from recognition.tasks import AlreadyActive, TaskRefused

# RFC 9457
PROBLEM = "application/problem+json"


class Pages(pagination.PageNumberPagination):
    page_size_query_param = "page_size"
    max_page_size = 500


class OrderingFilter(filters.OrderingFilter):
    """As the framework's, with the key last: rows equal in what is asked for might come on two pages, or on none."""

    def get_ordering(self, request: Any, queryset: Any, view: Any) -> Any:
        ordering = super().get_ordering(request, queryset, view)
        return [*ordering, "pk"] if ordering else ordering


class TokenAuthentication(auth.TokenAuthentication):  # type: ignore[misc]
    """As the library's, but a token that is not even text is a wrong one and no crash."""

    def authenticate_credentials(self, token: bytes) -> Any:
        try:
            return super().authenticate_credentials(token)
        except UnicodeDecodeError as error:
            raise exceptions.AuthenticationFailed from error


class TokenScheme(KnoxTokenScheme):  # type: ignore[no-untyped-call]
    """How the schema describes it; found by its base class."""

    target_class = "txt2voice.api.TokenAuthentication"


class JSONParser(parsers.JSONParser):
    """As the framework's, but takes objects alone, says what is wrong in the reader's language, and survives a very
    deep nesting.
    """

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            body = super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise exceptions.ParseError(_("The body is nested too deeply.")) from error
        except exceptions.ParseError as error:
            raise exceptions.ParseError(
                _("The body is not valid JSON: %(reason)s.") % {"reason": error.__context__}
            ) from error
        if not isinstance(body, dict):
            raise exceptions.ParseError(_('The body is no JSON object. Send one, such as {"text": "..."}.'))
        return body


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a request: a stable code, a sentence, and the field it is about, if any."""

    code: str
    sentence: str
    field: str = ""

    def __str__(self) -> str:
        return f"{self.field}: {self.sentence}" if self.field else self.sentence


def problem(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """The answer to an exception in a view of the API; None (a 500) when nobody foresaw it.

    `{type, title, status, code, detail, field?, errors?}`, and on the paths of the contract, whose views say
    `contract = True`, `{success: false, message, code, detail}`.
    """
    view = context["view"]
    match error:
        case AlreadyActive():
            status, faults = HTTPStatus.CONFLICT, [Fault(error.code, str(error))]
        case TaskRefused():
            status, faults = HTTPStatus.BAD_REQUEST, [Fault(error.code, str(error))]
        case ImportProblem():
            status, faults = HTTPStatus(error.status), [Fault(error.code, str(error), error.field)]
        case Http404():
            status, faults = HTTPStatus.NOT_FOUND, [nothing_here()]
        case PermissionDenied():
            status, faults = HTTPStatus.FORBIDDEN, [Fault("permission_denied", str(error) or _("You may not do this."))]
        case RequestDataTooBig():
            status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            sentence = _("This is larger than the %(limit)d MB that are allowed.") % {"limit": settings.MAX_UPLOAD_MB}
            faults = [Fault("too_large", sentence)]
        case SuspiciousOperation():
            status, faults = HTTPStatus.BAD_REQUEST, [Fault("bad_request", _("The request cannot be read."))]
        case exceptions.APIException():
            status, faults = HTTPStatus(error.status_code), list(faults_of(error, view))
        case _:
            return None
    headers = {}
    if header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = header
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(wait)
    if getattr(view, "contract", False):
        return Response(contract_body(faults), status, headers=headers)
    return Response(problem_body(status, faults), status, headers=headers, content_type=PROBLEM)


def faults_of(error: exceptions.APIException, view: Any) -> Iterator[Fault]:
    """What the framework's own errors say, where its words would not tell a person what to do, in ours."""
    match error:
        case exceptions.ValidationError():
            yield from flat(error.detail)
        case exceptions.NotFound() if error.detail == exceptions.NotFound.default_detail:
            yield nothing_here()
        case exceptions.NotAuthenticated():
            yield Fault(
                "not_authenticated", _("Log in, or send your API token in the header “Authorization: Token …”.")
            )
        case exceptions.AuthenticationFailed():
            yield Fault("authentication_failed", _("This API token is not valid. Make a new one on your account page."))
        case exceptions.MethodNotAllowed():
            known = {"method": view.request.method, "allowed": ", ".join(view.allowed_methods)}
            yield Fault("method_not_allowed", _("%(method)s is not possible here, only %(allowed)s.") % known)
        case exceptions.UnsupportedMediaType():
            known = {"types": ", ".join(parser.media_type for parser in view.get_parsers())}
            yield Fault("unsupported_media_type", _("Send the body as %(types)s.") % known)
        case _:
            yield Fault(str(error.get_codes()), str(error.detail), getattr(error, "field", ""))


# Where the framework's own words would not tell a person what to do, or are wrong in their translation.
SENTENCES = {
    "null_characters_not_allowed": gettext_lazy("There is a NUL character (U+0000) in it. Remove it."),
    "surrogate_characters_not_allowed": gettext_lazy(
        "There is half of a character in it (a lone surrogate). Remove it."
    ),
}


def flat(detail: Any, path: tuple[str, ...] = ()) -> Iterator[Fault]:
    """The nested errors of a serializer one after another, each with the dotted path of its field."""
    if isinstance(detail, Mapping):
        for key, value in detail.items():
            yield from flat(value, path if key == "non_field_errors" else (*path, str(key)))
    elif isinstance(detail, list):
        for value in detail:
            yield from flat(value, path)
    else:
        yield Fault(detail.code, str(SENTENCES.get(detail.code, detail)), ".".join(path))


def nothing_here() -> Fault:
    return Fault("not_found", _("There is nothing at this address, or it belongs to somebody else."))


def problem_body(status: HTTPStatus, faults: list[Fault]) -> dict[str, Any]:
    """The first fault as the answer's own; all of them under `errors` when there are more."""
    first, *more = faults
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "code": first.code,
        "detail": first.sentence,
    }
    if first.field:
        body["field"] = first.field
    if more:
        body["errors"] = [{"field": f.field, "code": f.code, "detail": f.sentence} for f in faults]
    return body


def contract_body(faults: list[Fault]) -> dict[str, Any]:
    """`message` is the first fault with its field; `detail` has all of them, one a line."""
    return {
        "success": False,
        "message": str(faults[0]),
        "code": faults[0].code,
        "detail": "\n".join(str(fault) for fault in faults),
    }


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page for a form that cannot be read; one that is too large has a page that says so."""
    if isinstance(exception, RequestDataTooBig):
        return render(request, "413.html", status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page for an unknown address; below /api/ the same as JSON."""
    if not request.path.startswith("/api/"):
        return defaults.page_not_found(request, exception)
    body = problem_body(HTTPStatus.NOT_FOUND, [nothing_here()])
    return JsonResponse(body, status=HTTPStatus.NOT_FOUND, content_type=PROBLEM)


def server_error(request: HttpRequest) -> HttpResponse:
    """The page for an error nobody foresaw; below /api/ the same as JSON."""
    if not request.path.startswith("/api/"):
        return defaults.server_error(request)
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    faults = [Fault("server_error", _("Something went wrong on our side. It is in the log; please try again later."))]
    view = getattr(request.resolver_match.func, "cls", None) if request.resolver_match else None
    if getattr(view, "contract", False):
        return JsonResponse(contract_body(faults), status=status)
    return JsonResponse(problem_body(status, faults), status=status, content_type=PROBLEM)


def describe_errors(result: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
    """For the schema: the two forms of an error, and which one each operation may answer with."""
    text = {"type": "string"}
    fault = {"type": "object", "properties": {"field": text, "code": text, "detail": text}}
    result["components"]["schemas"] |= {
        "Problem": {
            "type": "object",
            "properties": {
                "type": text,
                "title": text,
                "status": {"type": "integer"},
                "code": text,
                "detail": text,
                "field": text,
                "errors": {"type": "array", "items": fault},
            },
            "required": ["type", "title", "status", "code", "detail"],
        },
        "Failure": {
            "type": "object",
            "properties": {"success": {"type": "boolean"}, "message": text, "code": text, "detail": text},
            "required": ["success", "message", "code", "detail"],
        },
    }
    for path, operations in result["paths"].items():
        contract = "/recognize/" in path or path == "/api/stats/"
        name, kind = ("Failure", "application/json") if contract else ("Problem", PROBLEM)
        answer = {
            "description": _("The request cannot be answered; `code` is stable, the sentence is for a person."),
            "content": {kind: {"schema": {"$ref": f"#/components/schemas/{name}"}}},
        }
        for operation in operations.values():
            operation["responses"]["4XX"] = answer
    return result
