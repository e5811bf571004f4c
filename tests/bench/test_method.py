import pytest

from trimtab.bench.method import Ours, PeerFailed, plain_columns
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
