"""Recipes: a style and how it is shown, as a short code that a link carries to a friend.

`starry-night` is that preset, `starry-night_50c` half of it in the photo's colours. What is no preset alone
is named by the job that it was made for: `_abcdefghijkm_50`. Size and quality are no part of it: they say
how large a painting is, not what it looks like.
"""

import re
from dataclasses import dataclass

from bot.jobs import ID_LENGTH, ID_LETTERS, NO_WISHES, WHOLE, Job, Wishes

_FORM = re.compile(
    rf"(?:_(?P<job>[{ID_LETTERS}]{{{ID_LENGTH}}})|(?P<preset>[a-z0-9-]{{1,40}}))"
    r"(?:_(?P<strength>[0-9]{1,3})?(?P<colors>c)?)?",
    re.ASCII,
)
_LINK = re.compile(r"(?:https?://)?t\.me/\w+\?start=(?P<code>[\w-]+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a code says: a preset, or the job whose styles are meant, and how to show the painting."""

    preset: str | None
    job_id: str | None
    wishes: Wishes = NO_WISHES


def code_of(job: Job) -> str:
    """The code of a job's recipe, as it is shown now: at most 64 of A-Z, a-z, 0-9, _ and -."""
    [*others, last] = job.styles
    alone = last.preset if not others else None
    head = alone if alone and _FORM.fullmatch(alone) else f"_{job.id}"
    strength = job.shown_strength
    tail = ("" if strength == WHOLE else str(strength)) + ("c" if job.keep_colors else "")
    return f"{head}_{tail}" if tail else head


def read_code(text: str) -> Recipe | None:
    """What a code says, alone or at the end of its link; None for anything else."""
    link = _LINK.fullmatch(text.strip())
    found = _FORM.fullmatch(link["code"] if link else text.strip())
    if found is None:
        return None
    strength = int(found["strength"] or WHOLE)
    if strength > WHOLE:
        return None
    # What the code does not say is said too: a friend sees what was shared, not their own settings.
    wishes = Wishes(strength=strength, keep_colors=found["colors"] is not None)
    return Recipe(found["preset"], found["job"], wishes)


def link_to(bot_name: str, code: str) -> str:
    """Opens the bot with this recipe."""
    return f"https://t.me/{bot_name}?start={code}"
