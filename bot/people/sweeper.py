"""Nothing of anybody's is kept longer than promised."""

import asyncio
import logging

from bot.clock import now, settle
from bot.people.past_counts import forget_old
from bot.people.quota import DAY
from bot.storage.inbox import forget_heard
from bot.storage.pictures import Pictures
from bot.store import Store

log = logging.getLogger(__name__)

SETTLING_SECONDS = 120.0  # after Telegram was reached, for the machine's clock to be set by the network
EVERY_SECONDS = 600.0
PROMISED_DAYS = 3  # longer: photos that wait for room in the queue, as paintings of them were promised
KEEP_JOBS_DAYS = 30  # what was asked for, without the pictures: /again needs it


async def sweep_for_ever(store: Store, pictures: Pictures, keep_seconds: float) -> None:
    """Look soon and every ten minutes; a round that fails is tried again in the next."""
    await asyncio.sleep(SETTLING_SECONDS)  # what is the time? Until that is known, nothing is old
    settle()
    while True:
        try:
            await sweep(store, pictures, keep_seconds)
        except Exception:
            log.exception("Old pictures could not be swept away.")
        await asyncio.sleep(EVERY_SECONDS)


async def sweep(store: Store, pictures: Pictures, keep_seconds: float) -> None:
    """Forget dialogues nobody touched, then delete old files that nothing needs any more."""
    since = now() - keep_seconds
    await store.expire_dialogues(since, since - PROMISED_DAYS * DAY)
    await store.forget_jobs(now() - max(keep_seconds, KEEP_JOBS_DAYS * DAY))
    await forget_heard(store, since)
    await forget_old(store, now())
    old = await pictures.old_files(keep_seconds)
    swept = old - await store.referenced_files(old, since)
    for name in swept:
        await pictures.delete(name)
        await pictures.delete_result(name)
    if swept:
        log.info("%d old pictures were deleted.", len(swept))
