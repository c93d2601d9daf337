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
M_TRIM_THRESHOLD, M_MMAP_MAX, M_ARENA_MAX = -1, -4, -8

NEVER = 2**31 - 1
# Tells PyTorch to ask for huge pages for each tensor of 2 MB and more. Read once, at the first such tensor.
HUGE_PAGES = "THP_MEM_ALLOC_ENABLE"


def keep_memory() -> bool:
    """Whether it could be done; call it once, before anything large is allocated.

    One arena for all threads, so that what one has given back another finds.
    """
    if not _has_glibc():
        return False
    os.environ.setdefault(HUGE_PAGES, "1")
    libc = ctypes.CDLL(None)
    settings = ((M_TRIM_THRESHOLD, NEVER), (M_MMAP_MAX, 0), (M_ARENA_MAX, 1))
    return all(libc.mallopt(name, value) == 1 for name, value in settings)


def give_back() -> None:
    """Returns to the system what is free now: for moments after which other sizes are wanted, or nothing.

    Kept memory that no later tensor fits into would otherwise lie idle until the process ends.
    """
    if _has_glibc():
        ctypes.CDLL(None).malloc_trim(0)


def _has_glibc() -> bool:
    return sys.platform == "linux" and platform.libc_ver()[0] == "glibc"
