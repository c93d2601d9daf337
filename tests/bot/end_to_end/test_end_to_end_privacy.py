"""/privacy and /forget: nothing of somebody is left, neither rows nor files, and others keep theirs."""

import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from bot.background import Background
from bot.sandbox import Message, Person, Sandbox
from bot.settings import Settings
from tests.bot.conftest import QuickPainter, StartBot
from tests.bot.end_to_end.chat import PAINTED, is_painting, is_question, picture, result_of, says


@pytest.fixture
def folder(settings: Callable[..., Settings]) -> Path:
    return settings().bot_data_dir


def files(folder: Path) -> set[str]:
    return {file.name for name in ("pictures", "results") for file in (folder / name).iterdir()}


def rows_of(folder: Path, user_id: int) -> dict[str, int]:
    """How many rows mention somebody, by table."""
    with sqlite3.connect(folder / "bot.sqlite3") as connection:
        tables = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        counted = {}
        for table in tables:
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            for column in {"user_id", "chat_id"} & set(columns):
                query = f"SELECT count(*) FROM {table} WHERE {column} = ?"
                counted[f"{table}.{column}"] = connection.execute(query, (user_id,)).fetchone()[0]
    return {name: count for name, count in counted.items() if count}


def save_style_of_last_job(folder: Path, user_id: int) -> None:
    """As a preset of their own."""
    with sqlite3.connect(folder / "bot.sqlite3") as connection:
        query = (
            "SELECT ?, 'Rug', 'rug', styles, 0 FROM jobs WHERE user_id = ? ORDER BY created_at DESC LIMIT 1"
        )
        into = "INSERT INTO own_presets (user_id, name, key, styles, created_at)"
        connection.execute(f"{into} {query}", (user_id, user_id))


def bytes_of_database(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.glob("bot.sqlite3*"))


async def ask_to_forget(person: Person) -> Message:
    asked = await person.send_text("/forget")
    return await person.wait_for(says("Shall I forget you?", "Забыть о вас всё?"), after=asked)


async def test_privacy_says_what_is_kept(start_bot: StartBot, anna: Person, boris: Person) -> None:
    async with start_bot(bot_keep_hours=48):
        await anna.send_text("/privacy")
        answer = await anna.wait_for(says("What I keep about you"))
        assert "48 hours" in answer.words.text
        assert "30 days" in answer.words.text
        assert "/forget" in answer.words.text
        await boris.send_text("/privacy")
        await boris.wait_for(says("Что я храню о вас"))


@pytest.mark.parametrize(
    ("hours", "told"), [(0.4, "after 24 minutes"), (1, "after 1 hour"), (24, "after 24 hours")]
)
async def test_help_says_how_long_pictures_are_kept(
    start_bot: StartBot, anna: Person, hours: float, told: str
) -> None:
    async with start_bot(bot_keep_hours=hours):
        await anna.send_text("/help")
        await anna.wait_for(says(told))


async def test_forget_deletes_everything_at_once(
    bot: Background, folder: Path, anna: Person, boris: Person
) -> None:
    await boris.send_photo(picture(), "/style ink")
    await result_of(boris)
    theirs = files(folder)
    await anna.send_text("/language")
    await anna.press(await anna.wait_for(says("Which language")), "English")
    await anna.send_photo(picture(), "/style ink")
    await result_of(anna)
    await anna.send_album([picture(), picture(120, 200)])
    await anna.wait_for(says("🖼 Custom style"), PAINTED)
    save_style_of_last_job(folder, anna.user_id)
    await anna.send_photo(picture())
    await anna.wait_for(is_question)
    assert len(files(folder)) > len(theirs)
    assert rows_of(folder, anna.user_id)
    question = await ask_to_forget(anna)
    await anna.press(question, "Yes, delete everything")
    assert await anna.wait_for(says("I keep nothing about you any more")) is question
    assert rows_of(folder, anna.user_id) == {}
    assert files(folder) == theirs
    assert rows_of(folder, boris.user_id)


async def test_nothing_can_be_read_from_the_database_file_afterwards(
    bot: Background, folder: Path, anna: Person
) -> None:
    await anna.send_photo(picture(), "/style ink")
    await result_of(anna)
    with sqlite3.connect(folder / "bot.sqlite3") as connection:
        [(job_id, content)] = connection.execute("SELECT id, content FROM jobs").fetchall()
    await anna.press(await ask_to_forget(anna), "Yes, delete everything")
    await anna.wait_for(says("I keep nothing about you any more"))
    written = bytes_of_database(folder)
    assert job_id.encode() not in written
    assert content.encode() not in written


async def test_forget_ends_what_is_painted_and_what_waits(
    slow: None, bot: Background, folder: Path, anna: Person, boris: Person, painter: QuickPainter
) -> None:
    await anna.send_photo(picture(), "/style ink")
    await anna.wait_for(is_painting, PAINTED)
    await anna.send_photo(picture(), "/style mosaic")
    await anna.wait_for(says("goes first"))
    await boris.send_photo(picture(), "/style mosaic")
    await boris.wait_for(says("Перед вами"))
    painter.steps = 4
    await anna.press(await ask_to_forget(anna), "Yes, delete everything")
    await anna.wait_for(says("I keep nothing about you any more"), PAINTED)
    assert rows_of(folder, anna.user_id) == {}
    await result_of(boris)
    assert len(files(folder)) == 2, "Boris's photo and painting"
    assert rows_of(folder, anna.user_id) == {}, "nothing comes afterwards"


async def test_who_does_not_mean_it_keeps_everything(bot: Background, folder: Path, anna: Person) -> None:
    await anna.send_photo(picture(), "/style ink")
    await result_of(anna)
    before = files(folder), rows_of(folder, anna.user_id)
    await anna.press(await ask_to_forget(anna), "No, keep everything")
    await anna.wait_for(says("nothing was deleted"))
    after = rows_of(folder, anna.user_id)
    assert after["arrivals.user_id"] > before[1]["arrivals.user_id"], "the question came, and the answer"
    assert (files(folder), after | {key: before[1][key] for key in after if "arrivals" in key}) == before


async def test_forgotten_in_groups_too_and_life_goes_on(
    bot: Background, sandbox: Sandbox, folder: Path, anna: Person, boris: Person
) -> None:
    group = sandbox.group("Family", [anna, boris])
    photo = await anna.in_chat(group).send_photo(picture(), "/style ink")
    await anna.in_chat(group).wait_for(lambda message: message is photo and "🎉" in message.emojis, PAINTED)
    await anna.press(await ask_to_forget(anna), "Yes, delete everything")
    await anna.wait_for(says("I keep nothing about you any more"))
    assert rows_of(folder, anna.user_id) == {}
    assert files(folder) == set()
    await anna.send_photo(picture(), "/style ink")
    await result_of(anna)


async def test_only_the_one_who_asked_is_forgotten_in_a_group(
    bot: Background, sandbox: Sandbox, folder: Path, anna: Person, boris: Person
) -> None:
    await boris.send_photo(picture(), "/style ink")
    await result_of(boris)
    group = sandbox.group("Family", [anna, boris])
    question = await ask_to_forget(anna.in_chat(group))
    answer = await boris.in_chat(group).press(question, "Yes, delete everything")
    assert answer is not None
    assert answer.alert
    assert rows_of(folder, boris.user_id)


WORDS = NAME, TEXT, CAPTION, FILE, STYLE, GROUP = (
    "Quillwort",
    "Spiderwort",
    "Mugwort",
    "Lungwort",
    "Bladderwort",
    "Milkwort",
)


def all_files(folder: Path) -> list[Path]:
    """Of every kind, but for the sheets, which show no person."""
    return [file for file in folder.rglob("*") if file.is_file() and "sheets" not in file.parts]


def found_in(folder: Path, words: Iterable[str]) -> dict[str, list[str]]:
    """Which words stand in which files below it."""
    contents = {str(file.relative_to(folder)): file.read_bytes() for file in all_files(folder)}
    found = {name: [word for word in words if word.encode() in content] for name, content in contents.items()}
    return {name: words for name, words in found.items() if words}


def rows_with_number(folder: Path, number: int) -> dict[str, int]:
    """How many rows of each table have this number in any column, or within what is written there."""
    counted = {}
    with sqlite3.connect(folder / "bot.sqlite3") as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in names:
            rows = connection.execute(f"SELECT * FROM {table}").fetchall()
            counted[table] = sum(any(str(number) in str(value) for value in row) for row in rows)
    return {table: count for table, count in counted.items() if count}


async def test_no_word_of_theirs_is_left_anywhere(
    start_bot: StartBot, sandbox: Sandbox, folder: Path
) -> None:
    """In no table and no file, the journal of the database included."""
    anna = sandbox.person(7_301_946_528, NAME)
    group = sandbox.group(GROUP, [anna])
    async with start_bot():
        await anna.send_text(TEXT)
        await anna.send_document(picture(), f"{FILE}.jpg", "image/jpeg", CAPTION)
        await anna.wait_for(is_question)
        await anna.send_text(f"/style {STYLE}")
        await anna.send_text("/style ink")
        await result_of(anna)
        saved = await anna.send_photo(picture(), f"/save {STYLE}")
        await anna.wait_for(says(STYLE), after=saved)
        await anna.in_chat(group).send_photo(picture(), f"/style {STYLE}")
        await anna.in_chat(group).wait_for(
            lambda message: "🎉" in message.emojis,
            PAINTED,
        )
        assert STYLE in str(found_in(folder, WORDS)), "there was something to forget"
        assert rows_with_number(folder, anna.user_id)
        await anna.press(await ask_to_forget(anna), "Yes, delete everything")
        await anna.wait_for(says("I keep nothing about you any more"))
        assert found_in(folder, WORDS) == {}
        assert rows_with_number(folder, anna.user_id) == {}
        assert {file.name for file in all_files(folder) if "sqlite3" not in file.name} <= {
            "heartbeat",
            "lock",
        }
    assert found_in(folder, WORDS) == {}
