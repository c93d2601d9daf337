"""How handlers read what people write."""

import pytest

from bot.app import handlers
from bot.dialogue import StyleChosen, StyleUnknown
from bot.handlers.gate import let_in
from bot.handlers.service import named_style, style_in_caption, style_in_text
from styler import load_presets

PRESETS = load_presets()
WAVE = StyleChosen.named("great-wave")


@pytest.mark.parametrize(
    "caption",
    ["/style great-wave", "/STYLE@style_bot  Great Wave", "  /style Большая волна ", "/style great_wave"],
)
def test_captions_that_name_a_style(caption: str) -> None:
    assert style_in_caption(caption, PRESETS) == WAVE


@pytest.mark.parametrize(
    "caption", [None, "", "/style", "/style ", "our holidays", "great wave", "/start great wave"]
)
def test_captions_that_name_none(caption: str | None) -> None:
    assert style_in_caption(caption, PRESETS) is None


def test_an_unknown_style_comes_with_what_is_near() -> None:
    assert named_style("grate wave", PRESETS) == StyleUnknown("grate wave", ("great-wave",))
    assert named_style("xyzzy", PRESETS) == StyleUnknown("xyzzy")


@pytest.mark.parametrize("words", ["great wave", "Great-Wave", "БОЛЬШАЯ ВОЛНА"])
def test_words_that_are_a_styles_name(words: str) -> None:
    assert style_in_text(words, PRESETS) == WAVE


@pytest.mark.parametrize("words", ["great", "hi", "wave", "a great wave, please", "?", ""])
def test_words_that_are_only_words(words: str) -> None:
    assert style_in_text(words, PRESETS) is None


def test_the_gate_comes_before_all_other_handlers() -> None:
    groups = [group for group, _ in handlers()]
    assert groups == sorted(groups)
    [gate] = [handler for group, handler in handlers() if group < 0]
    assert gate.callback is let_in
