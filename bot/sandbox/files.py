"""The files people and the bot have sent, in a folder of their own that never outgrows its limit."""

import asyncio
import mimetypes
import secrets
import shutil
import tempfile
from pathlib import Path, PurePath
from typing import TypeVar

from bot.sandbox.model import FileKind, Media, Photo, StoredFile

MEBIBYTE = 1024 * 1024

MediaT = TypeVar("MediaT", bound=Media)

_PREFIXES: dict[FileKind, str] = {"photo": "AgACAgIAAx", "document": "BQACAgIAAx", "sticker": "CAACAgIAAx"}


class FileStore:
    """Keeps files by file id in a temporary folder; beyond `capacity` bytes the oldest ones go."""

    def __init__(self, capacity: int = 1024 * MEBIBYTE) -> None:
        self._capacity = capacity
        self._folder: Path | None = None
        self._files: dict[str, StoredFile] = {}  # by file id, oldest first
        self._paths: dict[str, StoredFile] = {}  # by the path getFile tells
        self._media: dict[str, Media] = {}  # by the file id of each of its sizes
        self._count = 0
        self._bytes = 0

    async def add(
        self, content: bytes, kind: FileKind, name: str, mime: str, width: int = 0, height: int = 0
    ) -> StoredFile:
        """Write the content to disk and give it a file id. `name` never becomes part of a path."""
        self._count += 1
        suffix = mimetypes.guess_extension(mime) or ".bin"
        file = StoredFile(
            file_id=_PREFIXES[kind] + secrets.token_urlsafe(36),
            unique_id=secrets.token_urlsafe(9),
            kind=kind,
            path=f"{kind}s/file_{self._count}{suffix}",
            size=len(content),
            mime=mime,
            name=PurePath(name.replace("\\", "/")).name or f"file_{self._count}{suffix}",
            width=width,
            height=height,
        )
        await asyncio.to_thread(self.disk_path(file).write_bytes, content)
        self._files[file.file_id] = self._paths[file.path] = file
        self._bytes += file.size
        await asyncio.to_thread(_delete, [self.disk_path(old) for old in self._forget_oldest(file)])
        return file

    def remember(self, media: MediaT) -> MediaT:
        """Let the file ids of this photo, document or sticker be sent again."""
        sizes = media.sizes if isinstance(media, Photo) else (media.file,)
        self._media.update({size.file_id: media for size in sizes})
        return media

    def media_of(self, file_id: str) -> Media | None:
        """The photo, document or sticker this file id belongs to, or None if it is not known (any more)."""
        return self._media.get(file_id)

    def find(self, file_id: str) -> StoredFile | None:
        """The file with this id, or None if there never was one or it is gone."""
        return self._files.get(file_id)

    def find_path(self, path: str) -> StoredFile | None:
        """The file that getFile told to be at this path."""
        return self._paths.get(path)

    def disk_path(self, file: StoredFile) -> Path:
        """Where the content lies on disk."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="sandbox-files-"))
        return self._folder / PurePath(file.path).name

    async def read(self, file: StoredFile) -> bytes:
        """The whole content. Raises FileNotFoundError once the file is gone."""
        return await asyncio.to_thread(self.disk_path(file).read_bytes)

    def close(self) -> None:
        """Delete every file."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._folder = None
        self._files.clear()
        self._paths.clear()
        self._media.clear()
        self._bytes = 0

    def _forget_oldest(self, newest: StoredFile) -> list[StoredFile]:
        forgotten = []
        while self._bytes > self._capacity:
            oldest = next(iter(self._files.values()))
            if oldest is newest:
                break
            del self._files[oldest.file_id], self._paths[oldest.path]
            self._media.pop(oldest.file_id, None)
            self._bytes -= oldest.size
            forgotten.append(oldest)
        return forgotten


def _delete(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
