"""Tells glibc's allocator to keep its memory and to use huge pages: for programs, on Linux.

Painting takes and gives back some hundred megabytes at every step. Left to itself, glibc returns them to the
system each time, and the next step pays for tens of thousands of page faults. The settings are those of
mallopt(3) and madvise(2). They hold for the whole process, so a library must not choose them: the commands
do, and a program that embeds the engine may call `keep_memory` too.
"""

import ctypes
import platform
import sys

# From <malloc.h> and <sys/mman.h>.
M_TRIM_THRESHOLD, M_MMAP_MAX, M_ARENA_MAX = -1, -4, -8
MADV_HUGEPAGE = 14

NEVER = 2**31 - 1
HUGE_PAGE = 2 * 1024**2
# Address space only: what is never used costs nothing. Larger pictures take ordinary pages beyond it.
RESERVED = 3 * 1024**3


def keep_memory() -> bool:
    """Whether it could be done; call it once, before anything large is allocated.

    One arena for all threads, so that what one has given back another finds.
    """
    if not _has_glibc():
        return False
    libc = ctypes.CDLL(None)
    settings = ((M_TRIM_THRESHOLD, NEVER), (M_MMAP_MAX, 0), (M_ARENA_MAX, 1))
    kept = [libc.mallopt(name, value) == 1 for name, value in settings]
    return all(kept) and _use_huge_pages(libc)


def give_back() -> None:
    """Returns to the system what is free now: for moments after which other sizes will be wanted.

    Kept memory that no later tensor fits into would otherwise lie idle until the process ends: a third of the
    peak at 1024 px.
    """
    if _has_glibc():
        ctypes.CDLL(None).malloc_trim(0)


def _has_glibc() -> bool:
    return sys.platform == "linux" and platform.libc_ver()[0] == "glibc"


def _use_huge_pages(libc: ctypes.CDLL) -> bool:
    """Reserves a stretch of the heap and asks the kernel to back it by huge pages once it is used."""
    libc.malloc.restype = ctypes.c_void_p
    libc.malloc.argtypes = [ctypes.c_size_t]
    libc.free.argtypes = [ctypes.c_void_p]
    libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    start = libc.malloc(RESERVED)
    if start is None:
        return False  # the address space is limited (ulimit -v)
    first = -(-start // HUGE_PAGE) * HUGE_PAGE
    length = (start + RESERVED - first) // HUGE_PAGE * HUGE_PAGE
    advised: bool = libc.madvise(first, length, MADV_HUGEPAGE) == 0
    libc.free(start)  # to the allocator, which keeps it
    return advised
