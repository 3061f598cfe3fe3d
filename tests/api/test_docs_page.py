"""The page /api/docs/ in a real browser: it draws itself and calls the API, under the Content-Security-Policy."""

import pytest

from tests.conftest import CHROMIUM

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_it_draws_the_api_and_tries_it_out(live_server, signed_in):
    from playwright.sync_api import sync_playwright

    session = {"name": "sessionid", "value": signed_in.cookies["sessionid"].value, "url": live_server.url}
    complaints = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        context = browser.new_context(color_scheme="dark")
        context.add_cookies([session])
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{live_server.url}/api/docs/")
        assert page.locator("html.dark-mode[lang]").count() == 1
        operation = page.locator("[id$=recognize_text]")
        operation.locator(".opblock-summary").click()
        operation.locator(".try-out__btn").click()
        operation.locator("textarea").first.fill('{"text": "张三和李四是好朋友。"}')
        operation.locator(".execute").click()
        answer = operation.locator(".live-responses-table .microlight").first.inner_text()
        browser.close()
    assert '"success": true' in answer
    assert complaints == []
