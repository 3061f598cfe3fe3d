"""POST /api/recognize/async and GET /api/recognize/async/{task_id}: the contract, field for field."""

import uuid

import pytest
from django.test import Client
from django_q.models import OrmQ

from books.models import Book
from recognition.models import ProcessingTask, Status

pytestmark = pytest.mark.django_db

URL = "/api/recognize/async"
TEXT = "张三和李四是好朋友。王五也认识他们。"


def submit(client, body=None, **query):
    return client.post(URL, {"text": TEXT} if body is None else body, format="json", query_params=query)


def assert_refused(answer, status, code, *words):
    body = answer.json()
    assert answer.status_code == status
    assert set(body) == {"success", "message", "code", "detail"}
    assert (body["success"], body["code"]) == (False, code)
    for word in words:
        assert word in body["message"]
    assert not Book.objects.exists()
    assert not ProcessingTask.objects.exists()
    assert not OrmQ.objects.exists()


@pytest.mark.parametrize("url", [URL, URL + "/"])
def test_a_text_is_accepted_with_and_without_the_slash(api, url):
    answer = api.post(url, {"text": TEXT, "options": {}}, format="json")
    assert answer.status_code == 202
    assert set(answer.json()) == {"success", "task_id", "message"}
    assert answer.json()["success"] is True
    assert str(ProcessingTask.objects.get().pk) == answer.json()["task_id"]


def test_a_waiting_task_has_no_result(api):
    task_id = submit(api).json()["task_id"]
    for url in (f"{URL}/{task_id}", f"{URL}/{task_id}/"):
        body = api.get(url).json()
        assert set(body) == {"success", "data"}
        assert set(body["data"]) == {
            "task_id", "status", "progress", "message", "result", "error", "created_at", "started_at", "completed_at",
        }  # fmt: skip
        assert body["success"] is True
        assert body["data"]["task_id"] == task_id
        assert body["data"]["status"] == "pending"
        assert body["data"]["progress"] == 0
        assert body["data"]["created_at"]
        for empty in ("result", "error", "started_at", "completed_at"):
            assert body["data"][empty] is None


def test_the_result_has_the_fields_of_the_contract(api, run_queue):
    task_id = submit(api).json()["task_id"]
    run_queue()
    data = api.get(f"{URL}/{task_id}").json()["data"]
    assert (data["status"], data["progress"], data["error"]) == ("completed", 100, None)
    assert data["started_at"]
    assert data["completed_at"]
    result = data["result"]
    assert set(result) == {"characters", "alias_map", "relations", "statistics"}
    for character in result["characters"]:
        assert set(character) == {
            "id", "name", "aliases", "mentions", "first_appearance_idx", "gender", "roles", "quotes",
        }  # fmt: skip
        assert character["gender"] in ("male", "female", "unknown")
        assert isinstance(character["roles"], list)
    for relation in result["relations"]:
        assert set(relation) == {"from_char", "to_char", "relation_type", "weight"}
    assert set(result["statistics"]) >= {
        "total_characters", "total_mentions", "total_dialogues", "text_length", "sentence_count", "processing_time",
    }  # fmt: skip


def test_three_friends_are_found_once_each(api, run_queue):
    task_id = submit(api).json()["task_id"]
    run_queue()
    result = api.get(f"{URL}/{task_id}").json()["data"]["result"]
    # Whom nothing tells apart come as they appear.
    assert [(c["name"], c["mentions"]) for c in result["characters"]] == [("张三", 1), ("李四", 1), ("王五", 1)]
    assert result["statistics"]["text_length"] == 18


def test_the_same_text_sent_twice_is_accepted_twice(api):
    first, second = submit(api), submit(api)
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["task_id"] != second.json()["task_id"]


def test_a_bare_text_is_in_no_library(api):
    submit(api)
    assert Book.objects.get().kept is False


def test_options_and_callback_url_reach_the_task(api):
    submit(api, {"text": TEXT, "options": {"min_mentions": 3}}, callback_url="https://1.1.1.1/done")
    task = ProcessingTask.objects.get()
    assert task.options["min_mentions"] == 3
    assert task.options["enable_dialogue"] is True
    assert task.callback_url == "https://1.1.1.1/done"


def test_a_failed_task_says_why(api):
    task_id = submit(api).json()["task_id"]
    ProcessingTask.objects.update(status=Status.FAILED, failure="quota", error_message="429 quota exceeded")
    data = api.get(f"{URL}/{task_id}").json()["data"]
    assert data["status"] == "failed"
    assert data["error"] == "429 quota exceeded"
    assert "quota is used up" in data["message"]


@pytest.mark.parametrize("text", ["", " \n\t　"])
def test_an_empty_text_is_refused(api, text):
    answer = submit(api, {"text": text})
    assert_refused(answer, 400, answer.json()["code"])
    assert "empty" in answer.json()["code"]


@pytest.mark.parametrize("text", [None, 5, ["张三"], {"a": 1}])
def test_a_text_that_is_no_string_is_refused(api, text):
    answer = submit(api, {"text": text})
    assert_refused(answer, 400, "null" if text is None else "invalid", "text")


def test_a_missing_text_is_named(api):
    assert_refused(submit(api, {}), 400, "required", "text")


def test_nuls_and_lone_surrogates_are_replaced_and_the_rest_is_read(api, run_queue):
    body = '{"text": "张三道：“好\\u0000，李四\\ud800来了。”他们都很高兴，一起去了河边看船。"}'
    answer = api.post(URL, body, content_type="application/json")
    assert answer.status_code == 202
    book = Book.objects.get()
    assert "好\ufffd，李四\ufffd来" in book.text
    assert book.replaced == 2


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("enable_coreference", "perhaps"),
        ("enable_dialogue", None),
        ("enable_relations", []),
        ("max_characters", 0),
        ("max_characters", 10_001),
        ("max_characters", True),
        ("min_mentions", 0),
        ("min_mentions", 100_001),
        ("min_mentions", 1.5),
        ("similarity_threshold", -0.1),
        ("similarity_threshold", 1.1),
        ("similarity_threshold", "nan"),
        ("similarity_threshold", "inf"),
    ],
)
def test_a_wrong_option_is_refused_by_name(api, option, value):
    answer = submit(api, {"text": TEXT, "options": {option: value}})
    assert_refused(answer, 400, answer.json()["code"], f"options.{option}")


def test_an_unknown_option_is_refused_and_the_known_are_told(api):
    answer = submit(api, {"text": TEXT, "options": {"min_mention": 2}})
    assert_refused(answer, 400, "unknown_field", "options.min_mention", "min_mentions")


def test_an_option_beside_the_options_is_refused(api):
    assert_refused(submit(api, {"text": TEXT, "min_mentions": 2}), 400, "unknown_field", "min_mentions")


def test_two_wrong_options_are_both_told(api):
    answer = submit(api, {"text": TEXT, "options": {"min_mentions": 0, "max_characters": 0}})
    assert_refused(answer, 400, "min_value")
    assert len(answer.json()["detail"].splitlines()) == 2


@pytest.mark.parametrize("body", ["[]", '"text"', "5", "null"])
def test_a_body_that_is_no_object_is_refused(api, body):
    assert_refused(api.post(URL, body, content_type="application/json"), 400, "parse_error", "no JSON object")


def test_options_of_null_are_as_good_as_none(api):
    assert submit(api, {"text": TEXT, "options": None}).status_code == 202


@pytest.mark.parametrize("body", ["{", '{"text": NaN}', b"\xff\xfe", "[" * 100_000, '{"text": "a"} more'], ids=range(5))
def test_a_body_that_is_no_json_is_refused(api, body):
    assert_refused(api.post(URL, body, content_type="application/json"), 400, "parse_error")


def test_a_form_is_refused_because_it_cannot_say_that_a_switch_is_left_alone(api):
    assert_refused(api.post(URL, {"text": TEXT}, format="multipart"), 415, "unsupported_media_type", "application/json")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://1.1.1.1/",
        "1.1.1.1/done",
        "http://",
        "http://a b/",
        "http://[::1",
        "http://user:word@1.1.1.1/",
        "http://127.0.0.1/",
        "http://10.0.0.1/",
        "http://1.1.1.1:99999/",
        "http://1.1.1.1/" + "x" * 2000,
    ],
)
def test_a_callback_url_that_could_never_be_called_is_refused(api, url):
    assert_refused(submit(api, callback_url=url), 400, "callback_refused", "callback_url")


def test_an_operator_can_allow_a_host_of_the_own_network(api, settings):
    settings.CALLBACK_ALLOWED_HOSTS = ["127.0.0.1"]
    assert submit(api, callback_url="http://127.0.0.1:8080/done").status_code == 202


def test_a_body_above_the_limit_is_refused_unread(api, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    assert_refused(submit(api, {"text": TEXT * 100}), 413, "too_large", "MB")


def test_a_text_above_the_limit_is_refused(api, settings):
    settings.MAX_UPLOAD_MB = 1
    assert_refused(submit(api, {"text": "a" * (1024 * 1024 + 1)}), 413, "too_large")


def test_an_engine_that_is_not_there_is_refused(api):
    assert_refused(submit(api, {"text": TEXT, "engine": "llm"}), 400, "engine_unavailable")


def test_a_stranger_gets_404(api, stranger_api):
    task_id = submit(api).json()["task_id"]
    answer = stranger_api.get(f"{URL}/{task_id}")
    assert answer.status_code == 404
    assert set(answer.json()) == {"success", "message", "code", "detail"}
    assert answer.json()["code"] == "not_found"


@pytest.mark.parametrize("task_id", [uuid.uuid4(), "no-uuid", "1"])
def test_an_unknown_id_gets_404(api, task_id):
    assert api.get(f"{URL}/{task_id}").status_code == 404


def test_without_credentials_it_is_401(anonymous):
    answer = submit(anonymous)
    assert_refused(answer, 401, "not_authenticated", "Token")
    assert answer["WWW-Authenticate"] == "Token"
    assert anonymous.get(f"{URL}/{uuid.uuid4()}").status_code == 401


def test_a_wrong_token_is_401(anonymous):
    anonymous.credentials(HTTP_AUTHORIZATION="Token 12345")
    assert_refused(submit(anonymous), 401, "authentication_failed", "token")


def test_a_session_needs_its_csrf_token(user):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)
    assert_refused(browser.post(URL, {"text": TEXT}, content_type="application/json"), 403, "permission_denied", "CSRF")


def test_a_session_is_as_good_as_a_token(signed_in):
    assert signed_in.post(URL, {"text": TEXT}, content_type="application/json").status_code == 202


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_only_post_submits(api, method):
    answer = getattr(api, method)(URL)
    assert_refused(answer, 405, "method_not_allowed", "POST")
    assert "POST" in answer["Allow"]


def test_the_sentences_are_in_the_readers_language(api):
    answer = api.post(URL, {}, format="json", headers={"Accept-Language": "zh-CN"})
    assert any("\u4e00" <= character <= "\u9fff" for character in answer.json()["message"])
