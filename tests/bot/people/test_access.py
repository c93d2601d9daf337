"""What was decided about somebody counts after a restart, and the latest decision alone."""

from collections.abc import Callable

from bot.people.access import Access, Verdict
from bot.settings import Settings
from bot.store import Store

ANNA = 5


async def test_the_latest_decision_counts_after_each_restart(
    store: Store, settings: Callable[..., Settings]
) -> None:
    invited_only = settings(bot_allowed_users=frozenset({1}))
    for verdict, is_admitted in ((Verdict.BANNED, False), (Verdict.ALLOWED, True), (None, False)):
        await Access(store, invited_only).decide(ANNA, verdict)
        later = Access(store, invited_only)
        await later.load()
        assert later.admits(ANNA) is is_admitted
        assert later.is_banned(ANNA) is (verdict is Verdict.BANNED)


async def test_who_is_banned_again_is_told_again(store: Store, settings: Callable[..., Settings]) -> None:
    access = Access(store, settings())
    for _ in range(2):
        await access.decide(ANNA, Verdict.BANNED)
        assert [access.tell_once(ANNA) for _ in range(2)] == [True, False]
        await access.decide(ANNA, None)
