"""Everything that is kept about a person, and how to delete it."""

import logging

from bot import dialogue, past_counts
from bot.clock import now
from bot.database import execute
from bot.dialogue_json import from_json
from bot.pictures import Pictures
from bot.store import Store, files_of_jobs, read_styles
from bot.worker import Worker

log = logging.getLogger(__name__)

STOPPING_SECONDS = 20.0  # for a painting to come to its end: a step of a large one takes seconds


async def forget_person(
    store: Store, worker: Worker, pictures: Pictures, user_id: int, *, counted: bool
) -> None:
    """End their jobs, then delete their rows and files, in all chats.

    counted: whether there is a quota for them, which this must not undo: see `bot.past_counts`.
    A file stays only where somebody else needs it: a style picture that was passed on in a recipe.
    """
    await worker.drop_person(user_id, STOPPING_SECONDS)
    files = await _forget_rows(store, user_id, counted)
    for file in files:
        if not await store.is_referenced(file):
            await pictures.delete(file)
            await pictures.delete_result(file)
    await store.write_out()
    log.info("A person was forgotten, with %d files.", len(files))


async def _forget_rows(store: Store, user_id: int, counted: bool) -> set[str]:
    """Delete them; the names of the files that they mentioned."""
    async with store.transaction() as connection:
        jobs = await execute(connection, "SELECT * FROM jobs WHERE user_id = ?", user_id)
        states = await execute(connection, "SELECT state FROM dialogues WHERE user_id = ?", user_id)
        presets = await execute(connection, "SELECT styles FROM own_presets WHERE user_id = ?", user_id)
        if counted:
            await past_counts.keep(connection, user_id, now())
        # By the column and not by a list of names, so that no table can be left out.
        tables = await execute(
            connection,
            "SELECT name FROM sqlite_master AS known WHERE type = 'table' AND EXISTS "
            "(SELECT 1 FROM pragma_table_info(known.name) AS field WHERE field.name = 'user_id')",
        )
        for table in tables:
            await execute(connection, f"DELETE FROM {table['name']} WHERE user_id = ?", user_id)  # noqa: S608
    held = {file for row in states for file in dialogue.files(from_json(row["state"]))}
    own = {style.picture for row in presets for style in read_styles(row["styles"]) if style.picture}
    return held | own | files_of_jobs(jobs)
