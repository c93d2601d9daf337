"""The list of handlers."""

from bot.handlers.gate import let_in, on_membership, on_migration
from bot.handlers.routes import handlers


def test_the_gate_comes_before_all_other_handlers() -> None:
    """But not before the news that a group has moved, or wants no bot, which is nobody's word."""
    groups = [group for group, _ in handlers()]
    assert groups == sorted(groups)
    before = [handler.callback for group, handler in handlers() if group < 0]
    assert before == [on_migration, on_membership, let_in]
