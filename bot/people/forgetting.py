"""Everything that is kept about a person, and how to delete it."""

import logging

from bot import dialogue_states
from bot.clock import now
from bot.people import past_counts
from bot.storage.database import execute
from bot.storage.dialogue_json import from_json
from bot.storage.job_rows import files_of_jobs, pictures_of
from bot.storage.pictures import Pictures
from bot.store import Store

log = logging.getLogger(__name__)


async def forget_person(store: Store, pictures: Pictures, user_id: int, *, counted: bool) -> None:
    """Delete their rows and files, in all chats. Their jobs should have ended: see `Worker.drop_person`.

    counted: whether there is a quota for them, which this must not undo: see `bot.people.past_counts`.
    A file stays only where somebody else needs it: a style picture that was passed on in a recipe.
    """
    mentioned, job_ids = await _forget_rows(store, user_id, counted)
    there = await pictures.those_there(mentioned, job_ids)
    files = there - await store.referenced_files(there, 0)
    for file in files:
        await pictures.delete(file)
        await pictures.delete_result(file)
    await store.write_out()
    log.info("A person was forgotten, with %d files.", len(files))


async def _forget_rows(store: Store, user_id: int, counted: bool) -> tuple[set[str], set[str]]:
    """Delete them; the names of the files that they mentioned, and the ids of their jobs."""
    alias = await past_counts.alias_of(store, user_id) if counted else None
    async with store.transaction() as connection:
        jobs = await execute(connection, "SELECT * FROM jobs WHERE user_id = ?", user_id)
        states = await execute(connection, "SELECT state FROM dialogues WHERE user_id = ?", user_id)
        presets = await execute(connection, "SELECT styles FROM own_presets WHERE user_id = ?", user_id)
        if alias is not None:
            await past_counts.keep(connection, user_id, alias, now())
        # By the column and not by a list of names, so that no table can be left out.
        tables = await execute(
            connection,
            "SELECT name FROM sqlite_master AS known WHERE type = 'table' AND EXISTS "
            "(SELECT 1 FROM pragma_table_info(known.name) AS field WHERE field.name = 'user_id')",
        )
        for table in tables:
            await execute(connection, f"DELETE FROM {table['name']} WHERE user_id = ?", user_id)  # noqa: S608
    held = {file for row in states for file in dialogue_states.files(from_json(row["state"]))}
    own = {file for row in presets for file in pictures_of(row["styles"])}
    return held | own | files_of_jobs(jobs), {row["id"] for row in jobs}
