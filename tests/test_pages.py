"""What holds for every page: the policy against injected code, languages, and errors."""

import re

import pytest
from django.test import Client, override_settings
from django.urls import path

from books.models import Book
from recognition.models import ProcessingTask
from txt2voice import urls

BOOK = "/books/{book}/"
PAGES = [
    "/", "/tasks/", "/account/", "/books/new/", BOOK, f"{BOOK}chapters/", f"{BOOK}chapters/1/", f"{BOOK}characters/",
    f"{BOOK}characters/{{character}}/", f"{BOOK}encoding/", f"{BOOK}edit/", f"{BOOK}delete/", "/tasks/{task}/",
    "/nowhere/",
]  # fmt: skip
INLINE = re.compile(r"<style|\sstyle=|\son\w+=|\shx-on|javascript:|<script(?![^>]*\ssrc=)", re.IGNORECASE)


@pytest.fixture
def address(recognised_book):
    task = recognised_book.tasks.get()
    known = {"book": recognised_book.pk, "task": task.pk, "character": recognised_book.characters.first().pk}
    return lambda page: page.format(**known)


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_inline_and_the_policy_forbids_it(signed_in, address, page):
    response = signed_in.get(address(page))
    assert not INLINE.search(response.content.decode())
    policy = response["Content-Security-Policy"]
    assert "default-src 'self'" in policy and "unsafe" not in policy


@pytest.mark.parametrize("page", PAGES)
def test_every_page_has_one_heading_and_names_itself(signed_in, address, page):
    text = signed_in.get(address(page)).content.decode()
    assert text.count("<h1") == 1
    assert re.search(r"<title>\S.* · txt2voice</title>", text)


def test_an_unknown_address_is_told_so(signed_in):
    response = signed_in.get("/nowhere/")
    assert response.status_code == 404 and "Nothing is here" in response.content.decode()


def test_a_form_without_its_token_says_what_to_do(user):
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    response = client.post("/account/tokens/")
    assert response.status_code == 403 and "send it again" in response.content.decode()


def breaks(request):
    raise RuntimeError("broken")


urlpatterns = [*urls.urlpatterns, path("broken/", breaks)]
handler404, handler500 = urls.handler404, urls.handler500


@override_settings(ROOT_URLCONF="tests.test_pages")
def test_a_fault_of_ours_says_so_without_the_database():
    response = Client(raise_request_exception=False).get("/broken/")
    assert response.status_code == 500 and "Something went wrong" in response.content.decode()


def test_the_page_of_a_running_book_is_whole_for_a_browser_and_a_part_for_htmx(signed_in, chinese_book):
    ProcessingTask.objects.create(book=chinese_book, engine="offline")
    url = Book.objects.get().get_absolute_url()
    assert "<html" in signed_in.get(url).content.decode()
    assert "<html" not in signed_in.get(url, headers={"HX-Request": "true"}).content.decode()
    boosted = signed_in.get(url, headers={"HX-Request": "true", "HX-Boosted": "true"})
    assert "<html" in boosted.content.decode()
