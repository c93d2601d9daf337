"""Trouble on demand: the next calls of a method fail, stall or lose their connection."""

from dataclasses import dataclass
from typing import Literal

from bot.sandbox.errors import ApiError

ANY_METHOD = "*"
DOWNLOAD = "download"  # the method name under which file downloads are counted


@dataclass(slots=True)
class Fault:
    """What happens to the next `times` calls of a method."""

    method: str
    times: int
    kind: Literal["refuse", "delay", "drop", "drop_after", "garble"]
    error: ApiError | None = None
    seconds: float = 0.0


class Faults:
    """The trouble that is still to come, in the order it was asked for."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        if fault.times > 0:
            self._waiting.append(fault)

    def take(self, method: str) -> Fault | None:
        """The fault that this call meets, if any; used up once it has been met `times` times."""
        for fault in self._waiting:
            if fault.method.lower() in (method.lower(), ANY_METHOD):
                fault.times -= 1
                if fault.times == 0:
                    self._waiting.remove(fault)
                return fault
        return None

    def clear(self) -> None:
        self._waiting.clear()
