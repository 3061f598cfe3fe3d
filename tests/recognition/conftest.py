import pytest

from books.importing import import_book
from recognition import tasks
from tests.llm_server import LLMServer
from tests.recognition.engines.conftest import write_novel


@pytest.fixture
def bare_text_task(user, run_queue):
    """A completed recognition of a text that nobody keeps."""
    book = import_book(user, "张三和李四是好朋友。".encode(), filename="text.txt", kept=False).book
    task = tasks.start(book)
    run_queue()
    return task


@pytest.fixture
def long_book(user):
    """Two hundred chapters: long enough to be interrupted."""
    chapter = "\n".join(f"张三道：“第{i}句。”\n李四笑道：“这是第{i}答。”\n" for i in range(60))
    text = "\n".join(f"第{number}章 渡口\n\n{chapter}" for number in range(1, 201))
    return import_book(user, text.encode(), filename="long.txt").book


# ------------------------------------------------------------------------------------------------- a language model


@pytest.fixture(scope="module")
def novel():
    return write_novel()


@pytest.fixture
def server(novel, settings):
    """The language model of the settings: a stand-in that knows who speaks each line of the novel."""
    with LLMServer(novel.key()) as server:
        settings.LLM_BASE_URL = server.base_url
        settings.LLM_MODEL = "stand-in"
        settings.LLM_TIMEOUT = 60
        yield server


@pytest.fixture
def book(novel, user):
    return import_book(user, novel.text.encode(), filename="novel.txt").book
