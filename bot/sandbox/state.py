"""The whole of the little Telegram: people, chats, messages, files and what waits for the bot."""

import json
import secrets
import time
from dataclasses import dataclass, field

from bot.sandbox.errors import bad_request, forbidden, migrated
from bot.sandbox.files import FileStore
from bot.sandbox.model import NO_WORDS, Chat, Event, Json, Keyboard, Media, Message, User, Words
from bot.sandbox.queries import CallbackQueries
from bot.sandbox.updates import Updates
from bot.sandbox.wire import chat_json, inaccessible_json, message_json, user_json

MAX_MESSAGES = 2000  # kept in each chat; older ones go
MAX_REACTIONS = 1  # of one person or bot on one message
_OTHER_BOT = "@"
_EPOCH = 1_700_000_000  # November 2023; keeps message ids within 32 bits


@dataclass(slots=True)
class Profile:
    """What a bot tells about itself, by language code ("" for everyone else)."""

    names: dict[str, str] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    short_descriptions: dict[str, str] = field(default_factory=dict)
    commands: dict[tuple[str, str], list[Json]] = field(default_factory=dict)  # by (scope, language)


class State:
    """Chats and messages. Whatever changes here is told to the chat's watchers and to the bot."""

    def __init__(self, bot: User, files: FileStore, *, local_mode: bool = False) -> None:
        self.bot = bot
        self.local_mode = local_mode  # as `telegram-bot-api --local`: files are given by their paths on disk
        self.profile = Profile()
        self.files = files
        self.updates = Updates()
        self.queries = CallbackQueries()
        self.users: dict[int, User] = {}
        self.chats: dict[int, Chat] = {}
        # Numbers go on from the last run's: a bot may still remember those.
        self._last_message_id = now() - _EPOCH

    def add_user(self, user: User) -> Chat:
        """Let a person in; returns their private chat with the bot."""
        self.users[user.id] = user
        chat = Chat(user.id, "private", members={user.id: user})
        self.chats[chat.id] = chat
        return chat

    def chat(self, chat_id: int) -> Chat:
        """A chat the bot may write to. Raises ApiError if it may not."""
        chat = self.chats.get(chat_id)
        if chat is None or not chat.open:
            raise bad_request("chat not found")
        if chat.migrated_to is not None:
            raise migrated(chat.migrated_to)
        if chat.blocked:
            was_removed = (
                "bot was blocked by the user" if chat.is_private else "bot was kicked from the group chat"
            )
            raise forbidden(was_removed)
        return chat

    def message(self, chat: Chat, message_id: int, otherwise: str) -> Message:
        """A message of the chat. Raises ApiError with the words of `otherwise` if it is not there."""
        found = chat.messages.get(message_id)
        if found is None:
            raise bad_request(otherwise)
        return found

    def post(
        self,
        chat: Chat,
        sender: User,
        words: Words = NO_WORDS,
        media: Media | None = None,
        *,
        keyboard: Keyboard = (),
        album: str | None = None,
        reply_to: Message | None = None,
        forwarded_from: tuple[User, int] | None = None,
        hidden: bool = False,
        told: bool = True,
    ) -> Message:
        """Put a message into a chat; one from a person also goes to the bot, unless `told` is False."""
        self._last_message_id += 1
        message = Message(
            self._last_message_id,
            chat,
            sender,
            now(),
            words,
            media,
            keyboard=keyboard,
            album=album,
            reply_to=reply_to,
            forwarded_from=forwarded_from,
            hidden=hidden,
        )
        chat.messages[message.id] = message
        while len(chat.messages) > MAX_MESSAGES:
            chat.messages.pop(next(iter(chat.messages))).reply_to = None
        chat.tell(Event("message", message))
        if not sender.is_bot:
            chat.open = True
            if told:
                self.tell_bot("message", message)
        return message

    def edit(self, message: Message, words: Words, media: Media | None, keyboard: Keyboard) -> None:
        """Change a message in place. Raises ApiError if nothing would change."""
        before = (message.words, message.media, message.keyboard)
        if before == (words, media, keyboard):
            raise bad_request(
                "message is not modified: specified new message content and reply markup are exactly "
                "the same as a current content and reply markup of the message"
            )
        if before[:2] != (words, media):
            message.edited = now()  # a new keyboard alone leaves no mark, as in Telegram
        message.words, message.media, message.keyboard = words, media, keyboard
        message.edits += 1
        message.chat.tell(Event("edited", message))
        if not message.from_bot:
            self.tell_bot("edited_message", message)

    def delete(self, message: Message) -> None:
        """Take a message out of its chat, for everyone."""
        if message.chat.messages.pop(message.id, None) is not None:
            message.reply_to = None  # or a chain of replies would keep every one of them for ever
            message.chat.tell(Event("deleted", message))

    def react(self, message: Message, user: User, emojis: tuple[str, ...]) -> None:
        """Set somebody's reactions on a message; an empty tuple takes them away."""
        if len(emojis) > MAX_REACTIONS:
            raise bad_request("REACTIONS_TOO_MANY")
        old = message.reactions.pop(user.id, ())
        if emojis:
            message.reactions[user.id] = emojis
        message.chat.tell(Event("edited", message))
        if not user.is_bot:
            self.updates.push("message_reaction", _reaction_json(message, user, old, emojis))

    def show_action(self, chat: Chat, action: str) -> None:
        """Let the chat see that the bot is typing, or sending a photo."""
        chat.tell(Event("action", action=action))

    def set_blocked(self, chat: Chat, user: User, blocked: bool) -> None:
        """Somebody blocks the bot or takes that back; the bot is told."""
        if chat.blocked == blocked:
            return
        chat.blocked = blocked
        statuses = ("member", "kicked") if blocked else ("kicked", "member")
        bot = user_json(self.bot)
        old, new = ({"status": status, "user": bot, "until_date": 0} for status in statuses)
        self.updates.push(
            "my_chat_member",
            {
                "chat": chat_json(chat),
                "from": user_json(user),
                "date": now(),
                "old_chat_member": old,
                "new_chat_member": new,
            },
        )

    def upgrade(self, group: Chat, new_id: int, user: User) -> Chat:
        """Somebody makes a supergroup of a group: another chat, which knows no message of before."""
        chat = Chat(new_id, "supergroup", group.title, group.members, open=True)
        self.chats[new_id] = chat
        group.migrated_to = new_id
        for where, told in (
            (group, {"migrate_to_chat_id": new_id}),
            (chat, {"migrate_from_chat_id": group.id}),
        ):
            self._last_message_id += 1
            head = {"message_id": self._last_message_id, "date": now()}
            self.updates.push("message", head | {"from": user_json(user), "chat": chat_json(where)} | told)
        return chat

    def press(self, message: Message, user: User, data: str) -> str:
        """Somebody presses a button; returns the id of the callback query.

        A message that was deleted meanwhile may still stand on another device: of that one the bot is told
        where it was and no more.
        """
        query_id = self.queries.open()
        is_there = message.id in message.chat.messages
        self.updates.push(
            "callback_query",
            {
                "id": query_id,
                "from": user_json(user),
                "message": message_json(message) if is_there else inaccessible_json(message),
                "chat_instance": str(abs(hash((self.bot.id, message.chat.id)))),
                "data": data,
            },
        )
        return query_id

    def tell_profile(self) -> None:
        """Let every chat see what the bot now tells about itself."""
        for chat in self.chats.values():
            chat.tell(Event("profile"))

    def commands_for(self, chat: Chat, user: User) -> list[Json]:
        """The `/` menu somebody sees in a chat: the narrowest scope wins, then their own language."""
        everywhere = "all_private_chats" if chat.is_private else "all_group_chats"
        scopes: list[Json] = [{"type": "chat", "chat_id": chat.id}, {"type": everywhere}, {"type": "default"}]
        for scope in scopes:
            for language in (user.language_code or "", ""):
                found = self.profile.commands.get((json.dumps(scope, sort_keys=True), language))
                if found:
                    return found
        return []

    def close(self) -> None:
        """End what waits and delete the files."""
        self.updates.close()
        self.files.close()

    def tell_bot(self, kind: str, message: Message) -> None:
        """Send the bot an update about a message, if it may see that."""
        if not message.chat.blocked and self._bot_sees(message):
            self.updates.push(kind, message_json(message))

    def _bot_sees(self, message: Message) -> bool:
        """In a group a bot sees only what is meant for it (Telegram's privacy mode)."""
        if message.chat.is_private:
            return True
        if message.reply_to is not None and message.reply_to.sender is self.bot:
            return True
        me = f"@{self.bot.username}".lower()
        first, *_ = message.words.text.lower().split() or [""]
        if first.startswith("/"):
            return _OTHER_BOT not in first or first.endswith(me)
        return me in message.words.text.lower()


def now() -> int:
    """The time of day as Telegram tells it, in whole seconds."""
    return int(time.time())


def new_album_id() -> str:
    return str(secrets.randbits(53))


def _reaction_json(message: Message, user: User, old: tuple[str, ...], new: tuple[str, ...]) -> Json:
    def wire(emojis: tuple[str, ...]) -> list[Json]:
        return [{"type": "emoji", "emoji": emoji} for emoji in emojis]

    return {
        "chat": chat_json(message.chat),
        "message_id": message.id,
        "user": user_json(user),
        "date": now(),
        "old_reaction": wire(old),
        "new_reaction": wire(new),
    }
