"""Between a sampler and the journal: valid, new and repeatable proposals."""

from dataclasses import dataclass

import numpy as np
import pytest

import trimtab as tt
from trimtab.core.protocols import Proposals, Supports
from trimtab.study.proposer import as_codes, complete


@dataclass(frozen=True)
class Constant:
    """Proposes one row for ever; the study has to cope."""

    at: float = 0.5
    objectives: int | None = None
    waits_for: int = 0
    starts: bool = False

    @property
    def supports(self):
        return Supports(objectives=self.objectives, starts_with_defaults=self.starts)

    def init(self, problem, rng):
        return (problem.d, 0)

    def tell(self, state, told, rng):
        return (state[0], state[1] + len(told))

    def ask(self, state, request):
        d, n_told = state
        n = 0 if n_told < self.waits_for and len(request.pending) else request.n
        return Proposals.of(np.full((n, d), self.at))


@dataclass(frozen=True)
class Counting:
    """Writes down how it was told, as its state: results one at a time, in order."""

    @property
    def supports(self):
        return Supports()

    def init(self, problem, rng):
        return (problem.d, ())

    def tell(self, state, told, rng):
        return (state[0], (*state[1], (tuple(told.y[:, 0]), round(rng.random(), 12))))

    def ask(self, state, request):
        x = np.full((request.n, state[0]), (len(state[1]) % 50) / 50)
        return Proposals.of(x, np.full(request.n, len(state[1])))


@dataclass(frozen=True)
class OneAtATime:
    """Proposes a single row, which depends on what is pending and on nothing else."""

    @property
    def supports(self):
        return Supports()

    def init(self, problem, rng):
        return problem.d

    def tell(self, state, told, rng):
        return state

    def ask(self, state, request):
        n = len(request.pending)
        assert request.pending.number.tolist() == list(range(n))
        return Proposals.of(np.full((1, state), (n + 0.5) / 50), np.array([n]))


def study(space, sampler, **more):
    return tt.create_study(space, sampler=sampler, seed=0, **more)


def test_a_sampler_that_repeats_itself_is_helped_on_a_finite_space():
    made = study({"i": tt.Int(0, 3), "j": tt.Int(0, 4)}, Constant())
    configs = [made.ask().config for _ in range(20)]
    assert len({tuple(c.values()) for c in configs}) == 20
    with pytest.raises(tt.SpaceExhausted, match="all 20 configurations"):
        made.ask()


def test_a_sampler_that_breaks_the_rules_is_helped():
    space = tt.Space({"a": tt.Float(0, 1), "b": tt.Float(0, 1)}, where=["a < b"])
    made = study(space, Constant())
    configs = [t.config for t in made.ask(5)] + [made.ask().config]
    assert all(c["a"] < c["b"] for c in configs)


def test_a_sampler_that_gives_less_than_it_was_asked_for_knows_what_it_was_granted():
    made = study({"x": tt.Float(0, 1)}, OneAtATime())
    values = [t.config["x"] for t in made.ask(2) + made.ask(5)]
    assert values == [(k + 0.5) / 50 for k in range(7)]


def test_waiting_for_results():
    made = study({"x": tt.Float(0, 1)}, Constant(waits_for=1))
    trial = made.ask()
    with pytest.raises(tt.NothingYet, match="waits for the results of 1 running"):
        made.ask()
    with pytest.raises(tt.NothingYet, match="run elsewhere: tell them first"):
        made.optimize(lambda x: x, n_trials=1)
    made.tell(trial, 1.0)
    assert made.ask().number == 1


def test_defaults_come_first_for_samplers_that_start_with_them():
    space = {"lr": tt.Float(1e-4, 1, log=True, default=0.01), "k": tt.Int(1, 9, default=3)}
    assert study(space, Constant(starts=True)).ask().config == {"lr": 0.01, "k": 3}
    some = {"lr": tt.Float(1e-4, 1, log=True, default=0.01), "k": tt.Int(1, 9)}
    assert study(some, Constant(starts=True)).ask().config["lr"] == 0.01
    assert study(space, Constant(at=0.2)).ask().config["lr"] != 0.01


def test_results_are_told_one_at_a_time_in_the_order_they_settled():
    made = study({"x": tt.Float(0, 1)}, Counting())
    trials = made.ask(3)
    for trial, value in zip(reversed(trials), (3.0, 2.0, 1.0), strict=True):
        made.tell(trial, value)
    made.ask()
    _, told = made.ledger.proposer._state
    assert [y for y, _ in told] == [(3.0,), (2.0,), (1.0,)]
    assert len({draw for _, draw in told}) == 3  # each result has a stream of its own


def test_a_replay_tells_the_same_with_the_same_streams(tmp_path):
    made = study({"x": tt.Float(0, 1)}, Counting(), storage=tmp_path / "s.db", study_name="s")
    for value in range(4):
        made.tell(made.ask(), value)
    made.ask()
    again = tt.load_study(storage=tmp_path / "s.db", sampler=Counting())
    again.ask()
    assert again.ledger.proposer._state == made.ledger.proposer._state


def test_what_a_sampler_cannot_do_is_refused_at_once():
    with pytest.raises(tt.Unsupported, match=r"Constant handles 1 objective.*has 2"):
        study({"x": [1, 2]}, Constant(objectives=1), direction=["minimize"] * 2)
    conditional = {"a": [1, 2], "b": tt.Float(0, 1).when(a=1)}
    with pytest.raises(tt.Unsupported, match=r"PlackettBurman.*conditional.*'b'"):
        study(conditional, "plackett_burman")
    with pytest.raises(tt.Unsupported, match="known constraints"):
        study(tt.Space({"a": [1, 2], "b": [1, 2]}, where=["a < b"]), "plackett_burman")


def test_rules_that_nothing_keeps_end_the_search_with_words():
    space = tt.Space({"a": tt.Float(0, 1), "b": tt.Float(0, 1)}, where=["a > b + 2"])
    with pytest.raises((tt.SpaceExhausted, tt.SpaceError), match=r"constraints|a > b \+ 2"):
        study(space, "random").ask()
    for sampler in ("random", "tpe", "gp", "grid"):
        with pytest.raises(tt.SpaceExhausted, match="no configuration of the space keeps"):
            study(tt.Space({"a": tt.Int(0, 9)}, where=["a > 10"]), sampler).ask()


def test_codes_are_plain():
    assert as_codes(np.array([[1.0, np.nan]])) == [(1.0, None)]
    assert as_codes(np.array([[1.0, 2.0]])) == [(1.0, 2.0)]


def test_completing_a_configuration():
    space = tt.Space({"a": tt.Int(0, 9), "b": tt.Int(0, 9)}, where=["a < b"])
    rng = np.random.default_rng(0)
    for _ in range(20):
        a, b = complete(space, {"a": 5}, rng)
        assert (a, b > 5) == (5.0, True)
    assert complete(space, {"a": 9}, rng) is None
    with pytest.raises(tt.SpaceError, match="'c'"):
        complete(space, {"c": 1}, rng)


@pytest.mark.parametrize("sampler", ["gp", "trust_region"])
def test_a_sampler_that_finds_no_valid_row_is_helped(sampler):
    """One row in a thousand keeps the rule: a draw of many finds one where a sampler's candidates do not."""
    space = tt.Space({k: tt.Float(0, 1) for k in "xyz"}, where=["abs(x - y) <= 0.0005"])
    study = tt.minimize(lambda x, y, z: (x - 0.3) ** 2 + z, space, 12, sampler=sampler, seed=0)
    assert len(study.trials) == 12


SPARSE = tt.Space({f"a{i}": tt.Int(0, 9) for i in range(5)}, where=["a0 + a1 + a2 + a3 + a4 <= 1"])


@pytest.mark.parametrize(
    "name", ["auto", "gp", "tpe", "forest", "random", "sobol", "cmaes", "annealing", "nelder_mead"]
)
def test_every_one_of_a_few_that_keep_the_rules_is_found(name):
    """Six of a hundred thousand configurations keep the rule: draws hardly ever find one."""
    study = tt.create_study(SPARSE, sampler=name, seed=0)
    for _ in range(6):
        trial = study.ask()
        study.tell(trial, float(sum(trial.config.values())))
    assert len({tuple(trial.config.values()) for trial in study.trials}) == 6
    with pytest.raises(tt.SpaceExhausted, match="all 6 configurations"):
        study.ask()


def test_what_is_given_of_a_configuration_is_completed_from_the_few():
    study = tt.create_study(SPARSE, sampler="random", seed=0)
    study.enqueue({"a3": 1})
    assert study.ask().config == {"a0": 0, "a1": 0, "a2": 0, "a3": 1, "a4": 0}
