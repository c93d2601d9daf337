"""The list of handlers."""

from bot.app import handlers
from bot.handlers.gate import let_in


def test_the_gate_comes_before_all_other_handlers() -> None:
    groups = [group for group, _ in handlers()]
    assert groups == sorted(groups)
    [gate] = [handler for group, handler in handlers() if group < 0]
    assert gate.callback is let_in
