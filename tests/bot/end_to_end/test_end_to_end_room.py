"""What the queue had no room for is painted as soon as there is some, with nothing to press."""

import pytest

from bot.dialogue_states import Idle, kept, messages
from bot.sandbox import Message, Person, Sandbox
from bot.store import Store
from tests.bot.conftest import QuickPainter, StartBot
from tests.bot.easel_painter import EaselPainter, Work, until
from tests.bot.end_to_end.chat import (
    PAINTED,
    is_painting,
    is_question,
    is_result,
    picture,
    result_of,
    results,
    says,
    title_of,
)

pytestmark = pytest.mark.usefixtures("offering")


async def until_open(store: Store, number: int) -> None:
    """So many jobs are open."""

    async def are_open() -> bool:
        return len(await store.open_jobs()) == number

    await until(are_open)


async def has_jobs(store: Store, person: Person) -> bool:
    return bool(await store.jobs_of(person.user_id))


async def test_one_after_the_other(
    slow: None, start_bot: StartBot, anna: Person, painter: QuickPainter
) -> None:
    async with start_bot(bot_max_jobs_per_user=1):
        await anna.send_photo(picture(), "/style ink")
        live = await anna.wait_for(is_painting, PAINTED)
        photos = await anna.send_album([picture(), picture(color="olive")])
        await anna.edit(photos[0], "/style mosaic")
        refusal = await anna.wait_for(says("I keep 2 photos for you and will paint them next"))
        painter.steps = 4
        await anna.press(live, "Cancel")
        for photo in photos:
            await anna.wait_for(lambda each, photo=photo: is_result(each) and each.reply_to is photo, PAINTED)
        assert [title_of(each) for each in results(anna)] == ["🖼 Mosaic", "🖼 Mosaic"]
        await anna.send_text("/status")
        await anna.wait_for(says("I have nothing to paint for you"))
        assert refusal not in anna.messages


async def test_for_others_too_and_in_their_language(
    slow: None, start_bot: StartBot, anna: Person, boris: Person, painter: QuickPainter
) -> None:
    async with start_bot(bot_max_queue=1):
        await anna.send_photo(picture(), "/style ink")
        live = await anna.wait_for(is_painting, PAINTED)
        photo = await boris.send_photo(picture(), "/style мозаика")
        await boris.wait_for(says("Сейчас ждёт очень много людей"))
        painter.steps = 4
        await anna.press(live, "Cancel")
        result = await result_of(boris)
        assert result.reply_to is photo
        assert title_of(result) == "🖼 Мозаика"


async def test_after_a_restart(slow: None, start_bot: StartBot, anna: Person, painter: QuickPainter) -> None:
    async with start_bot(bot_max_jobs_per_user=1):
        await anna.send_photo(picture(), "/style ink")
        await anna.wait_for(is_painting, PAINTED)
        photo = await anna.send_photo(picture(), "/style mosaic")
        await anna.wait_for(says("I keep this photo"))
        painter.steps = 4
    async with start_bot(bot_max_jobs_per_user=1):
        result = await anna.wait_for(lambda each: is_result(each) and each.reply_to is photo, PAINTED)
        assert title_of(result) == "🖼 Mosaic"
        assert len(results(anna)) == 2


async def test_as_soon_as_a_place_is_free(
    start_bot: StartBot, anna: Person, boris: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.conversation.kept_photos.EVERY_SECONDS", 1000.0)
    easel = EaselPainter()
    async with start_bot(easel, bot_max_queue=1):
        await anna.send_photo(picture(), "/style ink")
        first = await easel.work(1)
        photo = await boris.send_photo(picture(), "/style мозаика")
        await boris.wait_for(says("Сейчас ждёт очень много людей"))
        first.finish()
        (await easel.work(2)).finish()
        assert (await result_of(boris)).reply_to is photo


async def test_where_telegram_puts_one_chat_off_the_others_do_not_wait(
    start_bot: StartBot, sandbox: Sandbox, anna: Person, boris: Person, store: Store
) -> None:
    easel, clara = EaselPainter(), sandbox.person(first_name="Clara")
    async with start_bot(easel, bot_max_queue=2):
        for number, style in enumerate(("ink", "mosaic"), 1):
            await clara.send_photo(picture(), f"/style {style}")
            await until_open(store, number)
        await clara.wait_for(says("Mosaic"))
        await anna.send_photo(picture(), "/style ink")
        await anna.wait_for(says("So many people"))
        await boris.send_photo(picture(), "/style ink")
        await boris.wait_for(says("Сейчас ждёт"))
        sandbox.hold(60, anna.chat)  # a longer time it would not be waited for
        for number, person in enumerate((anna, boris), 1):
            (await easel.work(number)).finish()
            await until(lambda person=person: has_jobs(store, person))


async def painted_first(person: Person, easel: EaselPainter) -> Work:
    """What keeps the painter busy."""
    await person.send_photo(picture(), "/style ink")
    return await easel.work(1)


async def kept_for_words(person: Person) -> tuple[Message, Message]:
    """A photo for which there is no room, and the words that named its style."""
    photo = await person.send_photo(picture())
    await person.wait_for(is_question)
    words = await person.send_text("pencil")
    await person.wait_for(says("I keep this photo"))
    return photo, words


async def test_words_put_right_are_for_the_photo_that_they_led_to(start_bot: StartBot, anna: Person) -> None:
    easel = EaselPainter()
    async with start_bot(easel, bot_max_jobs_per_user=1):
        first = await painted_first(anna, easel)
        photo, words = await kept_for_words(anna)
        first.finish()
        pencil = await easel.work(2)
        await anna.edit(words, "mosaic, please")
        await pencil.until_asked_to_stop()
        pencil.finish(stopped=True)
        (await easel.work(3)).finish()
        result = await anna.wait_for(lambda each: is_result(each) and each.reply_to is photo, PAINTED)
        assert title_of(result) == "🖼 Mosaic"


async def test_words_put_right_are_for_the_photo_that_is_kept_for_them(
    start_bot: StartBot, anna: Person, store: Store
) -> None:
    easel = EaselPainter()
    async with start_bot(easel, bot_max_jobs_per_user=1):
        first = await painted_first(anna, easel)
        photo, words = await kept_for_words(anna)
        other = await anna.send_photo(picture())
        question = await anna.wait_for(is_question, after=other)
        await anna.edit(words, "mosaic, please")
        await anna.wait_for(says("I keep this photo"), after=question)
        first.finish()
        (await easel.work(2)).finish()
        result = await anna.wait_for(lambda each: is_result(each) and each.reply_to is photo, PAINTED)
        assert title_of(result) == "🖼 Mosaic"
        state = await store.load_dialogue(anna.chat.id, anna.user_id)
        assert messages(state) == {other.id}, "it is still asked about"


async def test_words_put_right_leave_alone_what_was_kept(
    start_bot: StartBot, anna: Person, store: Store
) -> None:
    easel = EaselPainter()
    async with start_bot(easel, bot_max_jobs_per_user=2):
        for number, style in enumerate(("ink", "mosaic"), 1):
            await anna.send_photo(picture(), f"/style {style}")
            await until_open(store, number)
        kept = await anna.send_photo(picture(), "/style aquarelle")
        await anna.wait_for(says("I keep this photo"))
        photo = await anna.send_photo(picture())
        await anna.wait_for(is_question)
        words = await anna.send_text("pencil")
        await anna.wait_for(says("I keep 2 photos"))
        for number in (1, 2):
            (await easel.work(number)).finish()
        watercolour = await easel.work(3)
        await anna.wait_for(lambda each: says("Pencil")(each) and each.reply_to is photo)
        await anna.edit(words, "anime, please")
        await anna.wait_for(lambda each: says("Cancelled")(each) and each.reply_to is photo)
        assert not watercolour.should_stop()
        jobs = [job for job in await store.jobs_of(anna.user_id, open_only=False) if job.reply_to == kept.id]
        assert [job.styles[0].preset for job in jobs] == ["aquarelle"]


async def test_not_for_a_group_that_threw_the_bot_out(
    slow: None, start_bot: StartBot, sandbox: Sandbox, anna: Person, boris: Person, store: Store
) -> None:
    group = sandbox.group("Family", [anna, boris], "supergroup")
    anne = anna.in_chat(group)
    async with start_bot(bot_max_queue=1):
        await boris.send_photo(picture(), "/style ink")
        await boris.wait_for(is_painting, PAINTED)
        await anne.send_photo(picture(), "/style mosaic")
        await anne.wait_for(says("So many people"))

        async def nothing_is_kept() -> bool:
            return await store.load_dialogue(group.id, anna.user_id) == Idle()

        assert not await nothing_is_kept()
        sandbox._state.set_blocked(group, anna.user, True)
        await until(nothing_is_kept)


async def test_not_for_who_may_not_use_the_bot_any_more(
    slow: None, start_bot: StartBot, anna: Person, boris: Person, painter: QuickPainter
) -> None:
    async with start_bot(bot_max_queue=1):
        await anna.send_photo(picture(), "/style ink")
        await anna.wait_for(is_painting, PAINTED)
        await boris.send_photo(picture(), "/style мозаика")
        await boris.wait_for(says("Сейчас ждёт очень много людей"))
        painter.steps = 4
    async with start_bot(bot_max_queue=1, bot_allowed_users=frozenset({anna.user_id})):
        await result_of(anna)
        again = await anna.send_photo(picture(), "/style ink")
        await anna.wait_for(lambda each: is_result(each) and each.reply_to is again, PAINTED)
        assert results(boris) == []


async def test_a_sheet_that_finds_no_place_keeps_no_photo_back(
    start_bot: StartBot, anna: Person, boris: Person, store: Store
) -> None:
    """A sheet has a place among sheets only, and those may be taken for long."""
    easel = EaselPainter()
    async with start_bot(easel, bot_max_queue=1):
        await boris.send_photo(picture(), "/sheet")
        sheet = await easel.work(1)
        await anna.send_photo(picture(), "/sheet")
        await anna.wait_for(says("So many people"))
        photo = await anna.send_photo(picture(color="olive"), "/style ink")
        await sheet.until_asked_to_stop()
        sheet.finish(stopped=True)
        (await easel.work(2)).finish()
        assert (await result_of(anna)).reply_to is photo
        assert len(kept(await store.load_dialogue(anna.chat.id, anna.user_id))) == 1
