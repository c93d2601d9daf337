"""Messages that people change after they were sent: a style put right counts, and only once."""

from collections.abc import Sequence
from dataclasses import replace

from telegram import Message, Update

from bot.actions import Enqueue, PictureRef
from bot.dialogue_events import NamedStyle, PictureSent, StyleChosen
from bot.dialogue_states import HasContent, HasStyle, kept, messages
from bot.handlers.addressed import SpokenTo
from bot.handlers.fetching import Attachment, attached, fetch
from bot.handlers.meaning import meant_by_caption, meant_by_words
from bot.handlers.reading import without_mention
from bot.handlers.replies import pointed_at
from bot.handlers.service import Context, Service, origin_of, person_of, service_of
from bot.jobs import Job, JobStatus
from bot.people.person import Person, is_group


async def on_edited(update: Update, context: Context) -> None:
    """Anything that was edited. Only what names a style matters; Telegram tells of much besides."""
    service, message = service_of(context), update.edited_message
    person = await person_of(update, service)
    if message is None or person is None:
        return
    own = attached(message)
    if own is not None and message.media_group_id and service.albums.is_open(person, message.media_group_id):
        service.albums.recaption(person, message.media_group_id, message.message_id, message.caption)
        return
    if own is not None:
        await _on_caption(service, person, message, own, context.bot.username)
    else:
        await _on_words(service, person, message, context.bot.username)


async def _on_caption(
    service: Service, person: Person, message: Message, photo: Attachment, bot_name: str
) -> None:
    """In a group, of a photo that nobody gave to the bot, only words to the bot count."""
    style = await meant_by_caption(service, person, message.caption, bot_name)
    waits = message.message_id in messages(await service.conversation.state(person))
    if style is None and waits:  # it is asked about: less than a title will do
        style = await meant_by_words(service, person, message.caption or "", asked=True)
    if style is None:
        return
    had = await service.store.jobs_of_photo(person.user_id, person.chat_id, message.message_id)
    if waits or had or SpokenTo().filter(message):
        await _restyle(service, person, message, photo, message.message_id, style)


async def _on_words(service: Service, person: Person, message: Message, bot_name: str) -> None:
    """For an answer to an open question, as for words that led to a painting, less than a title will do."""
    words, named = without_mention(message.text or "", bot_name)
    in_group, addressed = is_group(person.chat_id), named or words.startswith("/")
    if in_group and not addressed:
        return
    jobs = await _jobs_of_words(service, person, message)
    refused = await _kept_of_words(service, person, message)
    style = await meant_by_caption(service, person, message.text, bot_name)
    if style is None and not words.startswith("/") and not in_group:
        asked = bool(jobs or refused) or isinstance(await service.conversation.state(person), HasContent)
        style = await meant_by_words(service, person, words, asked=asked)
    if style is None:
        return
    pointed = await pointed_at(service, person, message)
    if jobs or refused:
        await _repaint(service, person, message, jobs, style)
        await _restyle_kept(service, person, message, refused, style)
    elif pointed is None:
        await service.conversation.hear(person, style, _origin(message))
    elif not isinstance(pointed.source, Job):
        await _restyle(service, person, message, pointed.source, pointed.message_id, style)


async def _restyle(
    service: Service, person: Person, message: Message, photo: Attachment, photo_id: int, style: NamedStyle
) -> None:
    """Paint the photo, or its whole album, in the style it has now, instead of the one that is under way."""
    if photo_id in messages(await service.conversation.state(person)):
        if isinstance(style, StyleChosen):
            style = replace(style, content_message=photo_id)  # it need not be the one that is asked about
        await service.conversation.hear(person, style, _origin(message))
        return
    jobs = await service.store.jobs_of_photo(person.user_id, person.chat_id, photo_id)
    new = await _unless_done(service, person, jobs, style)
    if new is None:
        return
    picture = await fetch(service, person, photo, photo_id)
    if picture is None:
        return
    if jobs and isinstance(new, StyleChosen):
        await service.worker.cancel(jobs[-1].id, person.user_id)  # it is not what they meant
    others, refused = await _others_of_album(service, person, message, jobs)
    await _paint(service, person, picture, new, _origin(message))
    if isinstance(new, StyleChosen):
        await _repaint(service, person, message, others, new)
        await _restyle_kept(service, person, message, refused, new)


async def _others_of_album(
    service: Service, person: Person, message: Message, jobs: Sequence[Job]
) -> tuple[list[Job], list[Enqueue]]:
    """What came, together with the last of these jobs, of the other photos of the message's album: the jobs,
    and what the queue has no room for.
    """
    if message.media_group_id is None or not jobs:
        return [], []
    together = jobs[-1].origin.rpartition(":")[0] + ":"
    all_jobs = await service.store.jobs_of(person.user_id, person.chat_id, open_only=False)
    others = [job for job in all_jobs if job.origin.startswith(together) and job.content != jobs[-1].content]
    refused = kept(await service.conversation.state(person))
    return others, [one for one in refused if (one.origin or "").startswith(together)]


async def _repaint(
    service: Service, person: Person, message: Message, jobs: Sequence[Job], style: NamedStyle
) -> None:
    """Paint the photos of these jobs, which the words led to, in the style that they mean now."""
    new = await _unless_done(service, person, jobs, style)
    if new is None:
        return
    photos = {job.content: job for job in jobs if service.results.has_photo(job)}
    for job in photos.values():
        if isinstance(new, StyleChosen):
            await service.worker.cancel(job.id, person.user_id)  # it is not what they meant
        photo = PictureRef(job.content, job.reply_to or message.message_id, job.as_file)
        await _paint(service, person, photo, new, f"{_origin(message)}:{job.content}")


async def _paint(service: Service, person: Person, photo: PictureRef, style: NamedStyle, origin: str) -> None:
    """Paint it. A question about another photo, or a style for the next, stays open if there is room."""
    is_open = isinstance(await service.conversation.state(person), HasContent | HasStyle)
    if is_open and isinstance(style, StyleChosen):
        wanted = Enqueue(photo, style.styles, style.wishes)
        if await service.conversation.paint(person, wanted, origin) is None:
            return
    await service.conversation.hear(person, PictureSent(photo, style), origin)


async def _restyle_kept(
    service: Service, person: Person, message: Message, refused: Sequence[Enqueue], style: NamedStyle
) -> None:
    """The same for those that wait for room in the queue."""
    if not isinstance(style, StyleChosen):
        return
    for one in refused:
        origin = f"{_origin(message)}:{one.content.file}"
        await service.conversation.hear(person, replace(style, content_message=one.reply_to), origin)


async def _kept_of_words(service: Service, person: Person, message: Message) -> list[Enqueue]:
    """What a message, or an edit of it, led to and the queue has no room for."""
    refused = kept(await service.conversation.state(person))
    return [one for one in refused if (one.origin or "").startswith(f"{origin_of(message)}:")]


async def _jobs_of_words(service: Service, person: Person, message: Message) -> list[Job]:
    """Those that a message, or an edit of it, led to."""
    jobs = await service.store.jobs_of(person.user_id, person.chat_id, open_only=False)
    return [job for job in jobs if job.origin.startswith(f"{origin_of(message)}:")]


async def _unless_done(
    service: Service, person: Person, jobs: Sequence[Job], style: NamedStyle
) -> NamedStyle | None:
    """The style, with what a preset of their own stands for; None where `_is_done` says so."""
    if not isinstance(style, StyleChosen):
        return style
    chosen = await service.own.chosen(person.user_id, style)
    return None if _is_done(jobs, chosen) else chosen


def _is_done(jobs: Sequence[Job], style: StyleChosen) -> bool:
    """Whether the photo has this style already, or had it last and the person did not want it."""
    same = [job for job in jobs if job.styles == style.styles]
    wanted = any(job.is_open or job.status is JobStatus.DONE for job in same)
    return wanted or (bool(same) and same[-1] is jobs[-1])


def _origin(message: Message) -> str:
    when = int(message.edit_date.timestamp()) if message.edit_date else 0
    return f"{origin_of(message)}:edited:{when}"
