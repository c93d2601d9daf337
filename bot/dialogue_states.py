"""What a dialogue waits for, and what it keeps meanwhile: the states of `bot.dialogue`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.actions import Enqueue, PictureRef
from bot.jobs import NO_WISHES, JobStyle, Wishes

NO_MESSAGE = 0  # of a picture: Telegram counts messages from 1


@dataclass(frozen=True, slots=True)
class Idle:
    """Nothing is open: the next picture is a photo to paint."""


@dataclass(frozen=True, slots=True)
class HasContent:
    """A photo waits for its style."""

    content: PictureRef
    kept: tuple[Enqueue, ...] = ()  # what the queue had refused when it came
    others: tuple[PictureRef, ...] = ()  # photos of the same album, which wait for the same style

    @property
    def photos(self) -> tuple[PictureRef, ...]:
        """All that wait."""
        return (self.content, *self.others)


@dataclass(frozen=True, slots=True)
class HasStyle:
    """A style was chosen before the photo."""

    styles: tuple[JobStyle, ...]
    wishes: Wishes = NO_WISHES


@dataclass(frozen=True, slots=True)
class NoRoom:
    """Photos and styles are there, but the queue refused them; `TriedAgain` offers them anew."""

    wanted: tuple[Enqueue, ...]


State = Idle | HasContent | HasStyle | NoRoom


def kept(state: State) -> tuple[Enqueue, ...]:
    """What the queue refused, to be tried again."""
    match state:
        case HasContent(_, refused) | NoRoom(refused):
            return refused
        case _:
            return ()


def files(state: State) -> tuple[str, ...]:
    """The files of the pictures folder that the state holds, each once."""
    match state:
        case HasContent():
            held = [photo.file for photo in state.photos]
        case HasStyle(styles):
            held = style_files(styles)
        case _:
            held = []
    for one in kept(state):
        held += [one.content.file, *style_files(one.styles)]
    return tuple(dict.fromkeys(held))


def messages(state: State) -> frozenset[int]:
    """The messages of the photos that wait for a style, or for room in the queue."""
    asked = {photo.message_id for photo in state.photos} if isinstance(state, HasContent) else set()
    return frozenset(asked | {one.reply_to for one in kept(state)})


def holding(state: State, refused: Sequence[Enqueue]) -> State:
    """The state with these kept, instead of what was."""
    if isinstance(state, HasContent):
        return replace(state, kept=tuple(refused))
    return NoRoom(tuple(refused)) if refused else Idle()


def without(state: State, photo: int | None) -> State:
    """The state when a photo is dropped, with those that wait for the same style; None: when all is."""
    if photo is None:
        return Idle()
    refused = [one for one in kept(state) if one.reply_to != photo]
    asked_about = isinstance(state, HasContent) and photo in {each.message_id for each in state.photos}
    return holding(Idle() if asked_about else state, refused)


def without_messages(state: State) -> State:
    """The state where the ids of messages mean nothing any more, as the group has become another chat."""
    refused = tuple(replace(one, content=_nameless(one.content)) for one in kept(state))
    match state:
        case HasContent(content, _, others):
            return HasContent(_nameless(content), refused, tuple(map(_nameless, others)))
        case NoRoom():
            return NoRoom(refused)
        case _:
            return state


def _nameless(picture: PictureRef) -> PictureRef:
    return replace(picture, message_id=NO_MESSAGE)


def style_files(styles: Sequence[JobStyle]) -> list[str]:
    """The pictures among the styles."""
    return [style.picture for style in styles if style.picture]
