"""How much memory this process takes, and may take."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from layers import children

STATM = Path("/proc/self/statm")
SHARE, FEWEST_BYTES = 0.6, 2 << 30
ARENA_MAX = -8  # of glibc's malloc.h


def bind_memory() -> None:
    """Have what is asked for beyond a share of the computer's memory refused, so that nobody else is put out by it.

    Only Linux counts what a process has made its own; elsewhere a question is bound by its time alone.
    """
    if sys.platform != "linux":
        return
    import resource

    there = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    children.lower(resource.RLIMIT_DATA, max(FEWEST_BYTES, int(SHARE * there)))


def resident_bytes() -> int:
    """Return the memory that this process holds now; where the system tells only the most it ever held, that."""
    if STATM.exists():
        return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    if sys.platform == "win32":
        return _working_set()
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak << 10


def give_back() -> None:
    """Give memory that is free back to the system, where its allocators would keep it for what may be asked next."""
    arrow = sys.modules.get("pyarrow")
    if arrow is not None:  # which has an allocator of its own
        arrow.default_memory_pool().release_unused()
    trim = getattr(_c_library(), "malloc_trim", None)
    if trim is not None:
        trim(0)


def share_arenas() -> None:
    """Have all threads take their memory from a few places: each place keeps what was free in it for itself."""
    choose = getattr(_c_library(), "mallopt", None)
    if choose is not None:
        choose(ARENA_MAX, os.cpu_count() or 1)


def _c_library() -> object:
    import ctypes

    return ctypes.CDLL(None) if sys.platform == "linux" else None


if sys.platform == "win32":

    def _working_set() -> int:
        import ctypes
        from ctypes import wintypes

        class Counters(ctypes.Structure):
            _fields_ = [
                ("cb", wintypes.DWORD),
                ("PageFaultCount", wintypes.DWORD),
                *((name, ctypes.c_size_t) for name in (
                    "PeakWorkingSetSize", "WorkingSetSize", "QuotaPeakPagedPoolUsage", "QuotaPagedPoolUsage",
                    "QuotaPeakNonPagedPoolUsage", "QuotaNonPagedPoolUsage", "PagefileUsage", "PeakPagefileUsage")),
            ]  # fmt: skip

        kernel, told = ctypes.WinDLL("kernel32", use_last_error=True), Counters()
        told.cb = ctypes.sizeof(told)
        kernel.GetCurrentProcess.restype = wintypes.HANDLE
        kernel.K32GetProcessMemoryInfo.argtypes = [wintypes.HANDLE, ctypes.c_void_p, wintypes.DWORD]
        if not kernel.K32GetProcessMemoryInfo(kernel.GetCurrentProcess(), ctypes.byref(told), told.cb):
            raise ctypes.WinError(ctypes.get_last_error())
        return int(told.WorkingSetSize)
