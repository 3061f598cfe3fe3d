import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from books.decoding import ENCODINGS, Decoded, Undecodable, decode

SIMPLIFIED = "却说张三走进门来，笑道：“李四，你怎么还在这里？”李四站起身，摇头道：“我在等王五。”\n"
TRADITIONAL = "卻說張三走進門來，笑道：「李四，你怎麼還在這裡？」李四站起身，搖頭道：「我在等王五。」\n"
ENGLISH = "“You are late,” said the café owner — “again.”\n"

# What PostgreSQL cannot store, and what a file's newlines and BOM become, are the subject of their own tests.
plain_text = st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufeff"), min_size=1)


def refusal(data: bytes, encoding: str | None = None) -> str:
    with pytest.raises(Undecodable) as caught:
        decode(data, encoding)
    return caught.value.code


@given(plain_text)
def test_any_utf8_text_survives(text):
    assert decode(text.encode()) == Decoded(text, "UTF-8", 0)


@given(plain_text, st.sampled_from(["UTF-8", "UTF-16LE", "UTF-16BE", "GB18030"]))
def test_a_chosen_encoding_that_can_write_the_text_reads_it_back(text, name):
    data = ("\ufeff" + text).encode(ENCODINGS[name])  # the BOM keeps chance from writing the signature of an image
    assert decode(data, name) == Decoded(text, name, 0)


@pytest.mark.parametrize("text", [SIMPLIFIED, TRADITIONAL, ENGLISH, SIMPLIFIED * 300])
@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16LE"),
        ("utf-16-le", "UTF-16LE"),
        ("utf-16-be", "UTF-16BE"),
    ],
)
def test_unicode_is_found_with_and_without_a_bom(text, codec, name):
    assert decode(text.encode(codec)) == Decoded(text, name, 0)


def test_big_endian_utf16_with_a_bom():
    assert decode(("\ufeff" + SIMPLIFIED).encode("utf-16-be")) == Decoded(SIMPLIFIED, "UTF-16BE", 0)


@pytest.mark.parametrize("size", [6, 20, len(SIMPLIFIED)])
@pytest.mark.parametrize(
    ("text", "codec", "name"),
    [
        (SIMPLIFIED, "gbk", "GB18030"),
        (SIMPLIFIED, "gb18030", "GB18030"),
        (TRADITIONAL, "gb18030", "GB18030"),
        (TRADITIONAL, "big5", "Big5"),
    ],
)
def test_gb18030_and_big5_are_told_apart_even_in_short_texts(text, codec, name, size):
    assert decode(text[:size].encode(codec)) == Decoded(text[:size], name, 0)


def test_characters_that_windows_added_to_big5_are_read():
    text = TRADITIONAL + "碁銹裏墻恒粧嫺"
    assert decode(text.encode("cp950")).text == text


def test_english_with_windows_quotation_marks():
    assert decode(ENGLISH.encode("cp1252")) == Decoded(ENGLISH, "Windows-1252", 0)


@pytest.mark.parametrize(("text", "codec"), [(SIMPLIFIED, "gb18030"), (TRADITIONAL, "big5"), (SIMPLIFIED, "utf-8")])
def test_a_few_wrong_bytes_are_counted_and_do_not_change_the_encoding(text, codec):
    data = bytearray((text * 20).encode(codec))
    whole = decode(bytes(data)).encoding
    for place in random.Random(5).sample(range(len(data)), 3):
        data[place] = 0xFF
    damaged = decode(bytes(data))
    assert damaged.encoding == whole
    assert 3 <= damaged.replaced <= 9
    assert damaged.text.count("\ufffd") == damaged.replaced


@pytest.mark.parametrize(
    ("text", "codec"), [(SIMPLIFIED, "gbk"), (TRADITIONAL, "big5"), (SIMPLIFIED, "utf-8"), (SIMPLIFIED, "utf-16")]
)
def test_a_character_cut_off_at_the_end_is_one_replacement(text, codec):
    text = text.rstrip()
    data = text.encode(codec)[:-1]
    assert decode(data).text == text[:-1] + "\ufffd"
    assert decode(data).replaced == 1


def test_newlines_are_normalised():
    assert decode("一\r\n二\r三\n四".encode()).text == "一\n二\n三\n四"


def test_nuls_and_lone_surrogates_are_replaced_one_for_one_and_counted():
    data = "张三\0说\ud800：\udc00好".encode("utf-8", "surrogatepass")
    assert decode(data) == Decoded("张三\ufffd说\ufffd：\ufffd好", "UTF-8", 3)


def test_lone_surrogates_in_utf16():
    data = "\ufeff张三\ud800说".encode("utf-16-le", "surrogatepass")
    assert decode(data) == Decoded("张三\ufffd说", "UTF-16LE", 1)


def test_a_replacement_character_that_the_file_itself_has_is_not_counted():
    assert decode("张三\ufffd说".encode()).replaced == 0
    assert decode("张三\ufffd说".encode("gb18030") + b"\xff", "GB18030").replaced == 1


def test_many_nuls_are_a_binary_file():
    assert refusal(b"text" + b"\0" * 100) == "binary_file"
    assert refusal(("第一章" + "\0" * 50).encode()) == "binary_file"


@pytest.mark.parametrize("signature", [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"PK\x03\x04", b"%PDF-1.7\n"])
def test_images_archives_and_pdf_are_refused_whatever_follows(signature):
    assert refusal(signature + SIMPLIFIED.encode()) == "binary_file"
    assert refusal(signature + SIMPLIFIED.encode(), "UTF-8") == "binary_file"


def test_random_bytes_are_refused():
    assert refusal(random.Random(1).randbytes(5000)) == "binary_file"


@pytest.mark.parametrize(
    "data", [b"\xff", b"\xff\xff\x80" * 50, bytes(random.Random(2).choices(range(128, 256), k=3000))]
)
def test_bytes_that_no_encoding_makes_a_text_of_are_refused(data):
    assert refusal(data) == "undecodable"


def test_a_chosen_encoding_is_obeyed_though_it_fits_badly():
    wrong = decode(SIMPLIFIED.encode("gb18030"), "UTF-8")
    assert wrong.encoding == "UTF-8"
    assert wrong.replaced == wrong.text.count("\ufffd") > 20


@pytest.mark.parametrize(
    ("spelling", "name"),
    [("gbk", "GB18030"), ("GB2312", "GB18030"), ("cp950", "Big5"), ("utf8", "UTF-8"), ("Windows-1252", "Windows-1252")],
)
def test_an_encoding_may_be_chosen_by_any_usual_name(spelling, name):
    assert decode(b"abc", spelling).encoding == name


@pytest.mark.parametrize("name", ["klingon", "rot13", "utf\0", "\ud800", "x" * 5000])
def test_an_unknown_encoding_is_refused(name):
    assert refusal(b"abc", name) == "unknown_encoding"
