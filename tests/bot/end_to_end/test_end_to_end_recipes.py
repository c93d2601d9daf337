"""/again, and recipes that travel to a friend, over the sandbox."""

from bot.background import Background
from bot.people.sweeper import sweep
from bot.sandbox import Message, Person, Sandbox
from bot.storage.pictures import Pictures
from bot.store import Store
from tests.bot.conftest import StartBot
from tests.bot.end_to_end.chat import PAINTED, is_question, picture, result_of, says, size_of, title_of


async def press(person: Person, message: Message, button: str) -> None:
    """Press a button and wait until the message shows what came of it."""
    before = message.words.text, [each.text for each in message.buttons]
    await person.press(message, button)
    await person.wait_for(
        lambda each: each is message and (each.words.text, [b.text for b in each.buttons]) != before
    )


def link_of(message: Message) -> str:
    """The recipe's link, as it stands in the caption."""
    shown = message.words.text.split()[-1]
    [link] = [entity.url for entity in message.words.entities if entity.url]
    assert link == f"https://{shown}"
    return link


def code_of(message: Message) -> str:
    return link_of(message).partition("?start=")[2]


async def test_again_is_the_last_recipe_for_a_new_photo(bot: Background, anna: Person) -> None:
    await anna.send_text("/again")
    await anna.wait_for(says("I have not painted anything for you yet"))
    await anna.send_photo(picture(), "/style ink")
    first = await result_of(anna)
    await press(anna, first, "50%")
    await anna.send_text("/again")
    await anna.wait_for(says("Style: Ink · 50%. Now send me a photo"))
    await anna.send_photo(picture(100, 200))
    second = await result_of(anna, after=first)
    assert title_of(second) == "🖼 Ink · 50%"
    assert await size_of(anna, second) == (32, 64)


async def test_again_for_the_photo_that_waits(bot: Background, anna: Person) -> None:
    await anna.send_album([picture(), picture(color="olive")])
    first = await result_of(anna)
    photo = await anna.send_photo(picture(100, 200))
    await anna.wait_for(is_question)
    await anna.send_text("/again")
    second = await result_of(anna, after=first)
    assert second.reply_to is photo
    assert title_of(second) == "🖼 Custom style"


async def test_again_as_a_caption_and_in_answer_to_a_photo(bot: Background, anna: Person) -> None:
    photo = await anna.send_photo(picture(), "/style ink")
    first = await result_of(anna)
    await anna.send_photo(picture(100, 200), "/again")
    second = await result_of(anna, after=first)
    assert title_of(second) == "🖼 Ink"
    await press(anna, second, "25%")
    await anna.send_text("/again", reply_to=photo)
    third = await result_of(anna, after=second)
    assert title_of(third) == "🖼 Ink · 25%"
    assert third.reply_to is photo


async def test_again_when_the_style_is_no_longer_kept(
    start_bot: StartBot, anna: Person, store: Store, pictures: Pictures
) -> None:
    async with start_bot():
        await anna.send_album([picture(), picture(color="olive")])
        await result_of(anna)
    await sweep(store, pictures, 0)
    async with start_bot():
        await anna.send_text("/again")
        await anna.wait_for(says("I no longer have the picture of this style"))


async def test_a_link_opens_the_bot_with_style_and_settings(
    bot: Background, anna: Person, boris: Person
) -> None:
    await anna.send_photo(picture(), "/style ink")
    painting = await result_of(anna)
    assert code_of(painting) == "ink"
    await press(anna, painting, "75%")
    await press(anna, painting, "Photo's colours")
    await boris.send_text(f"/start {code_of(painting)}")
    await boris.wait_for(says("Этим стилем с вами поделились"))
    await boris.wait_for(says("Стиль: Тушь · 75% · в цветах фото. Теперь пришлите фото"))
    await boris.send_photo(picture(100, 200))
    assert title_of(await result_of(boris)) == "🖼 Тушь · 75% · в цветах фото"


async def test_a_link_to_a_style_of_my_own(bot: Background, anna: Person, boris: Person) -> None:
    await anna.send_album([picture(), picture(color="olive"), picture(color="white")])
    painting = await result_of(anna)
    await boris.send_photo(picture(100, 200))
    await boris.wait_for(is_question)
    await boris.send_text(f"/start {code_of(painting)}")
    assert title_of(await result_of(boris)) == "🖼 Смесь из 2 картинок"


async def test_a_link_pasted_as_text_or_as_a_caption(bot: Background, anna: Person, boris: Person) -> None:
    await anna.send_photo(picture(), "/style ink")
    painting = await result_of(anna)
    await press(anna, painting, "50%")
    await boris.send_text(link_of(painting))
    await boris.wait_for(says("Стиль: Тушь · 50%"))
    await boris.send_photo(picture(100, 200), link_of(painting).removeprefix("https://"))
    assert title_of(await result_of(boris)) == "🖼 Тушь · 50%"


async def test_a_recipe_whose_style_is_gone(bot: Background, anna: Person, boris: Person) -> None:
    await anna.send_album([picture(), picture(color="olive")])
    painting = await result_of(anna)
    code = code_of(painting)
    await press(anna, painting, "Delete")
    await anna.press(painting, "Yes, delete it")
    for gone in (code, "_abcdefghijkm"):
        asked = await boris.send_text(f"/start {gone}")
        await boris.wait_for(says("Стиля, которым с вами поделились, у меня больше нет"), after=asked)
    for no_recipe in ("catalogue", "%%%"):
        asked = await boris.send_text(f"/start {no_recipe}")
        await boris.wait_for(says("Я превращаю фотографии в картины"), after=asked)
        asked = await anna.send_text(f"/start {no_recipe}")
        await anna.wait_for(says("I no longer have the style that was shared"), after=asked)


async def test_in_a_group_the_link_is_there_and_again_works(
    bot: Background, sandbox: Sandbox, anna: Person, boris: Person
) -> None:
    group = sandbox.group("Family", [anna, boris])
    anna = anna.in_chat(group)
    await anna.send_photo(picture(), f"/style@{sandbox.bot.username} ink")
    first = await result_of(anna)
    assert code_of(first) == "ink"
    await anna.send_photo(picture(100, 200), f"/again@{sandbox.bot.username}")
    second = await anna.wait_for(
        lambda each: each is not first and each.photo and says("🖼 Ink")(each), PAINTED
    )
    assert await size_of(anna, second) == (32, 64)
