"""People with waiting jobs, taking turns: the rule of `fair_queue` itself, for jobs of one rank."""

from collections import OrderedDict, deque


class Rotation:
    """The person at its head is served one job, then goes to its end. Nobody is in it without a job."""

    def __init__(self) -> None:
        self._people: OrderedDict[int, deque[str]] = OrderedDict()

    def add(self, job_id: str, user_id: int) -> None:
        """At the end of its owner's own jobs."""
        self._people.setdefault(user_id, deque()).append(job_id)

    def take(self) -> tuple[str, int]:
        """The next job and its owner. Raises StopIteration when there is none."""
        user_id, waiting = next(iter(self._people.items()))
        job_id = waiting.popleft()
        if waiting:
            self._people.move_to_end(user_id)
        else:
            del self._people[user_id]
        return job_id, user_id

    def remove(self, job_id: str, user_id: int) -> None:
        """Take it out. Raises LookupError or ValueError when it is not in."""
        waiting = self._people[user_id]
        waiting.remove(job_id)
        if not waiting:
            del self._people[user_id]

    def before(self, job_id: str, user_id: int) -> int:
        """How many go before it. Raises LookupError or ValueError when it is not in."""
        turn = self._people[user_id].index(job_id)  # how many of its owner's jobs go first
        before = turn
        passed = False
        for other, waiting in self._people.items():
            if other == user_id:
                passed = True
            else:
                before += min(len(waiting), turn if passed else turn + 1)
        return before

    def order(self) -> tuple[str, ...]:
        """All of them in the order they will be served, if nothing else arrives."""
        order: list[str] = []
        turn, rest = 0, list(self._people.values())
        while rest:
            order += [jobs[turn] for jobs in rest]
            turn += 1
            rest = [jobs for jobs in rest if turn < len(jobs)]
        return tuple(order)

    def count(self, user_id: int) -> int:
        """How many this person has in it."""
        return len(self._people.get(user_id, ()))

    def __len__(self) -> int:
        return sum(map(len, self._people.values()))
