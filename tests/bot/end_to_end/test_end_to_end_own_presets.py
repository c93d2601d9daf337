"""My own presets: saved, used in every way a preset is, listed, deleted; over the sandbox."""

from pathlib import Path

import pytest

from bot.background import Background
from bot.people.own_presets import MOST, OwnPresets
from bot.people.sweeper import sweep
from bot.sandbox import Attachment, Message, Person, Sandbox
from bot.storage.pictures import Pictures
from bot.store import Store
from styler import load_presets
from tests.bot.conftest import StartBot
from tests.bot.end_to_end.chat import (
    PAINTED,
    changed,
    is_question,
    is_result,
    labels,
    picture,
    result_of,
    says,
    title_of,
)


@pytest.fixture
async def carpet(bot: Background, anna: Person) -> Message:
    """Anna's painting in a style of hers, which she saved as "Grandma's carpet"."""
    await anna.send_album([picture(), picture(color="olive")])
    painting = await result_of(anna)
    await anna.send_text("/save Grandma's carpet")
    await anna.wait_for(says("Saved as Grandma's carpet"))
    return painting


async def test_a_saved_style_is_found_by_its_name(bot: Background, anna: Person, carpet: Message) -> None:
    after = carpet
    for words in ("/style grandmas carpet", "/style GRANDMA"):
        await anna.send_text(words)
        await anna.wait_for(says("Style: Grandma's carpet. Now send me a photo"))
        await anna.send_photo(picture(100, 200))
        after = await result_of(anna, after=after)
        assert title_of(after) == "🖼 Grandma's carpet"
    await anna.send_photo(picture(100, 200), "/style grandma's carpet")
    after = await result_of(anna, after=after)
    assert title_of(after) == "🖼 Grandma's carpet"
    await anna.send_photo(picture(100, 200), "Grandma's Carpet")
    assert title_of(await result_of(anna, after=after)) == "🖼 Grandma's carpet"


async def test_a_near_miss_suggests_my_own(bot: Background, anna: Person, carpet: Message) -> None:
    await anna.send_text("/style grandmas carpte")
    question = await anna.wait_for(says("Did you mean"))
    assert labels(question) == ["Grandma's carpet"]
    await anna.press(question, "Grandma's carpet")
    await anna.wait_for(says("Style: Grandma's carpet. Now send me a photo"))


async def test_nobody_else_has_my_styles(
    bot: Background, anna: Person, boris: Person, carpet: Message
) -> None:
    await boris.send_text("/style grandmas carpet")
    await boris.wait_for(says("Стиля «grandmas carpet» у меня нет"))
    await boris.send_text("/presets")
    empty = await boris.wait_for(says("Своих стилей у вас пока нет"))
    await anna.send_text("/presets")
    mine = await anna.wait_for(says("Your styles"))
    for button in mine.buttons:
        assert button.data is not None
        answer = await boris.press_data(empty, button.data)
        assert answer is not None
        assert answer.alert
    await anna.send_text("/presets")
    assert labels(await anna.wait_for(says("Your styles"))) == labels(mine)


async def test_the_gallery_leads_to_them(bot: Background, anna: Person, carpet: Message) -> None:
    photo = await anna.send_photo(picture(100, 200))
    question = await anna.wait_for(is_question)
    await anna.press(question, "★ My styles")
    mine = await anna.wait_for(says("Which one for this photo?"))
    assert mine.photo is not None
    assert mine.reply_to is photo
    await anna.press(mine, "Grandma's carpet")
    painting = await result_of(anna, after=carpet)
    assert painting.reply_to is photo
    assert title_of(painting) == "🖼 Grandma's carpet"


async def test_without_any_the_gallery_says_nothing_of_them(bot: Background, boris: Person) -> None:
    await boris.send_photo(picture())
    assert "★ Мои стили" not in labels(await boris.wait_for(is_question))


async def test_deleting_asks_first(
    bot: Background, anna: Person, carpet: Message, store: Store, pictures: Pictures
) -> None:
    await anna.send_photo(picture(color="white"), "/save Snow")
    await anna.wait_for(says("Saved as Snow"))
    await anna.send_text("/presets")
    mine = await anna.wait_for(says("Your styles"))
    all_of_them = ["Grandma's carpet", "Snow", "Delete a style"]
    assert labels(mine) == all_of_them
    await changed(anna, mine, "Delete a style")
    assert labels(mine) == ["✕ Grandma's carpet", "✕ Snow", "‹ Back"]
    await changed(anna, mine, "‹ Back")
    assert labels(mine) == all_of_them
    await changed(anna, mine, "Delete a style")
    await changed(anna, mine, "✕ Grandma's carpet")
    assert labels(mine) == ["Yes, delete “Grandma's carpet”", "No, keep it"]
    await changed(anna, mine, "No, keep it")
    assert labels(mine) == all_of_them
    await changed(anna, mine, "Delete a style")
    await changed(anna, mine, "✕ Grandma's carpet")
    answer = await anna.press(mine, "Yes, delete “Grandma's carpet”")
    assert answer is not None
    assert answer.text == "“Grandma's carpet” is deleted."
    await anna.wait_for(lambda each: each is mine and labels(each) == ["Snow", "Delete a style"])
    await changed(anna, mine, "Delete a style")
    await changed(anna, mine, "✕ Snow")
    await anna.press(mine, "Yes, delete “Snow”")
    await anna.send_text("/presets")
    await anna.wait_for(says("You have no styles of your own yet"))
    assert mine not in anna.messages
    await sweep(store, pictures, 0)
    assert list((store.path.parent / "pictures").iterdir()) == []


async def test_they_are_kept_when_all_else_is_swept_away(
    start_bot: StartBot, anna: Person, store: Store, pictures: Pictures
) -> None:
    async with start_bot():
        await anna.send_album([picture(), picture(color="olive"), picture(color="white")])
        await result_of(anna)
        await anna.send_text("/save two at once")
        await anna.wait_for(says("Saved as two at once"))
        await sweep(store, pictures, 0)
    async with start_bot():
        await anna.send_photo(picture(100, 200), "/style two at once")
        assert title_of(await anna.wait_for(says("🖼 two at once"), PAINTED)) == "🖼 two at once"


async def test_a_picture_may_be_saved_directly(bot: Background, anna: Person) -> None:
    photo = await anna.send_photo(picture(color="olive"))
    await anna.wait_for(is_question)
    await anna.send_text("/save olive", reply_to=photo)
    await anna.wait_for(says("Saved as olive"))
    await anna.send_photo(picture(color="white"), "/save white")
    await anna.wait_for(says("Saved as white"))
    await anna.send_photo(picture(color="white"), "/save\nsnow")
    await anna.wait_for(says("Saved as snow"))
    await anna.send_text("/presets")
    assert labels(await anna.wait_for(says("Your styles"))) == ["olive", "white", "snow", "Delete a style"]


async def test_an_album_may_be_saved_directly(bot: Background, anna: Person) -> None:
    await anna.send_album([Attachment(picture(color="olive"), "/save both"), Attachment(picture())])
    await anna.wait_for(says("Saved as both"))
    await anna.send_photo(picture(), "/style both")
    assert title_of(await anna.wait_for(is_result, PAINTED)) == "🖼 both", "the album was not painted"


async def test_a_picture_to_be_saved_without_a_name(bot: Background, anna: Person) -> None:
    await anna.send_photo(picture(), "/save")
    await anna.wait_for(says("Write a name after the command"))


async def test_the_style_of_an_earlier_painting_by_answering_it(bot: Background, anna: Person) -> None:
    await anna.send_album([picture(), picture(color="olive")])
    painting = await result_of(anna)
    await anna.send_photo(picture(), "/style ink")
    inked = await result_of(anna, after=painting)
    await anna.send_text("/save mine", reply_to=inked)
    await anna.wait_for(says("There is no style picture of yours to keep"))
    await anna.send_text("/save mine", reply_to=painting)
    await anna.wait_for(says("Saved as mine"))


async def test_what_cannot_be_saved_is_explained(bot: Background, anna: Person, store: Store) -> None:
    for words in ("/save", "/save !!!"):
        sent = await anna.send_text(words)
        await anna.wait_for(says("Write a name after the command"), after=sent)
    await anna.send_text("/save mine")
    await anna.wait_for(says("There is no style picture of yours to keep"))
    await anna.send_photo(picture(), "/save Звёздная ночь")
    await anna.wait_for(says("There is a style called “Звёздная ночь” already"))
    for number in range(MOST):
        await anna.send_photo(picture(), f"/save number {number}")
        await anna.wait_for(says(f"Saved as number {number}"))
    await anna.send_photo(picture(), "/save one more")
    await anna.wait_for(says(f"You have {MOST} styles"))
    await anna.send_photo(picture(), "/save NUMBER 3")
    await anna.wait_for(says("Saved as NUMBER 3"))


async def test_a_name_used_again_is_the_new_style(
    bot: Background, anna: Person, store: Store, pictures: Pictures, tmp_path: Path
) -> None:
    await anna.send_photo(picture(), "/save mine")
    await anna.wait_for(says("Saved as mine"))
    own = OwnPresets(store, pictures, load_presets())
    [before] = await own.of(anna.user_id)
    await anna.send_photo(picture(), "/save  MINE ")
    await anna.wait_for(says("Saved as MINE"))
    [after] = await own.of(anna.user_id)
    assert after.pictures != before.pictures
    assert [file.name for file in (tmp_path / "data" / "pictures").iterdir()] == list(after.pictures)


async def test_a_preset_deleted_meanwhile_is_told(bot: Background, anna: Person, carpet: Message) -> None:
    await anna.send_text("/presets")
    mine = await anna.wait_for(says("Your styles"))
    pick = mine.buttons[0].data
    await changed(anna, mine, "Delete a style")
    drop = mine.buttons[0].data
    assert pick is not None
    assert drop is not None
    await anna.press_data(mine, drop.replace(":0", ":1"))
    for data in (pick, drop):
        answer = await anna.press_data(carpet, data)
        assert answer is not None
        assert answer.alert


async def test_saved_and_used_in_a_group(
    bot: Background, sandbox: Sandbox, anna: Person, boris: Person
) -> None:
    group = sandbox.group("Family", [anna, boris])
    anna = anna.in_chat(group)
    await anna.send_photo(picture(color="olive"), f"/save@{sandbox.bot.username} olive")
    await anna.wait_for(says("Saved as olive"))
    await anna.send_photo(picture(), f"/style@{sandbox.bot.username} olive")
    assert title_of(await anna.wait_for(says("🖼"), PAINTED)) == "🖼 olive"


async def test_one_whose_picture_was_lost_can_still_be_deleted(
    bot: Background, anna: Person, carpet: Message, tmp_path: Path
) -> None:
    for file in (tmp_path / "data" / "pictures").iterdir():
        file.unlink()
    await anna.send_text("/presets")
    shown = await anna.wait_for(says("Your styles"))
    await changed(anna, shown, "Delete a style")
    await anna.press(shown, "✕ Grandma's carpet")
    sure = "Yes, delete “Grandma's carpet”"
    await anna.wait_for(lambda message: message is shown and sure in labels(message))
    await anna.press(shown, sure)
    await anna.wait_for(lambda _: shown not in anna.messages)
