"""Nelder-Mead against SciPy's, by hand, and where it fails."""

import warnings

import numpy as np
import pytest
from scipy.optimize import minimize

from trimtab.bench.function import mckinnon, rosenbrock
from trimtab.core.problem import Problem
from trimtab.errors import InvalidArgument
from trimtab.rng import stream
from trimtab.sampler.nelder_mead import NelderMead
from trimtab.space.domain import Float
from trimtab.space.space import Space

SQUARE = Space({"a": Float(0, 1), "b": Float(0, 1)})
CORNERS = ((0.4, 0.4), (0.6, 0.4), (0.4, 0.6))


def box(low, high, d=2):
    return Space({f"x{i}": Float(low, high) for i in range(d)})


def scipys(space, f, simplex, adaptive, xatol, fatol):
    """The values that SciPy's method sees, each point once: we do not evaluate one again."""
    seen = {}

    def g(u):
        codes = space.from_unit(u[None])[0]
        return seen.setdefault(codes.tobytes(), f(codes))

    options = {
        "initial_simplex": simplex,
        "xatol": xatol,
        "fatol": fatol,
        "adaptive": adaptive,
        "maxfev": 2000,
        "maxiter": 2000,
    }
    minimize(
        g,
        simplex[0],
        method="Nelder-Mead",
        bounds=[(0, 1)] * len(simplex[0]),
        options=options,
    )
    return list(seen.values())


def test_rosenbrock_takes_scipys_219_evaluations(play):  # NMD-01
    corners = np.array([(-1.2, 1.0), (-1.26, 1.0), (-1.2, 1.05)])
    simplex = (corners + 5) / 10
    sampler = NelderMead(simplex=simplex.tolist(), n_restarts=0, xatol=1e-9, fatol=1e-8)
    run = play(sampler, box(-5, 5), rosenbrock, 1000)
    assert len(run.y) == 219
    seen = scipys(box(-5, 5), rosenbrock, simplex, False, 1e-9, 1e-8)
    assert np.allclose(run.y, seen, rtol=1e-12, atol=0)


@pytest.mark.parametrize("adaptive", [False, True])
@pytest.mark.parametrize("d", [2, 4])
def test_iterates_are_scipys(play, adaptive, d):  # NMD-01
    rng = np.random.default_rng(d)
    simplex = rng.random((d + 1, d))
    sampler = NelderMead(simplex=simplex.tolist(), adaptive=adaptive, n_restarts=0)

    def f(u):  # an ellipsoid that leans on the box
        return float(np.sum((np.arange(d) + 1.0) * (u - np.linspace(-0.1, 0.8, d)) ** 2))

    run = play(sampler, box(0, 1, d), f, 2000)
    seen = scipys(box(0, 1, d), f, simplex, adaptive, 1e-6, 1e-8)
    assert np.allclose(run.y[: len(seen)], seen[: len(run.y)], rtol=1e-12, atol=1e-15)
    assert len(run.y) == len(seen)


# The worst corner is (0.4, 0.6); c = (0.5, 0.4), reflection (0.6, 0.2), expansion (0.7, 0.0),
# contraction outside (0.55, 0.3), inside (0.45, 0.5).
@pytest.mark.parametrize(
    ("values", "operation", "corner"),
    [
        ({(0.6, 0.2): 1.5}, "reflect", (0.6, 0.2)),
        ({(0.6, 0.2): 0.5, (0.7, 0.0): 0.1}, "expand", (0.7, 0.0)),
        ({(0.6, 0.2): 0.5, (0.7, 0.0): 0.9}, "reflect", (0.6, 0.2)),
        ({(0.6, 0.2): 2.5, (0.55, 0.3): 2.4}, "contract outside", (0.55, 0.3)),
        ({(0.6, 0.2): 5.0, (0.45, 0.5): 2.9}, "contract inside", (0.45, 0.5)),
    ],
)
def test_each_operation_by_hand(play, values, operation, corner):  # NMD-02
    table = {(0.4, 0.4): 1.0, (0.6, 0.4): 2.0, (0.4, 0.6): 3.0, **values}

    def f(codes):
        return table[tuple(np.round(codes, 10).tolist())]

    run = play(NelderMead(simplex=CORNERS), SQUARE, f, len(table))
    assert run.state.operation == operation
    assert np.isclose(run.state.x, corner).all(axis=1).any()
    assert not np.isclose(run.state.x, (0.4, 0.6)).all(axis=1).any()


def test_shrinking_by_hand(play):  # NMD-02
    table = {(0.4, 0.4): 1.0, (0.6, 0.4): 2.0, (0.4, 0.6): 3.0, (0.6, 0.2): 5.0, (0.45, 0.5): 4.0}
    table |= {(0.5, 0.4): 7.0, (0.4, 0.5): 8.0}

    def f(codes):
        return table[tuple(np.round(codes, 10).tolist())]

    run = play(NelderMead(simplex=CORNERS), SQUARE, f, len(table))
    assert run.state.operation == "shrink"
    assert np.allclose(run.state.x, [(0.4, 0.4), (0.5, 0.4), (0.4, 0.5)])


def mckinnons():
    root = 33**0.5
    corners = [(0, 0), ((1 + root) / 8, (1 - root) / 8), (1, 1)]
    return [[(a + 3) / 6, (b + 3) / 6] for a, b in corners]


def test_stall_of_mckinnon_and_its_cure(play):  # NMD-03
    plain = play(
        NelderMead(simplex=mckinnons(), n_restarts=0, xatol=1e-8), box(-3, 3), mckinnon, 600
    )
    assert abs(min(plain.y)) < 1e-9
    cured = play(NelderMead(simplex=mckinnons(), xatol=1e-8), box(-3, 3), mckinnon, 600)
    assert min(cured.y) == pytest.approx(-0.25, abs=1e-6)


def test_noise(play):  # NMD-04
    good = 0
    for seed in range(10):
        rng = np.random.default_rng(seed)

        def f(x, rng=rng):
            return float(np.sum(x**2)) + 0.01 * rng.standard_normal()

        sampler = NelderMead(start={"x0": 3.0, "x1": -2.0}, noisy=True, xatol=1e-3)
        run = play(sampler, box(-5, 5), f, 120, seed=seed)
        good += float(np.sum(run.codes[int(np.argmin(run.y))] ** 2)) < 0.05
    assert good >= 9


def test_noisy_evaluates_the_best_again(play):
    sampler = NelderMead(noisy=True, xatol=0.2, fatol=1e9)
    run = play(sampler, box(0, 1), lambda x: float(x[0]), 40)
    assert len(np.unique(run.x, axis=0)) < len(run.x)
    assert not sampler.supports.is_unique


def test_many_parameters_warn():  # NMD-05
    with pytest.warns(UserWarning, match="adaptive=True"):
        NelderMead().init(Problem(box(0, 1, 11)), stream(0))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        NelderMead(adaptive=True).init(Problem(box(0, 1, 11)), stream(0))
        NelderMead().init(Problem(box(0, 1, 10)), stream(0))


@pytest.mark.slow
def test_adaptive_coefficients_in_many_dimensions(play):
    """NMD-05: 20 parameters, condition 100, 20,000 evaluations: medians over three starts.

    NOTE: from a first simplex of a fiftieth of the box, about SciPy's own 5 % of each coordinate. From one of
    a fifth, our default, both converge, in SciPy too, and the adaptive one takes a third of the evaluations.
    """
    weights = 100 ** (np.arange(20) / 19)
    best = {False: [], True: []}
    for seed in range(3):
        start = dict(
            zip(box(-5, 5, 20).names, np.random.default_rng(seed).uniform(2, 4, 20), strict=True)
        )
        for adaptive, found in best.items():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                sampler = NelderMead(start, 0.02, adaptive=adaptive, n_restarts=0)
                run = play(sampler, box(-5, 5, 20), lambda x: float(weights @ x**2), 20_000)
            found.append(min(run.y))
    assert np.median(best[True]) < 1e-2 * np.median(best[False])


def test_optimum_on_the_bound(play):  # NMD-06
    run = play(NelderMead(), box(0, 2), lambda x: float(x[0] + (x[1] - 1.3) ** 2), 200)
    best = run.codes[int(np.argmin(run.y))]
    assert best == pytest.approx([0, 1.3], abs=1e-4)
    assert min(run.y) < 1e-6
    assert np.min(run.x) >= 0
    assert np.max(run.x) <= 1


def test_log_scale(play):  # NMD-06
    space = Space({"lr": Float(1e-5, 1, log=True)})
    sampler = NelderMead(start={"lr": 0.1})
    run = play(sampler, space, lambda c: float(np.log10(c[0] / 1e-3) ** 2), 60)
    assert run.codes[int(np.argmin(run.y))][0] == pytest.approx(1e-3, rel=0.01)


def test_more_workers_try_what_may_come_next(play):
    run = play(NelderMead(simplex=CORNERS), SQUARE, lambda c: float(c.sum()), 3)
    found = run.ask(4).x
    assert np.allclose(found, [(0.6, 0.2), (0.7, 0.0), (0.55, 0.3), (0.45, 0.5)])


def test_results_of_others_are_where_it_starts(play):
    run = play(NelderMead(), SQUARE, lambda c: float(np.sum((c - 0.2) ** 2)), 0)
    run.tell(np.array([0.25, 0.25]), np.array([0.25, 0.25]), -1)
    found = run.ask(2).x
    assert np.allclose(found, [(0.45, 0.25), (0.25, 0.45)])


@pytest.mark.parametrize("simplex", [[[0, 0], [1, 1]], [[0.0, 2.0]], "x", [[0, 0], [0]]])
def test_a_simplex_that_does_not_fit(simplex):
    with pytest.raises(InvalidArgument, match="simplex"):
        NelderMead(simplex=simplex).init(Problem(SQUARE), stream(0))
