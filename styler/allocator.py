"""Tells the allocators to keep what they will want again, and to use huge pages: for programs, on Linux.

Painting takes and gives back some hundred megabytes at every step. Left to itself, glibc returns them to the
system each time, and the next step pays for tens of thousands of page faults. The settings are those of
mallopt(3), and PyTorch's own for madvise(2). They hold for the whole process, so a library must not choose
them: the commands do, and a program that embeds the engine may call `keep_memory` too.
"""

import ctypes
import os
import platform
import sys

# From <malloc.h>.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_MMAP_MAX, M_ARENA_MAX = -1, -3, -4, -8

NEVER = 2**31 - 1
# What is larger goes back to the system each time: kept, it leaves holes which glibc finds a few bytes too
# small for a tensor of the same size, as aligned as PyTorch wants it. At 1024 px these were a fifth of the
# peak. No higher threshold is allowed.
LARGE = 32 * 1024**2
# Tells PyTorch to ask for huge pages for each tensor of 2 MB and more. Read once, at the first such tensor.
HUGE_PAGES = "THP_MEM_ALLOC_ENABLE"


def keep_memory(*, large_too: bool = False) -> bool:
    """Whether it could be done; call it once, before anything large is allocated.

    One arena for all threads, so that what one has given back another finds. large_too: whatever it takes.
    """
    if not _has_glibc():
        return False
    os.environ.setdefault(HUGE_PAGES, "1")
    libc = ctypes.CDLL(None)
    large = (M_MMAP_MAX, 0) if large_too else (M_MMAP_THRESHOLD, LARGE)
    settings = ((M_TRIM_THRESHOLD, NEVER), large, (M_ARENA_MAX, 1))
    return all(libc.mallopt(name, value) == 1 for name, value in settings)


def give_back() -> None:
    """Returns to the system what is free now: for moments after which other sizes will be wanted.

    Kept memory that no later tensor fits into would otherwise lie idle until the process ends: a third of the
    peak at 1024 px.
    """
    if _has_glibc():
        ctypes.CDLL(None).malloc_trim(0)


def _has_glibc() -> bool:
    return sys.platform == "linux" and platform.libc_ver()[0] == "glibc"
