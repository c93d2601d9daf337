"""What to say to somebody whose picture the queue does not take."""

from bot.fair_queue import QueueFull, QueueRefusal
from bot.people.quota import QuotaReached
from bot.queue.admission import Draining
from bot.texts import duration, label, text


def refused(language: str, refusal: QueueRefusal, jobs_per_person: int, kept: int) -> str:
    """In a message, with a button to try again below it; `kept` photos wait for that."""
    match refusal:
        case Draining():
            return text(language, "queue-closed", count=kept)
        case QuotaReached(limit=limit, wait=wait):
            time = duration(language, wait, at_least=True)
            return text(language, "queue-quota", limit=limit, wait=time, count=kept)
        case QueueFull():
            return text(language, "queue-full", count=kept)
        case _:
            return text(language, "queue-own-limit", limit=jobs_per_person, count=kept)


def refused_press(language: str, refusal: QueueRefusal) -> str:
    """In answer to a press."""
    match refusal:
        case Draining():
            return label(language, "too-busy-closed")
        case QuotaReached(limit=limit, wait=wait):
            time = duration(language, wait, at_least=True)
            return label(language, "too-busy-quota", limit=limit, wait=time)
        case QueueFull():
            return label(language, "too-busy")
        case _:
            return label(language, "too-busy-with-yours")
