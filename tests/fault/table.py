"""Faults, injected into running workers, and what became of the results: one command, one table.

    .venv/bin/python tests/fault/table.py --times 50 [--only kill,freeze] [--storage sqlite,postgresql]

Each campaign has three workers on one study, and injects its fault so many times at random moments. Then
whoever is left is stopped, what is open is taken over and settled, and the storage is held against the
workers' own synced logs. Exit code 1 if anything acknowledged was lost or doubled, or anything hung.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from campaign import Campaign
from check import Verdict
from faults import FAULTS


def campaign(fault: str, kind: str, times: int, seed: int, server: Any) -> Verdict | None:
    """One row of the table; None where the machine does not let us inject it."""
    made = Campaign(kind, server, seed, clock=3600.0 if fault == "clock" else 0.0)
    is_ready = False
    try:
        is_ready = FAULTS[fault].ready(made)
    finally:
        if not is_ready:
            made.end()
    return made.run(FAULTS[fault].inject, times) if is_ready else None


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default=",".join(FAULTS))
    parser.add_argument("--storage", default="sqlite,postgresql")
    args = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).parent.parent))
    from postgres import Server

    head = list(Verdict.__dataclass_fields__)
    print(f"{'fault':10} {'storage':10} " + " ".join(f"{name:>12}" for name in head), flush=True)
    is_clean, kinds = True, args.storage.split(",")
    server = Server() if "postgresql" in kinds else None
    try:
        for fault in args.only.split(","):
            for kind in kinds:
                if kind not in FAULTS[fault].kinds:
                    continue
                begun = time.monotonic()
                verdict = campaign(fault, kind, args.times, args.seed, server)
                cells = ["-"] * len(head) if verdict is None else vars(verdict).values()
                print(
                    f"{fault:10} {kind:10} "
                    + " ".join(f"{c!s:>12}" for c in cells)
                    + f" {time.monotonic() - begun:7.0f} s",
                    flush=True,
                )
                is_clean &= verdict is None or verdict.is_clean
    finally:
        if server is not None:
            server.remove()
    print(json.dumps({"clean": is_clean}))
    sys.exit(not is_clean)


if __name__ == "__main__":
    main()
