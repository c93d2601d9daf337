import subprocess
import sys
from pathlib import Path

import pytest

FAULTS = """
import resource, sys
from styler.allocator import keep_memory
if sys.argv[1] == "kept":
    assert keep_memory()
def take_and_give_back():
    block = bytearray(int(sys.argv[2]) * 1024**2)
    del block
take_and_give_back()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(5):
    take_and_give_back()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def page_faults(mode: str, size: int) -> int:
    run = subprocess.run(
        [sys.executable, "-c", FAULTS, mode, str(size)], capture_output=True, text=True, check=True
    )
    return int(run.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's allocator")
@pytest.mark.parametrize("size", [24, 64])  # MB; glibc has no threshold above 32
def test_memory_given_back_is_kept_for_the_next_time(size: int) -> None:
    """Counted in page faults of a process of its own: the setting is for good."""
    assert page_faults("kept", size) < page_faults("plain", size) / 5 + 50


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's allocator")
def test_tensors_get_huge_pages() -> None:
    """Unless the system has them switched off for all, or on for all."""
    kind = Path("/sys/kernel/mm/transparent_hugepage/enabled")
    if not kind.exists() or "[madvise]" not in kind.read_text():
        pytest.skip("programs cannot choose huge pages here")
    script = """
from pathlib import Path
from styler.allocator import keep_memory
keep_memory()
import torch
tensor = torch.ones(16 * 2**20)
(line,) = [each for each in Path("/proc/self/smaps_rollup").read_text().splitlines() if "AnonHuge" in each]
print(line.split()[1])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 32 * 1024  # of 64 MB; kB


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's allocator")
def test_what_is_free_goes_back_to_the_system() -> None:
    script = """
from styler.allocator import give_back, keep_memory

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096

keep_memory()
blocks = [bytes(b"x" * 5_000_000) for _ in range(40)]
del blocks
before = resident()
give_back()
print(before - resident())
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 100_000_000
