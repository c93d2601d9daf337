"""Tries a call to Telegram again where that helps: the way there failed, or Telegram itself did.

Beneath all else that calls Telegram, so that no answer gets lost by one bad second. What takes longer is for
those who can wait: the delivery of paintings, and the start.
"""

import asyncio
import itertools
import json
import logging
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, TypeGuard

from telegram.error import BadRequest, InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.request import BaseRequest

from bot.api.calls import OnCall, ReportedRequest
from bot.api.legible import Json, as_it_is, legible
from bot.api.transport import NOT_SENT

log = logging.getLogger(__name__)

PAUSES = (0.5, 1.0, 2.0, 4.0)  # seconds between the attempts at a call
ONCE_MORE = 1  # of these, for what may have been said already: twice is better than never
LONGEST = 60.0  # seconds after which no attempt is begun


def is_passing(error: BaseException | None) -> TypeGuard[TelegramError]:
    """Whether the same may well succeed later: Telegram was away, is busy, or was reached by half.

    A refused token is among it: in the midst of service it is being changed, or a server of one's own is
    just being started. At the bot's start it is a mistake, which is told there.
    """
    if isinstance(error, BadRequest):
        return False  # a NetworkError by inheritance only
    return isinstance(error, NetworkError | RetryAfter | InvalidToken)


class PatientRequest(ReportedRequest):
    """For all calls but those for updates, which are made again and again anyway."""

    async def do_request(self, url: str, method: str, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """Raises `NetworkError` when all attempts came to nothing, `BadRequest` for what is too large."""
        name, begun = url.rpartition("/")[2], time.monotonic()
        for failures in itertools.count():
            try:
                return _checked(*await super().do_request(url, method, *args, **kwargs), method)
            except BadRequest:
                raise  # a NetworkError by inheritance only
            except NetworkError as error:
                pauses = _pauses_after(error, name)
                if failures >= len(pauses) or time.monotonic() - begun > LONGEST:
                    raise
                log.info("%s failed (%s), trying again in %g s.", name, error.message, pauses[failures])
            await asyncio.sleep(pauses[failures])
        raise AssertionError("there is no end to counting")


class UpdatesRequest(ReportedRequest):
    """For the calls that wait for updates, which must never come to an end."""

    def __init__(
        self,
        way: BaseRequest,
        on_call: OnCall = lambda *_: None,
        before: Callable[[], Awaitable[None]] | None = None,
        read: Callable[[Json], Json] = as_it_is,
    ) -> None:
        """before: what is to be done before more updates are asked for, by which those before are taken.

        read: as for `legible`.
        """
        super().__init__(way, on_call)
        self._before = before
        self._read = read

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """Raises `NetworkError` for what may pass too: a proxy's "not found", a token being changed."""
        if self._before is not None:
            await self._before()
        code, payload = await super().do_request(*args, **kwargs)
        if code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND}:
            raise NetworkError(HTTPStatus(code).phrase)
        return code, legible(payload, self._read) if code == HTTPStatus.OK else payload


class _Unwell(NetworkError):
    """Telegram said that something is wrong with it, and so did nothing."""


def _pauses_after(error: NetworkError, name: str) -> tuple[float, ...]:
    if name == "getMe":  # of the start, which has a patience of its own
        return ()
    surely_unsaid = isinstance(error, _Unwell) or isinstance(error.__cause__, NOT_SENT)
    if name.startswith(("send", "forward", "copy")) and not surely_unsaid:
        return PAUSES[:ONCE_MORE]
    return PAUSES


def _checked(code: int, payload: bytes, method: str) -> tuple[int, bytes]:
    if code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:  # which the library takes for a passing trouble
        raise BadRequest("Request Entity Too Large")
    if code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise _Unwell(_description(payload) or f"{HTTPStatus(code).phrase} ({code})")
    if not _may_be_telegrams(code, payload, method):  # but of a proxy's, or of a hotel's network
        raise _Unwell(f"what came is no answer of Telegram's ({code})")
    return code, payload


def _may_be_telegrams(code: int, payload: bytes, method: str) -> bool:
    """Whether an answer looks like one of Telegram's: a refusal by somebody else decides nothing."""
    if code == HTTPStatus.OK:
        return method != "POST" or payload.lstrip()[:1] == b"{"  # a file comes by GET
    return _description(payload) != ""


def _description(payload: bytes) -> str:
    """Telegram's own words, if these are."""
    try:
        return str(json.loads(payload)["description"])
    except (ValueError, KeyError, TypeError):
        return ""
