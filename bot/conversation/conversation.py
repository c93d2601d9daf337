"""Carries out what a dialogue wants: asks, answers, and puts jobs into the queue."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from telegram import Bot, InlineKeyboardMarkup
from telegram.constants import ParseMode
from telegram.error import ChatMigrated

from bot.actions import (
    Action,
    AskForPhoto,
    AskForStyle,
    Discard,
    Enqueue,
    Expecting,
    ExplainHelp,
    SayAlbumLostPhoto,
    SayCancelled,
    SayCannotKeep,
    SayTooManyStyles,
    SayUnknownStyle,
)
from bot.background import Background
from bot.chat.gallery import Gallery
from bot.chat.live_message import reply_to
from bot.clock import now
from bot.conversation.open_questions import OpenQuestions
from bot.conversation.placing import Placing, named
from bot.conversation.refusals import refused
from bot.dialogue import MAX_KEPT, after, step
from bot.dialogue_events import Event, PhotosLeft
from bot.dialogue_states import HasContent, State, holding, kept, messages
from bot.fair_queue import QueueRefusal
from bot.jobs import JobStyle, new_job_id
from bot.keyboards import suggestion_keyboard, try_again_keyboard
from bot.people.own_presets import OwnPresets
from bot.people.person import Person, is_group
from bot.queue.new_jobs import NewJobs
from bot.storage.pictures import Pictures
from bot.store import Store
from bot.texts import FALLBACK, text
from bot.titles import look_title, shorten, style_title
from bot.worker import Worker
from styler import Preset

LEFT_SECONDS = 3600.0  # after which a picture that comes is no answer to the question about another


class Conversation:
    """Call it for one person in one chat at a time: inside their turn."""

    def __init__(
        self,
        *,
        bot: Bot,
        store: Store,
        worker: Worker,
        pictures: Pictures,
        presets: Mapping[str, Preset],
        gallery: Gallery,
        own: OwnPresets,
        new_jobs: NewJobs,
        jobs_per_person: int,
        background: Background,
    ) -> None:
        self._bot = bot
        self._store = store
        self._worker = worker
        self._pictures = pictures
        self._presets = presets
        self._gallery = gallery
        self._own = own
        self._questions = OpenQuestions(bot)
        self._new_jobs = new_jobs
        self._placing = Placing(store, worker, new_jobs)
        self._jobs_per_person = jobs_per_person
        self._background = background

    async def state(self, person: Person) -> State:
        """What is open with this person."""
        return await self._store.load_dialogue(person.chat_id, person.user_id)

    async def foresee(self, person: Person, event: Event) -> tuple[Action, ...]:
        """What would follow from an event; nothing is done."""
        return step(await self.state(person), event)[1]

    async def hear(self, person: Person, event: Event, origin: str) -> tuple[Action, ...]:
        """Take an event in, do what follows from it, and return that.

        `origin` names the message or the press that brought the event, so that what comes twice is
        painted once. `SayStaleButton` and `SayNothingToCancel` are left to the caller, who knows more.
        """
        before = await self.state(person)
        if _is_kept(before, origin) or await self._store.has_made_job(f"{origin}:0"):
            await self._say_what_is_kept(person)
            return ()
        event = await self._own.resolved(person.user_id, event)
        state, actions = step(before, event)
        wanted = named(person, [action for action in actions if isinstance(action, Enqueue)], origin)
        placed = await self._placing.place(person, state, wanted)
        state, further = after(state, placed.left)
        if not placed.accepted:
            await self._save(person, before, state)
        for action in (*actions, *further):
            await self._carry_out(person, state, action)
        await self._settle(person, state, placed.accepted)
        if placed.refusal is not None:
            await self._refuse(person, placed.refusal, placed.left)
        return actions

    async def offer_kept(
        self, chat_id: int, user_id: int, *, next_in_line: bool = True
    ) -> QueueRefusal | None:
        """Offer to the queue what it had no room for; what it refuses that for. Of a refusal nothing is said.

        Raises `QueueClosed`.
        """
        before = await self._store.load_dialogue(chat_id, user_id)
        if not kept(before):
            return None
        is_sheet = all(one.wishes.sheet for one in kept(before))
        refusal = await self._worker.refusal_of(user_id, sheet=is_sheet)
        if refusal is not None:  # as it mostly is: no need to make jobs
            return refusal
        language = await self._store.language(user_id) or kept(before)[0].language or FALLBACK
        person, state = Person(chat_id, user_id, language), holding(before, ())
        # What an older bot kept has no names.
        wanted = named(person, kept(before), f"kept:{new_job_id()}")
        placed = await self._placing.place(person, state, wanted, next_in_line=next_in_line)
        state = after(state, placed.left)[0]
        if not placed.accepted and state != before:  # what is kept has become jobs, another way
            await self._save(person, before, state)
        self._background.start(self._settle(person, state, placed.accepted), endless=True)
        return placed.refusal

    async def is_left(self, person: Person, written: float) -> bool:
        """Whether what is open with this person had waited for so long that they hardly thought of it when
        they wrote (unix seconds). It may be heard long after that, when the bot was away.

        Telegram's clock says when that was, and this machine's, which may be hours behind, when it was left:
        so it must be long ago by this one, too.
        """
        touched = await self._store.dialogue_touched(person.chat_id, person.user_id)
        return touched is not None and min(written, now()) - touched > LEFT_SECONDS

    async def remind(self, person: Person) -> None:
        """The person was told again what is open, and so thinks of it."""
        await self._store.touch_dialogue(person.chat_id, person.user_id)

    async def leave(self, person: Person) -> None:
        """Let go of the photos that wait for a style: what comes is about others."""
        state, actions = step(await self.state(person), PhotosLeft())
        await self._store.save_dialogue(person.chat_id, person.user_id, state)
        for action in actions:
            await self._carry_out(person, state, action)

    def remember_question(self, person: Person, photo: int, message_id: int) -> None:
        """That message asks for a style for this photo; it is taken away when the photo is in work."""
        self._questions.remember(person.chat_id, person.user_id, photo, message_id)

    async def paint(self, person: Person, enqueue: Enqueue, origin: str) -> QueueRefusal | None:
        """Make a job of what no dialogue led to; what is open stays open. The refusal, if there is one.

        What is kept was promised to be next, and goes before it. Raises `QueueClosed`: the bot is being
        stopped, and the press is heard again at its next start.
        """
        try:
            await self.offer_kept(person.chat_id, person.user_id, next_in_line=False)
            job = await self._new_jobs.make(person, enqueue, f"{origin}:0")
            await self._worker.enqueue(job, await self.state(person))
        except QueueRefusal as refusal:
            return refusal
        return None

    def styles_are_kept(self, styles: Sequence[JobStyle]) -> bool:
        """Whether all of them are still there. Looks at the disk."""
        return all(
            style.preset in self._presets
            if style.preset
            else self._pictures.picture_path(style.picture or "").is_file()
            for style in styles
        )

    async def tell(self, person: Person, key: str, **values: str | float) -> int:
        """Say a text of the locales, in the person's language."""
        return await self.say(person, text(person.language, key, **values))

    async def say(
        self,
        person: Person,
        html: str,
        keyboard: InlineKeyboardMarkup | None = None,
        answer_to: int | None = None,
    ) -> int:
        """Send a message; in a group it answers what the person wrote, if nothing else. Its id."""
        try:
            message = await self._bot.send_message(
                person.chat_id,
                html,
                parse_mode=ParseMode.HTML,
                reply_markup=keyboard,
                reply_parameters=reply_to(answer_to or person.message_id),
            )
        except ChatMigrated as error:  # since they wrote; there, nothing of before can be answered
            elsewhere = replace(person, chat_id=error.new_chat_id, message_id=None)
            return await self.say(elsewhere, html, keyboard)
        return message.message_id

    async def _save(self, person: Person, before: State, state: State) -> None:
        """Where nothing has changed, whatever was said was about what is open."""
        if state == before:
            await self.remind(person)
        else:
            await self._store.save_dialogue(person.chat_id, person.user_id, state)

    async def _settle(self, person: Person, state: State, accepted: Sequence[Enqueue]) -> None:
        """Take away the questions about photos that are in work now, and wait for nothing else."""
        for photo in {one.reply_to for one in accepted} - messages(state):
            await self._questions.take_away(person.chat_id, person.user_id, photo)

    async def _say_what_is_kept(self, person: Person) -> None:
        """What came twice was taken in; that there was no room for some of it, or for any, is perhaps unsaid,
        as the bot was killed, or Telegram was away.
        """
        state = await self.state(person)
        if kept(state):
            await self._help(person, state, ExplainHelp(Expecting.ROOM))

    async def _carry_out(self, person: Person, state: State, action: Action) -> None:
        language = person.language
        match action:
            case AskForStyle(content):
                question = await self._gallery.show(person, content.message_id)
                self.remember_question(person, content.message_id, question)
            case AskForPhoto(styles, wishes):
                style = look_title(language, styles, wishes, self._presets)
                key = "ask-for-photo-in-group" if is_group(person.chat_id) else "ask-for-photo"
                await self.tell(person, key, style=style)
            case ExplainHelp():
                await self._help(person, state, action)
            case SayUnknownStyle():
                await self._unknown_style(person, state, action)
            case SayTooManyStyles(used, left_out):
                await self.tell(person, "too-many-styles", used=used, left=left_out)
            case SayAlbumLostPhoto(message_id):
                await self.say(person, text(language, "album-without-photo"), answer_to=message_id)
            case SayCannotKeep(most, left_out):
                await self.tell(person, "queue-keeps-no-more", count=most, left=left_out)
            case SayCancelled():
                await self.tell(person, "cancelled-dialogue")
            case Discard(file):
                if not await self._store.is_referenced(file):
                    await self._pictures.delete(file)

    async def _help(self, person: Person, state: State, action: ExplainHelp) -> None:
        language = person.language
        style = style_title(language, action.styles, self._presets)
        match action.expecting:
            case Expecting.PHOTO:
                await self.tell(person, "help-photo")
            case Expecting.STYLE:
                await self.tell(person, "help-style")
            case Expecting.PHOTO_FOR_STYLE:
                await self.tell(person, "help-photo-for-style", style=style)
            case Expecting.ROOM:
                html = text(language, "help-room", count=len(kept(state)))
                await self.say(person, html, try_again_keyboard(language))

    async def _unknown_style(self, person: Person, state: State, unknown: SayUnknownStyle) -> None:
        photo = state.content.message_id if isinstance(state, HasContent) else None
        name = shorten(unknown.name)
        if not unknown.suggestions:
            await self.tell(person, "unknown-style", name=name)
            if photo is not None:
                self.remember_question(person, photo, await self._gallery.show(person, photo))
            return
        presets = await self._own.known(person.user_id)
        keyboard = suggestion_keyboard(presets, person.language, unknown.suggestions, photo)
        if unknown.several:
            html = text(person.language, "which-style")
        else:
            html = text(person.language, "did-you-mean", name=name, count=len(unknown.suggestions))
        question = await self.say(person, html, keyboard)
        if photo is not None:
            self.remember_question(person, photo, question)

    async def _refuse(self, person: Person, refusal: QueueRefusal, wanted: Sequence[Enqueue]) -> None:
        kept = min(len(wanted), MAX_KEPT)
        html = refused(person.language, refusal, self._jobs_per_person, kept)
        last = wanted[kept - 1].reply_to
        keyboard = try_again_keyboard(person.language)
        question = await self.say(person, html, keyboard, person.message_id or last)
        self.remember_question(person, last, question)


def _is_kept(state: State, origin: str) -> bool:
    """Whether something that this message or press led to waits for room in the queue."""
    return any((one.origin or "").startswith(f"{origin}:") for one in kept(state))
