"""A person's own presets: styles of theirs under a name, kept until they delete them.

Beside the others they are known as `@7`, by their number; no file of an operator's can be called that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.clock import now
from bot.dialogue_events import AlbumSent, Event, PictureSent, StyleChosen
from bot.jobs import JobStyle
from bot.storage.database import execute
from bot.storage.job_rows import read_styles, write_styles
from bot.storage.pictures import Pictures
from bot.store import Store
from styler import Preset
from styler.presets import slugify

MOST = 20  # of one person
LONGEST_NAME = 30  # letters: more do not fit on a button
_MARK = "@"


def is_own(name: str) -> bool:
    """Whether it is what an own preset is called among all presets."""
    return name.startswith(_MARK)


class NameTaken(Exception):
    """A preset for everybody is called that."""


class TooMany(Exception):
    """This person has as many as one may have."""


@dataclass(frozen=True, slots=True)
class OwnPreset:
    """One of a person's own."""

    id: int
    name: str
    styles: tuple[JobStyle, ...]  # pictures of theirs, several in a blend

    @property
    def key(self) -> str:
        """What it is called among all presets."""
        return f"{_MARK}{self.id}"

    @property
    def pictures(self) -> tuple[str, ...]:
        """The files of the pictures folder that it needs."""
        return tuple(style.picture for style in self.styles if style.picture)


class OwnPresets:
    """The table `own_presets`, and the presets of everybody with those of a person before them."""

    def __init__(self, store: Store, pictures: Pictures, presets: Mapping[str, Preset]) -> None:
        self._store = store
        self._pictures = pictures
        self._presets = presets

    async def of(self, user_id: int) -> list[OwnPreset]:
        """All of this person's, in the order they were saved in."""
        query = "SELECT id, name, styles FROM own_presets WHERE user_id = ? ORDER BY id"
        rows = await self._store.read(query, user_id)
        return [OwnPreset(row["id"], row["name"], read_styles(row["styles"])) for row in rows]

    async def save(self, user_id: int, name: str, styles: tuple[JobStyle, ...]) -> OwnPreset:
        """Keep the pictures among the styles under this name; one of that name gives way.

        Raises `NameTaken` and `TooMany`.
        """
        name = " ".join(name.split())[:LONGEST_NAME].strip()
        if self._is_taken(name):
            raise NameTaken(name)
        mine = await self.of(user_id)
        before = [preset for preset in mine if _key(preset.name) == _key(name)]
        if len(mine) - len(before) >= MOST:
            raise TooMany(name)
        named = tuple(replace(style, title=name) for style in styles if style.picture)
        query = """
            INSERT OR REPLACE INTO own_presets (user_id, name, key, styles, created_at) VALUES (?, ?, ?, ?, ?)
        """
        async with self._store.transaction() as connection:
            await execute(connection, query, user_id, name, _key(name), write_styles(named), now())
        for preset in before:
            await self._discard(preset)
        return (await self.of(user_id))[-1]

    async def drop(self, user_id: int, preset_id: int) -> OwnPreset | None:
        """Forget it, and its pictures unless something else needs them. None when it is not theirs."""
        found = [preset for preset in await self.of(user_id) if preset.id == preset_id]
        if not found:
            return None
        async with self._store.transaction() as connection:
            await execute(connection, "DELETE FROM own_presets WHERE id = ?", preset_id)
        await self._discard(found[0])
        return found[0]

    async def known(self, user_id: int) -> Mapping[str, Preset]:
        """This person's own presets and then everybody's, to look a name up among."""
        own = {preset.key: self._as_preset(preset) for preset in await self.of(user_id)}
        return {**own, **self._presets} if own else self._presets

    async def chosen(self, user_id: int, chosen: StyleChosen) -> StyleChosen:
        """The same with the pictures of an own preset in the place of its number."""
        [style, *others] = chosen.styles
        if others or not style.preset or not is_own(style.preset):
            return chosen
        found = [preset for preset in await self.of(user_id) if preset.key == style.preset]
        return replace(chosen, styles=found[0].styles) if found else chosen

    async def resolved(self, user_id: int, event: Event) -> Event:
        """As `chosen`, for whatever event there is one in."""
        match event:
            case StyleChosen():
                return await self.chosen(user_id, event)
            case PictureSent(caption=StyleChosen() as caption) | AlbumSent(caption=StyleChosen() as caption):
                return replace(event, caption=await self.chosen(user_id, caption))
            case _:
                return event

    async def _discard(self, preset: OwnPreset) -> None:
        for file in preset.pictures:
            if not await self._store.is_referenced(file):
                await self._pictures.delete(file)

    def _as_preset(self, own: OwnPreset) -> Preset:
        path = self._pictures.picture_path(own.pictures[0])
        return Preset(name=own.key, path=path, titles={"en": own.name})

    def _is_taken(self, name: str) -> bool:
        wanted = slugify(name)
        presets = self._presets.values()
        return any(wanted in {preset.name, *map(slugify, preset.titles.values())} for preset in presets)


def _key(name: str) -> str:
    return " ".join(name.casefold().split())
