"""How much memory is held, and how much is left."""

from pathlib import Path

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
    found = [left for left in map(_left_in_group, _control_groups()) if left is not None]
    return min(found, default=None)


def _control_groups() -> list[Path]:
    """The folder of this process's group, and those of the groups around it; none but on Linux."""
    try:
        lines = _OWN_GROUPS.read_text().splitlines()
    except OSError:
        return []
    names = [line.removeprefix("0::/") for line in lines if line.startswith("0::/")]
    return [_GROUPS / around for name in names for around in (Path(name), *Path(name).parents)]


def _left_in_group(group: Path) -> int | None:
    """None where there is no limit, which the file says as "max"."""
    try:
        most, used = ((group / f"memory.{name}").read_text() for name in ("max", "current"))
        counts = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
        # Files that were only read count as used, and give way.
        return int(most) - int(used) + int(counts.get("inactive_file", 0))
    except (OSError, ValueError):
        return None
