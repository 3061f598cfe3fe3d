"""Chinese is complete: every sentence of the sources is translated, and what is compiled is what was written."""

import re

import pytest
from django.test import Client

from txt2voice.management.commands import messages

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


@pytest.fixture(scope="module")
def catalog():
    return messages.catalog_of(messages.PO)


def texts(message) -> list[str]:
    """A message's source in the form the translation must match: of singular and plural, Chinese has the plural."""
    return list(message.id) if message.pluralizable else [message.id]


def test_every_sentence_of_the_sources_is_in_the_catalogue(catalog):
    known = {(message.id, message.context) for message in catalog}
    missing = [message.id for message in messages.collected() if (message.id, message.context) not in known]
    assert not missing, "run `make messages`, then translate"


def test_the_catalogue_holds_nothing_that_is_no_longer_said(catalog):
    said = {(message.id, message.context) for message in messages.collected()}
    assert not [message.id for message in catalog if (message.id, message.context) not in said], "run `make messages`"


def test_every_sentence_is_translated(catalog):
    assert not messages.untranslated(catalog)


def test_a_translation_has_the_placeholders_of_its_source(catalog):
    for message in catalog:
        if message.id:
            needed = set(PLACEHOLDER.findall(texts(message)[-1]))
            for translation in message.string if message.pluralizable else [message.string]:
                assert not translation or set(PLACEHOLDER.findall(translation)) == needed, message.id


def test_what_is_compiled_is_what_was_translated(catalog):
    assert messages.MO.read_bytes() == messages.compiled(catalog), "run `make messages`"


def test_a_template_and_a_module_are_both_read():
    found = {path.rpartition(".")[2] for path, *_ in messages.sentences()}
    assert found == {"py", "html"}


@pytest.mark.parametrize(("asked", "answered"), [("zh-CN,zh;q=0.9", "zh-hans"), ("en-GB,en;q=0.8", "en")])
@pytest.mark.django_db
def test_the_browser_chooses_the_language(client: Client, asked, answered):
    page = client.get("/login/", headers={"accept-language": asked})
    assert page.headers["content-language"] == answered
