"""While somebody waits: who goes first and why, the picture that grows, ending it early; over the sandbox."""

import pytest

from bot.background import Background
from bot.sandbox import Message, Person, Sandbox
from tests.bot.conftest import QuickPainter
from tests.bot.end_to_end.chat import PAINTED, is_painting, is_result, picture, result_of, says, size_of


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """News come sooner than people want them."""
    monkeypatch.setattr("bot.delivery.EDIT_SECONDS", 0.5)
    monkeypatch.setattr("bot.queue.news.NEWS_SECONDS", 0.1)


async def start_job(person: Person, style: str = "ink") -> Message:
    """A painting that does not end by itself; its live message, once there is a picture in it."""
    photo = await person.send_photo(picture(), f"/style {style}")

    def grows(message: Message) -> bool:
        return is_painting(message) and message.photo is not None and message.reply_to is photo

    return await person.wait_for(grows, PAINTED)


async def test_enough_keeps_the_picture_as_it_is(slow: None, bot: Background, anna: Person) -> None:
    live = await start_job(anna)
    answer = await anna.press(live, "Keep it like this")
    assert answer is not None
    assert answer.text == "All right: “Ink” stays as it is now."
    assert await result_of(anna) is live
    assert await size_of(anna, live) == (64, 48)
    answer = await anna.press_data(live, "1e:gone")
    assert answer is not None
    assert answer.text == "I am not painting that one any more."


async def test_enough_and_cancel_mean_their_own_job(
    slow: None, bot: Background, anna: Person, boris: Person, painter: QuickPainter
) -> None:
    live = await start_job(anna)
    [enough, cancel] = live.buttons
    await boris.send_photo(picture(), "/style mosaic")
    waiting = await boris.wait_for(says("Перед вами 1 человек"))
    assert [button.text for button in waiting.buttons] == ["Отмена"]
    for button in (enough, cancel):
        assert button.data is not None
        answer = await boris.press_data(waiting, button.data)
        assert answer is not None
        assert (
            answer.text
            == "Это чужая картина. Ответьте на фото командой /style, и я нарисую по нему картину для вас."
        )
    assert is_painting(live)
    painter.steps = 4
    answer = await boris.press(waiting, "Отмена")
    assert answer is not None
    assert answer.text == "Отменяю «Мозаика»…"
    await boris.wait_for(says("Отменено"))
    assert is_painting(live)


async def test_both_devices_want_enough(slow: None, bot: Background, anna: Person) -> None:
    live = await start_job(anna)
    await anna.press(live, "Keep it like this", 0)
    answer = await anna.press(live, "Keep it like this")
    assert answer is not None
    assert answer.text
    await result_of(anna)
    assert [message for message in anna.messages if is_result(message)] == [live]


async def test_a_picture_that_waits_its_turn_is_told_why(
    slow: None, bot: Background, anna: Person, boris: Person
) -> None:
    await start_job(anna)
    await anna.send_photo(picture(), "/style mosaic")
    second = await anna.wait_for(says("Your other painting goes first"))
    await anna.send_photo(picture(), "/style woodcut")
    third = await anna.wait_for(says("Your other 2 paintings go first"))
    await boris.send_photo(picture(), "/style mosaic")
    await boris.wait_for(says("Перед вами 1 человек"))
    assert await anna.wait_for(says("1 person goes before your third painting"), 15) is third
    assert "Your other painting goes first" in second.words.text
    await anna.send_text("/status")
    await anna.wait_for(says("🕐 Woodcut. Everyone takes turns: 1 person goes before your third painting"))


async def test_how_many_are_before_me_and_how_long_it_takes(
    slow: None,
    bot: Background,
    sandbox: Sandbox,
    anna: Person,
    boris: Person,
    painter: QuickPainter,
) -> None:
    clara = sandbox.person(first_name="Clara")
    painter.steps = 4
    await clara.send_photo(picture(), "/style ink")  # from now on the bot knows how long a painting takes
    first = await result_of(clara)
    painter.steps = 10_000
    live = await start_job(anna)
    await boris.send_photo(picture(), "/style ink")
    theirs = await boris.wait_for(says("Перед вами 1 человек. Будет готово примерно через"))
    await clara.send_photo(picture(), "/style mosaic")
    mine = await clara.wait_for(says("2 people before you. Ready in about"))
    await anna.press(live, "Keep it like this")
    await clara.wait_for(says("1 person before you. Ready in about"), PAINTED)
    await boris.wait_for(lambda message: message is theirs and len(message.buttons) == 2, PAINTED)
    painter.steps = 4
    await boris.press(theirs, "Оставить так")
    assert await result_of(clara, after=first) is mine, "one message from first to last"


async def test_the_picture_appears_early_and_gets_better(
    slow: None, bot: Background, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.painting.glimpses.PICTURE_SECONDS", 0.5)
    live = await start_job(anna)
    seen: dict[str, str] = {}

    def grows(message: Message) -> bool:
        if message is live and live.photo is not None:
            seen.setdefault(live.photo.file.file_id, live.words.text)
        return len(seen) >= 3

    await anna.wait_for(grows, PAINTED)
    bars = [text.splitlines()[1] for text in seen.values()]
    percents = [int(bar.partition(" ")[2].removesuffix("%")) for bar in bars]
    assert percents == sorted(percents)
    for bar, percent in zip(bars, percents, strict=True):
        assert bar.count("▰") == round(percent / 10)
        assert len(bar.partition(" ")[0]) == 10
    assert all(" left" in text for text in seen.values())
