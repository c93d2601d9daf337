"""Somebody who chats with the bot: what the page does for a reader, a test does with a Person."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

from bot.sandbox.html_entities import find_entities, trim
from bot.sandbox.lengths import check_edit, split_text
from bot.sandbox.media import store_document, store_photo, store_sticker
from bot.sandbox.model import NO_WORDS, Button, Chat, Event, Media, Message, User, Words
from bot.sandbox.queries import CallbackAnswer
from bot.sandbox.state import State, new_album_id

PATIENCE = 30.0  # seconds that a person waits for the bot, if not told otherwise


@dataclass(frozen=True, slots=True)
class Attachment:
    """One picture or file of an album; with a file name it goes as a file, without one as a photo."""

    content: bytes
    caption: str = ""
    file_name: str | None = None
    mime: str = "application/octet-stream"


class Person:
    """A person in their private chat with the bot, or in `chat` when one is given."""

    def __init__(self, state: State, user: User, chat: Chat, *, hidden: bool = False) -> None:
        """hidden: they write in the group's name."""
        self.user = user
        self.chat = chat
        self._state = state
        self._hidden = hidden

    @property
    def user_id(self) -> int:
        return self.user.id

    @property
    def messages(self) -> list[Message]:
        """The chat as it stands, oldest first, edits applied and deleted messages gone."""
        return list(self.chat.messages.values())

    def in_chat(self, chat: Chat) -> Self:
        """The same person, speaking in another chat."""
        return type(self)(self._state, self.user, chat)

    def behind_the_group(self) -> Self:
        """The same person, an administrator of the group, writing in its name."""
        return type(self)(self._state, self.user, self.chat, hidden=True)

    def set_language(self, language_code: str) -> None:
        """Change the language of the person's Telegram."""
        self.user.language_code = language_code
        self.chat.tell(Event("person"))

    async def send_text(self, text: str, *, reply_to: Message | None = None) -> Message:
        """Send a text; the last message of one so long that it goes in parts.

        Raises ValueError if there is nothing to send.
        """
        parts = split_text(text)
        if parts == [""]:
            raise ValueError("There is nothing to send.")
        return [self._post(_words(part), reply_to=reply_to) for part in parts][-1]

    async def send_photo(
        self, content: bytes, caption: str | None = None, *, reply_to: Message | None = None
    ) -> Message:
        """Send a picture as a photo: recompressed, 1280 px at most. Raises ApiError if it is no picture."""
        photo = await store_photo(self._state.files, content, from_person=True)
        return self._post(_words(caption), photo, reply_to=reply_to)

    async def send_document(
        self,
        content: bytes,
        file_name: str = "file.bin",
        mime: str = "application/octet-stream",
        caption: str | None = None,
        *,
        reply_to: Message | None = None,
    ) -> Message:
        """Send a file, kept as it is."""
        document = await store_document(self._state.files, content, file_name, mime)
        return self._post(_words(caption), document, reply_to=reply_to)

    async def send_sticker(
        self,
        content: bytes,
        emoji: str | None = None,
        *,
        moves: bool = False,
        reply_to: Message | None = None,
    ) -> Message:
        """Send a sticker (WebP). Raises ApiError if it is no picture."""
        sticker = await store_sticker(self._state.files, content, emoji, moves=moves)
        return self._post(media=sticker, reply_to=reply_to)

    async def send_album(
        self,
        items: Sequence[bytes | Attachment],
        *,
        gap: float = 0.0,
        backwards: bool = False,
        reply_to: Message | None = None,
    ) -> list[Message]:
        """Send two to ten photos, or two to ten files, as one album.

        The bot hears of them `gap` seconds apart, and of the last one first when `backwards`.
        """
        attachments = [item if isinstance(item, Attachment) else Attachment(item) for item in items]
        if not 2 <= len(attachments) <= 10:
            raise ValueError("An album has two to ten pictures.")
        if len({item.file_name is None for item in attachments}) > 1:
            raise ValueError("An album has either photos or files, not both.")
        stored = [(item, await self._store(item)) for item in attachments]
        album = new_album_id()
        sent = [
            self._post(_words(item.caption), media, album=album, reply_to=reply_to, told=False)
            for item, media in stored
        ]
        for number, message in enumerate(reversed(sent) if backwards else sent):
            if number and gap:
                await asyncio.sleep(gap)
            self._state.tell_bot("message", message)
        return sent

    async def forward(self, message: Message) -> Message:
        """Forward a message of any chat into this one."""
        author = message.forwarded_from or (message.sender, message.date)
        return self._post(message.words, message.media, forwarded_from=author)

    async def edit(self, message: Message, text: str) -> None:
        """Change the text or the caption of one's own message. Raises ValueError if it is too long."""
        if message.sender is not self.user:
            raise ValueError("Only one's own messages can be edited.")
        check_edit(text, is_caption=message.media is not None)
        self._state.edit(message, _words(text), message.media, message.keyboard)

    async def delete(self, message: Message) -> None:
        """Delete a message for both sides; the bot is not told."""
        self._state.delete(message)

    async def react(self, message: Message, *emojis: str) -> None:
        """Set one's reaction on a message; none takes it away."""
        self._state.react(message, self.user, emojis)

    async def block_bot(self) -> None:
        self._state.set_blocked(self.chat, self.user, True)

    async def unblock_bot(self) -> None:
        self._state.set_blocked(self.chat, self.user, False)

    async def press(
        self,
        message: Message,
        button: str | Button,
        timeout: float = PATIENCE,  # noqa: ASYNC109
    ) -> CallbackAnswer | None:
        """Press a button, found by its text or data, and wait for the bot's answer.

        Returns None when no answer comes within `timeout` seconds (0: do not wait), or at once for a
        button that opens an address. Raises LookupError if the message has no such button.
        """
        found = _find_button(message, button)
        if found.data is None:
            return None
        return await self.press_data(message, found.data, timeout)

    async def press_data(
        self,
        message: Message,
        data: str,
        timeout: float = PATIENCE,  # noqa: ASYNC109
    ) -> CallbackAnswer | None:
        """Send callback data whether or not the message has such a button, as a forger would."""
        query_id = self._state.press(message, self.user, data)
        return await self._state.queries.wait(query_id, timeout) if timeout > 0 else None

    async def download(self, message: Message) -> bytes:
        """The file of a message: the largest size of a photo. Raises ValueError if it has none."""
        if message.media is None:
            raise ValueError("This message has no file.")
        return await self._state.files.read(message.media.file)

    async def wait_for(
        self,
        predicate: Callable[[Message], object],
        timeout: float = PATIENCE,  # noqa: ASYNC109
        *,
        after: Message | None = None,
    ) -> Message:
        """The newest message for which the predicate holds, now or once one appears or is edited.

        `after` leaves out that message and older ones. Raises TimeoutError that shows the chat.
        """
        changed = asyncio.Event()

        def watch(_event: Event) -> None:
            changed.set()

        self.chat.watchers.add(watch)
        try:
            async with asyncio.timeout(timeout):
                while (found := self._find(predicate, after)) is None:
                    await changed.wait()
                    changed.clear()
        except TimeoutError:
            raise TimeoutError(f"No such message in {timeout:g} s. The chat:\n{self.transcript()}") from None
        finally:
            self.chat.watchers.discard(watch)
        return found

    def transcript(self) -> str:
        """The chat in a few lines, to read when a test fails."""
        return "\n".join(_line(message) for message in self.messages[-30:]) or "(empty)"

    def _post(
        self,
        words: Words = NO_WORDS,
        media: Media | None = None,
        *,
        album: str | None = None,
        reply_to: Message | None = None,
        forwarded_from: tuple[User, int] | None = None,
        told: bool = True,
    ) -> Message:
        return self._state.post(
            self.chat,
            self.user,
            words,
            media,
            album=album,
            reply_to=reply_to,
            forwarded_from=forwarded_from,
            hidden=self._hidden,
            told=told,
        )

    def _find(self, predicate: Callable[[Message], object], after: Message | None) -> Message | None:
        for message in self.chat.newest_first():
            if after is not None and message.id <= after.id:
                return None
            if predicate(message):
                return message
        return None

    async def _store(self, item: Attachment) -> Media:
        if item.file_name is None:
            return await store_photo(self._state.files, item.content, from_person=True)
        return await store_document(self._state.files, item.content, item.file_name, item.mime)


def _words(text: str | None) -> Words:
    return find_entities(trim(Words(text or "")))


def _find_button(message: Message, button: str | Button) -> Button:
    for found in message.buttons:
        if button in (found, found.text, found.data):
            return found
    names = ", ".join(repr(found.text) for found in message.buttons) or "none"
    raise LookupError(f"No button {button!r} below message {message.id}; there are: {names}")


def _line(message: Message) -> str:
    kind = f"[{message.media.file.kind}] " if message.media else ""
    buttons = "".join(f" <{button.text}>" for button in message.buttons)
    return f"  {message.id} {message.sender.first_name}: {kind}{message.words.text!r}{buttons}"
