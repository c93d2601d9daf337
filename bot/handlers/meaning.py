"""What people mean by words that stand for a style: its name, a recipe, or the last one again."""

from bot.chat.recipes import Recipe, read_code
from bot.dialogue_events import NamedStyle, StyleChosen
from bot.handlers import reading
from bot.handlers.reading import split_command, style_in_caption, style_in_words, without_mention
from bot.handlers.service import Service
from bot.jobs import JobStyle, Wishes
from bot.people.person import Person
from bot.store import UnknownJob

FULLEST_SHEET = 40  # styles; more would need a magnifying glass
CAPTION_COMMANDS = frozenset({"/style", "/styles", "/again", "/save", "/sheet"})


async def meant_by_caption(
    service: Service, person: Person, caption: str | None, bot_name: str
) -> NamedStyle | None:
    """What a picture's caption asks for: a command, a recipe, or a style in any words."""
    words, _ = without_mention(caption or "", bot_name)
    match split_command(words)[0]:
        case "/again":
            return await last_style(service, person)
        case "/sheet":
            return await every_style(service, person)
    return await _recipe_in_words(service, words) or style_in_caption(
        caption, await service.own.known(person.user_id), bot_name
    )


async def meant_by_words(service: Service, person: Person, words: str, *, asked: bool) -> NamedStyle | None:
    """What words without a command mean; `asked` as in `style_in_words`."""
    return await _recipe_in_words(service, words) or style_in_words(
        words, await service.own.known(person.user_id), asked=asked
    )


async def is_about_style(service: Service, person: Person, words: str) -> bool:
    """Whether words that nobody asked for are about a style all the same."""
    return reading.is_about_style(words, await service.own.known(person.user_id))


async def recipe_of(service: Service, code: str) -> StyleChosen | None:
    """What a recipe's code or link means; None for other words, and when its style is gone."""
    recipe = read_code(code)
    return await _style_of(service, recipe) if recipe else None


async def last_style(service: Service, person: Person) -> StyleChosen | None:
    """The style of this person's last painting, and how it is shown; None when there is no such any more."""
    job = await service.store.latest_job(person.user_id)
    if job is None or not service.conversation.styles_are_kept(job.styles):
        return None
    return StyleChosen(job.styles, wishes=job.wishes)


async def every_style(service: Service, person: Person) -> StyleChosen:
    """All presets, and this person's own: each by itself, on one sheet."""
    single = [preset.styles for preset in await service.own.of(person.user_id) if len(preset.styles) == 1]
    own = [styles[0] for styles in single if service.conversation.styles_are_kept(styles)]
    styles = [*(JobStyle(preset=name) for name in service.presets), *own]
    return StyleChosen(tuple(styles[:FULLEST_SHEET]), wishes=Wishes(sheet=True))


async def _recipe_in_words(service: Service, words: str) -> StyleChosen | None:
    """As `recipe_of`, but not of a preset's bare name, which says nothing about the look: settings count."""
    return None if words in service.presets else await recipe_of(service, words)


async def _style_of(service: Service, recipe: Recipe) -> StyleChosen | None:
    if recipe.preset is not None:
        chosen = StyleChosen.named(recipe.preset)
        known = recipe.preset in service.presets
        return StyleChosen(chosen.styles, wishes=recipe.wishes) if known else None
    try:
        job = await service.store.job(recipe.job_id or "")
    except UnknownJob:
        return None
    kept = service.conversation.styles_are_kept(job.styles)
    return StyleChosen(job.styles, wishes=recipe.wishes) if kept else None
