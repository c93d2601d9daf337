"""What the buttons of /settings, /forget and /admin carry: see `result_callbacks`, whose table has them."""

from dataclasses import dataclass


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


SettingsCallback = ShowSettings | OpenSetting | ChooseSetting | ForgetMe | Administer
