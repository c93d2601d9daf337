"""Methods that change or delete messages, and react to them."""

from bot.sandbox.call import Call, Method, parse_number
from bot.sandbox.errors import bad_request
from bot.sandbox.inputs import read_caption, read_keyboard, read_text
from bot.sandbox.methods.sending import read_item
from bot.sandbox.model import Json, Message
from bot.sandbox.reactions import is_reaction
from bot.sandbox.wire import message_json

MAX_DELETED_AT_ONCE = 100


async def edit_message_text(call: Call) -> Json:
    message = _own_message(call)
    words = read_text(call)
    if message.media is not None:
        raise bad_request("there is no text in the message to edit")
    call.state.edit(message, words, None, read_keyboard(call))
    return message_json(message)


async def edit_message_caption(call: Call) -> Json:
    message = _own_message(call)
    words = read_caption(call.parameters)
    if message.media is None or message.sticker is not None:
        raise bad_request("there is no caption in the message to edit")
    call.state.edit(message, words, message.media, read_keyboard(call))
    return message_json(message)


async def edit_message_media(call: Call) -> Json:
    message = _own_message(call)
    item = call.mapping("media", "can't parse input media JSON object")
    if item is None or item.get("type") not in ("photo", "document"):
        raise bad_request("can't parse InputMedia: unsupported media type")
    if message.album is not None and (message.photo is not None) != (item["type"] == "photo"):
        raise bad_request("can't change media type in the album")
    keyboard = read_keyboard(call)
    words, media = await read_item(call, item)
    _still_there(call, message)
    call.state.edit(message, words, media, keyboard)
    return message_json(message)


async def edit_message_reply_markup(call: Call) -> Json:
    message = _own_message(call)
    call.state.edit(message, message.words, message.media, read_keyboard(call))
    return message_json(message)


async def delete_message(call: Call) -> bool:
    call.state.delete(
        call.state.message(call.chat(), call.number("message_id"), "message to delete not found")
    )
    return True


async def delete_messages(call: Call) -> bool:
    chat = call.chat()
    wanted = call.sequence("message_ids", "can't parse message identifiers JSON array") or []
    if not 1 <= len(wanted) <= MAX_DELETED_AT_ONCE:
        raise bad_request("wrong number of message identifiers")
    numbers = [parse_number(wish, "message identifiers must be Integers") for wish in wanted]
    for number in numbers:  # those that are gone already are passed over, as Telegram does
        message = chat.messages.get(number)
        if message is not None:
            call.state.delete(message)
    return True


async def set_message_reaction(call: Call) -> bool:
    message = call.state.message(call.chat(), call.number("message_id"), "message to react not found")
    wanted = call.sequence("reaction", "can't parse reaction types JSON array") or []
    emojis = tuple(str(item.get("emoji")) if isinstance(item, dict) else "" for item in wanted)
    if not all(is_reaction(emoji) for emoji in emojis):
        raise bad_request("REACTION_INVALID")
    call.state.react(message, call.state.bot, emojis)
    return True


def _own_message(call: Call) -> Message:
    """The message to edit, which must be the bot's own."""
    message = call.state.message(call.chat(), call.number("message_id"), "message to edit not found")
    if not message.from_bot or message.forwarded_from is not None:
        raise bad_request("message can't be edited")
    return message


def _still_there(call: Call, message: Message) -> None:
    """While a picture was being stored the message may have been deleted."""
    call.state.message(message.chat, message.id, "message to edit not found")


METHODS: dict[str, Method] = {
    "editMessageText": edit_message_text,
    "editMessageCaption": edit_message_caption,
    "editMessageMedia": edit_message_media,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "deleteMessage": delete_message,
    "deleteMessages": delete_messages,
    "setMessageReaction": set_message_reaction,
}
