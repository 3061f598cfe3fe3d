"""Who is in an English book."""

from recognition.script import Section
from recognition.text.english import find_cast, scan


def cast_of(text, coreference=True, threshold=0.8):
    return {c.name: c for c in find_cast([scan(Section(1, 0, text))], coreference=coreference, threshold=threshold)}


def test_a_text_without_names_has_no_cast():
    assert cast_of("It rained. The road was long, and nobody walked on it. Well, it was Monday in London.") == {}


def test_a_place_is_nobody():
    text = "She lived in Milford. They went to Milford and came back from Milford at night. He left Milford."
    assert cast_of(text) == {}


def test_a_name_is_joined_with_its_longer_form():
    text = '"Yes," said Edward Marsh.\n\n"No," said Edward.\n\nMr. Marsh laughed. Edward sat down.'
    cast = cast_of(text)
    assert len(cast) == 1 and cast["Edward"].aliases == ("Edward Marsh", "Mr. Marsh")


def test_a_short_form_that_the_narrator_uses_as_well_is_somebody_else():
    text = '"Yes," said Lizzy.\n\nLizzy laughed.\n\n"No," said Elizabeth Marsh.\n\nElizabeth Marsh sat down.'
    assert len(cast_of(text)) == 2


def test_who_answers_to_a_name_bears_it():
    text = '"Well, Reddy?" said Ann.\n\n"Well," said the barber.\n\n' * 4
    assert cast_of(text)["Reddy"].aliases == ("the barber",)


def test_who_speak_to_each_other_are_not_joined():
    text = '"Well, Tom?" said Tom Marsh.\n\n"Well," said Tom.\n\n' * 3
    assert len(cast_of(text)) == 2


def test_husband_and_wife_are_two():
    assert set(cast_of('"Yes," said Mr. Marsh.\n\n"No," said Mrs. Marsh.')) == {"Mr. Marsh", "Mrs. Marsh"}


def test_a_bare_surname_is_not_the_wifes():
    text = '"Yes," said Marsh.\n\n"No," said Mrs. Marsh.\n\n"Yes," repeated Marsh.\n\nMrs. Marsh laughed.'
    assert len(cast_of(text)) == 2


def test_a_voice_is_somebodys():
    assert cast_of('"Yes," said the Voice.\n\n"No," said the Voice.\n\n"Yes," repeated the Voice.') == {}


def test_a_low_threshold_is_needed_for_weak_evidence():
    text = '"Come, Lizzy," they said.\n\n"No," said Elizabeth Marsh.'
    assert len(cast_of(text)) == 1
    assert len(cast_of(text, threshold=0.99)) == 2


def test_without_coreference_no_names_are_joined():
    assert len(cast_of('"Yes," said Edward Marsh.\n\n"No," said Edward.', coreference=False)) == 2


def test_the_narrator_is_named_by_those_who_call_him():
    turn = (
        '"Is it late, Brook?" said Ann to me.\n\n"It is," said I. I smiled, and I went on. I saw that I was right.\n\n'
    )
    narrators = [c.name for c in cast_of(turn * 5).values() if c.kind == "narrator"]
    assert narrators == ["Brook"]


def test_a_narrator_without_a_name_is_found_all_the_same():
    narrators = [
        c.name for c in cast_of("I slept, and then I woke. I was alone. " * 10).values() if c.kind == "narrator"
    ]
    assert narrators == ["I"]


def test_an_unnamed_speaker_is_of_that_kind():
    cast = cast_of('"Yes, sir," said the waiter.\n\nNobody spoke.\n\n"Yes, sir," repeated the waiter.')
    assert [(c.name, c.kind, c.gender) for c in cast.values()] == [("The waiter", "unnamed", "male")]


def test_a_bare_title_means_its_only_bearer():
    cast = cast_of('"Yes," said Doctor Marsh.\n\n"No," said the Doctor.\n\n"Well," said the Doctor. The Doctor left.')
    assert set(cast) == {"Doctor Marsh"}


def test_miss_with_the_surname_is_not_the_sister_called_by_both_names():
    text = "Jane Marsh and Miss Emma Marsh sat down. Emma Marsh laughed at Miss Marsh."
    cast = cast_of(text)
    assert "Miss Marsh" in (cast["Jane Marsh"].name, *cast["Jane Marsh"].aliases)


def test_pronouns_tell_a_gender():
    text = "Orrin took his hat and Orrin shook his head. Tamsy lost her hat and Tamsy shook her head. " * 5
    cast = cast_of('"Yes," said Orrin.\n\n"No," said Tamsy.\n\n' * 2 + text)
    assert (cast["Orrin"].gender, cast["Tamsy"].gender) == ("male", "female")


def test_a_title_tells_the_gender():
    cast = cast_of('"Yes," said Lady Tamsin.\n\n"No," said Sir Oriel.')
    assert (cast["Lady Tamsin"].gender, cast["Sir Oriel"].gender) == ("female", "male")
