"""The buttons under messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.callback_data import encode
from bot.callbacks import (
    Callback,
    CancelDialogue,
    CancelJob,
    CancelKept,
    EnoughOfJob,
    ForgetMe,
    ListOwn,
    PickStyle,
    SetLanguage,
    ShowSheet,
    ShowStyles,
    TryAgain,
)
from bot.texts import label, languages
from styler import Preset

COLUMNS = 2
WIDEST = 15.0  # ordinary letters, of a label in one of two columns: on a narrow phone longer ones are broken
PER_PAGE = 8  # with their picture they fill the screen of a phone, and no more

_WIDE = frozenset("mwMWжмфшщыюЖМФШЩЫЮ")
_NARROW = frozenset("fijlrtI.,:;'’!- ")


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the presets, each with the number it has among all."""

    number: int  # from 0
    pages: int  # how many there are
    names: tuple[tuple[int, str], ...]

    @property
    def first(self) -> int:
        """The number of the first preset on it."""
        return self.names[0][0] if self.names else 1


def button(words: str, callback: Callback) -> InlineKeyboardButton:
    """One button, and what its press says."""
    return InlineKeyboardButton(words, callback_data=encode(callback))


def page_of(presets: Mapping[str, Preset], number: int) -> Page:
    """A page of the presets; the numbers of pages wrap around."""
    numbered = list(enumerate(presets, 1))
    pages = max(1, -(-len(numbered) // PER_PAGE))
    number %= pages
    return Page(number, pages, tuple(numbered[number * PER_PAGE : (number + 1) * PER_PAGE]))


def style_keyboard(
    presets: Mapping[str, Preset],
    language: str,
    page: Page,
    photo: int | None = None,
    *,
    has_own: bool = False,
) -> InlineKeyboardMarkup:
    """The presets of a page; `photo` is the message id of the photo they are for.

    has_own: whether the person has presets of their own to turn to.
    """
    buttons = [
        button(f"{number}. {presets[name].title(language)}", PickStyle(name, photo))
        for number, name in page.names
    ]
    rows = in_rows(buttons)
    if page.pages > 1:
        before, after = (page.number - 1) % page.pages, (page.number + 1) % page.pages
        where = label(language, "button-page", page=page.number + 1, pages=page.pages)
        rows.append(
            [
                button("‹", ShowStyles(before, photo)),
                button(where, ShowStyles(after, photo)),
                button("›", ShowStyles(after, photo)),
            ]
        )
    if photo is not None:
        rows.append([button(label(language, "button-sheet"), ShowSheet(photo))])
    if has_own:
        rows.append([button(label(language, "button-own-styles"), ListOwn(photo))])
    if photo is not None:
        rows.append([button(label(language, "button-cancel"), CancelDialogue(photo))])
    return InlineKeyboardMarkup(rows)


def width(label: str) -> float:
    """How wide it is about, in ordinary letters: Russian ones are on the whole wider than English ones."""
    return sum(1.4 if char in _WIDE else 0.5 if char in _NARROW else 1.0 for char in label)


def in_rows(buttons: Sequence[InlineKeyboardButton]) -> list[list[InlineKeyboardButton]]:
    """Two in a row, but for those that need one for themselves; in their order."""
    rows: list[list[InlineKeyboardButton]] = []
    is_open = False  # the last row takes one more
    for button in buttons:
        fits = width(button.text) <= WIDEST
        if fits and is_open:
            rows[-1].append(button)
        else:
            rows.append([button])
        is_open = fits and len(rows[-1]) < COLUMNS
    return rows


def suggestion_keyboard(
    presets: Mapping[str, Preset], language: str, names: Sequence[str], photo: int | None = None
) -> InlineKeyboardMarkup:
    """The presets somebody may have meant."""
    return InlineKeyboardMarkup(
        [[button(presets[name].title(language), PickStyle(name, photo))] for name in names if name in presets]
    )


def live_keyboard(language: str, job_id: str, *, something_to_see: bool) -> InlineKeyboardMarkup:
    """Under a job's live message."""
    buttons = [button(label(language, "button-cancel"), CancelJob(job_id))]
    if something_to_see:
        buttons.insert(0, button(label(language, "button-enough"), EnoughOfJob(job_id)))
    return InlineKeyboardMarkup([buttons])


def cancel_choice_keyboard(language: str, jobs: Sequence[tuple[str, str]]) -> InlineKeyboardMarkup:
    """One button for each (job id, style), numbered, as several may be in one style."""
    rows = [
        [button(f"{number}. {label(language, 'button-cancel-job', style=style)}", CancelJob(job_id))]
        for number, (job_id, style) in enumerate(jobs, 1)
    ]
    return InlineKeyboardMarkup(rows)


def try_again_keyboard(language: str) -> InlineKeyboardMarkup:
    """Under the queue's refusal."""
    return InlineKeyboardMarkup(
        [
            [
                button(label(language, "button-try-again"), TryAgain()),
                button(label(language, "button-cancel"), CancelKept()),
            ]
        ]
    )


def language_keyboard() -> InlineKeyboardMarkup:
    """Every language there is, in its own name."""
    return InlineKeyboardMarkup(
        [[button(label(code, "language-name"), SetLanguage(code)) for code in languages()]]
    )


def forget_keyboard(language: str) -> InlineKeyboardMarkup:
    """Under the question whether all is to be deleted."""
    return InlineKeyboardMarkup(
        [
            [button(label(language, "button-forget"), ForgetMe(True))],
            [button(label(language, "button-keep-all"), ForgetMe(False))],
        ]
    )
