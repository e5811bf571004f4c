import sys
from dataclasses import dataclass

import pytest

from trimtab.bench.method import Peer
from trimtab.space.domain import Float
from trimtab.space.space import Space

SERVER = """
import json, sys
n = 0
for line in sys.stdin:
    said = json.loads(line)
    if said.get("tell", 0) == "never":
        break
    answer = {"seconds": 0.5 * n}
    if "ask" in said:
        n += 1
        if n > LAST:
            sys.exit("out of ideas")
        answer["config"] = {"a": n / 10}
    print(json.dumps(answer), flush=True)
"""


@dataclass(frozen=True)
class Bowl:
    """(a - 0.3)^2, measured with an offset that grows."""

    name: str = "bowl"

    def open(self, seed):
        return Opened(seed)


class Opened:
    space = Space({"a": Float(0, 1)})

    def __init__(self, seed):
        self.seed = seed

    def measured(self, config):
        return self.true(config) + self.seed

    def true(self, config):
        return (config["a"] - 0.3) ** 2


@pytest.fixture
def bowl():
    return Bowl()


@pytest.fixture
def peer():
    def make(last=99):
        return Peer("counter", (sys.executable, "-c", SERVER.replace("LAST", str(last))))

    return make
