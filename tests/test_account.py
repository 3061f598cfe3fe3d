"""Logging in and out, and one's own account."""

import re

import pytest
from django.contrib.auth import get_user
from knox.models import AuthToken
from sesame.utils import get_query_string

from recognition import callbacks

PASSWORD = "a long reader's password"


def test_login_leads_to_the_page_that_was_asked_for(client, user):
    response = client.post("/login/", {"username": "reader", "password": PASSWORD, "next": "/tasks/"})
    assert response.url == "/tasks/" and get_user(client) == user


def test_a_wrong_password_gets_a_sentence(client, user):
    response = client.post("/login/", {"username": "reader", "password": "wrong"})
    assert "Please enter a correct username and password" in response.content.decode()


def test_guessing_passwords_is_stopped_with_a_sentence(client, user):
    for _ in range(10):
        response = client.post("/login/", {"username": "reader", "password": "wrong"})
    assert response.status_code == 429 and "Wait a quarter of an hour" in response.content.decode()


def test_the_link_logs_in_once(client, user):
    link = f"/login/link/{get_query_string(user)}"
    assert client.get(link).url == "/" and get_user(client) == user
    client.logout()
    assert "This link has been used or is too old" in client.get(link, follow=True).content.decode()


def test_logging_out_is_a_post(signed_in):
    assert signed_in.get("/logout/").status_code == 405
    signed_in.post("/logout/")
    assert not get_user(signed_in).is_authenticated


def test_a_token_is_shown_once_and_works(signed_in, client, user):
    page = signed_in.post("/account/tokens/").content.decode()
    token = re.search(r'class="token">([^<]+)<', page)[1]
    assert token not in signed_in.get("/account/").content.decode()
    client.logout()
    assert client.get("/api/books/", headers={"Authorization": f"Token {token}"}).status_code == 200


def test_a_token_is_revoked_by_its_owner_alone(client, user, stranger):
    row, _token = AuthToken.objects.create(user)
    client.force_login(stranger)
    assert client.post(f"/account/tokens/{row.pk}/revoke/").status_code == 404
    client.force_login(user)
    client.post(f"/account/tokens/{row.pk}/revoke/")
    assert not AuthToken.objects.exists()


def test_the_password_is_changed_and_one_stays_logged_in(signed_in, user):
    new = "another long password"
    form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert signed_in.post("/account/password/", form).url == "/account/"
    user.refresh_from_db()
    assert user.check_password(new) and get_user(signed_in) == user


def test_a_wrong_old_password_is_said_beside_its_field(signed_in, user):
    form = {"old_password": "wrong", "new_password1": "another long password", "new_password2": "another long password"}
    response = signed_in.post("/account/password/", form)
    assert response.status_code == 400 and "Your old password was entered incorrectly" in response.content.decode()
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_who_has_no_password_yet_is_not_asked_for_one(client, user):
    user.set_unusable_password()
    user.save()
    client.force_login(user)
    assert "old_password" not in client.get("/account/").content.decode()


@pytest.mark.parametrize("language, title", [("zh-CN,zh;q=0.9", "zh-hans"), ("en-GB,en", "en"), ("fr", "en")])
def test_pages_come_in_the_browsers_language(client, db, language, title):
    page = client.get("/login/", headers={"Accept-Language": language}).content.decode()
    assert f'<html lang="{title}">' in page


def test_the_switch_of_the_language_stays(client, db):
    response = client.post("/i18n/setlang/", {"language": "zh-hans", "next": "/login/"})
    assert response.url == "/login/"
    assert '<html lang="zh-hans">' in client.get("/login/").content.decode()


def test_the_signing_secret_is_shown_to_its_owner_and_can_be_changed(signed_in, user):
    old = callbacks.secret_of(user.pk)
    assert old in signed_in.get("/account/").content.decode()
    signed_in.post("/account/webhook-secret/")
    page = signed_in.get("/account/").content.decode()
    assert old not in page
    assert callbacks.secret_of(user.pk) in page
