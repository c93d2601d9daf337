"""The menu of /settings: what there is to choose, and how it is shown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from telegram import InlineKeyboardMarkup

from bot.callbacks import ChooseSetting, OpenSetting, ShowSettings
from bot.chat.result_keyboard import STRENGTHS
from bot.jobs import WHOLE
from bot.keyboards import button
from bot.people.preferences import Preferences
from bot.texts import label, languages
from styler import Quality

SIZES = (512, 768, 1024, 1536, 2048, 3072, 4096)  # pixels, long side
WORDS = {
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

    def keyboard(self) -> InlineKeyboardMarkup:
        """A button for each setting, with its value."""
        rows = []
        for name, setting in SETTINGS.items():
            shown = setting.shown(self.language, setting.value(self))
            rows.append([button(label(self.language, setting.button, value=shown), OpenSetting(name))])
        return InlineKeyboardMarkup(rows)

    def choice_keyboard(self, name: str) -> InlineKeyboardMarkup:
        """A button for each value, the present one ticked, and a way back. Raises KeyError for no setting."""
        setting = SETTINGS[name]
        now = setting.value(self)
        buttons = []
        for value in setting.choices(self):
            shown = setting.shown(self.language, value)
            buttons.append(button(f"✓ {shown}" if value == now else shown, ChooseSetting(name, value)))
        rows = [buttons[start : start + setting.columns] for start in range(0, len(buttons), setting.columns)]
        back = [button(label(self.language, "button-back"), ShowSettings())]
        return InlineKeyboardMarkup([*rows, back])

    def choose(self, name: str, value: str) -> "Menu":
        """The menu after a choice. Raises LookupError for what is none."""
        setting = SETTINGS[name]
        if value not in setting.choices(self):
            raise LookupError(f"{name} cannot be {value}")
        return setting.choose(self, value)

    def preferring(self, **changes: Any) -> "Menu":
        """The menu with fields of the preferences changed."""
        return replace(self, preferences=replace(self.preferences, **changes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One line of the menu, and the choices behind it. Values are short texts: buttons carry them."""

    button: str  # the keys of its texts
    question: str
    columns: int  # of the choices
    choices: Callable[[Menu], Sequence[str]]
    value: Callable[[Menu], str]  # what it is set to
    choose: Callable[[Menu, str], Menu]
    shown: Callable[[str, str], str]  # language, value -> what people read


def _sizes(menu: Menu) -> tuple[str, ...]:
    sizes = {menu.usual_size, *(size for size in SIZES if size <= menu.largest_size)}
    return tuple(map(str, sorted(sizes)))


def _word(language: str, value: str) -> str:
    return label(language, WORDS[value])


def _either(preference: str, off: str, on: str, button: str, question: str) -> Setting:
    """The setting of a preference that is False or True; the texts are as in `Setting`."""
    return Setting(
        button=button,
        question=question,
        columns=2,
        choices=lambda _: (off, on),
        value=lambda menu: on if getattr(menu.preferences, preference) else off,
        choose=lambda menu, value: menu.preferring(**{preference: value == on}),
        shown=_word,
    )


# In the order of the menu. What is usual is not remembered: it stays usual when the operator changes it.
SETTINGS = {
    "size": Setting(
        button="setting-size",
        question="choose-size",
        columns=3,
        choices=_sizes,
        value=lambda menu: str(min(menu.preferences.size or menu.usual_size, menu.largest_size)),
        choose=lambda menu, value: menu.preferring(
            size=None if int(value) == menu.usual_size else int(value)
        ),
        shown=lambda language, value: label(language, "pixels", count=value),
    ),
    "quality": Setting(
        button="setting-quality",
        question="choose-quality",
        columns=3,
        choices=lambda _: tuple(quality.value for quality in Quality),
        value=lambda menu: menu.preferences.quality or menu.usual_quality.value,
        choose=lambda menu, value: menu.preferring(
            quality=None if value == menu.usual_quality.value else value
        ),
        shown=_word,
    ),
    "strength": Setting(
        button="setting-strength",
        question="choose-strength",
        columns=4,
        choices=lambda _: tuple(map(str, STRENGTHS)),
        value=lambda menu: f"{WHOLE if menu.preferences.strength is None else menu.preferences.strength:.0f}",
        choose=lambda menu, value: menu.preferring(strength=None if int(value) == WHOLE else float(value)),
        shown=lambda language, value: label(language, "percent", count=value),
    ),
    "colors": _either("keep_colors", "of-painting", "of-photo", "setting-colors", "choose-colors"),
    "file": _either("send_as_file", "as-photo", "as-file", "setting-file", "choose-file"),
    "language": Setting(
        button="setting-language",
        question="choose-language",
        columns=3,
        choices=lambda _: languages(),
        value=lambda menu: menu.language,
        choose=lambda menu, value: replace(menu, language=value),
        shown=lambda _, value: label(value, "language-name"),
    ),
}
