"""What can happen to a dialogue: the events of `bot.dialogue`."""

from dataclasses import dataclass

from bot.actions import PictureRef
from bot.jobs import NO_WISHES, JobStyle, Wishes


@dataclass(frozen=True, slots=True)
class StyleChosen:
    """A style was named and found, or a button pressed, or an earlier job's style is to be used again."""

    styles: tuple[JobStyle, ...]
    content_message: int | None = None  # the photo's message, when a button under its question was pressed
    wishes: Wishes = NO_WISHES

    @classmethod
    def named(cls, preset: str, content_message: int | None = None) -> "StyleChosen":
        """One preset, by its exact name."""
        return cls((JobStyle(preset=preset),), content_message)


@dataclass(frozen=True, slots=True)
class StyleUnknown:
    """A style was named and not found, or not one alone."""

    name: str
    suggestions: tuple[str, ...] = ()
    several: bool = False  # what was said fits each of the suggestions


NamedStyle = StyleChosen | StyleUnknown  # what words that name a style come to


@dataclass(frozen=True, slots=True)
class PictureSent:
    """One picture, with the style its caption names, if it names one."""

    picture: PictureRef
    caption: NamedStyle | None = None


@dataclass(frozen=True, slots=True)
class AlbumSent:
    """Several pictures sent together, in their order, with the style a caption names, if one does."""

    pictures: tuple[PictureRef, ...]
    caption: NamedStyle | None = None
    lost_first: int | None = None  # the message that came before these, where its picture cannot be used


@dataclass(frozen=True, slots=True)
class PhotoAgain:
    """A photo that was painted before is wanted in another style; the question that is open is dropped."""

    picture: PictureRef


@dataclass(frozen=True, slots=True)
class PhotosLeft:
    """What comes next is about other photos than those that wait for a style; nobody needs to be told."""


@dataclass(frozen=True, slots=True)
class TextSent:
    """A text that is no command and no style's name."""


@dataclass(frozen=True, slots=True)
class TriedAgain:
    """The person asks to put into the queue what it refused before."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The person drops the dialogue, or no more of it than a photo and those that wait with it."""

    photo: int | None = None  # its message; None: all of it


@dataclass(frozen=True, slots=True)
class KeptCancelled:
    """The person no longer wants what the queue refused."""


@dataclass(frozen=True, slots=True)
class Expired:
    """The dialogue lay untouched for too long; nobody needs to be told."""


Event = (
    StyleChosen
    | StyleUnknown
    | PictureSent
    | AlbumSent
    | PhotoAgain
    | PhotosLeft
    | TextSent
    | TriedAgain
    | Cancelled
    | KeptCancelled
    | Expired
)
