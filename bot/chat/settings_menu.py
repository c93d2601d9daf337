"""The menu of /settings: what there is to choose, and how it is shown."""

from dataclasses import dataclass, replace

from telegram import InlineKeyboardMarkup

from bot.chat.result_keyboard import STRENGTHS
from bot.chat.settings_callbacks import ChooseSetting, OpenSetting, ShowSettings
from bot.jobs import WHOLE
from bot.keyboards import button
from bot.people.preferences import Preferences
from bot.texts import label, languages
from styler import Quality

SIZES = (512, 768, 1024, 1536, 2048, 3072, 4096)  # pixels, long side
COLUMNS = {"size": 3, "quality": 3, "strength": 4, "colors": 2, "file": 2, "language": 3}  # of choices

# The settings in the order of the menu, each with the keys of its question and of what stands on its button.
QUESTIONS = {
    "size": "choose-size",
    "quality": "choose-quality",
    "strength": "choose-strength",
    "colors": "choose-colors",
    "file": "choose-file",
    "language": "choose-language",
}
_BUTTONS = {
    "size": "setting-size",
    "quality": "setting-quality",
    "strength": "setting-strength",
    "colors": "setting-colors",
    "file": "setting-file",
    "language": "setting-language",
}
_VALUES = {  # those that are words
    "draft": "quality-draft",
    "standard": "quality-standard",
    "best": "quality-best",
    "of-painting": "colors-of-painting",
    "of-photo": "colors-of-photo",
    "as-photo": "send-as-photo",
    "as-file": "send-as-file",
}


@dataclass(frozen=True, slots=True)
class Menu:
    """One person's settings, and what the operator has set and allows."""

    preferences: Preferences
    language: str
    usual_size: int
    largest_size: int
    usual_quality: Quality

    def choices(self, setting: str) -> tuple[str, ...]:
        """The values there are. Raises KeyError for no setting."""
        sizes = sorted({self.usual_size, *(size for size in SIZES if size <= self.largest_size)})
        return {
            "size": tuple(map(str, sizes)),
            "quality": tuple(quality.value for quality in Quality),
            "strength": tuple(map(str, STRENGTHS)),
            "colors": ("of-painting", "of-photo"),
            "file": ("as-photo", "as-file"),
            "language": languages(),
        }[setting]

    def value(self, setting: str) -> str:
        """What it is set to."""
        chosen = self.preferences
        return {
            "size": str(min(chosen.size or self.usual_size, self.largest_size)),
            "quality": chosen.quality or self.usual_quality.value,
            "strength": f"{WHOLE if chosen.strength is None else chosen.strength:.0f}",
            "colors": "of-photo" if chosen.keep_colors else "of-painting",
            "file": "as-file" if chosen.send_as_file else "as-photo",
            "language": self.language,
        }[setting]

    def choose(self, setting: str, value: str) -> "Menu":
        """The menu after a choice. Raises LookupError for what is none."""
        if value not in self.choices(setting):
            raise LookupError(f"{setting} cannot be {value}")
        match setting:
            case "language":
                return replace(self, language=value)
            case "size":  # what is usual stays so when the operator changes it
                size = None if int(value) == self.usual_size else int(value)
                preferences = replace(self.preferences, size=size)
            case "quality":
                quality = None if value == self.usual_quality.value else value
                preferences = replace(self.preferences, quality=quality)
            case "strength":
                strength = None if int(value) == WHOLE else float(value)
                preferences = replace(self.preferences, strength=strength)
            case "colors":
                preferences = replace(self.preferences, keep_colors=value == "of-photo")
            case _:
                preferences = replace(self.preferences, send_as_file=value == "as-file")
        return replace(self, preferences=preferences)

    def keyboard(self) -> InlineKeyboardMarkup:
        """A button for each setting, with its value."""
        buttons = [
            button(
                label(self.language, key, value=self._shown(setting, self.value(setting))),
                OpenSetting(setting),
            )
            for setting, key in _BUTTONS.items()
        ]
        return InlineKeyboardMarkup([[button] for button in buttons])

    def choice_keyboard(self, setting: str) -> InlineKeyboardMarkup:
        """A button for each value, the present one ticked, and a way back. Raises KeyError."""
        now = self.value(setting)
        buttons = [
            button(
                ("✓ " if value == now else "") + self._shown(setting, value), ChooseSetting(setting, value)
            )
            for value in self.choices(setting)
        ]
        back = [button(label(self.language, "button-back"), ShowSettings())]
        columns = COLUMNS[setting]
        rows = [buttons[start : start + columns] for start in range(0, len(buttons), columns)]
        return InlineKeyboardMarkup([*rows, back])

    def _shown(self, setting: str, value: str) -> str:
        match setting:
            case "size":
                return label(self.language, "pixels", count=value)
            case "strength":
                return label(self.language, "percent", count=value)
            case "language":
                return label(value, "language-name")
            case _:
                return label(self.language, _VALUES[value])
