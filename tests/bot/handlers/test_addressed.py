"""What a message answers."""

from datetime import UTC, datetime

import pytest
from telegram import Chat, ForumTopicCreated, Message

from bot.handlers.addressed import answered
from bot.handlers.pictures import part_of_album

FORUM = Chat(-1001, Chat.SUPERGROUP, is_forum=True)
NOW = datetime.now(UTC)
OPENING = Message(1, NOW, FORUM, forum_topic_created=ForumTopicCreated("Photos", 0x6FB9F0))
WORDS = Message(2, NOW, FORUM, text="look")


@pytest.mark.parametrize("other", [None, OPENING])
def test_in_a_topic_of_a_forum_nobody_answers_its_opening(other: Message | None) -> None:
    message = Message(3, NOW, FORUM, reply_to_message=other, is_topic_message=True)
    assert answered(message) is None
    assert not part_of_album(message).is_answer


def test_what_is_answered_in_a_topic() -> None:
    message = Message(3, NOW, FORUM, reply_to_message=WORDS, is_topic_message=True)
    assert answered(message) is WORDS
    assert part_of_album(message).is_answer
