"""What the bot says: greetings, refusals, languages, help where something else was expected."""

import asyncio
from pathlib import Path

import pytest

from bot.background import Background
from bot.chat.introduction import COMMANDS
from bot.handlers import fetching
from bot.sandbox import Attachment, Person, Sandbox
from bot.sandbox.wire import message_json
from bot.store import Store
from tests.bot.conftest import StartBot
from tests.bot.end_to_end.chat import is_question, picture, result_of, says, title_of
from tests.patience import PATIENCE


async def test_start_and_help(bot: Background, anna: Person, boris: Person) -> None:
    await anna.send_text("/start")
    await anna.wait_for(says("I turn photos into paintings"))
    await boris.send_text("/start")
    await boris.wait_for(says("Я превращаю фотографии в картины"))
    await anna.send_text("/help")
    await anna.wait_for(says("deleted after 24 hours"))
    await boris.send_text("/help")
    await boris.wait_for(says("удаляются через 24 часа"))


async def test_the_whole_way_in_russian(bot: Background, boris: Person) -> None:
    await boris.send_photo(picture())
    question = await boris.wait_for(is_question)
    await boris.press(question, "2. Большая волна")
    assert title_of(await result_of(boris)) == "🖼 Большая волна"


async def test_a_chosen_language_wins_and_lasts(start_bot: StartBot, boris: Person) -> None:
    async with start_bot():
        await boris.send_text("/language")
        question = await boris.wait_for(says("На каком языке"))
        await boris.press(question, "English")
        await boris.wait_for(says("I speak English now"))
    async with start_bot():
        await boris.send_text("/settings")
        settings = await boris.wait_for(says("Settings"))
        assert "Language: English" in [button.text for button in settings.buttons]


async def test_an_unknown_language_gets_english(bot: Background, sandbox: Sandbox) -> None:
    chloe = sandbox.person(first_name="Chloé", language_code="fr")
    await chloe.send_text("/start")
    await chloe.wait_for(says("I turn photos into paintings"))


async def test_the_bot_introduces_itself_in_both_languages(
    bot: Background, sandbox: Sandbox, anna: Person, boris: Person
) -> None:
    await anna.send_text("/start")  # the bot may answer before it has introduced itself
    async with asyncio.timeout(PATIENCE):
        while len([call for call in sandbox.calls if call.method == "setMyShortDescription"]) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    for person, first in ((anna, "All styles"), (boris, "Все стили")):
        commands = person._state.commands_for(person.chat, person.user)
        assert [command["command"] for command in commands] == list(COMMANDS)
        assert commands[0]["description"].startswith(first)
    assert person._state.profile.descriptions["ru"].startswith("Пришлите фото")


async def test_words_where_a_picture_is_expected(bot: Background, anna: Person) -> None:
    await anna.send_text("hello there")
    await anna.wait_for(says("Send me a photo, and I will paint it"))
    await anna.send_photo(picture())
    await anna.wait_for(is_question)
    await anna.send_text("make it nice")
    await anna.wait_for(says("Your photo is waiting for a style"))
    await anna.send_text("/cancel")
    await anna.send_text("/style ink")
    await anna.wait_for(says("Style: Ink"))
    await anna.send_text("what now?")
    await anna.wait_for(says("Ink is chosen. Now send me a photo"))


async def test_a_style_nobody_knows(bot: Background, anna: Person) -> None:
    await anna.send_text("/style qwertyuiop")
    await anna.wait_for(says("I have no style called “qwertyuiop”"))
    await anna.send_photo(picture(), "/style stary nihgt <b>")
    question = await anna.wait_for(says("Did you mean this one"))
    assert "<b>" in question.words.text
    await anna.press(question, "Starry Night")
    await result_of(anna)
    assert question not in anna.messages


async def test_things_that_are_no_pictures(bot: Background, anna: Person, sandbox: Sandbox) -> None:
    await anna.send_sticker(picture(format="WEBP"), moves=True)
    await anna.wait_for(says("That sticker moves"))
    place = message_json(await anna.send_text("hello"))
    place["message_id"] += 1000  # another message than the one that was heard
    place["location"] = {"latitude": 43.8, "longitude": 4.6}
    del place["text"]
    sandbox._state.updates.push("message", place)
    await anna.wait_for(says("I can only paint pictures"))
    await anna.send_document(b"once upon a time", "tale.txt", "text/plain")
    await anna.wait_for(says("That file is not a picture"))
    for name, mime in (("cat.gif.mp4", "video/mp4"), ("cat.gif", "image/gif")):  # as GIFs arrive
        film = await anna.send_document(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", name, mime)
        await anna.wait_for(says("That one moves"), after=film)
    await anna.send_text("/dance")
    await anna.wait_for(says("I do not know that command"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"this is no picture", "I cannot open that as a picture"),
        (picture(400, 300)[:3000], "That picture is damaged"),
        (picture(200, 8, format="PNG"), "too small to paint"),
        (picture(1000, 20, format="PNG"), "That picture is too narrow"),
    ],
)
async def test_a_bad_file_is_refused_at_once(
    bot: Background, anna: Person, content: bytes, words: str
) -> None:
    sent = await anna.send_document(content, "photo.jpg", "image/jpeg", "/style ink")
    refusal = await anna.wait_for(says(words))
    assert refusal.reply_to is sent
    await anna.send_text("/status")
    await anna.wait_for(says("I have nothing to paint for you"))


async def test_a_gif_that_comes_as_a_file_is_a_picture(bot: Background, anna: Person) -> None:
    await anna.send_document(picture(format="GIF"), "cat.gif", "image/gif")
    await anna.wait_for(is_question)


async def test_a_file_too_heavy_for_telegram(bot: Background, anna: Person, sandbox: Sandbox) -> None:
    await anna.send_document(b"\0" * (20 * 1024 * 1024 + 1), "huge.tif", "image/tiff")
    await anna.wait_for(says("That file is over 20 MB"))
    assert "getFile" not in {call.method for call in sandbox.calls}


async def test_a_picture_that_cannot_be_fetched(bot: Background, anna: Person, sandbox: Sandbox) -> None:
    gone = "Bad Request: wrong file_id or the file is temporarily unavailable"
    sandbox.fail_next("getFile", 400, gone, times=len(fetching.PAUSES) + 1)
    await anna.send_photo(picture())
    refusal = await anna.wait_for(says("I could not fetch that picture"))
    sandbox.fail_next("getFile", 400, gone, times=len(fetching.PAUSES))
    await anna.send_photo(picture())
    await anna.wait_for(is_question, after=refusal)


async def test_one_bad_file_in_an_album(bot: Background, anna: Person) -> None:
    await anna.send_album(
        [
            Attachment(picture(), file_name="good.jpg", mime="image/jpeg"),
            Attachment(b"bad", file_name="bad.jpg", mime="image/jpeg"),
        ]
    )
    await anna.wait_for(says("I cannot open that as a picture"))
    await anna.wait_for(is_question)


async def test_an_album_whose_photo_is_bad_has_none_of_its_styles_painted(
    bot: Background, anna: Person, tmp_path: Path, store: Store
) -> None:
    bad = Attachment(b"bad", file_name="bad.jpg", mime="image/jpeg")
    good = Attachment(picture(), file_name="good.jpg", mime="image/jpeg")
    album = await anna.send_album([bad, good, good])
    told = await anna.wait_for(says("This one was to be the photo"))
    assert told.reply_to is album[0]
    assert list((tmp_path / "data" / "pictures").iterdir()) == []
    assert await store.jobs_of(anna.user_id, open_only=False) == []
    await anna.send_photo(picture())
    await anna.wait_for(is_question, after=told)
    await anna.send_album([bad, good])
    await result_of(anna)  # of the photo that waits, with what there is of its styles


async def test_old_and_foreign_buttons(bot: Background, anna: Person) -> None:
    await anna.send_photo(picture())
    question = await anna.wait_for(is_question)
    await anna.send_text("/cancel")
    await anna.wait_for(says("All right, cancelled"))
    for data in ("1s:7:ink", "1s::no-such-style", "0x:old", "rubbish", "1l:xx", "1f:nojob"):
        assert data is not None
        answer = await anna.press_data(question, data)
        assert answer is not None, data
        assert answer.alert, data
        assert answer.text, data


async def test_a_second_press_of_the_same_button(bot: Background, anna: Person) -> None:
    await anna.send_photo(picture())
    question = await anna.wait_for(is_question)
    [data] = [button.data for button in question.buttons if button.text == "1. Starry Night"]
    assert data is not None
    await anna.press_data(question, data, 0)
    answer = await anna.press_data(question, data)
    assert answer is not None
    assert answer.text == "I am painting this photo already."
    await result_of(anna)


async def test_a_private_bot(start_bot: StartBot, anna: Person, boris: Person) -> None:
    async with start_bot(bot_allowed_users=frozenset({anna.user_id}), bot_admins=frozenset({5})):
        await boris.send_photo(picture(), "/style ink")
        await boris.wait_for(says(f"Ваш Telegram ID: {boris.user_id}"))
        await anna.send_photo(picture(), "/style ink")
        await result_of(anna)


async def test_a_handler_that_breaks_says_so_kindly(
    bot: Background, anna: Person, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object) -> None:
        raise OSError("disk on fire")

    monkeypatch.setattr("bot.storage.pictures.Pictures.keep", broken)
    await anna.send_photo(picture())
    await anna.wait_for(says("Something went wrong on my side"))
    assert "disk on fire" in caplog.text


@pytest.mark.parametrize("name", ["q" * 4000, "&" * 200, "<b>&" * 900], ids=["letters", "ampersands", "tags"])
async def test_a_name_of_any_length_is_answered(bot: Background, anna: Person, name: str) -> None:
    await anna.send_text(f"/style {name}")
    told = await anna.wait_for(says("I have no style called"))
    assert f"“{name[:63]}…”" in told.words.text
    await anna.send_photo(picture(), f"/style {name}"[:1024])
    await anna.wait_for(says("I have no style called"), after=told)
    await anna.wait_for(is_question)


async def test_a_taken_name_of_any_length_is_answered(bot: Background, anna: Person) -> None:
    await anna.send_photo(picture(), "/save ink" + "!" * 1000)
    await anna.wait_for(says("ink!!!!"))
    assert not [message for message in anna.messages if says("went wrong")(message)]
