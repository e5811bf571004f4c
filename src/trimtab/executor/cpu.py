"""How many CPUs this process may use: its affinity, and the quota of its control group.

Linux control groups version 1 and 2 (kernel documentation, 2015): a container with a quota of two CPUs
on a machine of 64 runs best with two workers.
"""

import math
import os
from pathlib import Path


def usable_cpus() -> int:
    """CPUs that this process may keep busy, at least 1."""
    n = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = cgroup_quota(Path("/proc/self/cgroup"), Path("/sys/fs/cgroup"))
    return max(1, n if quota is None else min(n, math.ceil(quota)))


def cgroup_quota(listing: Path, mount: Path) -> float | None:
    """The smallest CPU quota on the way from this process's control group to the root, in CPUs.

    `listing`: the kernel's list of our groups; `mount`: where the control groups are mounted. None:
    no quota, or none that can be read.
    """
    quotas: list[float] = []
    for line in _read(listing).splitlines():
        number, _, rest = line.partition(":")
        controllers, _, group = rest.partition(":")
        if number == "0":
            folder, read = mount, _quota_2
        elif "cpu" in controllers.split(","):
            folder, read = mount / controllers, _quota_1
            if not folder.is_dir():
                folder = mount / "cpu"
        else:
            continue
        parts = [part for part in group.split("/") if part and part != ".."]
        for depth in range(len(parts) + 1):
            quota = read(folder.joinpath(*parts[:depth]))
            if quota is not None:
                quotas.append(quota)
    return min(quotas, default=None)


def _quota_2(folder: Path) -> float | None:
    words = _read(folder / "cpu.max").split()
    if len(words) == 2 and words[0].isdigit() and words[1].isdigit() and int(words[1]) > 0:
        return int(words[0]) / int(words[1])
    return None


def _quota_1(folder: Path) -> float | None:
    quota, period = (
        _read(folder / "cpu.cfs_quota_us").strip(),
        _read(folder / "cpu.cfs_period_us").strip(),
    )
    if quota.isdigit() and period.isdigit() and int(period) > 0:
        return int(quota) / int(period)
    return None


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
