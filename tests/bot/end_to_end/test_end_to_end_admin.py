"""The bot's keepers and everybody else: /admin, bans, quotas, floods; over the sandbox."""

import asyncio

import pytest

from bot.background import Background
from bot.chat.introduction import ADMIN_COMMANDS, COMMANDS
from bot.sandbox import Message, Person, Sandbox
from bot.sandbox.wire import message_json
from tests.bot.conftest import QuickPainter, StartBot
from tests.bot.end_to_end.chat import PAINTED, is_painting, picture, result_of, results, says
from tests.patience import PATIENCE

ADMIN = 77


@pytest.fixture
def admin(sandbox: Sandbox) -> Person:
    return sandbox.person(ADMIN, "Ada", met=True)


def keepers(*people: int) -> dict[str, frozenset[int]]:
    return {"bot_admins": frozenset(people or {ADMIN})}


async def ask(admin: Person, words: str) -> Message:
    """What the bot answers to a command."""
    asked = await admin.send_text(words)
    return await admin.wait_for(lambda message: message.from_bot, after=asked)


def commands(sandbox: Sandbox, person: Person) -> list[str]:
    return [entry["command"] for entry in sandbox.commands_for(person)]


async def until_menu(sandbox: Sandbox, person: Person, wanted: tuple[str, ...]) -> None:
    async with asyncio.timeout(PATIENCE):
        while commands(sandbox, person) != list(wanted):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_for_others_there_is_no_such_command(
    start_bot: StartBot, sandbox: Sandbox, admin: Person, anna: Person
) -> None:
    group = sandbox.group("Family", [admin, anna])
    async with start_bot(**keepers()):
        assert says("I do not know that command")(await ask(anna, "/admin"))
        assert says("I do not know that command")(await ask(anna, "/admin pause"))
        for person in (admin, anna):
            await person.in_chat(group).send_text("/admin")
        await until_menu(sandbox, admin, ADMIN_COMMANDS)
        await until_menu(sandbox, anna, COMMANDS)
        assert "Open" in (await ask(admin, "/admin")).words.text, "nobody has paused it"
        assert not [message for message in group.messages.values() if message.from_bot]


async def test_a_forged_button_of_the_keepers_does_nothing(
    start_bot: StartBot, admin: Person, anna: Person
) -> None:
    async with start_bot(**keepers()):
        hers = await ask(anna, "/help")
        for data in ("1ad:pause", "1ad:drain", "1ad:queue", "1ad:nonsense"):
            answer = await anna.press_data(hers, data)
            assert answer is not None
            assert answer.alert
        assert "<b>" not in hers.words.text
        panel = await ask(admin, "/admin")
        assert "Open" in panel.words.text
        answer = await admin.press_data(panel, "1ad:nonsense")
        assert answer is not None
        assert answer.alert


async def test_the_menu_of_a_keeper_keeps_to_their_language(
    start_bot: StartBot, sandbox: Sandbox, admin: Person
) -> None:
    async with start_bot(**keepers()):
        question = await ask(admin, "/language")
        await admin.press(question, "Русский")
        await admin.wait_for(says("Теперь говорю по-русски"))
        assert sandbox.commands_for(admin)[-1] == {
            "command": "admin",
            "description": "Очередь, цифры, пауза, запреты",
        }
        assert "Работаю" in (await ask(admin, "/admin")).words.text


async def test_a_keeper_who_comes_later_gets_the_menu_then(start_bot: StartBot, sandbox: Sandbox) -> None:
    stranger = sandbox.person(5, "Ada")
    async with start_bot(**keepers(5)):
        await ask(stranger, "/admin")
        await until_menu(sandbox, stranger, ADMIN_COMMANDS)


async def test_pause_resume_and_drain_by_buttons_and_over_a_restart(
    start_bot: StartBot, admin: Person, anna: Person, boris: Person
) -> None:
    async with start_bot(**keepers()):
        panel = await ask(admin, "/admin")
        assert [button.text for button in panel.buttons] == ["Queue", "Numbers", "Pause", "Drain"]
        await admin.press(panel, "Pause")
        assert await admin.wait_for(says("Paused")) is panel
        await anna.send_photo(picture(), "/style ink")
        waiting = await anna.wait_for(says("I am taking a break. Your place is kept"))
        await admin.press(panel, "Queue")
        assert await admin.wait_for(says(f"1. {anna.user_id} · Ink")) is panel
        await admin.press(panel, "‹ Back")
        await admin.wait_for(says("1 picture being painted or waiting"))
    async with start_bot(**keepers()):
        assert "1 picture being painted or waiting" in (await ask(admin, "/admin")).words.text
        assert says("I am taking a break")(await ask(anna, "/status")), "it is paused still"
        panel = await ask(admin, "/admin drain")
        assert await result_of(anna) is waiting
        await boris.send_photo(picture(), "/style ink")
        refusal = await boris.wait_for(says("Сейчас я не беру новых фото"))
        await admin.press(panel, "As usual")
        await admin.wait_for(says("Open"))
        await boris.press(refusal, "Попробовать сейчас")
        await result_of(boris)
        panel = await ask(admin, "/admin stats")
        assert "People: 2\nDone: 2, failed: 0, cancelled: 0" in panel.words.text
        assert "Banned: –" in panel.words.text


async def test_who_is_banned_is_told_once_and_loses_their_jobs(
    slow: None, start_bot: StartBot, sandbox: Sandbox, admin: Person, anna: Person, painter: QuickPainter
) -> None:
    async with start_bot(**keepers()):
        await anna.send_photo(picture(), "/style ink")
        live = await anna.wait_for(is_painting, PAINTED)
        assert f"{anna.user_id} is shut out" in (await ask(admin, f"/admin ban {anna.user_id}")).words.text
        await anna.wait_for(says("Cancelled"))
        painter.steps = 4
        await anna.send_text("hello?")
        await anna.wait_for(says("This bot is closed to you"))
        said = len(anna.messages)
        await anna.send_photo(picture(), "/style ink")
        assert await anna.press_data(live, "1sa") is not None, "no button looks dead"
        await anna.in_chat(sandbox.group("Family", [anna])).send_text("/style")
        assert f"Banned: {anna.user_id}" in (await ask(admin, "/admin stats")).words.text
        assert len(anna.messages) == said + 1
    async with start_bot(**keepers()):
        await anna.send_photo(picture(), "/style ink")
        await anna.wait_for(says("This bot is closed to you"))
        await ask(admin, f"/admin unban {anna.user_id}")
        await anna.send_photo(picture(), "/style ink")
        await result_of(anna)
        assert len(results(anna)) == 1


async def test_somebody_is_let_in(start_bot: StartBot, admin: Person, anna: Person) -> None:
    async with start_bot(bot_allowed_users=frozenset({5}), **keepers()):
        assert says(f"Your Telegram ID: {anna.user_id}")(await ask(anna, "/start"))
        assert "is let in" in (await ask(admin, f"/admin allow {anna.user_id}")).words.text
        assert says("I turn photos into paintings")(await ask(anna, "/start"))


@pytest.mark.parametrize(
    "words", ["ban", "ban 1 2", "ban anna", "ban -5", f"ban {'9' * 30}", "dance", "pause 5"]
)
async def test_a_command_that_makes_no_sense_is_explained(
    start_bot: StartBot, admin: Person, words: str
) -> None:
    async with start_bot(**keepers()):
        assert says("What you can do")(await ask(admin, f"/admin {words}"))
        assert says("only the bot's settings file can change that")(await ask(admin, f"/admin ban {ADMIN}"))


async def test_over_quota_one_is_told_when_to_come_again(
    start_bot: StartBot, anna: Person, boris: Person
) -> None:
    async with start_bot(bot_max_jobs_per_hour=1):
        await anna.send_photo(picture(), "/style ink")
        result = await result_of(anna)
        await anna.send_photo(picture(), "/style mosaic")
        refusal = await anna.wait_for(says("You have had your painting, and now it is the others' turn"))
        assert "will paint it in about 1 hour" in refusal.words.text
        answer = await anna.press(result, "Paint it bigger")
        assert answer is not None
        assert answer.text.endswith("Press again in about 1 hour.")
        await boris.send_photo(picture(), "/style ink")
        await result_of(boris)
        await boris.send_photo(picture(), "/style mosaic")
        await boris.wait_for(says("Вы уже получили 1 картину, теперь очередь других"))
        await boris.send_text("/forget")
        question = await boris.wait_for(says("Забыть о вас всё?"))
        await boris.press(question, "Да, удалить всё")
        forgotten = await boris.wait_for(says("Готово"))
        assert "ещё сутки, но без вашего имени" in forgotten.words.text
        await boris.send_photo(picture(), "/style mosaic")
        await boris.wait_for(says("Вы уже получили 1 картину"), after=question)
    async with start_bot(bot_max_jobs_per_hour=1):
        photo = await boris.send_photo(picture(), "/style mosaic")
        await boris.wait_for(says("Вы уже получили 1 картину"), after=photo)


async def test_what_was_cancelled_before_it_was_begun_costs_nothing(
    slow: None, start_bot: StartBot, anna: Person, boris: Person
) -> None:
    async with start_bot(bot_max_jobs_per_day=1):
        await anna.send_photo(picture(), "/style ink")
        await anna.wait_for(is_painting, PAINTED)
        await boris.send_photo(picture(), "/style ink")
        waiting = await boris.wait_for(says("Перед вами 1 человек"))
        await boris.press(waiting, "Отмена")
        await boris.wait_for(says("Отменено"))
        await boris.send_photo(picture(), "/style mosaic")
        await boris.wait_for(lambda message: message is not waiting and says("Перед вами 1 человек")(message))


async def test_a_flood_is_answered_once_and_holds_up_nobody(
    start_bot: StartBot, sandbox: Sandbox, anna: Person, boris: Person
) -> None:
    async with start_bot(bot_max_messages_per_minute=5):
        for _ in range(30):
            await anna.send_text("/status")
        for _ in range(5):
            await anna.send_photo(picture(), "/style ink")
        await anna.wait_for(says("I cannot keep up with you"))
        await boris.send_photo(picture(), "/style ink")
        await result_of(boris)
        assert len([message for message in anna.messages if message.from_bot]) == 6
        assert "getFile" in {call.method for call in sandbox.calls}
    async with start_bot(bot_max_messages_per_minute=5):
        await asyncio.sleep(0.5)
        assert results(anna) == [], "what was not heard then is not heard now"


async def test_a_flood_of_a_stranger_is_answered_as_little(
    start_bot: StartBot, anna: Person, boris: Person
) -> None:
    async with start_bot(bot_max_messages_per_minute=5, bot_allowed_users=frozenset({boris.user_id})):
        for _ in range(50):
            await anna.send_text("let me in")
        await boris.send_photo(picture(), "/style ink")
        await result_of(boris)
        assert len([message for message in anna.messages if message.from_bot]) <= 6


async def test_nothing_that_a_group_says_to_itself_counts(
    bot: Background, sandbox: Sandbox, anna: Person
) -> None:
    anne = anna.in_chat(sandbox.group("Family", [anna]))
    for number in range(100):
        sandbox._state.updates.push("message", message_json(await anne.send_text(f"chatter {number}")))
    await anne.send_photo(picture(), "/style ink")
    await result_of(anne)
