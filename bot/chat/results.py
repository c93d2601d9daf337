"""Finished paintings: what is kept of them, and how they are shown.

Kept are the photo and the painting at full strength in its own colours. Whatever else is shown is made of
these two when it is asked for, so that a change takes no painting.
"""

import asyncio
import io
import logging
from collections.abc import Mapping

from PIL import Image
from telegram import Bot, InlineKeyboardMarkup
from telegram.error import BadRequest

from bot.chat.live_message import LiveMessage
from bot.chat.result_keyboard import result_keyboard, sheet_keyboard
from bot.chat.words import result_caption, sheet_caption
from bot.jobs import WHOLE, Job
from bot.painting.estimates import Estimates
from bot.painting.glimpses import SHOWN_SIDE
from bot.storage.pictures import Pictures
from bot.store import Store
from styler import PictureError, Preset
from styler.blend import blend
from styler.images import fit_within, open_picture, resize
from styler.outputs import encode_picture

log = logging.getLogger(__name__)

MAX_PHOTO_BYTES = 10_000_000
MAX_PHOTO_SIDES = 10_000  # width + height
MAX_PHOTO_RATIO = 20
SIZE_STEP, SIZE_UNIT = 1.5, 32  # how much bigger the next size is, and what it is a multiple of

_BLENDED_AT_ONCE = 2  # paintings: to open the photo of one may take a gigabyte


class ResultLost(Exception):
    """The file of a result, or of its photo, is no longer there."""


class Results:
    """Shows finished paintings again, in another strength or as files, and deletes them."""

    def __init__(
        self, bot: Bot, store: Store, pictures: Pictures, presets: Mapping[str, Preset], estimates: Estimates
    ) -> None:
        self._bot = bot
        self._store = store
        self._pictures = pictures
        self._presets = presets
        self._estimates = estimates
        self._blending = asyncio.Semaphore(_BLENDED_AT_ONCE)

    async def show(self, job: Job, message: LiveMessage, *, as_file: bool) -> None:
        """Turn the message into the painting as the job now wants it.

        A photo that Telegram does not take goes as a file. Raises `ResultLost`, and what `LiveMessage` does.
        """
        content = await self.content(job, None if as_file else SHOWN_SIDE)
        if job.sheet:
            caption = sheet_caption(job, self._presets)
        else:
            caption = result_caption(job, self._presets, self._bot.username)
        if not as_file:
            photo = await asyncio.to_thread(_as_photo, content)
            try:
                return await message.show_photo(photo, caption, self.keyboard(job, full_size=True))
            except BadRequest as error:
                log.warning("Job %s: no photo (%s), so it goes as a file.", job.id, error.message)
                content = await self.content(job)
        return await message.show_file(content, file_name(job), caption, self.keyboard(job, full_size=False))

    def keyboard(self, job: Job, *, full_size: bool) -> InlineKeyboardMarkup:
        """The buttons under it."""
        if job.sheet:
            return sheet_keyboard(job)
        return result_keyboard(job, bigger=self.bigger(job), full_size=full_size)

    def bigger(self, job: Job) -> int | None:
        """The next size this photo may be painted at, in pixels; None at the limit of operator or memory."""
        if job.reduced_to is not None:
            return None
        now, limit = self._estimates.size_of(job) or self._estimates.usual_size, self._estimates.largest_size
        wanted = round(now * SIZE_STEP / SIZE_UNIT) * SIZE_UNIT
        return min(wanted, limit) if limit > now else None

    async def content(self, job: Job, enough: int | None = None) -> bytes:
        """The file of the painting as it is to be shown: whole, or with `enough` pixels as its long side.

        Raises `ResultLost`.
        """
        if job.result is None:
            raise ResultLost(job.id)
        if job.sheet or (job.shown_strength == WHOLE and not job.keep_colors):
            content = await self._pictures.result(job.result)
            if content is None:
                raise ResultLost(job.id)
            return content
        async with self._blending:
            return await asyncio.to_thread(self._blended, job, job.result, enough)

    def is_kept(self, job: Job) -> bool:
        """Whether painting and photo are both there. Looks at the disk."""
        is_painted = job.result is not None and self._pictures.result_path(job.result).is_file()
        return is_painted and self.has_photo(job)

    def has_photo(self, job: Job) -> bool:
        """Whether the photo is there. Looks at the disk."""
        return self._pictures.picture_path(job.content).is_file()

    async def forget(self, job: Job) -> None:
        """Delete the painting, and its photo and style pictures unless something else needs them."""
        if job.result is not None:
            await self._pictures.delete_result(job.result)
            await self._store.update_job(job.id, result=None)
        for file in job.pictures:
            if not await self._store.is_referenced(file, besides=job.id):
                await self._pictures.delete(file)

    def _blended(self, job: Job, result: str, enough: int | None) -> bytes:
        try:
            painting = open_picture(self._pictures.result_path(result), enough)
            if enough is not None and max(painting.size) > enough:
                painting = resize(painting, fit_within(*painting.size, enough))
            # Not kept whole meanwhile: it may be a hundred times as large.
            photo = resize(
                open_picture(self._pictures.picture_path(job.content), max(painting.size)), painting.size
            )
        except PictureError as error:
            raise ResultLost(job.id) from error
        shown = blend(painting, photo, job.shown_strength, keep_colors=job.keep_colors)
        return encode_picture(shown, "PNG" if result.endswith(".png") else "JPEG")


def file_name(job: Job) -> str:
    """What the file of a result is called when it is sent."""
    return "painting-" + (job.result or job.id)


def _as_photo(content: bytes) -> bytes:
    """What to send as a photo: the file itself, unless Telegram takes none of such a size."""
    with Image.open(io.BytesIO(content)) as header:
        width, height = header.size
    fits = width + height <= MAX_PHOTO_SIDES and len(content) <= MAX_PHOTO_BYTES
    if fits or max(width, height) > MAX_PHOTO_RATIO * min(width, height):
        return content
    picture = open_picture(content)
    picture.thumbnail((2 * SHOWN_SIDE, 2 * SHOWN_SIDE))
    return encode_picture(picture, "JPEG")
