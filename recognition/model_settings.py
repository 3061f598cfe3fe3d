"""The language model as it is set up, for staff: what is configured, what is known of it, and a test call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from recognition import budget, configuration
from recognition.endpoints import EndpointRow
from recognition.engines.llm.answers import Unreadable
from recognition.engines.llm.config import Endpoint
from recognition.models import Endpoint as Known
from recognition.models import TokenUse
from recognition.progress import problem

if TYPE_CHECKING:
    from recognition.engines.llm.client import FailureKind

USERS_SHOWN = 50
PROVIDERS_OWN = "https://api.openai.com/v1"  # what the client takes without LLM_BASE_URL


def staff_only(request: HttpRequest) -> None:
    if not request.user.is_staff:
        raise Http404


@login_required
@require_safe
def model_settings(request: HttpRequest) -> HttpResponse:
    staff_only(request)
    known = Known.objects.filter(base_url=settings.LLM_BASE_URL, model=settings.LLM_MODEL).first()
    context: dict[str, Any] = {
        "has_model": configuration.has_model(),
        "base_url": settings.LLM_BASE_URL or PROVIDERS_OWN,
        "has_key": bool(settings.LLM_API_KEY),
        "settings": settings,
        "known": known,
        "is_cooling": bool(known and known.until and known.until > timezone.now()),
        "uses": TokenUse.objects.filter(day=budget.today()).select_related("user").order_by("-tokens")[:USERS_SHOWN],
    }
    return render(request, "recognition/settings.html", context)


@login_required
@require_POST
def test(request: HttpRequest) -> HttpResponse:
    """One small call to the model; what came of it is said on the page of the settings."""
    # They load the provider's package, which takes half a second of each start.
    from recognition.engines.llm.client import CallFailed
    from recognition.engines.llm.probe import probe

    staff_only(request)
    config = configuration.llm_config()
    url = config.base_url or PROVIDERS_OWN
    if not configuration.has_model():
        messages.error(request, _("No model is set up: set LLM_BASE_URL, LLM_API_KEY and LLM_MODEL, then restart."))
        return redirect("model_settings")
    try:
        reached = probe(config)
    except CallFailed as error:
        messages.error(request, f"{advice(error.failure.kind)} ({url}: {problem(str(error))})")
    except Unreadable as error:
        sentence = _("%(url)s answers, but not in the form that was asked for (%(problem)s). Choose another model.")
        messages.error(request, sentence % {"url": url, "problem": problem(str(error))})
    else:
        EndpointRow(config).save(Endpoint(reached.answer_format))
        sentence = _("Reached %(url)s, model %(model)s, answers in %(format)s, %(seconds).1f s.")
        about = {"url": url, "model": config.model, "format": reached.answer_format, "seconds": reached.seconds}
        messages.success(request, sentence % about)
    return redirect("model_settings")


def advice(kind: FailureKind) -> str:
    """What to do about a test call that failed."""
    match kind:
        case "config":
            return _("Correct LLM_API_KEY, LLM_BASE_URL or LLM_MODEL in the environment or in .env, then restart.")
        case "quota":
            return _("Top up the account at the provider.")
        case "rate":
            return _("Too many calls for now; try again in a minute.")
        case "refused" | "length":
            return _("The model does not take a question of a few lines; set another one in LLM_MODEL.")
    return _("Is LLM_BASE_URL right, and does the server run? Behind a proxy, set HTTPS_PROXY.")
