import pytest
from django.urls import reverse

from recognition.models import Verdict

pytestmark = pytest.mark.browser


def press(page, key):
    with page.expect_navigation():
        page.keyboard.press(key)


def test_one_key_answers_and_another_takes_it_back(page, recognised_book):
    page.goto(reverse("score_book", args=[recognised_book.pk]))
    first = page.locator("button[aria-keyshortcuts='1']").inner_text().removeprefix("1").strip()
    marked = page.locator("mark").inner_text()
    press(page, "1")
    assert page.locator("mark").inner_text() != marked
    assert Verdict.objects.get().speaker == first
    assert page.locator("button[aria-keyshortcuts='u'] + span").inner_text() == first
    press(page, "u")
    assert page.locator("mark").inner_text() == marked and not Verdict.objects.exists()


def test_a_key_in_a_field_answers_nothing(page, recognised_book):
    page.goto(reverse("score_book", args=[recognised_book.pk]))
    page.locator("select").focus()
    page.keyboard.press("0")
    page.wait_for_timeout(300)
    assert not Verdict.objects.exists()


def test_the_page_answers_without_scripts(open_browser, user, recognised_book):
    page = open_browser(user, java_script_enabled=False)
    page.goto(reverse("score_book", args=[recognised_book.pk]))
    page.get_by_role("button", name="Somebody who is not in the cast").click()
    assert Verdict.objects.get().kind == "absent"
