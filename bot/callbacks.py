"""What the buttons of the bot mean: one class each. How they are written on the wire: `callback_data`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PickStyle:
    """A preset was picked; `photo` is the message id of the photo that the keyboard asks about, if any."""

    preset: str
    photo: int | None = None


@dataclass(frozen=True, slots=True)
class ShowStyles:
    """Turn to a page of the presets, counted from 0."""

    page: int
    photo: int | None = None


@dataclass(frozen=True, slots=True)
class CancelJob:
    """Cancel this job of mine."""

    job_id: str


@dataclass(frozen=True, slots=True)
class EnoughOfJob:
    """This job of mine is painted well enough: end it now and give me what is there."""

    job_id: str


@dataclass(frozen=True, slots=True)
class FullSize:
    """Send this job's result as a file, whole."""

    job_id: str


@dataclass(frozen=True, slots=True)
class TryAgain:
    """Offer to the queue again what it had no room for."""


@dataclass(frozen=True, slots=True)
class CancelDialogue:
    """Drop the photo or style that waits; with `photo`, only if it is that message's photo."""

    photo: int | None = None


@dataclass(frozen=True, slots=True)
class CancelKept:
    """Drop what the queue had no room for."""


@dataclass(frozen=True, slots=True)
class SetLanguage:
    """Speak this language with me."""

    language: str


@dataclass(frozen=True, slots=True)
class Outdated:
    """A button of another version, of a preset that is gone, or no button of ours."""


@dataclass(frozen=True, slots=True)
class ShowAt:
    """Show so much of the painting over the photo."""

    job_id: str
    strength: int  # 0 to WHOLE


@dataclass(frozen=True, slots=True)
class ShowColors:
    """Show the painting in the photo's colours, or in its own again."""

    job_id: str
    keep: bool


@dataclass(frozen=True, slots=True)
class OtherStyle:
    """Let me choose another style for the photo of this job."""

    job_id: str


@dataclass(frozen=True, slots=True)
class Bigger:
    """Paint it again, so many pixels long."""

    job_id: str
    size: int


@dataclass(frozen=True, slots=True)
class Swap:
    """I sent them the wrong way round: paint the style picture in the style of the photo."""

    job_id: str


@dataclass(frozen=True, slots=True)
class NextPhoto:
    """Paint my next photo as this one."""

    job_id: str


@dataclass(frozen=True, slots=True)
class DeleteResult:
    """Delete the painting; `sure` after the question whether I am."""

    job_id: str
    sure: bool


@dataclass(frozen=True, slots=True)
class KeepResult:
    """No, do not delete it."""

    job_id: str


@dataclass(frozen=True, slots=True)
class PaintStyle:
    """Paint the photo of this sheet in the style of this place on it, counted from 1."""

    job_id: str
    place: int


@dataclass(frozen=True, slots=True)
class ShowSheet:
    """Show my photo in every style; `photo` is the message id of the photo that waits for a style."""

    photo: int | None


@dataclass(frozen=True, slots=True)
class ListOwn:
    """Show my own presets; `photo` as above."""

    photo: int | None


@dataclass(frozen=True, slots=True)
class DropOwn:
    """Forget this preset of mine; `sure` after the question whether I am."""

    preset_id: int
    sure: bool


@dataclass(frozen=True, slots=True)
class KeepOwn:
    """No, do not forget it."""


@dataclass(frozen=True, slots=True)
class ShowSettings:
    """Back to all of them."""


@dataclass(frozen=True, slots=True)
class OpenSetting:
    """Let me choose this one's value."""

    setting: str


@dataclass(frozen=True, slots=True)
class ChooseSetting:
    """This value for that setting, from now on."""

    setting: str
    value: str


@dataclass(frozen=True, slots=True)
class ForgetMe:
    """Delete all you keep about me; not `sure`: leave it."""

    sure: bool


@dataclass(frozen=True, slots=True)
class Administer:
    """Show or switch this, for one of the bot's keepers."""

    action: str


ResultCallback = (
    FullSize
    | ShowAt
    | ShowColors
    | OtherStyle
    | Bigger
    | Swap
    | NextPhoto
    | DeleteResult
    | KeepResult
    | PaintStyle
)
"""Under a painting or a sheet."""

JobCallback = CancelJob | EnoughOfJob | ResultCallback
"""All that concern a job, by its `job_id`."""

OwnCallback = ListOwn | DropOwn | KeepOwn
SettingsCallback = ShowSettings | OpenSetting | ChooseSetting

Callback = (
    PickStyle
    | ShowStyles
    | TryAgain
    | CancelDialogue
    | CancelKept
    | SetLanguage
    | JobCallback
    | ShowSheet
    | OwnCallback
    | SettingsCallback
    | ForgetMe
    | Administer
)
