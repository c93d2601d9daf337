"""The dialogue: a table of transitions, then random conversations in which no picture may be lost."""

import json
from collections import Counter
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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
from bot.dialogue import MAX_KEPT, MAX_STYLES, after, step
from bot.dialogue_events import (
    AlbumSent,
    Cancelled,
    Event,
    Expired,
    KeptCancelled,
    PhotoAgain,
    PhotosLeft,
    PictureSent,
    StyleChosen,
    StyleUnknown,
    TextSent,
    TriedAgain,
)
from bot.dialogue_states import HasContent, HasStyle, Idle, NoRoom, State, files, kept, messages
from bot.jobs import JobStyle, Wishes
from bot.storage.dialogue_json import VERSION, from_json, to_json

A, B, C, D = (PictureRef(f"{name}.jpg", number) for number, name in enumerate("abcd", start=1))
FILE = PictureRef("f.png", 0, as_file=True)
INK, WAVE = (JobStyle(preset="ink"),), (JobStyle(preset="great-wave"),)
IN_B, IN_C = (JobStyle(picture="b.jpg"),), (JobStyle(picture="c.jpg"),)
IN_B_AND_C = IN_B + IN_C
TYPO = StyleUnknown("strry", ("starry-night",))
SAY_TYPO = SayUnknownStyle("strry", ("starry-night",))
REFUSED = (Enqueue(A, IN_B),)
WANTED = NoRoom(REFUSED)
REFUSED_D = (Enqueue(D, INK),)
HALF = Wishes(strength=50, keep_colors=True)

TABLE: dict[str, tuple[State, Event, State, tuple[Action, ...]]] = {
    # an album whose style is not known
    "all photos of an album wait for the style that was misspelt": (
        Idle(),
        AlbumSent((A, B, C), TYPO),
        HasContent(A, (), (B, C)),
        (SAY_TYPO,),
    ),
    "and are all painted in it": (
        HasContent(A, (), (B, C)),
        StyleChosen(INK, 1),
        Idle(),
        (Enqueue(A, INK), Enqueue(B, INK), Enqueue(C, INK)),
    ),
    "whichever of them a button was for": (
        HasContent(A, (), (B,)),
        StyleChosen(IN_C, 2),
        Idle(),
        (Enqueue(A, IN_C), Enqueue(B, IN_C)),
    ),
    "a picture is the style of all of them": (
        HasContent(A, (), (B,)),
        PictureSent(C),
        Idle(),
        (Enqueue(A, IN_C), Enqueue(B, IN_C)),
    ),
    "they are dropped together": (
        HasContent(A, REFUSED_D, (B, C)),
        Cancelled(1),
        NoRoom(REFUSED_D),
        (Discard("a.jpg"), Discard("b.jpg"), Discard("c.jpg"), SayCancelled()),
    ),
    # one picture
    "a photo opens a dialogue": (Idle(), PictureSent(A), HasContent(A), (AskForStyle(A),)),
    "the next picture is the style": (HasContent(A), PictureSent(B), Idle(), (Enqueue(A, IN_B),)),
    "a file is a photo too": (Idle(), PictureSent(FILE), HasContent(FILE), (AskForStyle(FILE),)),
    "photo and file mixed": (HasContent(FILE), PictureSent(B), Idle(), (Enqueue(FILE, IN_B),)),
    "a photo for the style chosen before": (HasStyle(INK), PictureSent(A), Idle(), (Enqueue(A, INK),)),
    "a photo for a style picture": (HasStyle(IN_B), PictureSent(A), Idle(), (Enqueue(A, IN_B),)),
    "a new photo after a refusal is asked about, and what was refused is kept": (
        WANTED,
        PictureSent(C),
        HasContent(C, REFUSED),
        (AskForStyle(C),),
    ),
    "what was sent first is the photo, whatever came first": (
        HasContent(B),
        PictureSent(A),
        Idle(),
        (Enqueue(A, IN_B),),
    ),
    "an album that overtakes its first picture": (
        HasContent(B),
        AlbumSent((A, C)),
        Idle(),
        (Enqueue(A, IN_B_AND_C),),
    ),
    "the same message once more is no style": (
        HasContent(A),
        PictureSent(PictureRef("again.jpg", A.message_id)),
        HasContent(PictureRef("again.jpg", A.message_id)),
        (Discard("a.jpg"), AskForStyle(PictureRef("again.jpg", A.message_id))),
    ),
    "a slow sibling brings the whole album": (
        HasContent(A),
        AlbumSent((A, B)),
        Idle(),
        (Enqueue(A, IN_B),),
    ),
    # a photo that was painted before
    "a photo again asks for its style": (Idle(), PhotoAgain(A), HasContent(A), (AskForStyle(A),)),
    "a photo again drops the question that was open": (
        HasContent(B),
        PhotoAgain(A),
        HasContent(A),
        (Discard("b.jpg"), AskForStyle(A)),
    ),
    "a photo again leaves what was refused": (
        WANTED,
        PhotoAgain(A),
        HasContent(A, REFUSED),
        (AskForStyle(A),),
    ),
    "a photo again has no use for a style chosen before": (
        HasStyle(IN_B),
        PhotoAgain(A),
        HasContent(A),
        (Discard("b.jpg"), AskForStyle(A)),
    ),
    # wishes
    "what was wished waits for the photo": (
        Idle(),
        StyleChosen(INK, wishes=HALF),
        HasStyle(INK, HALF),
        (AskForPhoto(INK, HALF),),
    ),
    "what was wished reaches the job": (
        HasStyle(INK, HALF),
        PictureSent(A),
        Idle(),
        (Enqueue(A, INK, HALF),),
    ),
    "what was wished goes with the style": (
        HasContent(A),
        StyleChosen(INK, wishes=HALF),
        Idle(),
        (Enqueue(A, INK, HALF),),
    ),
    "what a caption wishes counts": (
        HasStyle(IN_B, HALF),
        PictureSent(A, StyleChosen(INK)),
        Idle(),
        (Discard("b.jpg"), Enqueue(A, INK)),
    ),
    # captions
    "a caption is everything at once": (
        Idle(),
        PictureSent(A, StyleChosen(INK)),
        Idle(),
        (Enqueue(A, INK),),
    ),
    "a caption overrides the chosen style": (
        HasStyle(IN_B),
        PictureSent(A, StyleChosen(INK)),
        Idle(),
        (Discard("b.jpg"), Enqueue(A, INK)),
    ),
    "a captioned photo takes the waiting one's place": (
        HasContent(A),
        PictureSent(B, StyleChosen(INK)),
        Idle(),
        (Discard("a.jpg"), Enqueue(B, INK)),
    ),
    "a caption with a typo keeps the photo": (Idle(), PictureSent(A, TYPO), HasContent(A), (SAY_TYPO,)),
    "a caption with a typo makes it the photo": (
        HasContent(A),
        PictureSent(B, TYPO),
        HasContent(B),
        (Discard("a.jpg"), SAY_TYPO),
    ),
    "a caption with a typo drops the style before it": (
        HasStyle(IN_C),
        PictureSent(A, TYPO),
        HasContent(A),
        (Discard("c.jpg"), SAY_TYPO),
    ),
    # albums
    "an album of two is photo and style": (Idle(), AlbumSent((A, B)), Idle(), (Enqueue(A, IN_B),)),
    "an album of three blends": (Idle(), AlbumSent((A, B, C)), Idle(), (Enqueue(A, IN_B_AND_C),)),
    "an album of one is a photo": (Idle(), AlbumSent((A,)), HasContent(A), (AskForStyle(A),)),
    "an album without its photo is to be sent again": (
        Idle(),
        AlbumSent((A, B), lost_first=1),
        Idle(),
        (Discard("a.jpg"), Discard("b.jpg"), SayAlbumLostPhoto(1)),
    ),
    "so is one with a single style left": (
        Idle(),
        AlbumSent((A,), lost_first=1),
        Idle(),
        (Discard("a.jpg"), SayAlbumLostPhoto(1)),
    ),
    "an album of styles can do without its first": (
        HasContent(A),
        AlbumSent((B,), lost_first=1),
        Idle(),
        (Enqueue(A, IN_B),),
    ),
    "an album of photos too": (
        HasStyle(INK),
        AlbumSent((B,), lost_first=1),
        Idle(),
        (Enqueue(B, INK),),
    ),
    "and one whose caption names its style": (
        Idle(),
        AlbumSent((A,), StyleChosen(INK), lost_first=1),
        Idle(),
        (Enqueue(A, INK),),
    ),
    "an album of none is nothing": (HasContent(A), AlbumSent(()), HasContent(A), ()),
    "an album answers the question for a style": (
        HasContent(A),
        AlbumSent((B, C)),
        Idle(),
        (Enqueue(A, IN_B_AND_C),),
    ),
    "an album answers the question for a photo": (
        HasStyle(INK),
        AlbumSent((A, B)),
        Idle(),
        (Enqueue(A, INK), Enqueue(B, INK)),
    ),
    "a captioned album paints each": (
        HasContent(C),
        AlbumSent((A, B), StyleChosen(INK)),
        Idle(),
        (Discard("c.jpg"), Enqueue(A, INK), Enqueue(B, INK)),
    ),
    # what was refused before
    "a captioned photo after a refusal comes behind it": (
        WANTED,
        PictureSent(C, StyleChosen(INK)),
        Idle(),
        (*REFUSED, Enqueue(C, INK)),
    ),
    "an album after a refusal comes behind it": (
        WANTED,
        AlbumSent((C, D)),
        Idle(),
        (*REFUSED, Enqueue(C, (JobStyle(picture="d.jpg"),))),
    ),
    "a caption with a typo after a refusal drops nothing": (
        WANTED,
        PictureSent(C, TYPO),
        HasContent(C, REFUSED),
        (SAY_TYPO,),
    ),
    "the style of a photo that came after a refusal is its own only": (
        HasContent(C, REFUSED),
        StyleChosen(INK),
        Idle(),
        (*REFUSED, Enqueue(C, INK)),
    ),
    "the second picture after a refusal is the style": (
        HasContent(C, REFUSED),
        PictureSent(D),
        Idle(),
        (*REFUSED, Enqueue(C, (JobStyle(picture="d.jpg"),))),
    ),
    "a captioned photo takes the place of the one asked about, not of what was refused": (
        HasContent(C, REFUSED),
        PictureSent(D, StyleChosen(INK)),
        Idle(),
        (Discard("c.jpg"), *REFUSED, Enqueue(D, INK)),
    ),
    "a message that is heard again is wanted once": (
        NoRoom((Enqueue(B, INK), Enqueue(A, INK))),
        PictureSent(PictureRef("again.jpg", A.message_id), StyleChosen(INK)),
        Idle(),
        (Discard("a.jpg"), Enqueue(B, INK), Enqueue(PictureRef("again.jpg", A.message_id), INK)),
    ),
    "the same photo in another style is another wish": (
        NoRoom((Enqueue(A, INK),)),
        PictureSent(PictureRef("again.jpg", A.message_id), StyleChosen(WAVE)),
        Idle(),
        (Enqueue(A, INK), Enqueue(PictureRef("again.jpg", A.message_id), WAVE)),
    ),
    "a button changes the style of its own photo": (
        NoRoom((Enqueue(A, INK), Enqueue(B, INK))),
        StyleChosen.named("great-wave", A.message_id),
        Idle(),
        (Enqueue(B, INK), Enqueue(A, WAVE)),
    ),
    "a button changes the style of its own photo and leaves the question for another": (
        HasContent(C, REFUSED),
        StyleChosen(INK, A.message_id),
        HasContent(C),
        (Discard("b.jpg"), Enqueue(A, INK)),
    ),
    "another style is for what was refused last": (
        NoRoom((*REFUSED, Enqueue(C, INK), Enqueue(D, INK))),
        StyleChosen(WAVE),
        Idle(),
        (*REFUSED, Enqueue(C, WAVE), Enqueue(D, WAVE)),
    ),
    "another try beside a question": (HasContent(C, REFUSED), TriedAgain(), HasContent(C), REFUSED),
    "a text beside what was refused": (
        HasContent(C, REFUSED),
        TextSent(),
        HasContent(C, REFUSED),
        (ExplainHelp(Expecting.STYLE),),
    ),
    # styles by name or button
    "a style before the photo": (Idle(), StyleChosen(INK), HasStyle(INK), (AskForPhoto(INK),)),
    "a style for the photo": (HasContent(A), StyleChosen(INK), Idle(), (Enqueue(A, INK),)),
    "a style by the photo's button": (
        HasContent(A),
        StyleChosen.named("ink", A.message_id),
        Idle(),
        (Enqueue(A, INK),),
    ),
    "a button pressed twice": (Idle(), StyleChosen.named("ink", 1), Idle(), (SayStaleButton(),)),
    "a button of an earlier photo": (
        HasContent(B),
        StyleChosen.named("ink", A.message_id),
        HasContent(B),
        (SayStaleButton(),),
    ),
    "a stale button does not touch the style": (
        HasStyle(WAVE),
        StyleChosen.named("ink", 1),
        HasStyle(WAVE),
        (SayStaleButton(),),
    ),
    "another style replaces the first": (
        HasStyle(IN_B),
        StyleChosen(WAVE),
        HasStyle(WAVE),
        (Discard("b.jpg"), AskForPhoto(WAVE)),
    ),
    "the same style again": (HasStyle(IN_B), StyleChosen(IN_B), HasStyle(IN_B), (AskForPhoto(IN_B),)),
    "a style after a refusal is tried": (
        WANTED,
        StyleChosen(INK),
        Idle(),
        (Discard("b.jpg"), Enqueue(A, INK)),
    ),
    "the button after a refusal is tried": (
        WANTED,
        StyleChosen.named("ink", A.message_id),
        Idle(),
        (Discard("b.jpg"), Enqueue(A, INK)),
    ),
    "a typo changes nothing": (HasContent(A), TYPO, HasContent(A), (SAY_TYPO,)),
    # texts
    "a text at first": (Idle(), TextSent(), Idle(), (ExplainHelp(Expecting.PHOTO),)),
    "a text instead of a style": (
        HasContent(A),
        TextSent(),
        HasContent(A),
        (ExplainHelp(Expecting.STYLE),),
    ),
    "a text instead of a photo": (
        HasStyle(INK),
        TextSent(),
        HasStyle(INK),
        (ExplainHelp(Expecting.PHOTO_FOR_STYLE, INK),),
    ),
    "a text instead of another try": (
        WANTED,
        TextSent(),
        WANTED,
        (ExplainHelp(Expecting.ROOM, IN_B),),
    ),
    # trying again, ends
    "another try": (WANTED, TriedAgain(), Idle(), (Enqueue(A, IN_B),)),
    "another try of nothing": (Idle(), TriedAgain(), Idle(), (ExplainHelp(Expecting.PHOTO),)),
    "nothing to cancel": (Idle(), Cancelled(), Idle(), (SayNothingToCancel(),)),
    "the photo is dropped": (HasContent(A), Cancelled(), Idle(), (Discard("a.jpg"), SayCancelled())),
    "the style is dropped": (HasStyle(INK), Cancelled(), Idle(), (SayCancelled(),)),
    "what was refused is dropped": (
        WANTED,
        Cancelled(),
        Idle(),
        (Discard("a.jpg"), Discard("b.jpg"), SayCancelled()),
    ),
    "the photo asked about is dropped alone": (
        HasContent(C, REFUSED),
        Cancelled(C.message_id),
        WANTED,
        (Discard("c.jpg"), SayCancelled()),
    ),
    "one of those refused is dropped alone": (
        HasContent(C, (*REFUSED, Enqueue(D, INK))),
        Cancelled(A.message_id),
        HasContent(C, (Enqueue(D, INK),)),
        (Discard("a.jpg"), Discard("b.jpg"), SayCancelled()),
    ),
    "all is dropped": (
        HasContent(C, REFUSED),
        Cancelled(),
        Idle(),
        (Discard("c.jpg"), Discard("a.jpg"), Discard("b.jpg"), SayCancelled()),
    ),
    "a photo that waits no more cannot be dropped": (
        HasContent(C, REFUSED),
        Cancelled(D.message_id),
        HasContent(C, REFUSED),
        (SayStaleButton(),),
    ),
    "what was refused is dropped, and the question stays": (
        HasContent(C, REFUSED),
        KeptCancelled(),
        HasContent(C),
        (Discard("a.jpg"), Discard("b.jpg"), SayCancelled()),
    ),
    "nothing refused to drop": (HasStyle(INK), KeptCancelled(), HasStyle(INK), (SayStaleButton(),)),
    # what comes is about others
    "the photos that wait are left": (
        HasContent(C, REFUSED, (D,)),
        PhotosLeft(),
        WANTED,
        (Discard("c.jpg"), Discard("d.jpg")),
    ),
    "a style that waits is not left": (HasStyle(INK), PhotosLeft(), HasStyle(INK), ()),
    # several styles fit
    "which of several styles": (
        HasContent(A),
        StyleUnknown("van gogh", ("starry-night", "bouquet"), several=True),
        HasContent(A),
        (SayUnknownStyle("van gogh", ("starry-night", "bouquet"), several=True),),
    ),
    "an old dialogue ends silently": (HasContent(A), Expired(), Idle(), (Discard("a.jpg"),)),
    "no dialogue ends silently": (Idle(), Expired(), Idle(), ()),
}


@pytest.mark.parametrize(("state", "event", "new_state", "actions"), list(TABLE.values()), ids=list(TABLE))
def test_step(state: State, event: Event, new_state: State, actions: tuple[Action, ...]) -> None:
    assert step(state, event) == (new_state, actions)


def test_a_blend_has_a_limit_and_says_so() -> None:
    pictures = tuple(PictureRef(f"{number}.jpg", number) for number in range(10))
    state, actions = step(Idle(), AlbumSent(pictures))
    used = tuple(JobStyle(picture=f"{number}.jpg") for number in range(1, MAX_STYLES + 1))
    dropped = [Discard(f"{number}.jpg") for number in range(MAX_STYLES + 1, 10)]
    said = SayTooManyStyles(used=MAX_STYLES, left_out=9 - MAX_STYLES)
    assert (state, actions) == (Idle(), (*dropped, said, Enqueue(pictures[0], used)))


def test_a_job_answers_the_photo_in_its_own_kind() -> None:
    enqueue = Enqueue(FILE, INK)
    assert (enqueue.as_file, enqueue.reply_to) == (True, FILE.message_id)


def test_what_was_refused_is_kept_until_there_is_room() -> None:
    state, actions = step(HasStyle(INK), AlbumSent((A, B, C)))
    wanted = [action for action in actions if isinstance(action, Enqueue)]
    assert after(state, wanted[3:]) == (Idle(), ())
    refused, actions = after(state, wanted[1:])
    assert (refused, actions) == (NoRoom((Enqueue(B, INK), Enqueue(C, INK))), ())
    assert step(refused, TriedAgain()) == (Idle(), (Enqueue(B, INK), Enqueue(C, INK)))


def test_what_is_tried_again_in_vain_is_kept_beside_the_question() -> None:
    state, wanted = step(HasContent(C, REFUSED), TriedAgain())
    assert wanted == REFUSED
    assert after(state, REFUSED) == (HasContent(C, REFUSED), ())
    assert after(state, ()) == (HasContent(C), ())
    assert messages(HasContent(C, REFUSED)) == {A.message_id, C.message_id}


def test_what_is_kept_has_a_limit_and_says_so() -> None:
    photos = [PictureRef(f"{number}.jpg", number) for number in range(1, MAX_KEPT + 3)]
    wanted = [Enqueue(photo, IN_B) for photo in photos]
    state, actions = after(Idle(), wanted)
    assert state == NoRoom(tuple(wanted[:MAX_KEPT]))
    dropped = [Discard(photo.file) for photo in photos[MAX_KEPT:]]
    assert actions == (*dropped, SayCannotKeep(most=MAX_KEPT, left_out=2)), "a style is shared, and stays"


def test_states_cannot_be_changed_in_place() -> None:
    with pytest.raises(FrozenInstanceError):
        HasContent(A).content = B  # type: ignore[misc]


# Random conversations: every picture has a file name of its own.

# A busy machine is no failure.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

PRESETS = st.sampled_from(["ink", "great-wave", "starry-night"]).map(lambda name: JobStyle(preset=name))

WISHES = st.builds(
    Wishes,
    size=st.none() | st.integers(64, 4096),
    strength=st.none() | st.integers(0, 100) | st.floats(0, 100),
    keep_colors=st.none() | st.booleans(),
    sheet=st.booleans(),
)


@st.composite
def events(draw: st.DrawFn, new_file: st.SearchStrategy[str]) -> Event:
    def picture() -> PictureRef:
        return PictureRef(draw(new_file), draw(st.integers(1, 9)), draw(st.booleans()))

    def styles() -> tuple[JobStyle, ...]:
        style_picture = st.builds(lambda file: JobStyle(picture=file, weight=0.5), new_file)
        return tuple(draw(st.lists(PRESETS | style_picture, min_size=1, max_size=3)))

    def chosen() -> StyleChosen:
        return StyleChosen(styles(), draw(st.none() | st.integers(1, 9)), draw(WISHES))

    def caption() -> StyleChosen | StyleUnknown | None:
        match draw(st.integers(0, 2)):
            case 0:
                return None
            case 1:
                return StyleChosen(styles())
            case _:
                return TYPO

    match draw(st.integers(0, 8)):
        case 0:
            return PictureSent(picture(), caption())
        case 1:
            pictures = tuple(picture() for _ in range(draw(st.integers(0, 10))))
            return AlbumSent(pictures, caption(), draw(st.none() | st.integers(1, 9)))
        case 2 | 3:
            return chosen()
        case 8:
            return PhotoAgain(picture())
        case number:
            cancelled = Cancelled(draw(st.none() | st.integers(1, 9)))
            others = [TYPO, TextSent(), TriedAgain(), cancelled, Expired(), PhotosLeft(), KeptCancelled()]
            return others[number - 4 + draw(st.integers(0, 3))]


@st.composite
def conversations(draw: st.DrawFn) -> list[Event]:
    names = iter(range(10**6))
    new_file = st.builds(lambda: f"{next(names)}.jpg")
    return draw(st.lists(events(new_file), min_size=1, max_size=12))


def came_with(event: Event) -> list[str]:
    """The files an event brings in."""
    chosen: StyleChosen | StyleUnknown | None = None
    pictures: tuple[PictureRef, ...] = ()
    match event:
        case PictureSent(picture, chosen):
            pictures = (picture,)
        case PhotoAgain(picture):
            pictures = (picture,)
        case AlbumSent(pictures, chosen):
            pass
        case StyleChosen():
            chosen = event
        case _:
            pass
    styles = chosen.styles if isinstance(chosen, StyleChosen) else ()
    return [picture.file for picture in pictures] + [style.picture for style in styles if style.picture]


@settings(UNHURRIED, max_examples=300)
@given(conversations(), st.lists(st.integers(0, 3), min_size=12, max_size=12))
def test_no_picture_is_ever_lost(conversation: list[Event], rooms: list[int]) -> None:
    state: State = Idle()
    for event, room in zip(conversation, rooms, strict=False):
        known = {*files(state), *came_with(event)}
        state, actions = step(state, event)
        wanted = [action for action in actions if isinstance(action, Enqueue)]
        accepted, refused = wanted[:room], wanted[room:]
        state, further = after(state, refused)

        discarded = [action.file for action in (*actions, *further) if isinstance(action, Discard)]
        contents = [enqueue.content.file for enqueue in accepted]
        in_jobs = set(contents) | {style.picture for one in accepted for style in one.styles if style.picture}
        assert max(Counter(discarded + contents).values(), default=1) == 1, "one picture, one fate"
        assert in_jobs | set(discarded) | set(files(state)) == known
        assert not set(discarded) & (in_jobs | set(files(state)))
        # Only a style that several photos share may be in a job and still be waited for.
        shared = in_jobs & set(files(state))
        assert not shared & set(contents)
        assert not shared or refused
        assert all(one in kept(state) for one in refused[:MAX_KEPT]), "what was promised is kept"


@UNHURRIED
@given(conversations())
def test_every_step_is_defined_and_what_waits_survives_json(conversation: list[Event]) -> None:
    state: State = Idle()
    for event in conversation:
        state, actions = step(state, event)
        wanted = tuple(action for action in actions if isinstance(action, Enqueue))
        assert not wanted or not kept(state), "all of it is tried"
        for saved in (state, after(state, wanted)[0]):
            assert from_json(to_json(saved)) == saved


@UNHURRIED
@given(conversations())
def test_every_way_of_sending_gets_an_answer(conversation: list[Event]) -> None:
    state: State = Idle()
    for event in conversation:
        state, actions = step(state, event)
        silent = isinstance(event, Expired | PhotosLeft) or (
            isinstance(event, AlbumSent) and not event.pictures
        )
        assert silent or any(not isinstance(action, Discard) for action in actions)


# What comes back from the disk

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "content",
                    "styles",
                    "wanted",
                    "kept",
                    "file",
                    "message_id",
                    "preset",
                    "weight",
                    "wishes",
                    "strength",
                ]
            ),
            inner,
        )
    ),
    max_leaves=12,
)


@UNHURRIED
@given(st.none() | st.text())
def test_a_damaged_text_is_idle(text: str | None) -> None:
    assert from_json(text) == Idle()


@UNHURRIED
@given(st.sampled_from(["Idle", "HasContent", "HasStyle", "NoRoom", "Gone", None]), JSON)
def test_any_json_becomes_a_state_that_works(kind: str | None, rest: object) -> None:
    fields = {"content": rest, "styles": rest, "wanted": rest, "kept": rest}
    if isinstance(rest, dict):
        fields |= rest
    state = from_json(json.dumps(fields | {"version": VERSION, "state": kind}))
    assert from_json(to_json(state)) == state
    step(state, Cancelled())


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "null",
        "{}",
        "[" * 100_000,
        json.dumps(
            {"version": VERSION + 1, "state": "HasContent", "content": {"file": "a", "message_id": 1}}
        ),
        json.dumps({"version": VERSION, "state": "NoRoom", "wanted": []}),
        json.dumps({"version": VERSION, "state": "HasStyle", "styles": []}),
        json.dumps({"version": VERSION, "state": "HasStyle", "styles": [{"preset": "a", "picture": "b"}]}),
        '{"version": 1, "state": "HasStyle", "styles": [{"preset": "a", "picture": null, "weight": 1e999}]}',
        json.dumps(
            {
                "version": VERSION,
                "state": "HasStyle",
                "styles": [{"preset": "a", "picture": None, "weight": 10**400}],
            }
        ),
        json.dumps({"version": VERSION, "state": "HasContent", "content": {"file": None, "message_id": 1}}),
    ],
)
def test_what_cannot_be_read_is_idle(text: str) -> None:
    assert from_json(text) == Idle()
