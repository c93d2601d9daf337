"""Makes jobs: painted as was said, else as the person has set it, else as usual."""

from bot.actions import Enqueue
from bot.clock import now
from bot.jobs import Job, new_job_id
from bot.painting.estimates import Estimates
from bot.people.person import Person
from bot.people.preferences import Preferences, preferences_of
from bot.store import Store


class NewJobs:
    """Knows what people have set, and what the operator allows."""

    def __init__(self, store: Store, estimates: Estimates) -> None:
        self._store = store
        self._estimates = estimates

    async def make(self, person: Person, enqueue: Enqueue, origin: str) -> Job:
        """A job that is stored nowhere yet."""
        wishes = enqueue.wishes
        # A sheet is as large as it must be, and shows each style as it is.
        usual = Preferences() if wishes.sheet else await preferences_of(self._store, person.user_id)
        size = wishes.size or usual.size
        return Job(
            id=new_job_id(),
            origin=origin,
            chat_id=person.chat_id,
            user_id=person.user_id,
            language=person.language,
            content=enqueue.content.file,
            styles=enqueue.styles,
            created_at=now(),
            reply_to=enqueue.reply_to or None,  # 0: no message has it, see `NO_MESSAGE`
            as_file=enqueue.as_file or usual.send_as_file,
            strength=usual.strength if wishes.strength is None else wishes.strength,
            size=min(size, self._estimates.largest_size) if size else None,
            quality=usual.quality,
            keep_colors=usual.keep_colors if wishes.keep_colors is None else wishes.keep_colors,
            sheet=wishes.sheet,
        )
