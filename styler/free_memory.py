"""How much memory is held, and how much is left."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class _Version:
    """How a version of Linux's control groups names what it tells of memory."""

    most: str
    used: str
    only_read: str


_FIRST = _Version("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
_SECOND = _Version("memory.max", "memory.current", "inactive_file")

_GROUPS = Path("/sys/fs/cgroup")
_OWN_GROUPS = Path("/proc/self/cgroup")


def held_memory(device: str) -> int | None:
    """Bytes that PyTorch holds on a GPU, what it only keeps for later included; None for a CPU."""
    import torch  # which takes seconds to load

    if device.startswith("cuda"):
        return torch.cuda.memory_reserved(device)
    if device.startswith("mps"):
        return torch.mps.driver_allocated_memory()
    return None


def free_memory() -> int | None:
    """Bytes of memory that this process could still take; None where nothing tells."""
    found = [amount for amount in (_available(), _left_in_container()) if amount is not None]
    return min(found, default=None)


def _available() -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return None


def _left_in_container() -> int | None:
    """What the control groups leave: `docker run --memory` and systemd's MemoryMax set them."""
    found = [_left_in_group(group, version) for group, version in _control_groups()]
    return min((left for left in found if left is not None), default=None)


def _control_groups() -> list[tuple[Path, _Version]]:
    """The folder of this process's group, and those of the groups around it; none but on Linux."""
    try:
        lines = _OWN_GROUPS.read_text().splitlines()
    except OSError:
        return []
    found = []
    for line in lines:  # such as "0::/system.slice", or of the first version "4:cpu,memory:/docker"
        number, controllers, name = line.split(":", 2)
        if number == "0":
            found.append((_GROUPS, Path(name.lstrip("/")), _SECOND))
        elif "memory" in controllers.split(","):
            found.append((_GROUPS / "memory", Path(name.lstrip("/")), _FIRST))
    return [(root / around, which) for root, own, which in found for around in (own, *own.parents)]


def _left_in_group(group: Path, version: _Version) -> int | None:
    """None where there is no limit, which the file says as "max", or as a number beyond all memory."""
    try:
        most, used = ((group / name).read_text() for name in (version.most, version.used))
        counts = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
        # Files that were only read count as used, and give way.
        return int(most) - int(used) + int(counts.get(version.only_read, 0))
    except (OSError, ValueError):
        return None
