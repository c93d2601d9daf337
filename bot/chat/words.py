"""Sentences about jobs, made of the texts: for the live message and for /status."""

from collections.abc import Mapping

from bot.chat.recipes import code_of, link_to
from bot.jobs import Failure, Job, Waiting
from bot.painting.painter import Glimpse
from bot.texts import Html, duration, text
from bot.titles import cell_titles, look_title, sheet_title
from styler import Preset

BAR = 10  # segments
LONGEST_LIST = 400  # letters: a caption holds 1024, and an emoji counts as two
ALMOST = 0.97  # from here on the estimate is only noise


def live_waiting(language: str, style: str, waiting: Waiting) -> str:
    """The live message of a job that waits."""
    return text(language, "live-waiting", style=style, why=Html(_why_waiting(language, waiting)))


def live_painting(language: str, style: str, glimpse: Glimpse | None) -> str:
    """The live message of a job that is being painted."""
    if glimpse is None:
        return text(language, "live-starting", style=style)
    percent, bar = round(100 * glimpse.fraction), progress_bar(glimpse.fraction)
    if glimpse.fraction >= ALMOST:
        return text(language, "live-finishing", style=style, bar=bar, percent=percent)
    left = duration(language, glimpse.remaining)
    return text(language, "live-painting", style=style, bar=bar, percent=percent, left=left)


def status_waiting(language: str, style: str, waiting: Waiting) -> str:
    """A line of /status about a job that waits."""
    return text(language, "status-waiting", style=style, why=Html(_why_waiting(language, waiting)))


def status_painting(language: str, style: str, glimpse: Glimpse | None) -> str:
    """A line of /status about a job that is being painted."""
    if glimpse is None:
        return text(language, "status-starting", style=style)
    percent, left = round(100 * glimpse.fraction), duration(language, glimpse.remaining)
    return text(language, "status-painting", style=style, percent=percent, left=left)


def progress_bar(fraction: float) -> str:
    """▰▰▰▱▱▱▱▱▱▱"""
    full = max(0, min(BAR, round(BAR * fraction)))
    return "▰" * full + "▱" * (BAR - full)


_FAILURES: dict[str, str] = {
    Failure.LOST: "failed-lost",
    Failure.STYLE: "failed-style",
    Failure.PICTURE: "failed-picture",
    Failure.MEMORY: "failed-memory",
    Failure.DISK: "failed-disk",
    Failure.TIME: "failed-time",
}


def failure(language: str, reason: str | None, style: str) -> str:
    """What to tell the owner of a job that failed."""
    return text(language, _FAILURES.get(reason or "", "failed-engine"), style=style)


def _why_waiting(language: str, waiting: Waiting) -> str:
    """Who goes first, and how long it will take."""
    people, own = waiting.people, waiting.own
    if waiting.paused:
        return text(language, "waits-for-me")
    if people and own:
        why = text(language, "waits-its-turn", number=own + 1, people=people)
    elif people:
        why = text(language, "waits-for-people", people=people)
    elif own:
        why = text(language, "waits-for-own", own=own)
    else:
        why = text(language, "waits-no-more")
    if waiting.seconds is None:
        return why
    return f"{why} {text(language, 'waits-as-long', wait=duration(language, waiting.seconds))}"


def result_caption(job: Job, presets: Mapping[str, Preset], bot_name: str) -> str:
    """Under a painting: what it is, the link that shares its style, and why it is smaller if it is."""
    title = look_title(job.language, job.styles, job.wishes, presets)
    link = link_to(bot_name, code_of(job))
    caption = text(job.language, "result", style=title, link=link, shown=link.removeprefix("https://"))
    if job.reduced_to is None:
        return caption
    return f"{caption}\n\n{text(job.language, 'result-reduced', size=job.reduced_to)}"


def sheet_caption(job: Job, presets: Mapping[str, Preset]) -> str:
    """Under a sheet: what it is, and the titles that could not be written on it."""
    titles = enumerate(cell_titles(job, presets), 1)
    lines = [f"{number}. {title}" for number, title in titles if not sheet_title(title)]
    listed = " · ".join(lines)
    if len(listed) > LONGEST_LIST:
        listed = listed[:LONGEST_LIST].rpartition(" · ")[0] + " …"
    return text(job.language, "sheet", titles=listed).strip()
