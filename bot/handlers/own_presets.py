"""A person's own presets: /save NAME keeps a style, /presets shows, picks and deletes them."""

from collections.abc import Sequence

from telegram import CallbackQuery, Message, Update

from bot.actions import PictureRef
from bot.callbacks import DropOwn, KeepOwn, ListOwn, OwnCallback
from bot.chat.own_gallery import ANY, drop_keyboard, own_keyboard, which_keyboard
from bot.dialogue import MAX_STYLES
from bot.dialogue_states import HasContent
from bot.handlers.fetching import fetch
from bot.handlers.press import answer, take_away, unless_unchanged
from bot.handlers.reading import split_command
from bot.handlers.replies import pointed_at
from bot.handlers.service import Context, Service, person_of, service_of
from bot.jobs import Job, JobStyle
from bot.people.own_presets import MOST, NameTaken, TooMany
from bot.people.person import Person
from bot.texts import label
from bot.titles import shorten


async def on_save(update: Update, context: Context) -> None:
    """/save NAME: the picture that it answers, or else the style picture of my last painting."""
    service, message = service_of(context), update.effective_message
    person = await person_of(update, service)
    if person is None or message is None:
        return
    name = " ".join(context.args or ())
    if not _is_name(name):
        await service.conversation.tell(person, "save-how")
        return
    styles = await _answered_styles(service, person, message)
    if styles is None:
        styles = await _last_styles(service, person)
    if styles:
        await save(service, person, name, styles)


def asks_to_save(caption: str | None) -> bool:
    """Whether what is under a picture is "/save", with a name or without."""
    return split_command(caption or "")[0] == "/save"


async def save_pictures(
    service: Service, person: Person, caption: str | None, pictures: Sequence[PictureRef]
) -> None:
    """Keep the pictures, a blend if they are several, under the name in their caption."""
    name = split_command(caption or "")[1]
    if not _is_name(name):
        await service.conversation.tell(person, "save-how")
        return
    styles = tuple(JobStyle(picture=picture.file) for picture in pictures)
    await save(service, person, name, styles[:MAX_STYLES])
    if len(styles) > MAX_STYLES:
        left = len(styles) - MAX_STYLES
        await service.conversation.tell(person, "too-many-styles", used=MAX_STYLES, left=left)


async def save(service: Service, person: Person, name: str, styles: tuple[JobStyle, ...]) -> None:
    """Keep the styles under the name, and say so."""
    try:
        saved = await service.own.save(person.user_id, name, styles)
    except NameTaken:
        await service.conversation.tell(person, "save-name-taken", name=shorten(name))
    except TooMany:
        await service.conversation.tell(person, "save-too-many", most=MOST)
    else:
        await service.conversation.tell(person, "saved", name=saved.name)


async def on_presets(update: Update, context: Context) -> None:
    """/presets"""
    service = service_of(context)
    person = await person_of(update, service)
    if person is None:
        return
    state = await service.conversation.state(person)
    await show_own(service, person, state.content.message_id if isinstance(state, HasContent) else None)


async def show_own(service: Service, person: Person, photo: int | None) -> None:
    """Show this person's own presets; `photo` is the message id of the photo that waits for a style."""
    own = await service.own.of(person.user_id)
    if not own:
        await service.conversation.tell(person, "presets-none")
        return
    await service.own_gallery.show(person, own, photo)


async def on_own_press(service: Service, person: Person, query: CallbackQuery, pressed: OwnCallback) -> None:
    """A button about one's own presets. In a list of another's, the numbers are of no preset of mine."""
    match pressed:
        case ListOwn(photo):
            await answer(query)
            await show_own(service, person, photo)
        case KeepOwn():
            await answer(query)
            own = await service.own.of(person.user_id)
            with unless_unchanged():
                await query.edit_message_reply_markup(own_keyboard(person.language, own, None))
        case DropOwn(preset_id, sure):
            own = await service.own.of(person.user_id)
            found = [each for each in own if each.id == preset_id]
            if own and preset_id == ANY:
                await answer(query)
                with unless_unchanged():
                    await query.edit_message_reply_markup(which_keyboard(person.language, own))
            elif not found:
                await answer(query, label(person.language, "preset-gone"), alert=True)
            elif sure:
                await _drop(service, person, query, preset_id)
            else:
                await answer(query)
                with unless_unchanged():
                    await query.edit_message_reply_markup(drop_keyboard(person.language, found[0]))


async def _drop(service: Service, person: Person, query: CallbackQuery, preset_id: int) -> None:
    dropped = await service.own.drop(person.user_id, preset_id)
    name = dropped.name if dropped else ""
    await answer(query, label(person.language, "preset-dropped", name=name))
    left = await service.own.of(person.user_id)
    if left and query.message is not None:
        with unless_unchanged():
            await service.own_gallery.refresh(person, query.message.message_id, left)
    else:
        await take_away(query)


async def _answered_styles(service: Service, person: Person, message: Message) -> tuple[JobStyle, ...] | None:
    """The picture that the message answers, or the style of the painting; None where it answers neither.

    () when the person was told why it cannot be had.
    """
    answered = message.reply_to_message
    jobs = await service.store.jobs_of(person.user_id, person.chat_id, open_only=False) if answered else []
    for job in jobs:
        if answered is not None and job.progress_message == answered.message_id:
            return await _styles_of(service, person, job)
    pointed = await pointed_at(service, person, message)
    if pointed is None or isinstance(pointed.source, Job):
        return None
    picture = await fetch(service, person, pointed.source, message.message_id)
    return (JobStyle(picture=picture.file),) if picture else ()


async def _last_styles(service: Service, person: Person) -> tuple[JobStyle, ...]:
    job = await service.store.latest_job(person.user_id, own_style=True)
    if job is not None:
        return await _styles_of(service, person, job)
    await service.conversation.tell(person, "save-nothing")
    return ()


async def _styles_of(service: Service, person: Person, job: Job) -> tuple[JobStyle, ...]:
    """The style pictures of a job; () when the person was told why there are none."""
    styles = tuple(style for style in job.styles if style.picture)
    if styles and service.conversation.styles_are_kept(styles):
        return styles
    key = "style-gone" if styles else "save-nothing"
    await service.conversation.tell(person, key)
    return ()


def _is_name(words: str) -> bool:
    return any(map(str.isalnum, words))
