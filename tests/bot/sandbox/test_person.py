"""Persons as tests use them, in private chats and in groups."""

import asyncio
import time
from collections.abc import Callable

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup

from bot.sandbox import ApiError, Attachment, Person, Sandbox
from bot.sandbox.state import MAX_MESSAGES

Make = Callable[..., bytes]


async def texts(bot: Bot) -> list[str | None]:
    return [update.message.text for update in await bot.get_updates() if update.message]


async def test_the_same_id_is_the_same_person(sandbox: Sandbox) -> None:
    assert sandbox.person(5, "Eva") is sandbox.person(5)
    assert sandbox.person().user_id != sandbox.person().user_id
    assert (sandbox.person(1001).user.first_name, sandbox.person(1002).user.first_name) == ("Anna", "Борис")


async def test_waiting_for_a_message_and_for_an_edit(bot: Bot, anna: Person) -> None:
    async def answer() -> None:
        await asyncio.sleep(0.05)
        sent = await bot.send_message(anna.user_id, "working")
        await bot.edit_message_text("done", anna.user_id, sent.message_id)

    running = asyncio.create_task(answer())
    found = await anna.wait_for(lambda message: message.text == "done")
    await running
    assert found is anna.messages[-1]


async def test_waiting_can_leave_out_what_was_before(anna: Person) -> None:
    first = await anna.send_text("hello")
    assert await anna.wait_for(lambda message: message.text == "hello") is first
    with pytest.raises(TimeoutError):
        await anna.wait_for(lambda message: message.text == "hello", 0.05, after=first)


async def test_waiting_in_vain_shows_the_chat(bot: Bot, anna: Person, picture: Make) -> None:
    await anna.send_photo(picture(), "my cat")
    with pytest.raises(TimeoutError, match=r"(?s)0.05 s.*Anna: '/start'.*\[photo\] 'my cat'"):
        await anna.wait_for(lambda message: message.from_bot, timeout=0.05)


async def test_albums_may_come_slowly(anna: Person, picture: Make) -> None:
    begun = time.monotonic()
    sent = await anna.send_album([Attachment(picture(), "first"), Attachment(picture()), picture()], gap=0.05)
    assert time.monotonic() - begun >= 0.1
    assert [message.caption for message in sent] == ["first", "", ""]
    assert len({message.album for message in sent}) == 1


async def test_what_a_person_cannot_send(anna: Person, picture: Make) -> None:
    with pytest.raises(ValueError, match="nothing to send"):
        await anna.send_text("  ")
    with pytest.raises(ValueError, match="two to ten"):
        await anna.send_album([picture()])
    with pytest.raises(ValueError, match="not both"):
        await anna.send_album([picture(), Attachment(b"x", file_name="x.txt")])
    with pytest.raises(ApiError):
        await anna.send_photo(b"no picture")
    with pytest.raises(ValueError, match="no file"):
        await anna.download(anna.messages[0])


@pytest.mark.parametrize("letter", ["x", "🎨", "щ"])
async def test_a_long_text_goes_in_parts(bot: Bot, anna: Person, letter: str) -> None:
    text = letter * 6000
    last = await anna.send_text(text, reply_to=anna.messages[0])
    parts = anna.messages[1:]
    assert parts[-1] is last
    assert "".join(message.text for message in parts) == text
    assert [len(message.text.encode("utf-16-le")) // 2 for message in parts[:-1]] == [4096] * (len(parts) - 1)
    assert all(message.reply_to is anna.messages[0] for message in parts)
    assert await texts(bot) == ["/start", *(message.text for message in parts)]


async def test_the_parts_of_a_long_text_end_with_lines_or_words(anna: Person) -> None:
    line = "word " * 600
    await anna.send_text("x" * 4096)
    await anna.send_text(f"{line}\n{line}")
    await anna.send_text(line * 2)
    exactly, *lines, one, other = (message.text for message in anna.messages[1:])
    assert exactly == "x" * 4096
    assert lines == [line.strip()] * 2
    assert f"{one} {other}" == (line * 2).strip()
    assert len(one) == 4094


async def test_edits_are_never_too_long(bot: Bot, anna: Person, picture: Make) -> None:
    photo = await anna.send_photo(picture(), "short")
    for message, limit in ((anna.messages[0], 4096), (photo, 1024)):
        await anna.edit(message, "x" * limit)
        with pytest.raises(ValueError, match=f"longer than {limit}"):
            await anna.edit(message, "y" * (limit + 1))
        assert message.words.text == "x" * limit


async def test_downloads(anna: Person) -> None:
    assert await anna.download(await anna.send_document(b"whole", "a.txt")) == b"whole"


async def test_only_own_messages_can_be_edited(bot: Bot, anna: Person) -> None:
    await bot.send_message(anna.user_id, "mine")
    with pytest.raises(ValueError, match="own messages"):
        await anna.edit(anna.messages[-1], "yours")


async def test_a_language_is_told_with_the_next_message(bot: Bot, anna: Person) -> None:
    anna.set_language("ru")
    await anna.send_text("привет")
    update = (await bot.get_updates(offset=-1))[-1]
    assert update.effective_user is not None
    assert update.effective_user.language_code == "ru"


async def test_a_forged_press(bot: Bot, anna: Person) -> None:
    await anna.press_data(anna.messages[0], "job:of-somebody-else", timeout=0)
    query = (await bot.get_updates(offset=-1))[-1].callback_query
    assert query is not None
    assert query.data == "job:of-somebody-else"


async def test_people_do_not_see_each_other(bot: Bot, anna: Person, sandbox: Sandbox) -> None:
    boris = sandbox.person(1002)
    await boris.send_text("hello from Boris")
    await bot.send_message(boris.user_id, "hello, Boris")
    assert [message.text for message in anna.messages] == ["/start"]
    assert [message.text for message in boris.messages] == ["hello from Boris", "hello, Boris"]


async def test_in_a_group_the_bot_hears_only_what_is_meant_for_it(bot: Bot, sandbox: Sandbox) -> None:
    anna, boris = sandbox.person(1001), sandbox.person(1002)
    group = sandbox.group("Friends", [anna, boris])
    here, there = anna.in_chat(group), boris.in_chat(group)
    await here.send_text("just talking")
    await here.send_text("/style")
    await there.send_text("/style@another_bot")
    await there.send_text("/style@sandbox_bot ink")
    await there.send_text("hey @Sandbox_Bot, listen")
    await bot.send_message(group.id, "yes?")
    await here.send_text("this one", reply_to=here.messages[-1])

    assert await texts(bot) == ["/style", "/style@sandbox_bot ink", "hey @Sandbox_Bot, listen", "this one"]
    update = (await bot.get_updates())[0]
    assert update.effective_chat is not None
    assert (update.effective_chat.type, update.effective_chat.title) == ("group", "Friends")
    assert there.messages == here.messages
    assert anna.messages == []


async def test_chats_do_not_grow_without_end(sandbox: Sandbox) -> None:
    anna = sandbox.person()
    for number in range(MAX_MESSAGES + 5):
        await anna.send_text(str(number))
    assert len(anna.messages) == MAX_MESSAGES
    assert anna.messages[0].text == "5"


async def test_an_album_may_arrive_backwards(bot: Bot, anna: Person, picture: Make) -> None:
    first, second = await anna.send_album([picture(), picture()], backwards=True)
    arrived = [update.message.message_id for update in await bot.get_updates() if update.message]
    assert arrived[-2:] == [second.id, first.id]
    assert first.id < second.id


async def test_a_press_below_a_message_that_was_deleted(bot: Bot, anna: Person) -> None:
    await anna.send_text("hello")
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("go", callback_data="go")]])
    await bot.send_message(anna.user_id, "well?", reply_markup=keyboard)
    question = anna.messages[-1]
    await bot.delete_message(anna.user_id, question.id)
    await anna.press(question, "go", 0)
    press = (await bot.get_updates())[-1].callback_query
    assert press is not None
    assert press.message is not None
    assert not press.message.is_accessible
    assert press.message.message_id == question.id


async def test_a_supergroup_is_a_group_of_its_own_kind(bot: Bot, sandbox: Sandbox, anna: Person) -> None:
    group = sandbox.group("Town", [anna], "supergroup")
    await anna.in_chat(group).send_text("/hello")
    update = (await bot.get_updates())[-1]
    assert update.effective_chat is not None
    assert update.effective_chat.type == "supergroup"
