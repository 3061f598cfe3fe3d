import re

import pytest

from books.importing import import_book
from recognition.models import Character, ProcessingTask, Quotation
from tests import texts

pytestmark = pytest.mark.browser

PASSWORD = "a long reader's password"


def expect(locator):
    from playwright.sync_api import expect

    return expect(locator)


def log_in(page):
    page.goto("/")
    page.get_by_label("Username").fill("reader")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


def test_a_book_goes_from_the_upload_to_the_coloured_page(open_browser, user, run_queue):
    """The road of a reader; the progress arrives and ends by asking, without the page being loaded again."""
    page = open_browser()
    log_in(page)
    page.get_by_role("link", name="Add a book").first.click()
    file = {"name": "渡口.txt", "mimeType": "text/plain", "buffer": texts.CHINESE.encode("gb18030")}
    page.get_by_label("Text file").set_input_files(file)
    page.get_by_role("button", name="Add the book").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("渡口")
    expect(page.get_by_text("GB18030, 0 replaced characters")).to_be_visible()

    page.get_by_role("button", name="Recognise characters").click()
    expect(page.get_by_text("Waiting for a free worker.")).to_be_visible()
    page.evaluate("window.same = true")
    ProcessingTask.objects.update(status="processing", stage="rules", progress=40, total_items=2, processed_items=1)
    expect(page.get_by_text("Finding speakers: chapter 1 of 2.")).to_be_visible()
    expect(page.locator("progress")).to_have_js_property("value", 40)
    expect(page.get_by_role("status").first).to_contain_text("reading by rules")
    ProcessingTask.objects.update(status="pending", progress=0)
    run_queue()
    expect(page.get_by_role("link", name="The whole cast")).to_be_visible()
    assert page.evaluate("window.same")
    assert not page.locator("[hx-trigger]").count()

    page.get_by_role("link", name="Begin to read").click()
    line = page.locator(".line", has_text="还有空房么？")
    expect(line).to_be_visible()
    named = page.locator(f"#q{line.get_attribute('data-line')} .who")
    expect(named).to_have_text(re.compile("沈青山"))
    colours = page.locator(".line").evaluate_all(
        "lines => [...new Set(lines.map(line => getComputedStyle(line).color))]"
    )
    assert len(colours) >= 3


def test_a_line_tells_its_reason_by_mouse_keyboard_and_touch(open_browser, user, recognised_book):
    url = recognised_book.chapters.first().get_absolute_url()
    page = open_browser(user)
    page.goto(url)
    line = page.locator(".line", has_text="还有空房么？")
    line.hover()
    expect(page.locator(".note")).to_contain_text("because of “")
    expect(page.locator(".lit")).to_contain_text("沈青山道")
    page.mouse.move(2, 2)
    expect(page.locator(".note")).to_be_hidden()
    assert not page.locator(".lit").count()

    page.locator(".who").first.focus()
    expect(page.locator(".note")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".note")).to_be_hidden()

    phone = open_browser(user, viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    phone.goto(url)
    phone.locator(".line", has_text="还有空房么？").tap()
    note = phone.locator(".note")
    expect(note).to_be_visible()
    box = note.bounding_box()
    assert box["x"] == 0 and round(box["y"] + box["height"]) == 800  # a sheet at the foot of the screen


def test_the_cast_is_found_while_one_types(page, recognised_book):
    page.goto(f"{recognised_book.get_absolute_url()}characters/")
    page.evaluate("window.same = true")
    page.get_by_role("searchbox").fill("zhao")
    expect(page.locator("#cast tbody tr")).to_have_count(1)
    expect(page.locator("#cast tbody")).to_contain_text("赵四海")
    assert page.evaluate("window.same") and "q=zhao" in page.url
    page.go_back()
    expect(page.locator("#cast tbody tr")).to_have_count(3)


def test_an_upload_that_is_refused_says_so_on_its_page(page):
    page.goto("/books/new/")
    page.get_by_label("Text file").set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b""})
    page.get_by_role("button", name="Add the book").click()
    expect(page.get_by_text("There is no text in it.")).to_be_visible()
    expect(page.get_by_label("Text file")).to_be_focused()


@pytest.mark.parametrize("place", [".drop", "h1"])
def test_a_file_is_dropped_anywhere_on_the_page(page, place):
    page.goto("/books/new/")
    page.locator(place).evaluate(
        """place => {
            const data = new DataTransfer();
            data.items.add(new File(["他说：“来了。”"], "dropped.txt"));
            place.dispatchEvent(new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true}));
        }"""
    )
    page.get_by_role("button", name="Add the book").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("dropped")


def test_a_hidden_tab_asks_nothing(open_browser, user, chinese_book):
    ProcessingTask.objects.create(book=chinese_book, engine="offline")
    page = open_browser(user)
    asked = []
    page.on("request", lambda request: "hx-request" in request.headers and asked.append(request.url))
    page.add_init_script("Object.defineProperty(document, 'hidden', {get: () => !window.seen})")
    page.goto(chinese_book.get_absolute_url())
    page.wait_for_timeout(2500)
    assert not asked
    page.evaluate("window.seen = true")
    page.wait_for_timeout(2500)
    assert asked


def test_a_session_that_ends_meanwhile_leads_to_the_login(page, chinese_book):
    ProcessingTask.objects.create(book=chinese_book, engine="offline")
    page.goto(chinese_book.get_absolute_url())
    page.context.clear_cookies()
    page.wait_for_url("**/login/**")
    assert page.locator("h1").count() == 1


def test_an_upload_shows_how_far_it_is(page):
    page.goto("/books/new/")
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 100_000}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", slow)
    file = {"name": "a.txt", "mimeType": "text/plain", "buffer": "他说：“来了。”\n".encode() * 8000}
    page.get_by_label("Text file").set_input_files(file)
    page.get_by_role("button", name="Add the book").click()
    bar = page.get_by_role("progressbar", name="Upload")
    expect(bar).to_be_visible()
    assert 0 < bar.evaluate("bar => bar.value") < 100


def test_without_scripts_everything_can_be_done(open_browser, user, run_queue):
    page = open_browser(java_script_enabled=False)
    log_in(page)
    page.get_by_role("link", name="Add a book").first.click()
    page.get_by_label("Or paste the text").fill(texts.ENGLISH)
    page.get_by_role("button", name="Add the book").click()
    page.get_by_role("button", name="Recognise characters").click()
    expect(page.get_by_text("Waiting for a free worker.")).to_be_visible()
    run_queue()
    page.reload()
    page.get_by_role("link", name="The whole cast").click()
    page.get_by_role("searchbox").fill("marsh")
    page.get_by_role("button", name="Show").click()
    page.locator("#cast tbody th a").first.click()
    page.locator(".lines a").first.click()
    expect(page.locator("mark")).to_be_visible()
    page.locator(".who").first.click()
    expect(page.get_by_text("So far:")).to_contain_text("% sure")
    page.get_by_role("button", name="简体中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")


@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_scrolls_sideways_or_makes_the_browser_complain(open_browser, staff, user, recognised_book, width):
    """That the browser does not complain is seen to by `open_browser`."""
    page = open_browser(user, viewport={"width": width, "height": 800})
    book = recognised_book.get_absolute_url()
    task, person = recognised_book.tasks.get(), recognised_book.characters.first()
    addresses = [
        "/", "/tasks/", "/account/", "/books/new/", book, f"{book}chapters/", f"{book}chapters/1/",
        f"{book}characters/", f"{book}characters/{person.pk}/", f"{book}encoding/?encoding=Big5", f"{book}edit/",
        f"{book}delete/", task.get_absolute_url(),
    ]  # fmt: skip
    for address in addresses:
        assert not is_wider_than_its_window(page, address), address
    recognised_book.tasks.update(status="failed", failure="engine", error_message="https://example.org/" + "x" * 200)
    for address in (book, task.get_absolute_url()):
        assert not is_wider_than_its_window(page, address), address


def is_wider_than_its_window(page, address):
    page.goto(address)
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


def test_no_name_reaches_beyond_the_edge(open_browser, user):
    """Names stand above the beginnings of lines, wherever those come to stand; here at every place of a row."""
    sentence = "He said “Oh” and so it went on. "
    text = "".join(f"{'x' * length} {sentence}\n\n" for length in range(1, 60))
    book = import_book(user, text.encode(), filename="names.txt").book
    speaker = Character.objects.create(book=book, name="Mrs. Featherstonehaugh-Cholmondeley")
    chapter = book.chapters.get()
    Quotation.objects.bulk_create(
        Quotation(book=book, chapter=chapter, start=found.start(), end=found.end(), speaker=speaker, confidence=1)
        for found in re.finditer("Oh", text)
    )
    page = open_browser(user, viewport={"width": 390, "height": 800})
    page.goto(chapter.get_absolute_url())
    for width in (390, 330):
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate("document.fonts.ready.then(() => new Promise(requestAnimationFrame))")
        right = page.locator(".who").evaluate_all("names => names.map(name => name.getBoundingClientRect().right)")
        assert len(right) == 59 and max(right) <= width

    without = open_browser(user, viewport={"width": 390, "height": 800}, java_script_enabled=False)
    without.goto(chapter.get_absolute_url())
    assert without.evaluate("document.documentElement.scrollWidth") == 390
