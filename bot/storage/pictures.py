"""The two folders of files: pictures that people sent, and results. All of it off the event loop."""

import asyncio
import contextlib
import errno
import os
import sys
from collections.abc import Set
from itertools import chain
from pathlib import Path

import aiofiles
import aiofiles.os

from bot.clock import now
from bot.jobs import job_of_file, new_job_id
from bot.storage.data_folder import PICTURES, RESULTS
from bot.storage.examiners import Examiners
from styler.images import inspect_picture

_SUFFIXES = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp", "GIF": ".gif", "TIFF": ".tif"}
FUTURE_SECONDS = 60.0  # more than clocks differ that run as they should
KNOWN_SIZES = 500  # of pictures, asked for again and again while their jobs wait
_NO_SUCH_SYNC = {errno.EINVAL, errno.EBADF, errno.ENOTSUP}  # what disks say that keep no folders for good
_AT_ONCE = 2  # pictures being examined: each may take gigabytes


class Pictures:
    """Files by name only: what a person calls a file never becomes a path."""

    def __init__(self, folder: Path, examiners: Examiners) -> None:
        self._pictures = folder / PICTURES
        self._results = folder / RESULTS
        self._examiners = examiners
        self._sizes: dict[str, tuple[int, int]] = {}
        self._examining = asyncio.Semaphore(_AT_ONCE)

    def make_folders(self) -> None:
        """Raises OSError where nothing can be written."""
        for folder in (self._pictures, self._results):
            folder.mkdir(parents=True, exist_ok=True)

    def picture_path(self, name: str) -> Path:
        """Where a picture that somebody sent lies."""
        return self._pictures / name

    def result_path(self, name: str) -> Path:
        """Where a result lies, or is to be written."""
        return self._results / name

    async def keep(self, content: bytes) -> str:
        """Examine a picture, store it, return its name.

        Raises `PictureError` and `ExaminerError`; nothing is stored then.
        """
        part = self._pictures / f".{new_job_id()}.part"
        try:
            await asyncio.to_thread(_write, part, content)
            del content  # many may wait for their turn, and each may be of 20 MB
            async with self._examining:
                return await asyncio.to_thread(self._take_in, part)
        finally:
            part.unlink(missing_ok=True)  # it rarely is there, and to ask a thread takes longer than to look

    async def size(self, name: str) -> tuple[int, int]:
        """Width and height of a stored picture. Raises `PictureError`."""
        size = self._sizes.pop(name, None)
        if size is None:
            info = await asyncio.to_thread(inspect_picture, self._pictures / name)
            size = info.width, info.height
        self._sizes[name] = size  # as the latest
        while len(self._sizes) > KNOWN_SIZES:
            self._sizes.pop(next(iter(self._sizes)))
        return size

    async def result(self, name: str) -> bytes | None:
        """The bytes of a result; None when it was deleted."""
        try:
            async with aiofiles.open(self._results / name, "rb") as file:
                return await file.read()
        except FileNotFoundError:
            return None

    async def delete(self, name: str) -> None:
        """Delete a picture. Harmless when it is gone."""
        self._sizes.pop(name, None)
        with contextlib.suppress(FileNotFoundError):
            await aiofiles.os.unlink(self._pictures / name)

    async def delete_result(self, name: str) -> None:
        """Delete a result. Harmless when it is gone."""
        with contextlib.suppress(FileNotFoundError):
            await aiofiles.os.unlink(self._results / name)

    async def old_files(self, older_than: float) -> frozenset[str]:
        """The names of those that were last written `older_than` seconds ago or more."""
        return await asyncio.to_thread(self._old_files, now(), older_than)

    async def those_there(self, names: Set[str], job_ids: Set[str]) -> frozenset[str]:
        """Those of these names that there are files of, and all files that are named after these jobs."""
        return await asyncio.to_thread(self._those_there, names, job_ids)

    def _take_in(self, part: Path) -> str:
        """Examine what was written, and give it a name."""
        info = self._examiners.examine(part)
        name = new_job_id() + _SUFFIXES.get(info.format, ".img")
        part.replace(self._pictures / name)
        _keep_names(self._pictures)
        return name

    def _those_there(self, names: Set[str], job_ids: Set[str]) -> frozenset[str]:
        there = {file.name for file in chain(self._pictures.iterdir(), self._results.iterdir())}
        return frozenset(name for name in there if name in names or job_of_file(name) in job_ids)

    def _old_files(self, now: float, older_than: float) -> frozenset[str]:
        old = []
        for file in chain(self._pictures.iterdir(), self._results.iterdir()):
            with contextlib.suppress(FileNotFoundError):
                written = file.stat().st_mtime
                if written > now + FUTURE_SECONDS:  # the machine's clock was set: the time begins to run now
                    os.utime(file, (now, now))
                elif written <= now - older_than:
                    old.append(file.name)
        return frozenset(old)


def _write(file: Path, content: bytes) -> None:
    """For good: a job that is accepted survives a power cut, so its photo must."""
    with file.open("wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())


def _keep_names(folder: Path) -> None:
    """For good, too: what a file was last called is the folder's to know."""
    if sys.platform == "win32":
        return  # which opens no folders
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    except OSError as error:
        if error.errno not in _NO_SUCH_SYNC:
            raise
    finally:
        os.close(opened)
