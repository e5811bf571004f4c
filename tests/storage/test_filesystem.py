from pathlib import Path

import pytest

from trimtab.errors import StorageError
from trimtab.storage.filesystem import check_local, kind_at

MOUNTS = """\
21 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
22 21 0:20 / /home rw,relatime - nfs4 server:/home rw
23 22 0:21 / /home/me/local\\040disk rw - xfs /dev/vdb rw
24 21 0:22 / /mnt/win rw - cifs //server/share rw
25 21 0:23 / /mnt/host rw - 9p host rw
26 21 0:24 / /mnt/ssh rw - fuse.sshfs me@server: rw
27 21 0:25 / /mnt/layers rw - fuse.fuse-overlayfs layers rw
28 21 0:26 / /mnt/over rw - nfs server:/old rw
29 28 0:27 / /mnt/over rw - tmpfs tmpfs rw
30 21 0:28 / /mnt/ntfs rw master:1 propagate_from:2 - fuseblk /dev/sdb1 rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/a.db", "ext4"),
        ("/home/me/a.db", "nfs4"),
        ("/homer/a.db", "ext4"),
        ("/home/me/local disk/a.db", "xfs"),
        ("/mnt/over/a.db", "tmpfs"),
        ("/mnt/ntfs/deep/er/a.db", "fuseblk"),
    ],
)
def test_the_deepest_and_latest_mount_holds_a_file(path, kind):
    assert kind_at(Path(path), MOUNTS) == kind


def test_an_unknown_table_says_nothing():
    assert kind_at(Path("/a.db"), "") == ""
    assert kind_at(Path("/a.db"), "nonsense\n1 2 3 - x\n") == ""


@pytest.mark.parametrize("folder", ["/home/me", "/mnt/win", "/mnt/host", "/mnt/ssh"])
def test_shared_file_systems_are_refused(folder):
    with pytest.raises(StorageError, match="shared file system"):
        check_local(Path(folder) / "a.db", MOUNTS)


@pytest.mark.parametrize(
    "folder", ["/", "/mnt/layers", "/mnt/over", "/mnt/ntfs", "/home/me/local disk"]
)
def test_local_ones_are_fine(folder):
    check_local(Path(folder) / "a.db", MOUNTS)


def test_this_machine_is_asked(tmp_path):
    check_local(tmp_path / "a.db")
