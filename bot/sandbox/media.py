"""Pictures and files on their way into a chat: uploaded, or known by file id."""

import asyncio
import mimetypes

from bot.sandbox.call import Call, Upload
from bot.sandbox.errors import bad_request
from bot.sandbox.files import MEBIBYTE, FileStore
from bot.sandbox.model import Document, FileKind, Media, Photo, Sticker
from bot.sandbox.photos import picture_size, render_photo, render_thumbnail

MAX_PHOTO_BYTES = 10 * MEBIBYTE
MAX_FILE_BYTES = 50 * MEBIBYTE


async def read_media(call: Call, kind: FileKind, source: object, name: str) -> Media:
    """A photo, document or sticker from an upload, an `attach://` name or a file id.

    `name` is the parameter's name, for the complaint when nothing was sent.
    """
    upload = source if isinstance(source, Upload) else None
    if isinstance(source, str) and source.startswith("attach://"):
        upload = call.upload(source.removeprefix("attach://"))
    if upload is not None:
        return await store_upload(call.state.files, kind, upload)
    if not source:
        raise bad_request(f"there is no {name} in the request")
    return _known_media(call, kind, str(source))


async def store_upload(files: FileStore, kind: FileKind, upload: Upload) -> Media:
    """Keep what a bot uploaded. Raises ApiError beyond Telegram's limits."""
    if not upload.content:
        raise bad_request("file must be non-empty")
    limit, what = (MAX_PHOTO_BYTES, " for a photo") if kind == "photo" else (MAX_FILE_BYTES, "")
    if len(upload.content) > limit:
        raise bad_request(
            f"file of size {len(upload.content)} bytes is too big{what}; the maximum size is {limit} bytes"
        )
    if kind == "photo":
        return await store_photo(files, upload.content)
    if kind == "sticker":
        return await store_sticker(files, upload.content)
    mime = mimetypes.guess_type(upload.name)[0] or upload.mime
    return await store_document(files, upload.content, upload.name, mime)


async def store_photo(files: FileStore, content: bytes, *, from_person: bool = False) -> Photo:
    """Recompress a photo as Telegram does and keep its sizes. Raises ApiError if it cannot be a photo."""
    sizes = (
        await asyncio.to_thread(render_photo, content, sides_sum=None)
        if from_person
        else await asyncio.to_thread(render_photo, content)
    )
    stored = [
        await files.add(size.content, "photo", "photo.jpg", "image/jpeg", size.width, size.height)
        for size in sizes
    ]
    return files.remember(Photo(tuple(stored)))


async def store_document(files: FileStore, content: bytes, name: str, mime: str) -> Document:
    """Keep a file as it is, with a preview if it is a picture."""
    preview = await asyncio.to_thread(render_thumbnail, content) if mime.startswith("image/") else None
    thumbnail = None
    if preview is not None:
        thumbnail = await files.add(
            preview.content, "photo", "thumbnail.jpg", "image/jpeg", preview.width, preview.height
        )
    return files.remember(Document(await files.add(content, "document", name, mime), thumbnail))


async def store_sticker(
    files: FileStore, content: bytes, emoji: str | None = None, *, moves: bool = False
) -> Sticker:
    """Keep a sticker. Raises ApiError if it is no picture."""
    width, height = await asyncio.to_thread(picture_size, content)
    file = await files.add(content, "sticker", "sticker.webp", "image/webp", width, height)
    return files.remember(Sticker(file, emoji, moves))


def _known_media(call: Call, kind: FileKind, source: str) -> Media:
    """Media the bot has seen before, by file id."""
    media = call.state.files.media_of(source)
    if media is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if media.file.kind != kind:
        was, wanted = media.file.kind.capitalize(), kind.capitalize()
        raise bad_request(f"can't use file of type {was} as {wanted}")
    return media
