"""Keyboards: pages, columns, and what each button carries."""

from pathlib import Path

import pytest
from telegram import InlineKeyboardMarkup

from bot.callback_data import decode
from bot.callbacks import (
    Bigger,
    CancelDialogue,
    CancelJob,
    CancelKept,
    DeleteResult,
    DropOwn,
    KeepOwn,
    KeepResult,
    OtherStyle,
    PaintStyle,
    PickStyle,
    SetLanguage,
    ShowAt,
    ShowColors,
    ShowSheet,
    ShowStyles,
    TryAgain,
)
from bot.chat.own_gallery import ANY, own_keyboard, which_keyboard
from bot.chat.result_keyboard import delete_keyboard, result_keyboard, sheet_keyboard
from bot.jobs import JobStyle
from bot.keyboards import (
    PER_PAGE,
    WIDEST,
    cancel_choice_keyboard,
    language_keyboard,
    page_of,
    style_keyboard,
    suggestion_keyboard,
    try_again_keyboard,
    width,
)
from bot.people.own_presets import OwnPreset
from bot.texts import languages
from styler import Preset, load_presets
from tests.bot.some_jobs import a_job

SEVENTEEN = {
    name: Preset(name=name, path=Path("x.jpg"), titles={"en": name.title(), "ru": f"Стиль {name}"})
    for name in (f"style-{number}" for number in range(1, 18))
}


def labels(keyboard: InlineKeyboardMarkup) -> list[list[str]]:
    return [[button.text for button in row] for row in keyboard.inline_keyboard]


def carried(keyboard: InlineKeyboardMarkup) -> list[object]:
    return [decode(str(button.callback_data)) for row in keyboard.inline_keyboard for button in row]


def test_a_page_of_styles() -> None:
    keyboard = style_keyboard(SEVENTEEN, "en", page_of(SEVENTEEN, 1), photo=77)
    assert labels(keyboard)[0] == ["9. Style-9", "10. Style-10"]
    assert labels(keyboard)[-3:] == [["‹", "2 of 3", "›"], ["My photo in every style"], ["Cancel"]]
    assert carried(keyboard)[0] == PickStyle("style-9", 77)
    assert carried(keyboard)[-5:] == [
        ShowStyles(0, 77),
        ShowStyles(2, 77),
        ShowStyles(2, 77),
        ShowSheet(77),
        CancelDialogue(77),
    ]


def test_pages_hold_every_style_once_and_wrap_around() -> None:
    pages = [page_of(SEVENTEEN, number) for number in range(3)]
    assert [name for page in pages for _, name in page.names] == list(SEVENTEEN)
    assert [page.first for page in pages] == [1, 1 + PER_PAGE, 1 + 2 * PER_PAGE]
    assert page_of(SEVENTEEN, 3) == pages[0]
    assert page_of(SEVENTEEN, -1) == pages[2]


def test_one_page_needs_no_turning() -> None:
    few = dict(list(SEVENTEEN.items())[:3])
    keyboard = style_keyboard(few, "ru", page_of(few, 0))
    assert labels(keyboard) == [["1. Стиль style-1", "2. Стиль style-2"], ["3. Стиль style-3"]]


def test_the_titles_of_all_presets_fit_on_buttons() -> None:
    presets = load_presets()
    for language in ("en", "ru"):
        for number in range(page_of(presets, 0).pages):
            for row in labels(style_keyboard(presets, language, page_of(presets, number), photo=2**40)):
                assert len(row) == 1 or all(width(title) <= WIDEST for title in row), row
                assert all(len(title) <= 26 for title in row), row
    russian = labels(style_keyboard(presets, "ru", page_of(presets, 0)))
    assert ["7. Импрессионизм"] in russian
    assert ["1. Звёздная ночь", "2. Большая волна"] in russian


def test_a_long_title_has_a_row_for_itself_and_all_keep_their_order() -> None:
    titles = [
        "Ink",
        "A cathedral window at noon",
        "Mosaic",
        "Ducks",
        "Pastel",
        "Another cathedral window",
        "Venice",
    ]
    presets = {
        name: Preset(name=name, path=Path("x.jpg"), titles={"en": title, "ru": title})
        for name, title in zip("abcdefg", titles, strict=True)
    }
    rows = labels(style_keyboard(presets, "en", page_of(presets, 0)))
    assert [len(row) for row in rows] == [1, 1, 2, 1, 1, 1]
    assert [title.partition(". ")[2] for row in rows for title in row] == titles


def test_suggestions_are_presets_that_there_are() -> None:
    keyboard = suggestion_keyboard(SEVENTEEN, "en", ["style-2", "gone"], photo=5)
    assert carried(keyboard) == [PickStyle("style-2", 5)]


def test_the_small_keyboards() -> None:
    assert carried(cancel_choice_keyboard("en", [("abc", "Ink & Wash")])) == [CancelJob("abc")]
    assert labels(cancel_choice_keyboard("ru", [("abc", "Тушь")])) == [["1. Отменить «Тушь»"]]
    assert carried(try_again_keyboard("en")) == [TryAgain(), CancelKept()]
    assert carried(language_keyboard()) == [SetLanguage("en"), SetLanguage("ru")]
    assert labels(language_keyboard()) == [["English", "Русский"]]


def test_under_a_painting() -> None:
    job = a_job(id="abcdefghijkm", strength=50, keep_colors=True)
    keyboard = result_keyboard(job, bigger=1024, full_size=True)
    assert labels(keyboard) == [
        ["25%", "✓ 50%", "75%", "100%"],
        ["✓ Photo's colours", "Another style"],
        ["Paint it bigger", "As a file"],
        ["Another photo", "Delete"],
    ]
    assert carried(keyboard)[3:7] == [
        ShowAt(job.id, 100),
        ShowColors(job.id, False),
        OtherStyle(job.id),
        Bigger(job.id, 1024),
    ]
    assert len(labels(result_keyboard(job, bigger=None, full_size=False))) == 3
    assert carried(delete_keyboard(job)) == [DeleteResult(job.id, True), KeepResult(job.id)]


@pytest.mark.parametrize(
    ("styles", "rows"), [(1, [1]), (7, [7]), (8, [4, 4]), (21, [7, 7, 7]), (23, [6, 6, 6, 5])]
)
def test_under_a_sheet(styles: int, rows: list[int]) -> None:
    job = a_job(id="abcdefghijkm", styles=tuple(JobStyle(preset=str(n)) for n in range(styles)))
    keyboard = sheet_keyboard(job)
    *numbers, last = labels(keyboard)
    assert [len(row) for row in numbers] == rows
    assert carried(keyboard)[:styles] == [PaintStyle(job.id, place) for place in range(1, styles + 1)]
    assert last == ["Delete"]


def test_ones_own_styles_have_no_numbers_and_room_for_their_names() -> None:
    names = ["Carpet", "Snow", "Grandma's old Persian carpet"]
    own = [OwnPreset(number, name, ()) for number, name in enumerate(names, 7)]
    keyboard = own_keyboard("en", own, photo=5)
    assert labels(keyboard) == [["Carpet", "Snow"], ["Grandma's old Persian carpet"], ["Delete a style"]]
    assert carried(keyboard) == [
        PickStyle("@7", 5),
        PickStyle("@8", 5),
        PickStyle("@9", 5),
        DropOwn(ANY, False),
    ]
    keyboard = which_keyboard("en", own)
    assert labels(keyboard) == [["✕ Carpet", "✕ Snow"], ["✕ Grandma's old Persian carpet"], ["‹ Back"]]
    assert carried(keyboard) == [DropOwn(7, False), DropOwn(8, False), DropOwn(9, False), KeepOwn()]


@pytest.mark.parametrize("language", languages())
def test_what_stands_under_a_painting_fits_on_a_phone(language: str) -> None:
    job = a_job(language=language)
    for row in labels(result_keyboard(job, bigger=2048, full_size=True)) + labels(delete_keyboard(job)):
        assert sum(len(words) + 2 for words in row) <= 40, row
        assert len(row) == 1 or max(map(len, row)) <= 17, row
