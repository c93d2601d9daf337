"""The sandbox as a whole: a local Telegram with a Bot API, people and a chat page."""

import contextlib
import re
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterable
from typing import Self

from aiohttp import web

from bot.sandbox.api import MAX_REQUEST_BYTES, BotApi, CallRecord
from bot.sandbox.errors import ApiError
from bot.sandbox.faults import Fault, Faults
from bot.sandbox.files import FileStore
from bot.sandbox.guard import add_headers, check_host, guard
from bot.sandbox.limits import RateLimits
from bot.sandbox.model import Chat, GroupType, Json, User
from bot.sandbox.person import Person
from bot.sandbox.state import State
from bot.sandbox.web import Page
from bot.sandbox.webhook import Webhook

DEFAULT_TOKEN = "1:sandbox"  # noqa: S105 - opens nothing but a sandbox on this machine
SHUTDOWN_SECONDS = 1.0
_FIRST_PERSON_ID = 1001
_FIRST_GROUP_ID = -1001
_FIRST_SUPERGROUP_ID = -(10**12)


class Sandbox:
    """A local Telegram for one bot.

    It listens on this machine only: any other `host` raises ValueError. `port` 0 takes a free one.
    With `rate_limits` the bot meets 429 as soon as it is faster than Telegram allows; without, its
    violations are only counted. In `local_mode` files have no limit of size and are given by path.
    """

    def __init__(
        self,
        token: str = DEFAULT_TOKEN,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        rate_limits: bool = False,
        local_mode: bool = False,
        username: str = "sandbox_bot",
    ) -> None:
        self.token = token
        self._host = check_host(host)
        self._port = port
        digits = re.match(r"\d+", token)
        self.bot = User(int(digits.group()) if digits else 1, "Style bot", is_bot=True, username=username)
        self._state = State(self.bot, FileStore(), local_mode=local_mode)
        self._faults = Faults()
        self._limits = RateLimits(time.monotonic, enforce=rate_limits)
        self._webhook = Webhook(self._state.updates)
        self._api = BotApi(token, self._state, self._faults, self._limits, self._webhook)
        self._people: dict[int, Person] = {}
        self._page = Page(self._state, self._people)
        self._runner: web.AppRunner | None = None
        # They know the bot from an earlier run, so that it may write to them first.
        self.person(_FIRST_PERSON_ID, "Anna", "en", met=True)
        self.person(_FIRST_PERSON_ID + 1, "Борис", "ru", met=True)

    async def start(self) -> None:
        """Begin to listen. Raises OSError if the port is taken."""
        self._state.updates.open()
        app = web.Application(middlewares=[guard], client_max_size=MAX_REQUEST_BYTES)
        app.on_response_prepare.append(add_headers)
        app.add_routes([*self._api.routes(), *self._page.routes()])
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
        await runner.setup()
        try:
            site = web.TCPSite(runner, self._host, self._port)
            await site.start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner = runner
        self._port = int(runner.addresses[0][1])
        self._webhook.resume()

    async def stop(self) -> None:
        """Go away for good; files are deleted."""
        await self._stop_listening()
        self._state.close()

    @contextlib.asynccontextmanager
    async def away(self) -> AsyncIterator[None]:
        """Be unreachable for a while, as when a server is down; afterwards everything is as before."""
        await self._stop_listening()
        try:
            yield
        finally:
            await self.start()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def api_url(self) -> str:
        """What BOT_API_URL wants: methods lie at `{api_url}/bot<token>/<method>`."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    @property
    def page_url(self) -> str:
        """Where a browser finds the chat."""
        return f"{self.api_url}/"

    def person(
        self,
        user_id: int | None = None,
        first_name: str = "Anna",
        language_code: str = "en",
        *,
        met: bool = False,
    ) -> Person:
        """Somebody new, or with a known `user_id` the very person who is there already.

        A bot cannot write to a person who never wrote to it, unless they have `met` in an earlier run.
        """
        known = self._people.get(user_id) if user_id is not None else None
        if known is not None:
            return known
        if user_id is None:
            user_id = max(self._people, default=_FIRST_PERSON_ID - 1) + 1
        user = User(user_id, first_name, language_code=language_code)
        chat = self._state.add_user(user)
        chat.open = met
        person = Person(self._state, user, chat)
        self._people[user_id] = person
        return person

    def group(self, title: str, people: Iterable[Person], kind: GroupType = "group") -> Chat:
        """A group of the bot and these people, who speak there as `person.in_chat(group)`."""
        group_id = min([_FIRST_GROUP_ID, *(chat_id - 1 for chat_id in self._state.chats)])
        members = {person.user_id: person.user for person in people}
        chat = Chat(group_id, kind, title, members, open=True)
        self._state.chats[group_id] = chat
        return chat

    def upgrade(self, group: Chat, by: Person) -> Chat:
        """Make a supergroup of a group; Telegram then has another id for it, and refuses the old one."""
        return self._state.upgrade(group, _FIRST_SUPERGROUP_ID + group.id, by.user)

    def everybody(self) -> list[Person]:
        """All people there are."""
        return list(self._people.values())

    @property
    def calls(self) -> deque[CallRecord]:
        """What the bot has called, oldest first."""
        return self._api.calls

    @property
    def violations(self) -> Counter[str]:
        """How often the bot was faster than Telegram allows: by "chat", "group" and "all"."""
        return self._limits.violations

    @property
    def pending_updates(self) -> int:
        """How many updates wait for the bot to acknowledge them."""
        return len(self._state.updates.pending)

    def commands_for(self, person: Person) -> list[Json]:
        """The `/` menu this person sees: entries with "command" and "description"."""
        return self._state.commands_for(person.chat, person.user)

    def fail_next(
        self,
        method: str,
        code: int,
        description: str,
        retry_after: int | None = None,
        times: int = 1,
    ) -> None:
        """Refuse the next calls of a method ("*" for any, "download" for files), before they do anything."""
        error = ApiError(code, description, retry_after=retry_after)
        self._faults.add(Fault(method, times, "refuse", error))

    def hold(self, seconds: float, chat: Chat | None = None) -> None:
        """Refuse what the bot says in this chat, or in all, for a while, as Telegram does after a flood."""
        self._limits.hold(seconds, chat)

    def delay_next(self, method: str, seconds: float, times: int = 1) -> None:
        """Let the next calls of a method take that long."""
        self._faults.add(Fault(method, times, "delay", seconds=seconds))

    def drop_next(self, method: str, times: int = 1, *, after: bool = False) -> None:
        """Cut the connection of the next calls: before they do anything, or `after` they took effect.

        A download is then cut off in the middle.
        """
        self._faults.add(Fault(method, times, "drop_after" if after else "drop"))

    def garble_next(self, method: str, times: int = 1) -> None:
        """Let something else answer the next calls with a page of its own, as a proxy or a hotel does.

        Of a download ("download") it takes the place of the file.
        """
        self._faults.add(Fault(method, times, "garble"))

    def clear_faults(self) -> None:
        """No more trouble from here on."""
        self._faults.clear()

    async def _stop_listening(self) -> None:
        self._state.updates.close()
        self._page.close()
        await self._webhook.pause()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
