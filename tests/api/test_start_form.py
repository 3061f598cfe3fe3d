"""The page of a book sends the same serializer a browser's form."""

import pytest
from django.http import QueryDict

from recognition.api import StartSerializer
from recognition.engines import Options


def options_of(form):
    serializer = StartSerializer(data=QueryDict(form))
    serializer.is_valid(raise_exception=True)
    return serializer.chosen()


def test_a_button_alone_means_the_defaults():
    assert options_of("csrfmiddlewaretoken=abc") == Options()


def test_a_box_that_is_not_ticked_is_off_and_an_empty_number_is_none():
    chosen = options_of("options.enable_dialogue=on&options.max_characters=&options.min_mentions=2")
    assert chosen == Options(
        enable_coreference=False, enable_dialogue=True, enable_relations=False, max_characters=None, min_mentions=2
    )


@pytest.mark.parametrize("field", ["min_mentions=0", "similarity_threshold=2", "max_characters=many"])
def test_a_wrong_value_is_told_beside_its_field(field):
    serializer = StartSerializer(data=QueryDict(f"options.{field}"))
    assert not serializer.is_valid()
    assert list(serializer.errors["options"]) == [field.partition("=")[0]]
