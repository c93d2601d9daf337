"""Recipe codes: short, lasting, read back as they were meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.recipes import Recipe, code_of, link_to, read_code
from bot.jobs import JobStyle, Wishes
from styler import load_presets
from tests.bot.some_jobs import a_job

INK = (JobStyle(preset="ink"),)
OWN = (JobStyle(picture="a.jpg"),)
JOB = "abcdefghijkm"


def wishes(strength: int = 100, *, keep_colors: bool = False) -> Wishes:
    return Wishes(strength=strength, keep_colors=keep_colors)


@pytest.mark.parametrize(
    ("code", "recipe"),
    [
        ("ink", Recipe("ink", None, wishes())),
        ("starry-night_50", Recipe("starry-night", None, wishes(50))),
        ("starry-night_c", Recipe("starry-night", None, wishes(keep_colors=True))),
        ("starry-night_25c", Recipe("starry-night", None, wishes(25, keep_colors=True))),
        (f"_{JOB}", Recipe(None, JOB, wishes())),
        (f"_{JOB}_75c", Recipe(None, JOB, wishes(75, keep_colors=True))),
    ],
)
def test_the_form_lasts(code: str, recipe: Recipe) -> None:
    """Codes are in chats for ever."""
    assert read_code(code) == recipe
    assert read_code(link_to("some_bot", code)) == recipe
    assert read_code(f" t.me/some_bot?start={code}\n") == recipe


@pytest.mark.parametrize(
    "text", ["", "_", "__", "ink_101", "ink__50", "ink_c50", "Ink painting", "ink 50", f"_{JOB[1:]}", "тушь"]
)
def test_what_is_no_code(text: str) -> None:
    assert read_code(text) is None


@given(
    st.sampled_from([INK, OWN, INK + OWN, (JobStyle(preset="Ünï"),), (JobStyle(preset="x" * 60),)]),
    st.none() | st.floats(0, 100),
    st.booleans(),
)
def test_every_code_fits_a_link_and_says_what_is_shown(
    styles: tuple[JobStyle, ...], strength: float | None, keep_colors: bool
) -> None:
    job = a_job(id=JOB, styles=styles, strength=strength, keep_colors=keep_colors)
    code = code_of(job)
    assert len(code) <= 64
    assert set(code) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-")
    recipe = read_code(code)
    assert recipe is not None
    assert recipe.wishes == job.wishes
    assert (recipe.preset, recipe.job_id) == (("ink", None) if styles == INK else (None, JOB))


@pytest.mark.parametrize("name", load_presets())
def test_every_preset_has_a_code_that_can_be_read(name: str) -> None:
    assert code_of(a_job(styles=(JobStyle(preset=name),))) == name
