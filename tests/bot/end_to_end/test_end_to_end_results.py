"""The buttons under a painting, over the sandbox: from what is kept, without painting anything again."""

import io
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from bot.background import Background
from bot.sandbox import Message, Person, Sandbox
from bot.store import Store
from tests.bot.conftest import QuickPainter, StartBot
from tests.bot.end_to_end.chat import (
    PAINTED,
    changed,
    is_question,
    labels,
    picture,
    result_of,
    results,
    says,
    size_of,
    title_of,
)


@pytest.fixture
async def painting(bot: Background, anna: Person) -> Message:
    """A painting of Anna's."""
    await anna.send_photo(picture(), "/style ink")
    return await result_of(anna)


async def seen(person: Person, message: Message) -> Image.Image:
    return Image.open(io.BytesIO(await person.download(message))).convert("RGB")


def distance(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of two pictures, in grey levels."""
    stat = ImageStat.Stat(ImageChops.difference(one, other.resize(one.size)))
    return sum(stat.mean) / 3


async def jobs(store: Store, person: Person) -> int:
    return len(await store.jobs_of(person.user_id, open_only=False))


async def test_strength_is_blended_from_what_is_kept(
    bot: Background, anna: Person, painting: Message, store: Store
) -> None:
    photo = Image.open(io.BytesIO(picture())).convert("RGB")
    distances = [distance(await seen(anna, painting), photo)]
    assert labels(painting)[:4] == ["25%", "50%", "75%", "✓ 100%"]
    for percent in (75, 50, 25):
        await changed(anna, painting, f"{percent}%")
        assert f"✓ {percent}%" in labels(painting)
        assert title_of(painting) == f"🖼 Ink · {percent}%"
        distances.append(distance(await seen(anna, painting), photo))
    assert distances == sorted(distances, reverse=True), "less and less of the painting"
    assert distances[-1] < 0.7 * distances[0]
    await changed(anna, painting, "100%")
    assert title_of(painting) == "🖼 Ink"
    assert distance(await seen(anna, painting), photo) == pytest.approx(distances[0], abs=1)
    assert await jobs(store, anna) == 1, "nothing was painted"


async def test_my_colours_are_there_at_a_press_and_gone_at_another(
    bot: Background, anna: Person, painting: Message, store: Store
) -> None:
    gray = await seen(anna, painting)
    await changed(anna, painting, "Photo's colours")
    assert title_of(painting) == "🖼 Ink · in the photo's colours"
    assert painting.words.text.endswith("?start=ink_c")
    photo = Image.open(io.BytesIO(picture())).convert("RGB")

    def colors(image: Image.Image) -> Image.Image:
        return Image.merge("L", [image.convert("YCbCr").getchannel(1)]).convert("RGB")

    kept = await seen(anna, painting)
    assert distance(colors(kept), colors(photo)) < 0.9 * distance(colors(gray), colors(photo))
    await changed(anna, painting, "✓ Photo's colours")
    assert title_of(painting) == "🖼 Ink"
    assert await jobs(store, anna) == 1


async def test_a_press_is_answered_while_another_picture_is_painted(
    bot: Background, anna: Person, boris: Person, painting: Message, painter: QuickPainter
) -> None:
    painter.steps = 10_000
    try:
        await boris.send_photo(picture(), "/style ink")
        await boris.wait_for(says("▰", "▱"), PAINTED)
        await changed(anna, painting, "50%")
    finally:
        painter.steps = 4
        await boris.send_text("/cancel")
        await boris.wait_for(says("Отменено"), PAINTED)


async def test_another_style_for_the_same_photo(
    bot: Background, anna: Person, painting: Message, store: Store
) -> None:
    await anna.press(painting, "Another style")
    question = await anna.wait_for(is_question)
    assert question.reply_to is painting.reply_to
    await anna.press(question, "1. Starry Night")
    other = await anna.wait_for(says("🖼 Starry Night"), PAINTED)
    assert await size_of(anna, other) == await size_of(anna, painting)
    assert painting in anna.messages
    assert await jobs(store, anna) == 2
    await changed(anna, painting, "50%")


async def test_bigger_up_to_the_operators_limit(start_bot: StartBot, anna: Person) -> None:
    async with start_bot(bot_max_size=112):
        await anna.send_photo(picture(), "/style ink")
        first = await result_of(anna)
        await changed(anna, first, "50%")
        await anna.press(first, "Paint it bigger")
        second = await result_of(anna, after=first)
        assert max(await size_of(anna, second)) == 96
        assert title_of(second) == "🖼 Ink · 50%"
        await anna.press(second, "Paint it bigger")
        third = await result_of(anna, after=second)
        assert max(await size_of(anna, third)) == 112
        assert "Paint it bigger" not in labels(third), "that is the limit"


async def test_bigger_pressed_twice_is_one_job(
    start_bot: StartBot, anna: Person, painter: QuickPainter, store: Store
) -> None:
    async with start_bot(bot_max_size=112):
        await anna.send_photo(picture(), "/style ink")
        painting = await result_of(anna)
        painter.steps = 10_000
        try:
            [data] = [each.data for each in painting.buttons if each.text == "Paint it bigger"]
            assert data is not None
            await anna.press_data(painting, data)
            answer = await anna.press_data(painting, data)
            assert answer is not None
            assert answer.text == "I am painting this photo already."
            assert await jobs(store, anna) == 2
        finally:
            painter.steps = 4
            await anna.send_text("/cancel")
            await anna.wait_for(says("Cancelled"), PAINTED)


async def test_bigger_where_there_is_no_room_says_so(
    start_bot: StartBot, anna: Person, painter: QuickPainter
) -> None:
    async with start_bot(bot_max_jobs_per_user=1, bot_max_size=112):
        await anna.send_photo(picture(), "/style ink")
        painting = await result_of(anna)
        painter.steps = 10_000
        try:
            await anna.send_photo(picture(), "/style mosaic")
            await anna.wait_for(says("▰", "▱"), PAINTED)
            answer = await anna.press(painting, "Paint it bigger")
            assert answer is not None
            assert answer.alert
            assert "still painting for you" in (answer.text or "")
        finally:
            painter.steps = 4
            await anna.send_text("/cancel")
            await anna.wait_for(says("Cancelled"), PAINTED)


async def test_the_full_size_file_is_what_is_seen(bot: Background, anna: Person, painting: Message) -> None:
    await changed(anna, painting, "50%")
    await anna.press(painting, "As a file")
    whole = await anna.wait_for(lambda message: message.document is not None)
    assert whole.reply_to is painting
    assert distance(await seen(anna, whole), await seen(anna, painting)) < 6


async def test_a_painting_that_came_as_a_file_is_blended_as_a_file(bot: Background, anna: Person) -> None:
    await anna.send_document(picture(format="PNG"), "holiday.png", "image/png", "/style ink")
    painting = await result_of(anna)
    await changed(anna, painting, "50%")
    assert painting.document is not None
    assert painting.document.file.name.endswith(".png")
    assert await size_of(anna, painting) == (64, 48)


async def test_the_same_style_for_the_next_photo(bot: Background, anna: Person, painting: Message) -> None:
    await changed(anna, painting, "25%")
    await changed(anna, painting, "Photo's colours")
    await anna.press(painting, "Another photo")
    await anna.wait_for(says("Style: Ink · 25% · in the photo's colours. Now send me a photo"))
    await anna.send_photo(picture(100, 200))
    other = await result_of(anna, after=painting)
    assert title_of(other) == "🖼 Ink · 25% · in the photo's colours"
    assert labels(other)[0] == "✓ 25%"


async def test_the_same_style_of_my_own(bot: Background, anna: Person) -> None:
    await anna.send_album([picture(), picture(color="olive")])
    painting = await result_of(anna)
    await anna.press(painting, "Another photo")
    await anna.wait_for(says("Style: Custom style. Now send me a photo"))
    await anna.send_photo(picture(100, 200))
    assert title_of(await result_of(anna, after=painting)) == "🖼 Custom style"


async def test_deleting_asks_first_and_then_leaves_nothing(
    bot: Background, anna: Person, painting: Message, tmp_path: Path
) -> None:
    before = labels(painting)
    await changed(anna, painting, "Delete")
    assert labels(painting) == ["Yes, delete it", "No, keep it"]
    await changed(anna, painting, "No, keep it")
    assert labels(painting) == before
    full_size = next(each.data for each in painting.buttons if each.text == "As a file")
    await changed(anna, painting, "Delete")
    answer = await anna.press(painting, "Yes, delete it")
    assert answer is not None
    assert answer.text == "Deleted."
    assert painting not in anna.messages
    kept = [file for folder in ("pictures", "results") for file in (tmp_path / "data" / folder).iterdir()]
    assert kept == []
    assert full_size is not None
    answer = await anna.press_data(painting, full_size)
    assert answer is not None
    assert answer.alert


async def test_deleting_one_painting_leaves_the_photo_for_the_other(
    bot: Background, anna: Person, painting: Message, tmp_path: Path
) -> None:
    await anna.press(painting, "Another style")
    await anna.press(await anna.wait_for(is_question), "1. Starry Night")
    other = await anna.wait_for(says("🖼 Starry Night"), PAINTED)
    await changed(anna, painting, "Delete")
    await anna.press(painting, "Yes, delete it")
    await changed(anna, other, "50%")
    await changed(anna, other, "Delete")
    await anna.press(other, "Yes, delete it")
    assert list((tmp_path / "data" / "pictures").iterdir()) == [], "nothing needs the photo any more"


async def test_a_message_too_old_to_be_deleted_is_told(
    bot: Background, anna: Person, painting: Message, sandbox: Sandbox, tmp_path: Path
) -> None:
    await changed(anna, painting, "Delete")
    sandbox.fail_next("deleteMessage", 400, "Bad Request: message can't be deleted for everyone")
    answer = await anna.press(painting, "Yes, delete it")
    assert answer is not None
    assert answer.alert
    assert "I deleted my copy" in (answer.text or "")
    await anna.wait_for(lambda each: each is painting and labels(each) == [])
    assert list((tmp_path / "data" / "results").iterdir()) == []


async def test_nobody_presses_the_buttons_of_another(
    bot: Background, sandbox: Sandbox, anna: Person, boris: Person, store: Store
) -> None:
    group = sandbox.group("Family", [anna, boris])
    anna, boris = anna.in_chat(group), boris.in_chat(group)
    await anna.send_photo(picture(), f"/style@{sandbox.bot.username} ink")
    painting = await result_of(anna)
    before = labels(painting)
    for each in painting.buttons:
        assert each.data is not None
        answer = await boris.press_data(painting, each.data)
        assert answer is not None, each.text
        assert (
            answer.text
            == "Это чужая картина. Ответьте на фото командой /style, и я нарисую по нему картину для вас."
        ), each.text
    assert labels(painting) == before
    assert results(boris) == [painting]
    assert len(await store.jobs_of(anna.user_id, open_only=False)) == 1
    assert await store.jobs_of(boris.user_id, open_only=False) == []


async def test_forged_presses_change_nothing(bot: Background, anna: Person, painting: Message) -> None:
    job_id = painting.buttons[0].data.split(":")[1] if painting.buttons[0].data else ""
    before = labels(painting)
    for data in (f"1rs:{job_id}:33", f"1rs:{job_id}:100000", f"1rb:{job_id}:8192", "1rs:abcdefghijkm:50"):
        answer = await anna.press_data(painting, data)
        assert answer is not None, data
        assert answer.alert, data
    assert labels(painting) == before


async def test_the_buttons_speak_the_language_of_now(
    bot: Background, anna: Person, painting: Message
) -> None:
    await anna.send_text("/language")
    await anna.press(await anna.wait_for(says("Which language")), "Русский")
    await anna.wait_for(says("Теперь говорю по-русски"))
    await changed(anna, painting, "50%")
    assert title_of(painting) == "🖼 Тушь · 50%"
    assert "Цвета фото" in labels(painting)


async def test_photo_and_style_sent_the_wrong_way_round(bot: Background, anna: Person) -> None:
    await anna.send_album([picture(120, 200), picture(200, 150)])
    painting = await result_of(anna)
    assert await size_of(anna, painting) == (38, 64)
    await anna.press(painting, "⇄ Swap photo and style")
    other = await result_of(anna, after=painting)
    assert await size_of(anna, other) == (64, 48)
    assert title_of(other) == "🖼 Custom style"
    answer = await anna.press(painting, "⇄ Swap photo and style")
    assert answer is not None
    assert answer.text.startswith("I have painted this photo in that style already")
    answer = await anna.press(other, "⇄ Swap photo and style")
    assert answer is not None
    assert answer.text.startswith("I have painted this photo in that style already"), "and back is the first"


async def test_only_two_pictures_can_be_swapped(bot: Background, anna: Person, painting: Message) -> None:
    assert not any("Swap" in label for label in labels(painting)), "a preset is no photo"
    job_id = str(painting.buttons[0].data).split(":")[1]
    answer = await anna.press_data(painting, f"1rw:{job_id}")
    assert answer is not None
    assert answer.alert
    await anna.send_album([picture(), picture(color="olive"), picture(color="white")])
    blend = await result_of(anna, after=painting)
    assert not any("Swap" in label for label in labels(blend))
