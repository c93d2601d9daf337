"""The state of one person in one chat, between "here is a photo" and "a job is in the queue".

Pure: `step(state, event)` returns the new state and what to do about it, for every pair of the two. The
caller resolves preset names, fetches pictures and carries the actions of `bot.actions` out.

One rule runs through it: what comes answers the question that is open. With nothing open, a picture is a
photo to paint and an album of several is a photo with its styles. With a photo waiting, pictures are its
styles; with a style waiting, pictures are photos to paint in it. A caption that names a style makes its
pictures complete.

How to save it, so that nothing is lost and nothing is painted twice:

    state, actions = step(await store.load_dialogue(chat_id, user_id), event)
    wanted = [action for action in actions if isinstance(action, Enqueue)]
    for index, enqueue in enumerate(wanted):
        try:
            with queue.reserve(user_id) as place:
                if await store.accept(job, after(state, wanted[index + 1 :])):
                    place.put(job.id)
        except QueueRefusal:
            state = after(state, wanted[index:])  # keeps photo and style until there is room
            break
    (nothing wanted, or refused:) await store.save_dialogue(chat_id, user_id, state)

When every `accept` says no, the event came a second time: leave the dialogue alone, it has gone on meanwhile.
Events of one person in one chat must go through this one after the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.actions import (
    Action,
    AskForPhoto,
    AskForStyle,
    Discard,
    Enqueue,
    Expecting,
    ExplainHelp,
    PictureRef,
    SayCancelled,
    SayNothingToCancel,
    SayStaleButton,
    SayTooManyStyles,
    SayUnknownStyle,
)
from bot.jobs import NO_WISHES, JobStyle, Wishes

MAX_STYLES = 5  # in a blend; beyond that every style drowns


# States


@dataclass(frozen=True, slots=True)
class Idle:
    """Nothing is open: the next picture is a photo to paint."""


@dataclass(frozen=True, slots=True)
class HasContent:
    """A photo waits for its style."""

    content: PictureRef


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


# Events


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
    """A style was named and not found."""

    name: str
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PictureSent:
    """One picture, with the style its caption names, if it names one."""

    picture: PictureRef
    caption: StyleChosen | StyleUnknown | None = None


@dataclass(frozen=True, slots=True)
class AlbumSent:
    """Several pictures sent together, in their order, with the style a caption names, if one does."""

    pictures: tuple[PictureRef, ...]
    caption: StyleChosen | StyleUnknown | None = None


@dataclass(frozen=True, slots=True)
class PhotoAgain:
    """A photo that was painted before is wanted in another style; what is open is dropped for it."""

    picture: PictureRef


@dataclass(frozen=True, slots=True)
class TextSent:
    """A text that is no command and no style's name."""


@dataclass(frozen=True, slots=True)
class TriedAgain:
    """The person asks to put into the queue what it refused before."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The person drops the dialogue."""


@dataclass(frozen=True, slots=True)
class Expired:
    """The dialogue lay untouched for too long; nobody needs to be told."""


Event = (
    StyleChosen
    | StyleUnknown
    | PictureSent
    | AlbumSent
    | PhotoAgain
    | TextSent
    | TriedAgain
    | Cancelled
    | Expired
)

Step = tuple[State, tuple[Action, ...]]


def step(state: State, event: Event) -> Step:
    """The new state and the actions, in the order to carry them out. Defined for every pair, never raises."""
    match event:
        case PictureSent(picture, caption):
            return _pictures(state, (picture,), caption)
        case AlbumSent(pictures, caption):
            return _pictures(state, pictures, caption)
        case PhotoAgain(picture):
            waiting = HasContent(picture)
            return waiting, (*_discards(state, waiting), AskForStyle(picture))
        case StyleChosen():
            return _style(state, event)
        case StyleUnknown(name, suggestions):
            return state, (SayUnknownStyle(name, suggestions),)
        case TextSent():
            return state, (_help(state),)
        case TriedAgain():
            return (Idle(), state.wanted) if isinstance(state, NoRoom) else (state, (_help(state),))
        case Cancelled():
            said = SayNothingToCancel() if isinstance(state, Idle) else SayCancelled()
            return Idle(), (*_discards(state, Idle()), said)
        case Expired():
            return Idle(), _discards(state, Idle())


def after(state: State, remaining: Sequence[Enqueue]) -> State:
    """The state to save while `remaining` are not accepted: they are kept, so that nothing is lost."""
    return NoRoom(tuple(remaining)) if remaining else state


def files(state: State) -> tuple[str, ...]:
    """The files of the pictures folder that the state holds, each once."""
    match state:
        case HasContent(content):
            held = [content.file]
        case HasStyle(styles):
            held = _style_files(styles)
        case NoRoom(wanted):
            held = [file for one in wanted for file in (one.content.file, *_style_files(one.styles))]
        case _:
            held = []
    return tuple(dict.fromkeys(held))


def messages(state: State) -> frozenset[int]:
    """The messages of the photos that wait for a style, or for room in the queue."""
    return frozenset(picture.message_id for picture in _waiting_contents(state))


# Pictures


def _pictures(
    state: State, pictures: tuple[PictureRef, ...], caption: StyleChosen | StyleUnknown | None
) -> Step:
    if not pictures:
        chosen = caption.styles if isinstance(caption, StyleChosen) else ()
        return state, _discards(state, state, _style_files(chosen))
    if isinstance(caption, StyleChosen):
        return _paint_all(state, pictures, caption.styles, caption.wishes)
    if isinstance(caption, StyleUnknown):
        # Several photos cannot wait for one style, so only the first is kept.
        kept = HasContent(pictures[0])
        unknown = SayUnknownStyle(caption.name, caption.suggestions)
        return kept, (*_discards(state, kept, _names(pictures)), unknown)
    if isinstance(state, HasStyle):
        return _paint_all(state, pictures, state.styles, state.wishes)
    if isinstance(state, HasContent) and state.content.message_id not in _messages(pictures):
        # Updates may overtake each other: whatever the order they came in, what was sent first is the photo.
        content, *styles = sorted((state.content, *pictures), key=lambda picture: picture.message_id)
        return _blend(state, content, tuple(styles))
    # With nothing open, or the waiting photo's own message once more: a photo is never its own style.
    if len(pictures) > 1:
        return _blend(state, pictures[0], pictures[1:])
    waiting = HasContent(pictures[0])
    return waiting, (*_discards(state, waiting), AskForStyle(pictures[0]))


def _paint_all(
    state: State, pictures: tuple[PictureRef, ...], styles: tuple[JobStyle, ...], wishes: Wishes
) -> Step:
    wanted = tuple(Enqueue(picture, styles, wishes) for picture in pictures)
    return Idle(), (*_discards(state, NoRoom(wanted)), *wanted)


def _blend(state: State, content: PictureRef, pictures: tuple[PictureRef, ...]) -> Step:
    used = pictures[:MAX_STYLES]
    enqueue = Enqueue(content, tuple(JobStyle(picture=picture.file) for picture in used))
    left_out = len(pictures) - len(used)
    said = (SayTooManyStyles(len(used), left_out),) if left_out else ()
    return Idle(), (*_discards(state, NoRoom((enqueue,)), _names(pictures)), *said, enqueue)


# Styles


def _style(state: State, chosen: StyleChosen) -> Step:
    waiting = _waiting_contents(state)
    if chosen.content_message is not None and chosen.content_message not in _messages(waiting):
        return state, (*_discards(state, state, _style_files(chosen.styles)), SayStaleButton())
    if waiting:
        return _paint_all(state, waiting, chosen.styles, chosen.wishes)
    has_style = HasStyle(chosen.styles, chosen.wishes)
    return has_style, (*_discards(state, has_style), AskForPhoto(chosen.styles, chosen.wishes))


def _waiting_contents(state: State) -> tuple[PictureRef, ...]:
    match state:
        case HasContent(content):
            return (content,)
        case NoRoom(wanted):
            return tuple(enqueue.content for enqueue in wanted)
        case _:
            return ()


def _help(state: State) -> ExplainHelp:
    match state:
        case HasContent():
            return ExplainHelp(Expecting.STYLE)
        case HasStyle(styles):
            return ExplainHelp(Expecting.PHOTO_FOR_STYLE, styles)
        case NoRoom(wanted):
            return ExplainHelp(Expecting.ROOM, wanted[0].styles if wanted else ())
        case _:
            return ExplainHelp(Expecting.PHOTO)


# Files


def _style_files(styles: Sequence[JobStyle]) -> list[str]:
    return [style.picture for style in styles if style.picture]


def _messages(pictures: Sequence[PictureRef]) -> set[int]:
    return {picture.message_id for picture in pictures}


def _names(pictures: Sequence[PictureRef]) -> list[str]:
    return [picture.file for picture in pictures]


def _discards(before: State, kept: State, came: Sequence[str] = ()) -> tuple[Discard, ...]:
    """The files that were held before, or came with the event, and are not kept."""
    known = dict.fromkeys((*files(before), *came))
    return tuple(Discard(file) for file in known if file not in files(kept))
