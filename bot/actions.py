"""What a dialogue asks to be done: words between `dialogue.step` and the handlers that carry them out."""

from dataclasses import dataclass, field
from enum import StrEnum

from bot.jobs import NO_WISHES, JobStyle, Wishes


@dataclass(frozen=True, slots=True)
class PictureRef:
    """A picture that was fetched and found good."""

    file: str  # name in the pictures folder
    message_id: int  # the message that brought it
    as_file: bool = False  # it came as a document, not as a photo


@dataclass(frozen=True, slots=True)
class AskForStyle:
    """Say: here is your photo, choose a style for it."""

    content: PictureRef


@dataclass(frozen=True, slots=True)
class AskForPhoto:
    """Say: the style is chosen, send the photo."""

    styles: tuple[JobStyle, ...]
    wishes: Wishes = NO_WISHES


@dataclass(frozen=True, slots=True)
class Enqueue:
    """Make a job of it. When the queue refuses, see `after`."""

    content: PictureRef
    styles: tuple[JobStyle, ...]
    wishes: Wishes = NO_WISHES
    # While it is kept, as the queue had no room for it. It is the same wish with these or without.
    origin: str | None = field(default=None, compare=False)  # of the job that it will be
    since: float | None = field(default=None, compare=False)  # unix seconds: those kept longest go first
    language: str | None = field(default=None, compare=False)  # in which its owner was told

    @property
    def as_file(self) -> bool:
        """The photo came as a document: the result goes back as one."""
        return self.content.as_file

    @property
    def reply_to(self) -> int:
        """The photo's message: what the result answers."""
        return self.content.message_id


class Expecting(StrEnum):
    """What the dialogue waits for, to choose the right words of help."""

    PHOTO = "photo"  # nothing is open
    STYLE = "style"  # a photo waits for its style
    PHOTO_FOR_STYLE = "photo-for-style"  # a style waits for its photo
    ROOM = "room"  # all is there, the queue had no room


@dataclass(frozen=True, slots=True)
class ExplainHelp:
    """A text came where a picture or a button is expected: say what to do next."""

    expecting: Expecting
    styles: tuple[JobStyle, ...] = ()  # those chosen already


@dataclass(frozen=True, slots=True)
class SayUnknownStyle:
    """Say: there is no such style; perhaps one of these? Or else: several fit, which one?"""

    name: str
    suggestions: tuple[str, ...] = ()
    several: bool = False


@dataclass(frozen=True, slots=True)
class SayTooManyStyles:
    """Say: the first `used` pictures make the blend, the others were left out."""

    used: int
    left_out: int


@dataclass(frozen=True, slots=True)
class SayAlbumLostPhoto:
    """Say, in answer to the message: this was the photo of the album, which has to be sent again."""

    message_id: int


@dataclass(frozen=True, slots=True)
class SayCannotKeep:
    """Say: no more than `most` photos can wait for room in the queue, the last ones were let go."""

    most: int
    left_out: int


@dataclass(frozen=True, slots=True)
class SayStaleButton:
    """The button belongs to a photo that no longer waits for a style: say so, change nothing."""


@dataclass(frozen=True, slots=True)
class SayCancelled:
    """Say: dropped; send a photo whenever you like."""


@dataclass(frozen=True, slots=True)
class SayNothingToCancel:
    """No dialogue is open. (There may be jobs to cancel: the caller knows.)"""


@dataclass(frozen=True, slots=True)
class Discard:
    """The dialogue no longer needs this file: delete it unless `store.is_referenced(file)`."""

    file: str


Action = (
    AskForStyle
    | AskForPhoto
    | Enqueue
    | ExplainHelp
    | SayUnknownStyle
    | SayTooManyStyles
    | SayAlbumLostPhoto
    | SayCannotKeep
    | SayStaleButton
    | SayCancelled
    | SayNothingToCancel
    | Discard
)
