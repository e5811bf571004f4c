"""CPU quotas of control groups, versions 1 and 2."""

from pathlib import Path

import pytest

from trimtab.executor.cpu import cgroup_quota


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


@pytest.mark.parametrize(
    ("listing", "files", "expected"),
    [
        ("0::/a/b\n", {"cpu.max": "max 100000\n", "a/cpu.max": "150000 100000\n"}, 1.5),
        ("0::/a/b\n", {"a/cpu.max": "400000 100000\n", "a/b/cpu.max": "200000 100000\n"}, 2.0),
        ("0::/\n", {"cpu.max": "50000 100000\n"}, 0.5),
        ("0::/a\n", {"a/cpu.max": "max 100000\n"}, None),
        (
            "3:memory:/x\n2:cpu,cpuacct:/x\n",
            {
                "cpu,cpuacct/x/cpu.cfs_quota_us": "300000\n",
                "cpu,cpuacct/x/cpu.cfs_period_us": "100000\n",
            },
            3.0,
        ),
        ("1:cpu:/\n", {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, None),
        (
            "2:cpuacct,cpu:/\n",
            {"cpu/cpu.cfs_quota_us": "100000", "cpu/cpu.cfs_period_us": "50000"},
            2.0,
        ),
        ("", {}, None),
        ("nonsense\n0::/../..\n", {"cpu.max": "oops\n"}, None),
    ],
)
def test_the_smallest_quota_on_the_way_counts(
    listing: str, files: dict[str, str], expected: float | None, tmp_path: Path
) -> None:
    write(tmp_path / "fs", files)
    (tmp_path / "cgroup").write_text(listing)
    assert cgroup_quota(tmp_path / "cgroup", tmp_path / "fs") == expected


def test_a_system_without_control_groups_has_no_quota(tmp_path: Path) -> None:
    assert cgroup_quota(tmp_path / "absent", tmp_path) is None
