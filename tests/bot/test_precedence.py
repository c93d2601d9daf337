"""What has just come in goes first, and what gives way to it comes to its turn all the same."""

import asyncio

import pytest

from bot import precedence as module
from bot.precedence import Precedence

LONG = 30.0  # seconds; nothing here takes so long


@pytest.fixture
def precedence() -> Precedence:
    return Precedence()


@pytest.fixture
def endless_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes first may take for ever."""
    monkeypatch.setattr(module, "HASTE_SECONDS", LONG)
    monkeypatch.setattr(module, "LONGEST_SECONDS", LONG)


class Patient:
    """a, b and c, who give way in this order."""

    def __init__(self, precedence: Precedence) -> None:
        self.gone: list[str] = []
        self._precedence = precedence
        self.tasks = [asyncio.get_running_loop().create_task(self._give_way(name)) for name in "abc"]

    async def _give_way(self, name: str) -> None:
        await self._precedence.give_way()
        self.gone.append(name)

    async def all_gone(self) -> None:
        await asyncio.wait_for(asyncio.gather(*self.tasks), LONG)
        assert self.gone == ["a", "b", "c"]


async def test_where_nothing_goes_first_all_go_one_after_the_other(precedence: Precedence) -> None:
    patient, before = Patient(precedence), 0
    for _ in range(20):
        await asyncio.sleep(0)
        assert len(patient.gone) <= before + 1, "one each time the loop comes round"
        before = len(patient.gone)
    assert patient.gone == ["a", "b", "c"]


@pytest.mark.usefixtures("endless_haste")
async def test_nobody_goes_while_something_goes_first(precedence: Precedence) -> None:
    patient = Patient(precedence)
    with precedence.first():
        await asyncio.sleep(5 * module.LOOK_SECONDS)
        assert patient.gone == []
    await patient.all_gone()


async def test_what_takes_long_holds_nobody_up(
    precedence: Precedence, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LONGEST_SECONDS", LONG)
    patient = Patient(precedence)
    with precedence.first():  # a stuck chat, a slow disk
        await patient.all_gone()


async def test_under_endless_haste_each_comes_to_its_turn(
    precedence: Precedence, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HASTE_SECONDS", LONG)
    monkeypatch.setattr(module, "LONGEST_SECONDS", 0.05)
    patient = Patient(precedence)
    with precedence.first():
        await patient.all_gone()


@pytest.mark.usefixtures("endless_haste")
async def test_who_no_longer_waits_keeps_nobody_waiting(precedence: Precedence) -> None:
    patient, given_up = Patient(precedence), asyncio.ensure_future(precedence.give_way())
    with precedence.first():
        await asyncio.sleep(0)
        given_up.cancel()
    await patient.all_gone()
    await asyncio.wait_for(precedence.give_way(), LONG)
