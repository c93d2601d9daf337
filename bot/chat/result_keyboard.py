"""The buttons under a painting."""

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.callbacks import (
    Bigger,
    DeleteResult,
    FullSize,
    KeepResult,
    NextPhoto,
    OtherStyle,
    PaintStyle,
    ShowAt,
    ShowColors,
    Swap,
)
from bot.jobs import WHOLE, Failure, Job
from bot.keyboards import button
from bot.texts import label

STRENGTHS = (25, 50, 75, WHOLE)  # percent
NUMBERS_IN_A_ROW = 7  # at most


def result_keyboard(job: Job, *, bigger: int | None, full_size: bool) -> InlineKeyboardMarkup:
    """All there is to do with a painting. bigger: the next size in pixels, None where there is none.

    full_size: whether the file says more than the message does.
    """
    language, now = job.language, job.shown_strength
    strengths = [
        button(
            label(language, "button-strength-now" if percent == now else "button-strength", percent=percent),
            ShowAt(job.id, percent),
        )
        for percent in STRENGTHS
    ]
    colors = label(language, "button-colors-kept" if job.keep_colors else "button-colors")
    rows = [
        strengths,
        [
            button(colors, ShowColors(job.id, not job.keep_colors)),
            button(label(language, "button-other-style"), OtherStyle(job.id)),
        ],
        [],
        [button(label(language, "button-swap"), Swap(job.id))] if swappable(job) else [],
        [next_photo_button(job), button(label(language, "button-delete"), DeleteResult(job.id, False))],
    ]
    if bigger is not None:
        rows[2].append(button(label(language, "button-bigger"), Bigger(job.id, bigger)))
    if full_size:
        rows[2].append(button(label(language, "button-full-size"), FullSize(job.id)))
    return InlineKeyboardMarkup([row for row in rows if row])


def swappable(job: Job) -> bool:
    """Whether photo and style are two pictures that were just sent, and may have been meant the other way."""
    [*others, style] = job.styles
    return not others and style.picture is not None and style.title is None


def sheet_keyboard(job: Job) -> InlineKeyboardMarkup:
    """A number for each style of a sheet."""
    numbers = [button(str(place), PaintStyle(job.id, place)) for place in range(1, len(job.styles) + 1)]
    rows_needed = -(-len(numbers) // NUMBERS_IN_A_ROW)
    wide = -(-len(numbers) // rows_needed)  # a last row of one or two would be very wide
    rows = [numbers[start : start + wide] for start in range(0, len(numbers), wide)]
    delete = button(label(job.language, "button-delete"), DeleteResult(job.id, False))
    return InlineKeyboardMarkup([*rows, [delete]])


def delete_keyboard(job: Job) -> InlineKeyboardMarkup:
    """Whether they are sure."""
    sure = button(label(job.language, "button-delete-sure"), DeleteResult(job.id, True))
    return InlineKeyboardMarkup([[sure, button(label(job.language, "button-keep"), KeepResult(job.id))]])


def other_style_keyboard(job: Job) -> InlineKeyboardMarkup | None:
    """What there is to do about a painting that failed; nothing where its photo was at fault."""
    if job.error in {Failure.PICTURE, Failure.LOST} or job.sheet:
        return None
    return InlineKeyboardMarkup([[button(label(job.language, "button-other-style"), OtherStyle(job.id))]])


def next_photo_button(job: Job) -> InlineKeyboardButton:
    """The one that needs no painting any more."""
    return button(label(job.language, "button-next-photo"), NextPhoto(job.id))
