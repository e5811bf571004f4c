"""Which file system a file lies on, and whether SQLite's locks and syncs can be trusted there.

On network file systems locks are advisory at best, and leases belong to one machine; see
https://sqlite.org/useovernet.html. The kernel's table of mounts says what lies where.
"""

import os
import re
from pathlib import Path

from trimtab.errors import StorageError

_MOUNTS = Path("/proc/self/mountinfo")
_SHARED = {
    "9p", "afs", "beegfs", "ceph", "cifs", "gfs2", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs",
    "nfs4", "ocfs2", "orangefs", "pvfs2", "smb3", "smbfs", "vboxsf", "vmhgfs",
}  # fmt: skip
_LOCAL_FUSE = {"fuseblk", "fuse.fuse-overlayfs"}  # a local disk, a container's layers


def check_local(path: Path, mounts: str | None = None) -> None:
    """Refuse a file on a network file system.

    `mounts`: the text of /proc/self/mountinfo, read where None; elsewhere than on Linux nothing is known.

    Raises:
        StorageError: it lies on one; the message has its type.
    """
    if mounts is None:
        try:
            mounts = _MOUNTS.read_text(errors="surrogateescape")
        except OSError:
            return
    kind = kind_at(Path(os.path.realpath(path)), mounts)
    if kind in _SHARED or (kind.startswith("fuse") and kind not in _LOCAL_FUSE):
        raise StorageError(
            f"storage={str(path)!r} lies on a shared file system ({kind}), where SQLite's locks cannot be "
            "trusted; use a local disk, e.g. a file under /tmp or your home folder"
        )


def kind_at(path: Path, mounts: str) -> str:
    """The type of the file system that holds an absolute path, "" unknown."""
    best, kind = -1, ""
    for line in mounts.splitlines():
        head, _, tail = line.partition(" - ")
        fields = head.split(" ")
        if len(fields) < 5 or not tail:
            continue
        point = Path(re.sub(r"\\([0-7]{3})", lambda m: chr(int(m[1], 8)), fields[4]))
        depth = len(point.parts)
        if depth >= best and path.is_relative_to(
            point
        ):  # of equals, the later mount hides the earlier
            best, kind = depth, tail.split(" ")[0]
    return kind
