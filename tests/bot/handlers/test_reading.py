"""How the style that people mean is read out of what they write."""

from dataclasses import replace

import pytest

from bot.dialogue_events import StyleChosen, StyleUnknown
from bot.handlers.reading import (
    asks_for_a_style,
    is_about_style,
    is_called_a_style,
    named_style,
    style_in_caption,
    style_in_words,
    without_mention,
)
from styler import load_presets

PRESETS = load_presets()
WAVE = StyleChosen.named("great-wave")
BOT = "Style_bot"


@pytest.mark.parametrize(
    "caption",
    [
        "/style great-wave",
        "/STYLE@style_bot  Great Wave",
        "  /style Большая волна ",
        "/style great_wave",
        "/styles wave",
        "/style gReat wa",
        "great wave",
        "Большая  волна",
        "@style_bot great wave",
        "@Style_bot, paint it like the Great Wave please",
        "нарисуй @STYLE_BOT в стиле большая волна",
        "@style_bot wave",
        "please do it in the style of the great wave",
        "в стиле Хокусая, пожалуйста",
        "Сделайте мне стиль большой волны",
    ],
)
def test_captions_that_name_a_style(caption: str) -> None:
    assert style_in_caption(caption, PRESETS, BOT) == WAVE


@pytest.mark.parametrize(
    "caption",
    [
        None,
        "",
        "/style",
        "/style ",
        "/style@style_bot",
        "our holidays",
        "a great wave hit us",
        "my new hair style",
        "большие волны",
        "/start great wave",
        "@style_bot",
        "@style_bot what do you think of my dog?",
        "mail@style_bot.example great wave",
        "@style_bottle paint the great wave",
    ],
)
def test_captions_that_name_none(caption: str | None) -> None:
    assert style_in_caption(caption, PRESETS, BOT) is None


def test_an_unknown_style_comes_with_what_is_near() -> None:
    assert named_style("grate wawe", PRESETS) == StyleUnknown("grate wawe", ("great-wave",))
    assert named_style("xyzzy", PRESETS) == StyleUnknown("xyzzy")


def test_a_number_means_the_style_that_has_it_in_the_gallery() -> None:
    own = {"@1": replace(PRESETS["ink"], name="@1", titles={"en": "Carpet"}, artists={}, aliases=())}
    for presets in (PRESETS, {**own, **PRESETS}):
        assert named_style("2", presets) == WAVE
        assert style_in_words("2", presets, asked=True) == WAVE
        assert style_in_words("2", presets, asked=False) is None
        assert isinstance(named_style("99", presets), StyleUnknown)


def test_what_a_person_named_is_what_they_mean() -> None:
    """Though everybody's wave is known by that word too."""
    own = replace(PRESETS["ink"], name="@1", titles={"en": "wave"}, artists={}, aliases=())
    presets = {"@1": own, **PRESETS}
    assert named_style("Wave", presets) == StyleChosen.named("@1")
    assert named_style("great wave", presets) == WAVE
    party = replace(own, titles={"en": "🎉"})
    assert isinstance(named_style("???", {"@1": party, **PRESETS}), StyleUnknown)


@pytest.mark.parametrize("words", ["great wave", "Great-Wave", "БОЛЬШАЯ ВОЛНА", " great  wave "])
@pytest.mark.parametrize("asked", [True, False])
def test_words_that_are_a_styles_name(words: str, asked: bool) -> None:
    assert style_in_words(words, PRESETS, asked=asked) == WAVE


@pytest.mark.parametrize(
    "words",
    ["great", "wave", "волна", "хокусай", "a great wave, please", "большая волна, пожалуйста", "the wave"],
)
def test_words_that_mean_a_style_only_as_an_answer(words: str) -> None:
    assert style_in_words(words, PRESETS, asked=True) == WAVE
    assert style_in_words(words, PRESETS, asked=False) is None


@pytest.mark.parametrize("words", ["grate wawe", "Болшая вална"])
def test_an_answer_that_is_nearly_a_title(words: str) -> None:
    assert style_in_words(words, PRESETS, asked=True) == StyleUnknown(words, ("great-wave",))
    assert style_in_words(words, PRESETS, asked=False) is None


@pytest.mark.parametrize(
    "words",
    ["hi", "ok", "no", "?", "", "👍", "nice one", "make it nice", "спасибо", "thank you so much", "ещё раз"],
)
@pytest.mark.parametrize("asked", [True, False])
def test_words_that_are_only_words(words: str, asked: bool) -> None:
    assert style_in_words(words, PRESETS, asked=asked) is None


@pytest.mark.parametrize(
    ("words", "preset"),
    [
        ("в стиле Ван Гога", "starry-night"),
        ("как у Ван Гога", "starry-night"),
        ("звёздной ночью", "starry-night"),
        ("нарисуй карандашом", "pencil"),
        ("цветными карандашами", "coloured-pencil"),
        ("like a coloured pencil drawing", "coloured-pencil"),
        ("в виде витража", "stained-glass"),
        ("мозаикой", "mosaic"),
        ("some mosaics", "mosaic"),
        ("make me a cartoon", "anime"),
    ],
)
def test_case_and_number_do_not_matter(words: str, preset: str) -> None:
    """As an answer, and after the command."""
    assert style_in_words(words, PRESETS, asked=True) == StyleChosen.named(preset)
    assert named_style(words, PRESETS) == StyleChosen.named(preset)


@pytest.mark.parametrize(
    ("words", "presets"),
    [
        ("great wave or starry night, what do you think of them?", {"great-wave", "starry-night"}),
        ("make it like Vincent van Gogh", {"starry-night", "bouquet"}),
        ("Нарисуй, пожалуйста, в стиле Винсента Ван Гога, я его люблю", {"starry-night", "bouquet"}),
        ("Vincent van Gogh", {"starry-night", "bouquet"}),
    ],
)
def test_which_of_several_is_a_question(words: str, presets: set[str]) -> None:
    for unclear in (style_in_words(words, PRESETS, asked=True), named_style(words, PRESETS)):
        assert isinstance(unclear, StyleUnknown)
        assert unclear.several
        assert set(unclear.suggestions) == presets


@pytest.mark.parametrize("subject", ["Ducks", "Венеция", "букет", "Moonlight", "fiery sky"])
def test_what_a_photo_shows_is_no_style_until_it_is_said_to_be_one(subject: str) -> None:
    assert style_in_caption(subject, PRESETS, BOT) is None
    for caption in (f"/style {subject}", f"style: {subject}", f"@style_bot {subject}"):
        assert isinstance(style_in_caption(caption, PRESETS, BOT), StyleChosen), caption
    assert isinstance(style_in_words(subject, PRESETS, asked=False), StyleChosen), "as words it is"


@pytest.mark.parametrize("words", ["Van Gogh", "watercolor", "make it in the anime style", "2", "хокусай"])
def test_words_about_a_style(words: str) -> None:
    assert is_about_style(words, PRESETS)


@pytest.mark.parametrize("words", ["hi", "what a great wave", "", "👍", "2022", "anime is great"])
def test_words_about_something_else(words: str) -> None:
    assert not is_about_style(words, PRESETS)


@pytest.mark.parametrize("caption", ["/style", " /STYLE@style_bot ", "@style_bot", "/styles"])
def test_a_caption_that_asks_for_a_style(caption: str) -> None:
    assert asks_for_a_style(caption, BOT)


@pytest.mark.parametrize("caption", [None, "", "/style ink", "our dog", "@style_bot ink", "/again"])
def test_a_caption_that_does_not(caption: str | None) -> None:
    assert not asks_for_a_style(caption, BOT)


def test_every_title_alone_means_its_preset() -> None:
    for preset in PRESETS.values():
        for words in (preset.name, *preset.titles.values()):
            assert style_in_words(words, PRESETS, asked=False) == StyleChosen.named(preset.name), words


@pytest.mark.parametrize(
    ("words", "left", "spoken_to"),
    [
        ("@style_bot, hello", "hello", True),
        ("hello @STYLE_BOT", "hello", True),
        ("hello", "hello", False),
        ("@style_bots hello", "@style_bots hello", False),
        ("/style@style_bot ink", "/style@style_bot ink", False),
    ],
)
def test_the_bots_own_name(words: str, left: str, spoken_to: bool) -> None:
    assert without_mention(words, BOT) == (left, spoken_to)


@pytest.mark.parametrize("caption", ["style", "Style!", " The  Style ", "Вот стиль", "В ТАКОМ СТИЛЕ"])
def test_a_picture_that_is_called_a_style(caption: str) -> None:
    assert is_called_a_style(caption, BOT)


@pytest.mark.parametrize("caption", [None, "", "🎨", "/style", "our dog", "a dog with style", "ink"])
def test_a_picture_that_is_not(caption: str | None) -> None:
    assert not is_called_a_style(caption, BOT)
