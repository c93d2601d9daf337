"""People, chats, messages and files, as plain objects."""

from __future__ import annotations  # a chat and its messages name each other

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
GroupType = Literal["group", "supergroup"]
ChatType = Literal["private"] | GroupType
FileKind = Literal["photo", "document", "sticker"]


@dataclass(slots=True)
class User:
    """A person or the bot itself."""

    id: int
    first_name: str
    is_bot: bool = False
    username: str | None = None
    language_code: str | None = None


@dataclass(frozen=True, slots=True)
class Entity:
    """A formatted stretch of text; offset and length count UTF-16 units, as Telegram does."""

    type: str
    offset: int
    length: int
    url: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """A text or a caption with its formatting."""

    text: str = ""
    entities: tuple[Entity, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.text)


NO_WORDS = Words()


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file on the sandbox's disk, known to the bot by its `file_id`."""

    file_id: str
    unique_id: str
    kind: FileKind
    path: str  # as getFile tells it: "photos/file_3.jpg"
    size: int
    mime: str
    name: str  # what it is called when saved
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class Photo:
    """One picture in several sizes, smallest first."""

    sizes: tuple[StoredFile, ...]

    @property
    def file(self) -> StoredFile:
        """The largest size."""
        return self.sizes[-1]


@dataclass(frozen=True, slots=True)
class Document:
    """A file kept as it was sent."""

    file: StoredFile
    thumbnail: StoredFile | None = None


@dataclass(frozen=True, slots=True)
class Sticker:
    """A sticker; one that moves has a still picture here all the same."""

    file: StoredFile
    emoji: str | None = None
    moves: bool = False


Media = Photo | Document | Sticker


@dataclass(frozen=True, slots=True)
class Button:
    """One inline button; exactly one of data, url and copy is set."""

    text: str
    data: str | None = None
    url: str | None = None
    copy: str | None = None


Keyboard = tuple[tuple[Button, ...], ...]


@dataclass(slots=True, eq=False)
class Message:
    """A message as it stands now: edits change it in place."""

    id: int
    chat: Chat = field(repr=False)
    sender: User
    date: int
    words: Words = NO_WORDS
    media: Media | None = None
    keyboard: Keyboard = ()
    album: str | None = None
    reply_to: Message | None = field(default=None, repr=False)
    forwarded_from: tuple[User, int] | None = None
    hidden: bool = False  # an administrator's, in the group's name
    edited: int | None = None
    edits: int = 0
    reactions: dict[int, tuple[str, ...]] = field(default_factory=dict)

    @property
    def from_bot(self) -> bool:
        return self.sender.is_bot

    @property
    def text(self) -> str:
        """The words of a message without a picture or file, "" for the others."""
        return "" if self.media else self.words.text

    @property
    def caption(self) -> str:
        """The words below a picture or file."""
        return self.words.text if self.media else ""

    @property
    def photo(self) -> Photo | None:
        return self.media if isinstance(self.media, Photo) else None

    @property
    def document(self) -> Document | None:
        return self.media if isinstance(self.media, Document) else None

    @property
    def sticker(self) -> Sticker | None:
        return self.media if isinstance(self.media, Sticker) else None

    @property
    def buttons(self) -> list[Button]:
        """Every inline button, row by row."""
        return [button for row in self.keyboard for button in row]

    @property
    def emojis(self) -> list[str]:
        """Every reaction on the message."""
        return [emoji for chosen in self.reactions.values() for emoji in chosen]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that changed in a chat, for those who watch it."""

    type: Literal["message", "edited", "deleted", "action", "person", "profile"]
    message: Message | None = None
    action: str | None = None


Watcher = Callable[[Event], None]


@dataclass(slots=True, eq=False)
class Chat:
    """A conversation of the bot with one person or with many."""

    id: int
    type: ChatType
    title: str | None = None
    members: dict[int, User] = field(default_factory=dict)  # of a group: its owner is the first
    messages: dict[int, Message] = field(default_factory=dict)  # oldest first
    watchers: set[Watcher] = field(default_factory=set)
    open: bool = False  # a bot cannot write to a person who never wrote to it
    blocked: bool = False
    migrated_to: int | None = None  # of a group that has become a supergroup

    @property
    def is_private(self) -> bool:
        return self.type == "private"

    def newest_first(self) -> Iterator[Message]:
        return reversed(self.messages.values())

    def tell(self, event: Event) -> None:
        """Let everyone who watches this chat know."""
        for watcher in tuple(self.watchers):
            watcher(event)
