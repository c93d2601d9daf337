"""What could not be heard to the end, as Telegram was away or wants to be left alone, until it is again."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from telegram import Update
from telegram.error import RetryAfter, TelegramError

from bot.api.rate_limits import seconds_of
from bot.people.person import whose_turn

log = logging.getLogger(__name__)

SOONEST = 5.0  # seconds until the next attempt
SHARE = 0.5  # of the time that it has waited: often after a short trouble, seldom in a long one

Whose = tuple[int, int]  # chat and speaker


@dataclass(slots=True)
class _Line:
    """What one person said in one chat and waits, in its order."""

    updates: list[Update] = field(default_factory=list)
    due: float = 0.0  # by the loop's clock
    alarm: asyncio.TimerHandle | None = None
    is_held: bool = False  # Telegram said for how long: nothing is heard before


class Postponed:
    """Keeps updates for a while, those of a person together, and then puts them into the queue again.

    Nothing is given up here: what may be tried ever more seldom need not be. At the bot's next start it is
    heard from the inbox. Origins name updates, as everywhere.
    """

    def __init__(self, put: Callable[[Update], None]) -> None:
        """`put` queues an update to be heard."""
        self._put = put
        self._lines: dict[Whose, _Line] = {}
        self._since: dict[str, float] = {}  # by origin: when it was first postponed
        self._recalled: set[str] = set()  # origins of what the last stop left
        self._lined_up: set[str] = set()  # origins of what has waited for others
        self._made_due: set[str] = set()  # and of what made those due

    def knows(self, origin: str | None) -> bool:
        """Whether it was heard before, in vain."""
        return origin in self._since

    def has_waited(self, origin: str) -> bool:
        """Whether it was heard in vain, or lined up behind what was."""
        return self.knows(origin) or origin in self._lined_up

    def recall(self, origin: str) -> None:
        """It was being heard, or waited for that, when the bot ended."""
        self._recalled.add(origin)

    def may_be_half_done(self, origin: str) -> bool:
        """Whether some of what it asks for may have been done before."""
        return self.knows(origin) or origin in self._recalled

    def forget(self, origin: str) -> None:
        """It was heard to the end, or need not be."""
        self._since.pop(origin, None)
        self._recalled.discard(origin)

    def postpone(self, update: Update, origin: str, trouble: TelegramError) -> None:
        """Hear it again later."""
        now, whose = asyncio.get_running_loop().time(), whose_turn(update)
        pause = pause_after(trouble, now - self._since.setdefault(origin, now))
        log.warning("What was said in chat %d is heard again in %.0f s: %s", whose[0], pause, trouble.message)
        line = self._lines.setdefault(whose, _Line())
        line.updates.append(update)
        line.is_held = line.is_held or isinstance(trouble, RetryAfter)
        self._set_alarm(whose, line, now + pause)

    def lines_up(self, update: Update, origin: str) -> bool:
        """Whether it waits now behind what the same person said before: once, and then it has its turn."""
        line = self._lines.get(whose_turn(update))
        if origin in self._lined_up | self._made_due:
            self._lined_up.discard(origin)
            self._made_due.discard(origin)
            return False
        if line is None or update.message is None or self.knows(origin):  # a press waits for nobody
            return False
        self._lined_up.add(origin)
        line.updates.append(update)
        return True

    def takes_edit(self, update: Update) -> bool:
        """Whether it changes what waits, and so is heard after that: before, both would be painted."""
        line, edited = self._lines.get(whose_turn(update)), update.edited_message
        if line is None or edited is None:
            return False
        waiting = {each.message.message_id for each in line.updates if each.message is not None}
        if edited.message_id not in waiting:
            return False
        line.updates.append(update)
        return True

    def came(self, update: Update, origin: str) -> None:
        """Somebody says more, so Telegram is there again: what of theirs waits goes first, and at once."""
        line = self._lines.get(whose_turn(update))
        if line is not None and not line.is_held:
            self._made_due.add(origin)
            self._release(whose_turn(update))

    def _set_alarm(self, whose: Whose, line: _Line, due: float) -> None:
        line.due = max(line.due, due)
        if line.alarm is not None:
            line.alarm.cancel()
        # An alarm, and nothing that sleeps: it does not keep the bot from being stopped.
        line.alarm = asyncio.get_running_loop().call_at(line.due, self._release, whose)

    def _release(self, whose: Whose) -> None:
        line = self._lines.pop(whose)
        if line.alarm is not None:
            line.alarm.cancel()
        for update in line.updates:
            self._put(update)


def pause_after(trouble: TelegramError, waited: float) -> float:
    """Seconds until something is heard again that has waited for so many."""
    return seconds_of(trouble) if isinstance(trouble, RetryAfter) else max(SOONEST, waited * SHARE)
