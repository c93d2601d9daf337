"""What the bot's keepers see of it in their chat: how it works, the queue, the numbers, and switches."""

from collections.abc import Mapping, Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.callbacks import Administer
from bot.clock import now
from bot.jobs import Job
from bot.keyboards import button
from bot.people.access import Access
from bot.queue.admission import Admission, Intake
from bot.queue.open_jobs import OpenJobs
from bot.storage.statistics import lately
from bot.store import Store
from bot.texts import Html, duration, label, text
from bot.titles import job_title
from styler import Preset

DAY = 86400.0  # seconds
LISTED = 20  # jobs: a message holds no more at one look
INTAKES = {"pause": Intake.PAUSED, "resume": Intake.OPEN, "drain": Intake.DRAINING}  # what sets which
PANELS = ("queue", "stats")

_INTAKE_TEXTS = {Intake.OPEN: "admin-open", Intake.PAUSED: "admin-paused", Intake.DRAINING: "admin-draining"}
_BUTTONS = {
    "overview": "button-admin-back",
    "queue": "button-admin-queue",
    "stats": "button-admin-stats",
    "pause": "button-admin-pause",
    "resume": "button-admin-resume",
    "drain": "button-admin-drain",
}


class AdminPanel:
    """Texts and keyboards; it changes nothing."""

    def __init__(
        self,
        store: Store,
        access: Access,
        admission: Admission,
        jobs: OpenJobs,
        presets: Mapping[str, Preset],
    ) -> None:
        self._store = store
        self._access = access
        self._admission = admission
        self._jobs = jobs
        self._presets = presets

    async def show(self, language: str, panel: str) -> str:
        """The panel "queue" or "stats", or else the overview."""
        if panel == "queue":
            return self._queue(language)
        if panel == "stats":
            return await self._stats(language)
        jobs = self._jobs.in_order()
        return text(
            language,
            "admin",
            mode=text(language, _INTAKE_TEXTS[self._admission.intake]),
            count=len(jobs),
            people=len({job.user_id for job in jobs}),
        )

    def keyboard(self, language: str, panel: str) -> InlineKeyboardMarkup:
        """The other panels, and what can be switched now."""
        if panel in PANELS:
            return InlineKeyboardMarkup([_row(language, "overview", panel)])
        switches = [name for name, intake in INTAKES.items() if intake is not self._admission.intake]
        return InlineKeyboardMarkup([_row(language, *PANELS), _row(language, *switches)])

    def _queue(self, language: str) -> str:
        jobs = self._jobs.in_order()
        if not jobs:
            return text(language, "admin-queue-empty")
        lines = [self._line(language, number, job) for number, job in enumerate(jobs[:LISTED], 1)]
        more = len(jobs) - len(lines)
        return text(language, "admin-queue", lines=Html("\n".join(lines)), more=more)

    def _line(self, language: str, number: int, job: Job) -> str:
        age = duration(language, max(0.0, now() - job.created_at))
        style = job_title(job, self._presets)
        return text(
            language, "admin-queue-line", place=str(number), id=str(job.user_id), style=style, age=age
        )

    async def _stats(self, language: str) -> str:
        numbers = await lately(self._store, now() - DAY)

        def length(seconds: float | None) -> str:
            return "–" if seconds is None else duration(language, seconds)

        return text(
            language,
            "admin-stats",
            people=numbers.people,
            done=str(numbers.done),
            failed=str(numbers.failed),
            cancelled=str(numbers.cancelled),
            painting=length(numbers.painting),
            longest=length(numbers.longest),
            banned=_ids(self._access.banned),
        )


def _ids(people: Sequence[int]) -> str:
    return ", ".join(map(str, people[:LISTED])) + (" …" if len(people) > LISTED else "") if people else "–"


def _row(language: str, *actions: str) -> list[InlineKeyboardButton]:
    return [button(label(language, _BUTTONS[action]), Administer(action)) for action in actions]
