"""Objects -> the JSON of the Bot API."""

from bot.sandbox.model import (
    Button,
    Chat,
    Document,
    Entity,
    Json,
    Keyboard,
    Message,
    Photo,
    Sticker,
    StoredFile,
    User,
)

# Whose all messages are that administrators write in their group's name, in all groups.
ANONYMOUS = User(1087968824, "Group", is_bot=True, username="GroupAnonymousBot")


def user_json(user: User) -> Json:
    return _without_none(
        {
            "id": user.id,
            "is_bot": user.is_bot,
            "first_name": user.first_name,
            "username": user.username,
            "language_code": user.language_code,
        }
    )


def chat_json(chat: Chat) -> Json:
    if not chat.is_private:
        return {"id": chat.id, "type": chat.type, "title": chat.title}
    person = chat.members[chat.id]
    return _without_none(
        {"id": chat.id, "type": chat.type, "first_name": person.first_name, "username": person.username}
    )


def file_json(file: StoredFile) -> Json:
    return {"file_id": file.file_id, "file_unique_id": file.unique_id, "file_size": file.size}


def size_json(file: StoredFile) -> Json:
    return file_json(file) | {"width": file.width, "height": file.height}


def message_json(message: Message, *, with_reply: bool = True) -> Json:
    """The message as it stands; a message replied to comes without its own reply, as Telegram does."""
    wire: Json = {
        "message_id": message.id,
        "from": user_json(ANONYMOUS if message.hidden else message.sender),
        "chat": chat_json(message.chat),
        "date": message.date,
    }
    if message.hidden:
        wire["sender_chat"] = chat_json(message.chat)
    if message.edited is not None:
        wire["edit_date"] = message.edited
    if message.album is not None:
        wire["media_group_id"] = message.album
    if message.forwarded_from is not None:
        author, date = message.forwarded_from
        wire["forward_origin"] = {"type": "user", "date": date, "sender_user": user_json(author)}
    if with_reply and message.reply_to is not None:
        wire["reply_to_message"] = message_json(message.reply_to, with_reply=False)
    wire |= _content_json(message)
    if message.keyboard:
        wire["reply_markup"] = keyboard_json(message.keyboard)
    return wire


def inaccessible_json(message: Message) -> Json:
    """A message that was deleted."""
    return {"chat": chat_json(message.chat), "message_id": message.id, "date": 0}


def keyboard_json(keyboard: Keyboard) -> Json:
    return {"inline_keyboard": [[_button_json(button) for button in row] for row in keyboard]}


def _content_json(message: Message) -> Json:
    words = "caption" if message.media else "text"
    entities = "caption_entities" if message.media else "entities"
    wire: Json = {}
    match message.media:
        case Photo(sizes):
            wire["photo"] = [size_json(size) for size in sizes]
        case Document(file, thumbnail):
            wire["document"] = file_json(file) | {"file_name": file.name, "mime_type": file.mime}
            if thumbnail is not None:
                wire["document"]["thumbnail"] = size_json(thumbnail)
            if file.mime == "video/mp4":  # what Telegram makes of a GIF
                wire["animation"] = size_json(file) | {"duration": 1}
        case Sticker(file, emoji, moves):
            wire["sticker"] = size_json(file) | {"type": "regular", "is_animated": moves, "is_video": False}
            if emoji:
                wire["sticker"]["emoji"] = emoji
        case None:
            pass
    if message.words:
        wire[words] = message.words.text
    if message.words.entities:
        wire[entities] = [_entity_json(entity) for entity in message.words.entities]
    return wire


def _entity_json(entity: Entity) -> Json:
    return _without_none(
        {
            "type": entity.type,
            "offset": entity.offset,
            "length": entity.length,
            "url": entity.url,
            "language": entity.language,
        }
    )


def _button_json(button: Button) -> Json:
    copy = {"text": button.copy} if button.copy is not None else None
    return _without_none(
        {"text": button.text, "callback_data": button.data, "url": button.url, "copy_text": copy}
    )


def _without_none(wire: Json) -> Json:
    return {key: value for key, value in wire.items() if value is not None}
