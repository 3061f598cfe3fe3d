"""How the resources tell an error: problem+json, a sentence, a stable code, the field."""

import json
from types import SimpleNamespace

import pytest
from django.urls import resolve
from rest_framework.exceptions import Throttled

from txt2voice.api import problem, server_error

pytestmark = pytest.mark.django_db

FIELDS = {"type", "title", "status", "code", "detail"}


def assert_problem(answer, status, code, *words):
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert FIELDS <= set(body) <= FIELDS | {"field", "errors"}
    assert (body["status"], body["code"]) == (status, code)
    for word in words:
        assert word in body["detail"]


def test_an_unknown_address_below_api(api, anonymous):
    for client in (api, anonymous):
        assert_problem(client.get("/api/nothing/"), 404, "not_found")


def test_an_unknown_row(api, cast_book):
    assert_problem(api.get(f"/api/books/{cast_book.pk}/characters/0/"), 404, "not_found")


def test_no_credentials(anonymous):
    answer = anonymous.get("/api/tasks/")
    assert_problem(answer, 401, "not_authenticated", "Token")
    assert answer["WWW-Authenticate"] == "Token"


@pytest.mark.parametrize("header", ["Token", "Token wrong", "Token two words", "Token \xff\xfe", "Token " + "x" * 5000])
def test_a_wrong_token(anonymous, header):
    anonymous.credentials(HTTP_AUTHORIZATION=header)
    assert_problem(anonymous.get("/api/tasks/"), 401, "authentication_failed", "account page")


def test_a_method_that_is_not_there(api):
    assert_problem(api.delete("/api/tasks/"), 405, "method_not_allowed", "DELETE", "GET")


def test_a_body_of_another_kind(api, chinese_book):
    answer = api.patch(f"/api/books/{chinese_book.pk}/", b"<title/>", content_type="application/xml")
    assert_problem(answer, 415, "unsupported_media_type", "application/json")


def test_an_answer_of_another_kind(api):
    assert_problem(api.get("/api/tasks/", headers={"Accept": "application/xml"}), 406, "not_acceptable")


def test_two_wrong_filters_are_both_told(api):
    answer = api.get("/api/tasks/", {"status": "lost", "book": "x"})
    assert answer.status_code == 400
    assert {error["field"] for error in answer.json()["errors"]} == {"status", "book"}


@pytest.mark.parametrize(("language", "chinese"), [("zh-CN,zh;q=0.9", True), ("en", False)])
def test_the_sentence_is_in_the_readers_language(api, language, chinese):
    detail = api.get("/api/tasks/?page=99", headers={"Accept-Language": language}).json()["detail"]
    assert any("\u4e00" <= character <= "\u9fff" for character in detail) == chinese


@pytest.mark.parametrize("path", ["tasks", "tasks/"])
def test_the_slash_at_the_end_does_not_matter(api, path):
    assert api.get(f"/api/{path}").status_code == 200


@pytest.mark.parametrize(("title", "code"), [("a\0b", "null"), ("a\ud800b", "surrogate")])
def test_what_no_table_can_keep_is_named(api, chinese_book, title, code):
    body = json.dumps({"title": title})
    answer = api.patch(f"/api/books/{chinese_book.pk}/", body, content_type="application/json")
    assert_problem(answer, 400, f"{code}_characters_not_allowed", "Remove it")


def test_too_many_requests_are_told_when_to_come_back():
    answer = problem(Throttled(wait=7), {"view": SimpleNamespace()})
    assert (answer.status_code, answer.data["code"], answer["Retry-After"]) == (429, "throttled", "7")


@pytest.mark.parametrize(
    ("path", "fields"),
    [("/api/tasks/", FIELDS), ("/api/nothing/", FIELDS), ("/api/stats", {"success", "message", "code", "detail"})],
)
def test_an_error_nobody_foresaw_is_json_too(rf, path, fields):
    request = rf.get(path)
    request.resolver_match = None if "nothing" in path else resolve(path)
    answer = server_error(request)
    assert answer.status_code == 500
    assert set(json.loads(answer.content)) == fields
