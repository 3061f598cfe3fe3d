"""GET /api/schema/ and the page /api/docs/."""

import pytest
from django.core.management import call_command

pytestmark = pytest.mark.django_db


def test_the_schema_is_valid_and_without_warnings(tmp_path):
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yml"))


def test_the_schema_has_every_path_of_the_contract(api):
    schema = api.get("/api/schema/", headers={"Accept": "application/json"}).json()
    assert {
        "/api/recognize/async/": {"post"},
        "/api/recognize/async/{task}/": {"get"},
        "/api/books/{book}/characters/recognize/": {"get", "post"},
        "/api/books/{book}/characters/recognize/callback/": {"post"},
        "/api/stats/": {"get"},
    }.items() <= {path: set(verbs) for path, verbs in schema["paths"].items()}.items()


def test_the_schema_tells_the_form_of_every_error(api):
    schema = api.get("/api/schema/", headers={"Accept": "application/json"}).json()
    for path, name in (("/api/recognize/async/", "Failure"), ("/api/books/", "Problem")):
        for operation in schema["paths"][path].values():
            (content,) = operation["responses"]["4XX"]["content"].values()
            assert content["schema"]["$ref"].endswith(f"/{name}")


def test_the_page_brings_no_script_or_style_of_its_own(signed_in):
    page = signed_in.get("/api/docs/").content.decode()
    assert "<style" not in page
    assert "style=" not in page
    assert all("src=" in tag.partition(">")[0] for tag in page.split("<script")[1:])
    assert "https://" not in page


def test_the_page_asks_for_a_login(client):
    answer = client.get("/api/docs/")
    assert (answer.status_code, answer.url) == (302, "/login/?next=/api/docs/")
