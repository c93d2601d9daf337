"""The state of one person in one chat, between "here is a photo" and "a job is in the queue".

Pure: `step(state, event)` returns the new state and what to do about it, for every pair of the two. The
caller resolves preset names, fetches pictures and carries the actions of `bot.actions` out. What it saves
together with the jobs that were accepted is what `after` makes of the state and of the others.

One rule runs through it: what comes answers the question that is open. With nothing open, a picture is a
photo to paint and an album of several is a photo with its styles. With a photo waiting, pictures are its
styles; with a style waiting, pictures are photos to paint in it. A caption that names a style makes its
pictures complete. What the queue refused is kept meanwhile, and tried before whatever is complete next.

Events of one person in one chat must go through this one after the other.
"""

from collections.abc import Sequence

from bot.actions import (
    Action,
    AskForPhoto,
    AskForStyle,
    Discard,
    Enqueue,
    Expecting,
    ExplainHelp,
    PictureRef,
    SayAlbumLostPhoto,
    SayCancelled,
    SayCannotKeep,
    SayNothingToCancel,
    SayStaleButton,
    SayTooManyStyles,
    SayUnknownStyle,
)
from bot.dialogue_events import (
    AlbumSent,
    Cancelled,
    Event,
    Expired,
    KeptCancelled,
    NamedStyle,
    PhotoAgain,
    PhotosLeft,
    PictureSent,
    StyleChosen,
    StyleUnknown,
    TextSent,
    TriedAgain,
)
from bot.dialogue_states import (
    HasContent,
    HasStyle,
    Idle,
    NoRoom,
    State,
    files,
    holding,
    kept,
    messages,
    style_files,
    without,
)
from bot.jobs import JobStyle, Wishes

MAX_STYLES = 5  # in a blend; beyond that every style drowns
MAX_KEPT = 10  # photos that wait for room in the queue: as many as an album has

Step = tuple[State, tuple[Action, ...]]


def step(state: State, event: Event) -> Step:
    """The new state and the actions, in the order to carry them out. Defined for every pair, never raises."""
    match event:
        case PictureSent(picture, caption):
            return _pictures(state, (picture,), caption)
        case AlbumSent(pictures, None, int(lost)) if not isinstance(state, HasContent | HasStyle):
            # That was to be the photo, and one of its styles must not be painted in its place.
            return state, (*_discards(state, state, _names(pictures)), SayAlbumLostPhoto(lost))
        case AlbumSent(pictures, caption):
            return _pictures(state, pictures, caption)
        case PhotoAgain(picture):
            return _ask(state, (picture,), AskForStyle(picture))
        case StyleChosen():
            return _style(state, event)
        case StyleUnknown():
            return state, (_ask_which(event),)
        case PhotosLeft():
            left = holding(Idle(), kept(state)) if isinstance(state, HasContent) else state
            return left, _discards(state, left)
        case TextSent():
            return state, (_help(state),)
        case TriedAgain():
            return (holding(state, ()), kept(state)) if kept(state) else (state, (_help(state),))
        case Cancelled(photo) if photo is not None and photo not in messages(state):
            return state, (SayStaleButton(),)
        case Cancelled(photo):
            said = SayNothingToCancel() if isinstance(state, Idle) else SayCancelled()
            left = without(state, photo)
            return left, (*_discards(state, left), said)
        case KeptCancelled() if kept(state):
            left = holding(state, ())
            return left, (*_discards(state, left), SayCancelled())
        case KeptCancelled():
            return state, (SayStaleButton(),)
        case Expired():
            return Idle(), _discards(state, Idle())


def after(state: State, refused: Sequence[Enqueue]) -> Step:
    """The state to save while `refused` are not accepted, and what to do about those too many to keep."""
    if not refused:
        return state, ()
    left_out = refused[MAX_KEPT:]
    saved = holding(state, refused[:MAX_KEPT])
    said = (SayCannotKeep(MAX_KEPT, len(left_out)),) if left_out else ()
    return saved, (*_discards(NoRoom(tuple(left_out)), saved), *said)


# Pictures


def _pictures(state: State, pictures: tuple[PictureRef, ...], caption: NamedStyle | None) -> Step:
    if not pictures:
        chosen = caption.styles if isinstance(caption, StyleChosen) else ()
        return state, _discards(state, state, style_files(chosen))
    if isinstance(caption, StyleChosen):
        return _paint_all(state, pictures, caption.styles, caption.wishes)
    if isinstance(caption, StyleUnknown):
        return _ask(state, pictures, _ask_which(caption))
    if isinstance(state, HasStyle):
        return _paint_all(state, pictures, state.styles, state.wishes)
    if isinstance(state, HasContent) and all(one.message_id != state.content.message_id for one in pictures):
        # Updates may overtake each other: whatever the order they came in, what was sent first is the photo.
        content, *styles = sorted((state.content, *pictures), key=lambda picture: picture.message_id)
        return _blend(state, (content, *state.others), tuple(styles))
    # With nothing open, or the waiting photo's own message once more: a photo is never its own style.
    if len(pictures) > 1:
        return _blend(state, pictures[:1], pictures[1:])
    return _ask(state, pictures, AskForStyle(pictures[0]))


def _ask(state: State, photos: Sequence[PictureRef], question: AskForStyle | SayUnknownStyle) -> Step:
    content, *others = photos
    waiting = HasContent(content, kept(state), tuple(others))
    return waiting, (*_discards(state, waiting, _names(photos)), question)


def _paint_all(
    state: State, pictures: Sequence[PictureRef], styles: tuple[JobStyle, ...], wishes: Wishes
) -> Step:
    return _want(state, [Enqueue(picture, styles, wishes) for picture in pictures], pictures)


def _blend(state: State, photos: Sequence[PictureRef], pictures: tuple[PictureRef, ...]) -> Step:
    used = pictures[:MAX_STYLES]
    styles = tuple(JobStyle(picture=picture.file) for picture in used)
    left_out = len(pictures) - len(used)
    said = (SayTooManyStyles(len(used), left_out),) if left_out else ()
    return _want(state, [Enqueue(photo, styles) for photo in photos], pictures, said)


def _want(
    state: State, new: Sequence[Enqueue], came: Sequence[PictureRef], said: tuple[SayTooManyStyles, ...] = ()
) -> Step:
    """What was refused before goes first; the same wish once more takes the place of the earlier one."""
    wishes = {_wish(one) for one in new}
    wanted = (*(one for one in kept(state) if _wish(one) not in wishes), *new)
    return Idle(), (*_discards(state, NoRoom(wanted), _names(came)), *said, *wanted)


def _wish(enqueue: Enqueue) -> tuple[object, ...]:
    """The same of a message that is heard again: then its pictures were fetched again, under other names."""
    styles = tuple(style.preset for style in enqueue.styles)
    return enqueue.reply_to or enqueue.content.file, styles, enqueue.wishes


# Styles


def _ask_which(unknown: StyleUnknown) -> SayUnknownStyle:
    return SayUnknownStyle(unknown.name, unknown.suggestions, unknown.several)


def _style(state: State, chosen: StyleChosen) -> Step:
    photo = chosen.content_message
    if photo is not None and photo not in messages(state):
        return state, (*_discards(state, state, style_files(chosen.styles)), SayStaleButton())
    if isinstance(state, HasContent) and photo in {None, *(each.message_id for each in state.photos)}:
        return _paint_all(state, state.photos, chosen.styles, chosen.wishes)
    if kept(state):
        return _restyle(state, chosen)
    has_style = HasStyle(chosen.styles, chosen.wishes)
    return has_style, (*_discards(state, has_style), AskForPhoto(chosen.styles, chosen.wishes))


def _restyle(state: State, chosen: StyleChosen) -> Step:
    """Another style for the photo that the button is for; else for all that were to look as the last one."""
    refused = kept(state)
    if chosen.content_message is None:
        last = refused[-1]
        meant = [one for one in refused if (one.styles, one.wishes) == (last.styles, last.wishes)]
    else:
        meant = [one for one in refused if one.reply_to == chosen.content_message]
    photos = {one.content: one.since for one in meant}  # they have waited as long as before
    new = [Enqueue(photo, chosen.styles, chosen.wishes, since=since) for photo, since in photos.items()]
    wanted = (*(one for one in refused if one not in meant), *new)
    return holding(state, ()), (*_discards(state, holding(state, wanted)), *wanted)


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


def _names(pictures: Sequence[PictureRef]) -> list[str]:
    return [picture.file for picture in pictures]


def _discards(before: State, left: State, came: Sequence[str] = ()) -> tuple[Discard, ...]:
    """The files that were held before, or came with the event, and are not kept."""
    known = dict.fromkeys((*files(before), *came))
    return tuple(Discard(file) for file in known if file not in files(left))
