"""The list of handlers."""

from bot.handlers.gate import let_in, on_migration
from bot.handlers.routes import handlers


def test_the_gate_comes_before_all_other_handlers() -> None:
    """But not before the news that a group has moved, which is nobody's word."""
    groups = [group for group, _ in handlers()]
    assert groups == sorted(groups)
    assert [handler.callback for group, handler in handlers() if group < 0] == [on_migration, let_in]
