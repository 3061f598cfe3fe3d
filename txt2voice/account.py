"""Logging in and out, and the page of one's own account: language, password, API tokens, the secret of callbacks."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from knox.models import AuthToken
from sesame.views import LoginView as LinkView

from recognition import callbacks


class LoginLink(LinkView):  # type: ignore[misc]
    """The one-time link that `manage.py link` prints."""

    def login_failed(self) -> HttpResponse:
        messages.error(self.request, _("This link has been used or is too old. Make a new one, or log in here."))
        return redirect("login")


def password_form(user: User, data: object = None) -> SetPasswordForm[User]:
    """Who came by a link and has no password yet is not asked for the old one."""
    if not user.has_usable_password():
        return SetPasswordForm(user, data)
    form = PasswordChangeForm(user, data)
    del form.fields["old_password"].widget.attrs["autofocus"]  # the page is about more than the password
    return form


def show(request: HttpRequest, status: int = 200, **more: object) -> HttpResponse:
    user = request.user
    assert isinstance(user, User)
    tokens = AuthToken.objects.filter(user=user).order_by("-created")
    context = {
        "tokens": tokens,
        "password_form": password_form(user),
        "webhook_secret": callbacks.secret_of(user.pk),
        **more,
    }
    return render(request, "account/account.html", context, status=status)


@login_required
@require_safe
@never_cache
def account(request: HttpRequest) -> HttpResponse:
    return show(request)


@login_required
@require_POST
def password(request: HttpRequest) -> HttpResponse:
    user = request.user
    assert isinstance(user, User)
    form = password_form(user, request.POST)
    if not form.is_valid():
        return show(request, status=400, password_form=form)
    form.save()
    update_session_auth_hash(request, user)  # else changing it would log this browser out
    messages.success(request, _("Your password is changed."))
    return redirect("account")


@login_required
@require_POST
@never_cache
def token_create(request: HttpRequest) -> HttpResponse:
    """Answers with the page and not by a redirect: the token is stored hashed and can be shown only now."""
    _row, token = AuthToken.objects.create(request.user)
    return show(request, status=201, new_token=token)


@login_required
@require_POST
def token_revoke(request: HttpRequest, key: str) -> HttpResponse:
    get_object_or_404(AuthToken, user=request.user, pk=key).delete()
    messages.success(request, _("The token is revoked."))
    return redirect("account")


@login_required
@require_POST
def webhook_rotate(request: HttpRequest) -> HttpResponse:
    assert request.user.pk is not None  # a logged-in user is saved
    callbacks.rotate_secret(request.user.pk)
    messages.success(
        request, _("The signing secret is changed. Callbacks sent from now on verify with the new one only.")
    )
    return redirect("account")


urlpatterns = [
    path(
        "login/",
        auth.LoginView.as_view(template_name="account/login.html", redirect_authenticated_user=True),
        name="login",
    ),
    path("login/link/", LoginLink.as_view(), name="login_link"),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
    path("account/", account, name="account"),
    path("account/password/", password, name="password"),
    path("account/tokens/", token_create, name="token_create"),
    path("account/tokens/<str:key>/revoke/", token_revoke, name="token_revoke"),
    path("account/webhook-secret/", webhook_rotate, name="webhook_rotate"),
]
