from pathlib import Path

import pytest

from styler import free_memory


def test_this_machine_tells_its_free_memory() -> None:
    free = free_memory.free_memory()
    assert free is None or free > 0


def test_the_tightest_of_the_control_groups_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As systemd nests them: the service's has the limit, the slice around it another, the root no files."""
    service = tmp_path / "system.slice" / "stylebot.service"
    service.mkdir(parents=True)
    (tmp_path / "own").write_text("4:memory:/old\n0::/system.slice/stylebot.service\n")
    monkeypatch.setattr(free_memory, "_OWN_GROUPS", tmp_path / "own")
    monkeypatch.setattr(free_memory, "_GROUPS", tmp_path)
    monkeypatch.setattr(free_memory, "_available", lambda: 10_000)
    assert free_memory.free_memory() == 10_000

    limit(service, "8000", used=3000, only_read=500)
    limit(service.parent, "max", used=4000, only_read=0)
    assert free_memory.free_memory() == 5500
    limit(service.parent, "6000", used=4000, only_read=0)
    assert free_memory.free_memory() == 2000


@pytest.mark.parametrize("seen", ["docker/abc", ""], ids=["outside", "in the container"])
def test_control_groups_of_the_first_version_count_too(
    seen: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a container its own group is at the top, whatever it is called outside."""
    group = tmp_path / "memory" / seen
    group.mkdir(parents=True)
    (tmp_path / "own").write_text("9:cpu,cpuacct:/docker/abc\n4:memory:/docker/abc\n1:name=systemd:/x:y\n")
    monkeypatch.setattr(free_memory, "_OWN_GROUPS", tmp_path / "own")
    monkeypatch.setattr(free_memory, "_GROUPS", tmp_path)
    monkeypatch.setattr(free_memory, "_available", lambda: 10_000)
    (group / "memory.usage_in_bytes").write_text("3000\n")
    (group / "memory.stat").write_text("inactive_file 1\ntotal_inactive_file 500\n")
    (group / "memory.limit_in_bytes").write_text("8000\n")
    assert free_memory.free_memory() == 5500
    (group / "memory.limit_in_bytes").write_text("9223372036854771712\n")
    assert free_memory.free_memory() == 10_000, "which means that there is none"


def limit(group: Path, most: str, *, used: int, only_read: int) -> None:
    (group / "memory.max").write_text(f"{most}\n")
    (group / "memory.current").write_text(f"{used}\n")
    (group / "memory.stat").write_text(f"anon 1\ninactive_file {only_read}\nslab 2\n")
