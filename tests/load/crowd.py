"""People who send photos to the bot, and what they get: when they are answered, and when it is painted."""

import asyncio
import time
from dataclasses import dataclass, field

from bot.sandbox import Photo, Sandbox
from bot.sandbox.media import store_photo
from bot.sandbox.model import Event, Words
from bot.sandbox.person import Person
from tests.bot.end_to_end.chat import is_result, picture

CAPTION = Words("/style ink")


@dataclass
class Asked:
    """One photo and what came of it; times are of time.monotonic()."""

    at: float
    signed: float | None = None  # the first sign that it was seen: a reaction, or the answer itself
    ready: float | None = None  # the bot knew what to say, and may have had to wait for its turn to say it
    answered: float | None = None  # it was said
    painted: list[float] = field(default_factory=list)  # once, if all is well


class Sender:
    """A person who sends a photo, and another one when the first was painted."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.asked: list[Asked] = []
        self._by_message: dict[int, Asked] = {}  # the live message of each photo
        self.by_photo: dict[int, Asked] = {}
        self._painted: set[int] = set()
        person.chat.watchers.add(self._watch)

    def send(self, photo: Photo) -> None:
        message = self.person._state.post(self.person.chat, self.person.user, CAPTION, photo)
        asked = Asked(time.monotonic())
        self.asked.append(asked)
        self.by_photo[message.id] = asked

    def _watch(self, event: Event) -> None:
        message = event.message
        if message is not None and message.id in self.by_photo and message.reactions:
            self._note_sign(self.by_photo[message.id])
        if message is None or not message.from_bot or message.reply_to is None:
            return
        asked = self.by_photo.get(message.reply_to.id)
        if asked is None:
            return
        now = time.monotonic()
        self._note_sign(asked)
        if asked.answered is None:
            asked.answered = now
        if is_result(message) and message.id not in self._painted:
            self._painted.add(message.id)
            asked.painted.append(now)

    def _note_sign(self, asked: Asked) -> None:
        if asked.signed is None:
            asked.signed = time.monotonic()


class Crowd:
    """Everybody who sends."""

    def __init__(self, sandbox: Sandbox, people: int) -> None:
        self._sandbox = sandbox
        self.senders = [Sender(sandbox.person(5000 + number, met=True)) for number in range(people)]

    async def photo(self) -> Photo:
        """The photo that all of them send."""
        return await store_photo(self._sandbox._state.files, picture(), from_person=True)

    @property
    def asked(self) -> list[Asked]:
        return [asked for sender in self.senders for asked in sender.asked]

    @property
    def reactions(self) -> int:
        """How many of the photos bear one."""
        return sum(
            bool(sender.person.chat.messages[photo].reactions)
            for sender in self.senders
            for photo in sender.by_photo
        )

    def note_ready(self, ready: dict[str, float]) -> None:
        """What the bot noted, by the photo's message id."""
        for sender in self.senders:
            for photo, asked in sender.by_photo.items():
                asked.ready = ready.get(str(photo))

    async def all_at_once(self) -> None:
        photo = await self.photo()
        for sender in self.senders:
            sender.send(photo)

    async def steadily(self, rate: float, seconds: float) -> None:
        """So many photos a second, in turn by everybody."""
        photo = await self.photo()
        start = time.monotonic()
        for number in range(round(rate * seconds)):
            await asyncio.sleep(start + number / rate - time.monotonic())
            self.senders[number % len(self.senders)].send(photo)

    async def until_painted(self, patience: float) -> None:
        """Until all that was asked for is painted, or nothing more is for so many seconds."""
        done, since = -1, time.monotonic()
        while time.monotonic() - since < patience:
            painted = sum(bool(asked.painted) for asked in self.asked)
            if painted == len(self.asked):
                return
            if painted != done:
                done, since = painted, time.monotonic()
            await asyncio.sleep(0.2)
