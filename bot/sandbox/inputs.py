"""What a bot sends with a message: words, buttons, a reply; checked as Telegram does."""

import re
from collections.abc import Mapping
from typing import Any

from bot.sandbox.call import Call, parse_array, parse_number
from bot.sandbox.errors import bad_request
from bot.sandbox.html_entities import find_entities, parse_html, trim, units
from bot.sandbox.model import Button, Chat, Entity, Keyboard, Message, Words

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_CALLBACK_BYTES = 64
MAX_BUTTONS = 100

_BAD_MARKUP = "can't parse reply keyboard markup JSON object"


def read_text(call: Call) -> Words:
    """The text of a message. Raises ApiError if it is empty, too long or badly formatted."""
    words = read_words(call.parameters, "text", "entities")
    if not words:
        raise bad_request("message text is empty")
    if units(words.text) > MAX_TEXT:
        raise bad_request("message is too long")
    return words


def read_caption(parameters: Mapping[str, Any]) -> Words:
    """The caption of a picture or file, perhaps empty. Raises ApiError if too long or badly formatted."""
    words = read_words(parameters, "caption", "caption_entities")
    if units(words.text) > MAX_CAPTION:
        raise bad_request("message caption is too long")
    return words


def read_words(parameters: Mapping[str, Any], text_name: str, entities_name: str) -> Words:
    source = str(parameters.get(text_name) or "")
    mode = str(parameters.get("parse_mode") or "").lower()
    if mode == "html":
        return find_entities(parse_html(source))
    if mode:
        raise bad_request("unsupported parse_mode")
    given = parse_array(parameters.get(entities_name), "can't parse entities JSON object") or []
    return find_entities(trim(Words(source, tuple(_read_entity(entity) for entity in given))))


def read_keyboard(call: Call) -> Keyboard:
    """The inline keyboard of a message. Raises ApiError if a button is not as Telegram wants it."""
    markup = call.mapping("reply_markup", _BAD_MARKUP)
    if not markup:
        return ()
    rows = markup.get("inline_keyboard")
    if not isinstance(rows, list):
        raise bad_request("the sandbox knows inline keyboards only")
    if not all(isinstance(row, list) for row in rows):
        raise bad_request("can't parse inline keyboard: each row must be an Array of InlineKeyboardButton")
    keyboard = tuple(tuple(_read_button(button) for button in row) for row in rows if row)
    if sum(len(row) for row in keyboard) > MAX_BUTTONS:
        raise bad_request("reply markup is too long")
    return keyboard


def read_reply(call: Call, chat: Chat) -> Message | None:
    """The message replied to. Raises ApiError if it is gone, unless the call says to send anyway."""
    given = call.mapping("reply_parameters", "can't parse reply parameters JSON object") or {}
    message_id = parse_number(
        given.get("message_id") or call.number("reply_to_message_id"),
        "parameter message_id must be an integer",
    )
    if not message_id:
        return None
    found = chat.messages.get(message_id)
    anyway = given.get("allow_sending_without_reply") or call.flag("allow_sending_without_reply")
    if found is None and not anyway:
        raise bad_request("message to be replied not found")
    return found


def _read_entity(given: Any) -> Entity:
    try:
        place = (str(given["type"]), int(given["offset"]), int(given["length"]))
    except (TypeError, KeyError, ValueError, OverflowError):
        raise bad_request('can\'t parse MessageEntity: Field "type", "offset" or "length" is wrong') from None
    return Entity(*place, given.get("url"), given.get("language"))


def _read_button(given: object) -> Button:
    if not isinstance(given, dict) or not isinstance(given.get("text"), str) or not given["text"].strip():
        raise bad_request('can\'t parse inline keyboard button: Field "text" must be a non-empty String')
    copied = given.get("copy_text") or {}
    if not isinstance(copied, dict):
        raise bad_request("can't parse inline keyboard button: CopyTextButton must be an Object")
    data, url, copy = given.get("callback_data"), given.get("url"), copied.get("text")
    if not all(value is None or isinstance(value, str) for value in (data, url, copy)):
        raise bad_request("can't parse inline keyboard button: a field must be of type String")
    if sum(value is not None for value in (data, url, copy)) != 1:
        raise bad_request(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    if data is not None and not 1 <= len(data.encode()) <= MAX_CALLBACK_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    if url is not None and not re.match(r"(https?|tg)://[^\s/]", url):
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
    return Button(given["text"], data, url, copy)
