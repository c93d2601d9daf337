"""Methods that put messages into a chat."""

from bot.sandbox.call import Call, Method
from bot.sandbox.errors import bad_request
from bot.sandbox.inputs import read_caption, read_keyboard, read_reply, read_text
from bot.sandbox.media import read_media
from bot.sandbox.model import Chat, FileKind, Json, Media, Message, Words
from bot.sandbox.state import new_album_id
from bot.sandbox.wire import message_json

MAX_ALBUM = 10
ACTIONS = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)


async def send_message(call: Call) -> Json:
    return _post(call, call.chat(), read_text(call))


async def send_photo(call: Call) -> Json:
    return await _send_media(call, "photo")


async def send_document(call: Call) -> Json:
    return await _send_media(call, "document")


async def send_sticker(call: Call) -> Json:
    return await _send_media(call, "sticker")


async def send_media_group(call: Call) -> list[Json]:
    chat = call.chat()
    items = call.sequence("media", "can't parse media JSON object") or []
    if not 2 <= len(items) <= MAX_ALBUM:
        few_or_many = "few" if len(items) < 2 else "many"
        raise bad_request(f"too {few_or_many} messages to send as an album")
    kinds = [item.get("type") if isinstance(item, dict) else None for item in items]
    if not all(kind in ("photo", "document") for kind in kinds):
        raise bad_request("can't parse InputMedia: unsupported media type")
    if len(set(kinds)) > 1:
        raise bad_request("document can't be mixed with other media types")
    reply_to = read_reply(call, chat)
    album = new_album_id()
    contents = [await read_item(call, item) for item in items]
    sent = [
        call.state.post(chat, call.state.bot, words, media, album=album, reply_to=reply_to)
        for words, media in contents
    ]
    return [message_json(message) for message in sent]


async def read_item(call: Call, item: Json) -> tuple[Words, Media]:
    """One InputMedia: its caption and its photo or document."""
    kind: FileKind = "photo" if item.get("type") == "photo" else "document"
    words = read_caption(item)
    return words, await read_media(call, kind, item.get("media"), "media")


async def send_chat_action(call: Call) -> bool:
    action = call.text("action")
    if action not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    call.state.show_action(call.chat(), action)
    return True


async def forward_message(call: Call) -> Json:
    original = _original(call, "message to forward not found")
    author = original.forwarded_from or (original.sender, original.date)
    return message_json(
        call.state.post(call.chat(), call.state.bot, original.words, original.media, forwarded_from=author)
    )


async def copy_message(call: Call) -> Json:
    chat = call.chat()
    original = _original(call, "message to copy not found")
    words = original.words
    if original.media is not None and "caption" in call.parameters:
        words = read_caption(call.parameters)
    return {"message_id": _post(call, chat, words, original.media)["message_id"]}


def _original(call: Call, otherwise: str) -> Message:
    return call.state.message(call.chat("from_chat_id"), call.number("message_id"), otherwise)


async def _send_media(call: Call, kind: FileKind) -> Json:
    chat = call.chat()
    words = read_caption(call.parameters) if kind != "sticker" else Words()
    keyboard = read_keyboard(call)  # refused before anything is stored
    reply_to = read_reply(call, chat)
    media = await read_media(call, kind, call.parameters.get(kind), kind)
    message = call.state.post(chat, call.state.bot, words, media, keyboard=keyboard, reply_to=reply_to)
    return message_json(message)


def _post(call: Call, chat: Chat, words: Words, media: Media | None = None) -> Json:
    keyboard, reply_to = read_keyboard(call), read_reply(call, chat)
    message = call.state.post(chat, call.state.bot, words, media, keyboard=keyboard, reply_to=reply_to)
    return message_json(message)


METHODS: dict[str, Method] = {
    "sendMessage": send_message,
    "sendPhoto": send_photo,
    "sendDocument": send_document,
    "sendSticker": send_sticker,
    "sendMediaGroup": send_media_group,
    "sendChatAction": send_chat_action,
    "forwardMessage": forward_message,
    "copyMessage": copy_message,
}
