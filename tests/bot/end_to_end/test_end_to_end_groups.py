"""In groups: silent unless spoken to, reactions instead of chatter, buttons for their owners only."""

import asyncio

import pytest
from telegram import ChatMember, User
from telegram.ext import ExtBot

from bot.api.pace import GROUP
from bot.background import Background
from bot.sandbox import Attachment, Chat, Message, Person, Sandbox
from bot.sandbox.wire import message_json
from bot.store import Store
from tests.bot.conftest import QuickPainter, StartBot
from tests.bot.easel_painter import EaselPainter
from tests.bot.end_to_end.chat import (
    PAINTED,
    is_question,
    is_result,
    labels,
    picture,
    result_of,
    says,
    title_of,
)

STARRY = "1. Starry Night"
PAINTER = "👨\u200d💻"


@pytest.fixture(params=["group", "supergroup"])
def group(request: pytest.FixtureRequest, sandbox: Sandbox, anna: Person, boris: Person) -> Chat:
    return sandbox.group("Family", [anna, boris], request.param)


@pytest.fixture
def anne(anna: Person, group: Chat) -> Person:
    """Anna in the group."""
    return anna.in_chat(group)


@pytest.fixture
def bob(boris: Person, group: Chat) -> Person:
    """Boris in the group."""
    return boris.in_chat(group)


def answers(person: Person) -> list[Message]:
    return [message for message in person.messages if message.from_bot]


async def has_reaction(person: Person, photo: Message, emoji: str) -> None:
    await person.wait_for(lambda message: message is photo and emoji in message.emojis, PAINTED)


async def overhear(sandbox: Sandbox, message: Message) -> None:
    """The bot is an administrator of the group, and is told of everything."""
    sandbox._state.updates.push("message", message_json(message))


async def test_a_caption_and_nothing_but_reactions(
    bot: Background, sandbox: Sandbox, anne: Person, bob: Person
) -> None:
    photo = await anne.send_photo(picture(), f"/style@{sandbox.bot.username} ink")
    await has_reaction(anne, photo, "🎉")
    [painting] = answers(anne)
    assert painting.reply_to is photo
    assert is_result(painting)


async def test_the_style_may_stand_below_the_command(bot: Background, anne: Person) -> None:
    photo = await anne.send_photo(picture(), "/style\nink")
    painting = await result_of(anne)
    assert painting.reply_to is photo
    assert title_of(painting) == "🖼 Ink"


async def test_reactions_say_how_it_stands(
    slow: None, bot: Background, sandbox: Sandbox, anne: Person, bob: Person, painter: QuickPainter
) -> None:
    first = await anne.send_photo(picture(), "/style ink")
    await has_reaction(anne, first, PAINTER)
    second = await bob.send_photo(picture(), "/style мозаика")
    await has_reaction(bob, second, "👀")
    assert answers(anne) == []
    await bob.send_text("/cancel")
    await bob.wait_for(says("Отменено: Мозаика"))
    await bob.wait_for(lambda message: message is second and not message.emojis)
    await anne.send_text("/cancel")
    await anne.wait_for(says("Cancelled: Ink"))
    await anne.wait_for(lambda message: message is first and not message.emojis)
    assert len(answers(anne)) == 2


async def test_what_is_not_for_the_bot_is_not_answered(
    bot: Background, sandbox: Sandbox, anne: Person, bob: Person
) -> None:
    for message in (
        await anne.send_text("starry night"),
        await anne.send_photo(picture(), "our holidays"),
        await bob.send_photo(picture(), "/style@other_bot ink"),
        await bob.send_text("mail me at bob@sandbox_bot.example"),
        await bob.send_sticker(picture(format="WEBP")),
        await bob.send_document(b"once upon a time", "tale.txt", "text/plain"),
        await bob.send_text("/dance"),
        *await bob.send_album([picture(), picture()]),
    ):
        await overhear(sandbox, message)
    photo = await anne.send_photo(picture(), "/style ink")
    await has_reaction(anne, photo, "🎉")
    assert len(answers(anne)) == 1, "the painting"


async def test_praise_is_not_answered(bot: Background, anne: Person, bob: Person) -> None:
    photo = await anne.send_photo(picture(), "/style ink")
    painting = await result_of(anne)
    await bob.send_text("wow", reply_to=painting)
    await anne.send_text("what a nice one", reply_to=painting)
    await bob.send_sticker(picture(format="WEBP"), reply_to=painting)
    await bob.send_sticker(picture(format="WEBP"), moves=True, reply_to=painting)
    await bob.send_document(b"....ftypisom", "wow.mp4", "video/mp4", reply_to=painting)
    await has_reaction(anne, photo, "🎉")
    await bob.send_text("/status")
    await bob.wait_for(says("Сейчас я ничего для вас не рисую"))
    assert len(answers(anne)) == 2


async def test_a_sticker_in_answer_to_a_question_is_a_style(bot: Background, anne: Person) -> None:
    photo = await anne.send_photo(picture(), "/style")
    question = await anne.wait_for(is_question)
    await anne.send_sticker(picture(color="olive", format="WEBP"), reply_to=question)
    assert (await result_of(anne)).reply_to is photo


async def test_a_title_in_answer_to_a_painting_paints_that(
    bot: Background, anne: Person, bob: Person
) -> None:
    photo = await anne.send_photo(picture(), "/style ink")
    await has_reaction(anne, photo, "🎉")
    [painting] = answers(anne)
    await bob.send_text("мозаика", reply_to=painting)
    second = await result_of(bob, after=painting)
    assert second.reply_to is painting
    assert title_of(second) == "🖼 Мозаика"


async def test_a_number_in_answer_to_ones_sheet(bot: Background, anne: Person) -> None:
    photo = await anne.send_photo(picture(), "/sheet")
    sheet = await anne.wait_for(says("Your photo in every style"), PAINTED)
    await anne.send_text("2", reply_to=sheet)
    painting = await anne.wait_for(says("🖼 Great Wave"), PAINTED)
    assert painting.reply_to is photo


async def test_another_style_is_for_the_one_who_presses(bot: Background, anne: Person, bob: Person) -> None:
    """The painting answers somebody else's photo, and so does the question."""
    photo = await anne.send_photo(picture(), "our dog")
    await bob.send_text("/style ink", reply_to=photo)
    painting = await result_of(bob)
    await bob.press(painting, "Другой стиль")
    question = await bob.wait_for(is_question, after=painting)
    await bob.press(question, "1. Звёздная ночь")
    second = await bob.wait_for(says("🖼 Звёздная ночь"), PAINTED)
    assert second.reply_to is photo


async def test_a_caption_put_right_is_no_word_to_the_bot(
    bot: Background, sandbox: Sandbox, anne: Person
) -> None:
    """The bot is an administrator of the group, and is told of everything."""
    photo = await anne.send_photo(picture(), "our dog")
    await overhear(sandbox, photo)
    await anne.edit(photo, "Mosaic")
    sandbox._state.updates.push("edited_message", message_json(photo))
    await anne.send_text("/status")
    await anne.wait_for(says("I have nothing to paint for you"))
    assert len(answers(anne)) == 1
    await anne.edit(photo, "@sandbox_bot mosaic")
    assert (await result_of(anne)).reply_to is photo


async def test_style_in_answer_to_somebody_elses_photo(
    bot: Background, sandbox: Sandbox, anne: Person, bob: Person
) -> None:
    photo = await anne.send_photo(picture(), "our dog")
    await bob.send_text("/style большая волна", reply_to=photo)
    painting = await result_of(bob)
    assert painting.reply_to is photo
    assert title_of(painting) == "🖼 Большая волна"
    await has_reaction(bob, photo, "🎉")


async def test_a_mention_in_answer_to_a_photo(
    bot: Background, sandbox: Sandbox, anne: Person, bob: Person
) -> None:
    photo = await anne.send_photo(picture(), "our dog")
    await bob.send_text("@Sandbox_Bot нарисуй в стиле большая волна", reply_to=photo)
    assert (await result_of(bob)).reply_to is photo
    command = await bob.send_text("@sandbox_bot", reply_to=photo)
    question = await bob.wait_for(is_question)
    assert question.reply_to is command, "that tells whose question it is"
    await bob.press(question, "1. Звёздная ночь")
    assert (await bob.wait_for(says("🖼 Звёздная ночь"), PAINTED)).reply_to is photo


async def test_a_mention_in_a_caption(bot: Background, anne: Person) -> None:
    photo = await anne.send_photo(picture(), "@sandbox_bot great wave!")
    assert title_of(await result_of(anne)) == "🖼 Great Wave"
    await has_reaction(anne, photo, "🎉")


async def test_a_picture_that_is_called_the_style(bot: Background, anne: Person) -> None:
    await anne.send_photo(picture(color="olive"), "@sandbox_bot style")
    await anne.wait_for(says("Now reply to this message with a photo"))


async def test_a_mention_alone_explains(bot: Background, anne: Person, bob: Person) -> None:
    hello = await anne.send_text("hey @sandbox_bot")
    answer = await anne.wait_for(says("Reply to any photo here"))
    assert answer.reply_to is hello
    await bob.send_text("@sandbox_bot что ты умеешь?")
    await bob.wait_for(says("Ответьте здесь на любое фото"))


async def test_help_in_a_group_is_about_groups(bot: Background, anne: Person, bob: Person) -> None:
    for command in ("/start", "/help"):
        asked = await anne.send_text(command)
        answer = await anne.wait_for(says("Reply to any photo here"), after=asked)
        assert answer.reply_to is asked


async def test_strangers_to_a_private_bot_are_told_so_only_when_they_speak_to_it(
    start_bot: StartBot, sandbox: Sandbox, anna: Person, anne: Person, bob: Person
) -> None:
    async with start_bot(bot_allowed_users=frozenset({anna.user_id})):
        for message in (await bob.send_text("hello all"), await bob.send_photo(picture(), "our dog")):
            await overhear(sandbox, message)
        await bob.edit(await bob.send_text("/dance"), "/style")
        asked = await bob.send_text("/style")
        refusal = await bob.wait_for(says("это частный бот"))
        assert refusal.reply_to is asked
        photo = await anne.send_photo(picture(), "/style")
        question = await anne.wait_for(is_question)
        assert await bob.press(question, STARRY) is not None, "no button looks dead"
        await anne.press(question, STARRY)
        assert (await result_of(anne)).reply_to is photo


async def test_a_style_and_then_the_photo(bot: Background, anne: Person) -> None:
    await anne.send_text("/style ink")
    ask = await anne.wait_for(says("Style: Ink. Now reply to this message with a photo"))
    photo = await anne.send_photo(picture(), reply_to=ask)
    assert (await result_of(anne)).reply_to is photo


async def test_a_question_is_for_the_one_who_asked(bot: Background, anne: Person, bob: Person) -> None:
    photo = await anne.send_photo(picture(), "/style")
    question = await anne.wait_for(is_question)
    assert question.reply_to is photo
    for text in (STARRY, "›", "Cancel"):
        answer = await bob.press(question, text)
        assert answer is not None
        assert answer.alert
        assert answer.text.startswith("Здесь выбирает тот, кто спросил")
    assert question in anne.messages
    await anne.press(question, STARRY)
    assert (await result_of(anne)).reply_to is photo


async def test_other_questions_are_for_the_one_who_asked_too(
    bot: Background, anne: Person, bob: Person
) -> None:
    for command, words in (("/style", "Styles"), ("/language", "Which language"), ("/style inkk", "Did you")):
        asked = await anne.send_text(command)
        question = await anne.wait_for(says(words), after=asked)
        assert question.reply_to is asked
        answer = await bob.press(question, question.buttons[0])
        assert answer is not None
        assert answer.alert, command
    await bob.send_text("/status")
    await bob.wait_for(says("Сейчас я ничего для вас не рисую"))


async def test_the_answer_to_the_question_may_be_words(bot: Background, anne: Person, bob: Person) -> None:
    photo = await anne.send_photo(picture(), "/style")
    question = await anne.wait_for(is_question)
    await bob.send_text("мозаика", reply_to=question)
    await anne.send_text("great wave please", reply_to=question)
    assert title_of(await result_of(anne)) == "🖼 Great Wave"
    await has_reaction(anne, photo, "🎉")


async def test_an_album_whose_caption_is_for_the_bot(bot: Background, sandbox: Sandbox, anne: Person) -> None:
    first, second = await anne.send_album([Attachment(picture(), "/style"), Attachment(picture())])
    await overhear(sandbox, second)
    painting = await result_of(anne)
    assert painting.reply_to is first
    assert title_of(painting) == "🖼 Custom style"


async def test_a_group_that_allows_no_reactions(bot: Background, sandbox: Sandbox, anne: Person) -> None:
    sandbox.fail_next("setMessageReaction", 400, "Bad Request: REACTION_INVALID", times=9)
    photo = await anne.send_photo(picture(), "/style ink")
    painting = await result_of(anne)
    assert painting.reply_to is photo
    assert answers(anne) == [painting]


async def test_a_lively_group_stays_within_telegrams_limits(
    start_bot: StartBot, sandbox: Sandbox, anne: Person, bob: Person
) -> None:
    async with start_bot():
        photos = [await person.send_photo(picture(), "/style ink") for person in (anne, bob, anne)]
        await asyncio.gather(*(has_reaction(anne, photo, "🎉") for photo in photos))
    assert sandbox.violations["group"] == 0
    counted = [call.method for call in sandbox.calls if call.method.startswith(("send", "edit"))]
    assert len(counted) <= 6, "two for each painting: a message, and the picture in it"


async def test_a_group_that_asks_too_much_is_answered_no_faster_than_telegram_allows(
    bot: Background, sandbox: Sandbox, anne: Person, bob: Person
) -> None:
    for _ in range(GROUP.most + 5):
        await anne.send_text("/status")
    await anne.wait_for(lambda _: len(answers(anne)) == GROUP.most)
    answer = await bob.press_data(answers(anne)[0], "1c:gone")
    assert answer is not None, "a press is answered whatever waits to be said"
    assert len(answers(anne)) == GROUP.most
    assert sandbox.violations["group"] == 0


async def test_who_hides_behind_a_group_is_nobody_elsewhere(
    bot: Background, sandbox: Sandbox, anna: Person, boris: Person, store: Store
) -> None:
    """Telegram has one user for all administrators that write in their groups' names."""
    mine = anna.in_chat(sandbox.group("Mine", [anna])).behind_the_group()
    other = boris.in_chat(sandbox.group("Other", [boris])).behind_the_group()
    await mine.send_photo(picture(color="olive"), "/save Olive")
    await mine.wait_for(says("Saved as Olive"))
    await mine.send_photo(picture(), "/style Olive")
    await result_of(mine)
    await other.send_text("/presets")
    await other.wait_for(says("You have no styles of your own yet"))
    await other.send_text("/again")
    await other.wait_for(says("I have not painted anything for you yet"))
    assert len(await store.jobs_of(mine.chat.id, open_only=False)) == 1
    assert await store.jobs_of(anna.user_id, open_only=False) == [], "the group's, not hers"


async def test_only_administrators_press_for_who_hides(
    bot: Background, sandbox: Sandbox, anne: Person, bob: Person
) -> None:
    await anne.behind_the_group().send_photo(picture(), f"@{sandbox.bot.username}")
    question = await anne.wait_for(is_question)
    answer = await bob.press(question, STARRY)
    assert answer is not None
    assert answer.alert
    await anne.press(question, STARRY)
    painting = await result_of(anne)
    assert title_of(painting) == "🖼 Starry Night"
    answer = await bob.press(painting, "Delete")
    assert answer is not None
    assert "чужая картина" in (answer.text or "")
    await anne.press(painting, "Delete")
    await anne.wait_for(lambda message: message is painting and "Yes, delete it" in labels(message))


async def test_two_administrators_who_press_at_once_choose_one_style(
    start_bot: StartBot,
    sandbox: Sandbox,
    anne: Person,
    bob: Person,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """For whoever hides behind the group; each of them has their own turn, and both press as the group."""

    async def anybody(*_: object) -> ChatMember:
        await asyncio.sleep(0.1)
        return ChatMember(User(1, "Anybody", is_bot=False), ChatMember.ADMINISTRATOR)

    monkeypatch.setattr(ExtBot, "get_chat_member", anybody)
    async with start_bot(EaselPainter()):
        await anne.behind_the_group().send_photo(picture(), f"@{sandbox.bot.username}")
        question = await anne.wait_for(is_question)
        await asyncio.gather(anne.press(question, STARRY), bob.press(question, "2. Great Wave"))
        assert len(await store.jobs_of(anne.chat.id, open_only=False)) == 1
