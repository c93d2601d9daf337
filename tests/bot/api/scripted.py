"""A way to Telegram whose answers are those of the test."""

from typing import Any

from telegram.request import BaseRequest


class Scripted(BaseRequest):
    """Gives these answers, code and body, one for each call."""

    read_timeout = 5.0

    def __init__(self, *answers: tuple[int, bytes]) -> None:
        self._answers = list(answers)

    async def initialize(self) -> None: ...

    async def shutdown(self) -> None: ...

    async def do_request(self, *_: Any, **__: Any) -> tuple[int, bytes]:
        return self._answers.pop(0)
