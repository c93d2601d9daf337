"""What styles and jobs are called, in every language. Plain text, not HTML."""

from collections.abc import Mapping, Sequence

from bot.jobs import WHOLE, Job, JobStyle, Wishes
from bot.texts import label
from styler import Preset
from styler.sheet import can_write

LONGEST_TITLE = 64  # letters of one style's title, in captions and on buttons


def style_title(language: str, styles: Sequence[JobStyle], presets: Mapping[str, Preset]) -> str:
    """What to call the styles of a job: "Starry Night", "Custom style"."""
    names = [style.preset for style in styles if style.preset]
    titles = [presets[name].title(language) if name in presets else name for name in names]
    titles += dict.fromkeys(style.title for style in styles if style.title)  # a saved blend has one name
    own = len([style for style in styles if not style.preset and not style.title])
    if own == 1:
        titles.append(label(language, "your-style"))
    elif own:
        titles.append(label(language, "your-styles", count=own))
    return " + ".join(map(shorten, titles))


def job_title(job: Job, presets: Mapping[str, Preset], language: str | None = None) -> str:
    """`style_title` of a job, in the language or else its owner's."""
    language = language or job.language
    if job.sheet:
        return label(language, "every-style")
    return style_title(language, job.styles, presets)


def look_title(
    language: str, styles: Sequence[JobStyle], wishes: Wishes, presets: Mapping[str, Preset]
) -> str:
    """`style_title`, and what is out of the ordinary: "Ink · 50 % · in the photo's colours"."""
    if wishes.sheet:
        return label(language, "every-style")
    parts = [style_title(language, styles, presets)]
    if wishes.strength is not None and wishes.strength < WHOLE:
        parts.append(label(language, "look-strength", percent=round(wishes.strength)))
    if wishes.keep_colors:
        parts.append(label(language, "look-colors"))
    return " · ".join(parts)


def cell_titles(job: Job, presets: Mapping[str, Preset]) -> list[str]:
    """Of a sheet: `style_title` of each style on its own."""
    return [style_title(job.language, [style], presets) for style in job.styles]


def sheet_title(title: str) -> str:
    """A title as a sheet can write it; elsewhere its number must do, which the buttons have too."""
    return title if can_write(title) else ""


def shorten(title: str) -> str:
    """What an operator, or whoever asks for one, calls a style may be longer than a text has room for."""
    return title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1] + "…"
