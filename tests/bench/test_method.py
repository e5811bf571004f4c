import sys

import pytest

from trimtab.bench.method import Ours, Peer, PeerFailed, plain_columns
from trimtab.bench.runner import run_once
from trimtab.space.domain import Categorical, Float, Int, Ordinal
from trimtab.space.space import Space


def test_our_sampler_is_the_study_of_that_seed(bowl):
    import trimtab

    session = Ours("r", "random").begin(bowl.open(0).space, 7, 5)
    study = trimtab.create_study(bowl.open(0).space, sampler="random", seed=7)
    for _ in range(3):
        config = session.ask()
        trial = study.ask()
        assert config == trial.config
        session.tell(config, 1.0)
        study.tell(trial, 1.0)
    assert session.seconds > 0
    session.close()


def test_peer_answers_lines(peer, bowl):
    session = peer().begin(bowl.open(0).space, 0, 3)
    assert [session.ask()["a"] for _ in range(2)] == [0.1, 0.2]
    session.tell({"a": 0.2}, 1.0)
    assert session.seconds == 1.0
    session.close()
    assert session.process.returncode is not None


def test_peer_that_ends_is_said(peer, bowl):
    session = peer(1).begin(bowl.open(0).space, 0, 3)
    session.ask()
    with pytest.raises(PeerFailed, match=r"'counter' ended: out of ideas"):
        session.ask()


LOUD = """
import json, sys
for line in sys.stdin:
    sys.stderr.write("a warning that nobody reads, again and again\\n" * 5000)  # 225 kB
    sys.stderr.flush()
    if "ask" in json.loads(line):
        sys.exit("and this is the end")
    print(json.dumps({"seconds": 0.0}), flush=True)
"""
ANSWERING = "import sys\nfor line in sys.stdin: print(ANSWER, flush=True)"


def test_peer_that_writes_many_warnings_goes_on(bowl):
    session = Peer("loud", (sys.executable, "-c", LOUD)).begin(bowl.open(0).space, 0, 3)
    session.tell({"a": 0.1}, 1.0)
    with pytest.raises(
        PeerFailed, match=r"(?s)'loud' ended: .*again.and this is the end$"
    ) as caught:
        session.ask()
    assert len(str(caught.value)) < 500
    session.close()  # once more is no error


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        ("hello, I am no JSON", "said 'hello, I am no JSON', not"),
        ('{"config": {"a": 1}}', 'not {"seconds": cpu}'),
        ("[1, 2]", r"said '\[1, 2\]'"),
        ('{"seconds": "soon"}', "said .*soon"),
        ("x" * 10_000, "said 'x{200}', not"),
    ],
)
def test_peer_that_does_not_begin_with_an_answer(bowl, answer, what):
    peer = Peer("odd", (sys.executable, "-c", ANSWERING.replace("ANSWER", repr(answer))))
    with pytest.raises(
        PeerFailed, match=f"(?s)peer 'odd' {what if what[0] == 's' else f'.*{what}'}"
    ):
        peer.begin(bowl.open(0).space, 0, 3)


@pytest.mark.parametrize("answer", ['{"seconds": 0.5}', '{"seconds": 1, "config": 3}'])
def test_peer_without_a_configuration_is_a_failed_run(bowl, answer):
    """The comparison goes on: what failed is a run with its reason."""
    peer = Peer("odd", (sys.executable, "-c", ANSWERING.replace("ANSWER", repr(answer))))
    done = run_once(peer, bowl, 0, 3)
    assert done.error.startswith("PeerFailed: peer 'odd' said")
    assert '{"config": {...}, "seconds": cpu}' in done.error


def test_peer_that_is_not_there(bowl):
    assert "did not start" in run_once(Peer("gone", ("/no/such/program",)), bowl, 0, 3).error


def test_plain_columns():
    space = Space(
        {
            "lr": Float(1e-3, 1, log=True),
            "n": Int(1, 9),
            "c": Categorical(["x", "y"]),
            "o": Ordinal([1, 2, 4]),
        }
    )
    assert plain_columns(space) == [
        {"name": "lr", "type": "float", "low": 1e-3, "high": 1.0, "log": True},
        {"name": "n", "type": "int", "low": 1, "high": 9, "log": False},
        {"name": "c", "type": "cat", "choices": ["x", "y"]},
        {"name": "o", "type": "cat", "choices": [1, 2, 4]},
    ]
