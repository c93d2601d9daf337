"""The buttons under messages."""

from collections.abc import Mapping, Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.callback_data import (
    Callback,
    CancelDialogue,
    CancelJob,
    FullSize,
    PickStyle,
    SetLanguage,
    ShowStyles,
    TryAgain,
    encode,
)
from bot.texts import label, languages
from styler import Preset

COLUMNS = 2
PER_PAGE = 10


def style_keyboard(
    presets: Mapping[str, Preset], language: str, page: int = 0, photo: int | None = None
) -> InlineKeyboardMarkup:
    """One page of presets; `photo` is the message id of the photo they are for. Pages wrap around."""
    names = list(presets)
    pages = max(1, -(-len(names) // PER_PAGE))
    page %= pages
    shown = names[page * PER_PAGE : (page + 1) * PER_PAGE]
    buttons = [_button(presets[name].title(language), PickStyle(name, photo)) for name in shown]
    rows = [buttons[start : start + COLUMNS] for start in range(0, len(buttons), COLUMNS)]
    if pages > 1:
        rows.append(
            [
                _button("‹", ShowStyles((page - 1) % pages, photo)),
                _button(
                    label(language, "button-page", page=page + 1, pages=pages),
                    ShowStyles((page + 1) % pages, photo),
                ),
                _button("›", ShowStyles((page + 1) % pages, photo)),
            ]
        )
    if photo is not None:
        rows.append([_button(label(language, "button-cancel"), CancelDialogue())])
    return InlineKeyboardMarkup(rows)


def suggestion_keyboard(
    presets: Mapping[str, Preset], language: str, names: Sequence[str], photo: int | None = None
) -> InlineKeyboardMarkup:
    """The presets somebody may have meant."""
    return InlineKeyboardMarkup(
        [
            [_button(presets[name].title(language), PickStyle(name, photo))]
            for name in names
            if name in presets
        ]
    )


def cancel_keyboard(language: str, job_id: str) -> InlineKeyboardMarkup:
    """Under a job's live message."""
    return InlineKeyboardMarkup([[_button(label(language, "button-cancel"), CancelJob(job_id))]])


def cancel_choice_keyboard(language: str, jobs: Sequence[tuple[str, str]]) -> InlineKeyboardMarkup:
    """One button for each (job id, style)."""
    return InlineKeyboardMarkup(
        [
            [_button(label(language, "button-cancel-job", style=style), CancelJob(job_id))]
            for job_id, style in jobs
        ]
    )


def result_keyboard(language: str, job_id: str, *, full_size: bool) -> InlineKeyboardMarkup | None:
    """Under a result; None where there is nothing to offer."""
    if not full_size:
        return None
    return InlineKeyboardMarkup([[_button(label(language, "button-full-size"), FullSize(job_id))]])


def try_again_keyboard(language: str) -> InlineKeyboardMarkup:
    """Under the queue's refusal."""
    return InlineKeyboardMarkup(
        [
            [
                _button(label(language, "button-try-again"), TryAgain()),
                _button(label(language, "button-cancel"), CancelDialogue()),
            ]
        ]
    )


def language_keyboard() -> InlineKeyboardMarkup:
    """Every language there is, in its own name."""
    return InlineKeyboardMarkup(
        [[_button(label(code, "language-name"), SetLanguage(code)) for code in languages()]]
    )


def _button(label: str, callback: Callback) -> InlineKeyboardButton:
    return InlineKeyboardButton(label, callback_data=encode(callback))
