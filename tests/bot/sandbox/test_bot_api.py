"""python-telegram-bot talks to the sandbox as it would to Telegram."""

import asyncio
import io
from collections.abc import Callable

import pytest
from PIL import Image
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    ReplyParameters,
)
from telegram.constants import ChatAction, ParseMode, ReactionEmoji

from bot.sandbox import CallbackAnswer, Person, Sandbox
from bot.sandbox.reactions import EMOJIS, is_reaction
from tests.bot.sandbox.conftest import newest

Make = Callable[..., bytes]
YES_NO = InlineKeyboardMarkup(
    [
        [
            InlineKeyboardButton("Yes", callback_data="answer:yes"),
            InlineKeyboardButton("No", callback_data="no"),
        ]
    ]
)


async def test_a_text_reaches_the_bot_with_its_command_marked(bot: Bot, sandbox: Sandbox) -> None:
    person = sandbox.person(77, "Вера", "ru")
    await person.send_text("  /style 🎨 starry ")

    message = (await newest(bot)).message

    assert message is not None
    assert message.from_user is not None
    assert (message.text, message.from_user.first_name, message.from_user.language_code) == (
        "/style 🎨 starry",
        "Вера",
        "ru",
    )
    assert message.chat.id == 77
    assert [(entity.type, entity.offset, entity.length) for entity in message.entities] == [
        ("bot_command", 0, 6)
    ]


async def test_a_photo_comes_in_sizes_and_can_be_downloaded(bot: Bot, anna: Person, picture: Make) -> None:
    await anna.send_photo(picture(2000, 1000), "/style ink")
    message = (await newest(bot)).message
    assert message is not None

    sizes = [(size.width, size.height) for size in message.photo]
    file = await bot.get_file(message.photo[-1].file_id)
    content = await file.download_as_bytearray()

    assert sizes == [(90, 45), (320, 160), (800, 400), (1280, 640)]
    assert Image.open(io.BytesIO(content)).size == (1280, 640)
    assert len(content) == file.file_size == message.photo[-1].file_size
    assert message.caption == "/style ink"
    assert message.caption_entities[0].type == "bot_command"


async def test_a_document_is_kept_whole(bot: Bot, anna: Person, picture: Make) -> None:
    sent = picture(1500, 1500, "PNG")
    await anna.send_document(sent, "../../my picture.png", "image/png", "look")
    message = (await newest(bot)).message
    assert message is not None
    document = message.document
    assert document is not None

    content = await (await document.get_file()).download_as_bytearray()

    assert bytes(content) == sent
    assert (document.file_name, document.mime_type) == ("my picture.png", "image/png")
    assert document.thumbnail is not None
    assert document.thumbnail.width == 320


async def test_an_album_comes_as_messages_of_one_group(bot: Bot, anna: Person, picture: Make) -> None:
    await anna.send_album([picture(), picture()])

    updates = await bot.get_updates(offset=-2)

    groups = {update.message.media_group_id for update in updates if update.message}
    assert len(updates) == 2
    assert len(groups) == 1
    assert None not in groups


async def test_a_formatted_text_with_buttons(bot: Bot, anna: Person) -> None:
    sent = await bot.send_message(
        anna.user_id, "<b>Choose</b> &amp; press", parse_mode=ParseMode.HTML, reply_markup=YES_NO
    )

    assert sent.text == "Choose & press"
    assert [(entity.type, entity.offset, entity.length) for entity in sent.entities] == [("bold", 0, 6)]
    assert sent.reply_markup == YES_NO
    shown = anna.messages[-1]
    assert [button.text for button in shown.buttons] == ["Yes", "No"]
    assert shown.from_bot


@pytest.mark.parametrize("button", ["Yes", "answer:yes"])
async def test_a_press_is_answered(bot: Bot, anna: Person, button: str) -> None:
    await bot.send_message(anna.user_id, "Well?", reply_markup=YES_NO)
    press = asyncio.create_task(anna.press(anna.messages[-1], button))
    await asyncio.sleep(0)

    query = (await newest(bot)).callback_query
    assert query is not None
    await query.answer("Thank you", show_alert=True)
    await query.edit_message_text("You said yes")

    assert query.data == "answer:yes"
    assert query.from_user.id == anna.user_id
    assert await press == CallbackAnswer("Thank you", alert=True)
    assert (anna.messages[-1].text, anna.messages[-1].buttons) == ("You said yes", [])


async def test_a_press_that_nobody_answers_gives_none(bot: Bot, anna: Person) -> None:
    await bot.send_message(anna.user_id, "Well?", reply_markup=YES_NO)
    assert await anna.press(anna.messages[-1], "No", timeout=0.05) is None
    with pytest.raises(LookupError, match="'Yes', 'No'"):
        await anna.press(anna.messages[-1], "Maybe")


async def test_a_photo_of_the_bot_is_edited_in_place(bot: Bot, anna: Person, picture: Make) -> None:
    sent = await bot.send_photo(anna.user_id, picture(300, 200), caption="rough", reply_markup=YES_NO)

    better = await bot.edit_message_media(
        InputMediaPhoto(picture(640, 480), caption="<i>better</i>", parse_mode="HTML"),
        anna.user_id,
        sent.message_id,
        reply_markup=YES_NO,
    )
    done = await bot.edit_message_caption(anna.user_id, sent.message_id, caption="done")

    assert not isinstance(better, bool)
    assert not isinstance(done, bool)
    assert better.photo[-1].width == 640
    assert better.caption_entities[0].type == "italic"
    shown = anna.messages[-1]
    assert (shown.caption, shown.buttons, shown.edits) == ("done", [], 2)
    assert shown.photo is not None
    assert shown.photo.file.width == 640


async def test_a_text_becomes_a_photo(bot: Bot, anna: Person, picture: Make) -> None:
    sent = await bot.send_message(anna.user_id, "Waiting")
    await bot.edit_message_media(InputMediaPhoto(picture()), anna.user_id, sent.message_id)
    assert anna.messages[-1].photo is not None


async def test_buttons_alone_are_edited(bot: Bot, anna: Person) -> None:
    sent = await bot.send_message(anna.user_id, "Well?", reply_markup=YES_NO)
    await bot.edit_message_reply_markup(anna.user_id, sent.message_id)
    assert anna.messages[-1].buttons == []
    assert anna.messages[-1].edited is None


async def test_a_picture_is_sent_again_by_file_id(bot: Bot, anna: Person, picture: Make) -> None:
    photo = await bot.send_photo(anna.user_id, picture())
    document = await bot.send_document(anna.user_id, picture(format="PNG"), filename="result.png")
    assert document.document is not None

    again = await bot.send_photo(anna.user_id, photo.photo[0].file_id)
    whole = await bot.send_document(anna.user_id, document.document.file_id)

    assert again.photo == photo.photo
    assert whole.document == document.document
    assert document.document.mime_type == "image/png"


async def test_albums_of_the_bot(bot: Bot, anna: Person, picture: Make) -> None:
    known = (await bot.send_photo(anna.user_id, picture())).photo[-1].file_id
    photos = await bot.send_media_group(
        anna.user_id, [InputMediaPhoto(picture(), caption="first"), InputMediaPhoto(known)]
    )
    files = await bot.send_media_group(
        anna.user_id, [InputMediaDocument(picture(), filename=f"{number}.jpg") for number in range(3)]
    )

    assert [message.caption for message in photos] == ["first", None]
    assert len({message.media_group_id for message in (*photos, *files)}) == 2
    names = [message.document.file.name for message in anna.messages if message.document]
    assert names == ["0.jpg", "1.jpg", "2.jpg"]


async def test_replies_quote_a_message(bot: Bot, anna: Person) -> None:
    question = await anna.send_text("Are you there?")
    answer = await bot.send_message(anna.user_id, "I am", reply_parameters=ReplyParameters(question.id))
    reply = await anna.send_text("Good", reply_to=anna.messages[-1])
    update = await newest(bot)

    assert answer.reply_to_message is not None
    assert answer.reply_to_message.text == "Are you there?"
    assert reply.reply_to is anna.messages[-2]
    assert update.message is not None
    assert update.message.reply_to_message is not None
    assert update.message.reply_to_message.message_id == answer.message_id
    assert update.message.reply_to_message.reply_to_message is None


async def test_a_reply_to_a_deleted_message_can_go_anyway(bot: Bot, anna: Person) -> None:
    gone = await anna.send_text("soon gone")
    await anna.delete(gone)
    sent = await bot.send_message(
        anna.user_id, "hello", reply_parameters=ReplyParameters(gone.id, allow_sending_without_reply=True)
    )
    assert sent.reply_to_message is None


async def test_messages_are_deleted(bot: Bot, anna: Person) -> None:
    sent = [await bot.send_message(anna.user_id, str(number)) for number in range(3)]
    await bot.delete_message(anna.user_id, sent[0].message_id)
    await bot.delete_messages(anna.user_id, [sent[0].message_id, sent[1].message_id])
    assert [message.text for message in anna.messages] == ["/start", "2"]


async def test_forwards_and_copies(bot: Bot, anna: Person, picture: Make) -> None:
    original = await anna.send_photo(picture(), "mine")
    forwarded = await bot.forward_message(anna.user_id, anna.user_id, original.id)
    await bot.copy_message(anna.user_id, anna.user_id, original.id, caption="copied")
    await anna.forward(anna.messages[-1])
    update = await newest(bot)

    assert forwarded.forward_origin is not None
    assert forwarded.caption == "mine"
    assert anna.messages[-2].caption == "copied"
    assert anna.messages[-2].forwarded_from is None
    assert update.message is not None
    assert update.message.forward_origin is not None
    assert update.message.photo


async def test_a_person_edits_and_reacts(bot: Bot, anna: Person, picture: Make) -> None:
    await bot.get_updates(allowed_updates=["edited_message", "message_reaction"])
    photo = await anna.send_photo(picture(), "before")
    await anna.edit(photo, "after")
    edited = (await newest(bot)).edited_message
    await anna.react(photo, "👍")
    reacted = (await newest(bot)).message_reaction

    assert edited is not None
    assert edited.caption == "after"
    assert edited.edit_date is not None
    assert reacted is not None
    assert reacted.new_reaction[0].to_dict()["emoji"] == "👍"


async def test_the_bot_reacts(bot: Bot, anna: Person) -> None:
    message = anna.messages[0]
    await bot.set_message_reaction(anna.user_id, message.id, ReactionEmoji.EYES)
    assert message.emojis == ["👀"]
    await bot.set_message_reaction(anna.user_id, message.id, [])
    assert message.emojis == []


def test_every_reaction_of_telegram_is_known() -> None:
    assert len(EMOJIS) == len(ReactionEmoji)
    assert all(is_reaction(emoji.value) for emoji in ReactionEmoji)


async def test_a_still_sticker(bot: Bot, anna: Person, picture: Make) -> None:
    await anna.send_sticker(picture(512, 512, "WEBP"), "🎨")
    sticker = (await newest(bot)).message
    assert sticker is not None
    assert sticker.sticker is not None
    assert (sticker.sticker.width, sticker.sticker.emoji, sticker.sticker.is_animated) == (512, "🎨", False)
    again = await bot.send_sticker(anna.user_id, sticker.sticker.file_id)
    assert again.sticker == sticker.sticker


async def test_what_the_bot_tells_about_itself(bot: Bot) -> None:
    await bot.set_my_description("I paint.")
    await bot.set_my_description("Я рисую.", language_code="ru")
    await bot.set_my_short_description("Paints")
    await bot.set_my_name("Painter")

    assert (await bot.get_my_description()).description == "I paint."
    assert (await bot.get_my_description("ru")).description == "Я рисую."
    assert (await bot.get_my_short_description("ru")).short_description == "Paints"
    assert (await bot.get_my_name()).name == "Painter"
    assert bot.bot.id == 4242


async def test_commands_by_scope_and_language(bot: Bot, sandbox: Sandbox, anna: Person) -> None:
    boris = sandbox.person(1002)
    everyone, russian = [BotCommand("start", "Begin")], [BotCommand("start", "Начать")]
    await bot.set_my_commands(everyone)
    await bot.set_my_commands(russian, language_code="ru")
    await bot.set_my_commands([BotCommand("admin", "Admin")], scope=BotCommandScopeChat(anna.user_id))

    assert list(await bot.get_my_commands()) == everyone
    assert list(await bot.get_my_commands(language_code="ru")) == russian
    assert list(await bot.get_my_commands(BotCommandScopeAllPrivateChats())) == []
    assert [entry["command"] for entry in sandbox.commands_for(anna)] == ["admin"]
    assert [entry["description"] for entry in sandbox.commands_for(boris)] == ["Начать"]
    await bot.delete_my_commands(scope=BotCommandScopeChat(anna.user_id))
    assert [entry["description"] for entry in sandbox.commands_for(anna)] == ["Begin"]


async def test_the_chat_and_the_farewell(bot: Bot, anna: Person) -> None:
    chat = await bot.get_chat(anna.user_id)
    assert (chat.type, chat.first_name) == ("private", "Anna")
    assert await bot.send_chat_action(anna.user_id, ChatAction.UPLOAD_PHOTO)
    assert await bot.log_out()


async def test_what_the_bot_called_is_kept(bot: Bot, sandbox: Sandbox, anna: Person) -> None:
    await bot.send_message(anna.user_id, "counted")
    assert [(call.method, call.chat_id, call.error) for call in sandbox.calls] == [
        ("getMe", None, None),
        ("sendMessage", anna.user_id, None),
    ]
