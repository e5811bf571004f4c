"""Float: scales, steps, priors, and what it refuses."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import trimtab as tt
from trimtab.errors import SpaceError
from trimtab.space.domain import Beta, Categorical, Float, LogNormal, Normal, domain_from_dict
from trimtab.space.neighborhood import neighbors
from trimtab.space.space import Space

DRAWS = np.random.default_rng(7).random(100_000)
ODD = np.nextafter(1.0, 0.0)


def test_linear_scale_is_exact():
    domain = Float(2, 10)
    assert domain.to_unit(np.array([4.0]))[0] == 0.25
    assert domain.from_unit(np.array([0.25]))[0] == 4.0


def test_log_scale_halves_the_exponent():
    assert Float(1e-5, 1e-1, log=True).to_unit(np.array([1e-3]))[0] == pytest.approx(0.5, abs=1e-15)


@pytest.mark.parametrize(
    "domain, law",
    [
        (Float(-3, 7), stats.uniform(-3, 10)),
        (Float(1e-6, 1e-1, log=True), stats.loguniform(1e-6, 1e-1)),
        (Float(prior=Normal(2, 3)), stats.norm(2, 3)),
        (Float(1, 4, prior=Normal(0, 1)), stats.truncnorm(1, 4)),
        (Float(-9, -8, prior=Normal(0, 1)), stats.truncnorm(-9, -8)),
        (Float(8, 9, prior=Normal(0, 1)), stats.truncnorm(8, 9)),
        (Float(0, prior=LogNormal(-1, 0.5)), stats.lognorm(0.5, scale=math.exp(-1))),
        (Float(0, 10, prior=Beta(2, 5)), stats.beta(2, 5, 0, 10)),
    ],
)
def test_uniform_coordinates_give_the_law(domain, law):
    """RND-05, RND-06, RND-07, RND-08: Kolmogorov-Smirnov against SciPy's laws."""
    drawn = domain.from_unit(DRAWS)
    assert stats.kstest(drawn, law.cdf).pvalue > 0.01
    assert drawn.min() >= domain.low and drawn.max() <= domain.high
    inside = drawn[(DRAWS > 1e-6) & (DRAWS < 1 - 1e-6)]
    assert np.allclose(domain.from_unit(domain.to_unit(inside)), inside, rtol=1e-6)
    assert np.all(np.diff(domain.from_unit(np.sort(DRAWS))) >= 0)


def test_a_linear_sampler_is_told_from_a_logarithmic_one():
    """RND-06: the median, and a sampler that fails the same test."""
    drawn = Float(1e-6, 1e-1).from_unit(DRAWS)
    assert stats.kstest(drawn, stats.loguniform(1e-6, 1e-1).cdf).pvalue < 1e-9
    median = np.median(Float(1e-6, 1e-1, log=True).from_unit(DRAWS))
    assert median == pytest.approx(3.162e-4, rel=0.03)


def test_uniform_keeps_its_mean():
    """RND-05: U(-3, 7) has mean 2."""
    assert Float(-3, 7).from_unit(DRAWS).mean() == pytest.approx(2, abs=0.03)


def test_beta_keeps_its_mean():
    """RND-08: mean 2.857."""
    drawn = Float(0, 10, prior=Beta(2, 5)).from_unit(DRAWS)
    assert drawn.mean() == pytest.approx(2.857, abs=0.02)


def test_unbounded_priors_stay_finite_at_the_ends():
    for domain in (Float(prior=Normal(0, 1)), Float(0, prior=LogNormal(0, 1))):
        assert np.isfinite(domain.from_unit(np.array([0.0, 1.0]))).all()


bounds = st.tuples(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6)).map(lambda p: (p[0], p[0] + p[1]))


@given(bounds, st.lists(st.floats(0, 1), min_size=1, max_size=20))
@settings(deadline=None, max_examples=60)
def test_values_stay_within_bounds_and_come_back(ends, points):
    domain = Float(*ends)
    codes = domain.from_unit(np.sort(np.array(points)))
    assert np.all((codes >= domain.low) & (codes <= domain.high)) and np.all(np.diff(codes) >= 0)
    scale = max(abs(domain.low), abs(domain.high))
    assert np.allclose(
        domain.from_unit(domain.to_unit(codes)), codes, rtol=0, atol=1e-15 * 4 * scale
    )


def test_steps_are_clean_decimals():
    domain = Float(0, 1, step=0.1)
    assert domain.values(np.arange(11.0)) == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
    assert (domain.n_values, domain.code("x", 0.3), domain.code("x", 0.1 * 3)) == (11, 3.0, 3.0)
    assert Float(0.5, 1.24, step=0.1).high == 1.2
    wide = Float(0, 1000, step=0.01)
    assert wide.values(np.array([33.0])) == [0.33]
    assert math.isnan(domain.to_unit(np.array([math.nan]))[0])


def test_stepped_slices_are_equal_or_follow_the_prior():
    """RND-07: a rounded normal against differences of its cdf."""
    domain = Float(0, 1, step=0.25)
    assert np.bincount(domain.from_unit(np.arange(0, 1, 0.01)).astype(int)).tolist() == [20] * 5
    weighed = Float(-2, 2, step=1, prior=Normal(0, 1))
    counts = np.bincount(weighed.from_unit(DRAWS).astype(int), minlength=5)
    edges = stats.norm.cdf(np.arange(-2.5, 3))
    wanted = np.diff(edges) / (edges[-1] - edges[0]) * len(DRAWS)
    assert stats.chisquare(counts, wanted).pvalue > 0.01
    codes = np.arange(5.0)
    assert np.array_equal(weighed.from_unit(weighed.to_unit(codes)), codes)


def test_one_value_only():
    for domain in (Float(3, 3), Float(3, 3, log=True), Float(3, 3, step=1)):
        codes = domain.from_unit(np.array([0.0, ODD, 1.0]))
        assert domain.values(codes) == [3.0] * 3 and np.all(domain.to_unit(codes) == 0.5)


@pytest.mark.parametrize(
    "args, options, words",
    [
        ((2, 1), {}, "low=2.0 is above high=1.0"),
        ((math.nan, 1), {}, "low=nan"),
        ((0, math.inf), {}, "finite"),
        ((-1.7e308, 1.7e308), {}, "finite"),
        (("a", 1), {}, "low='a'"),
        ((True, 2), {}, "low=True"),
        ((0, 1), {"log": True}, "ZeroOr"),
        ((1, 2), {"log": True, "step": 0.1}, "do not go together"),
        ((1, 2), {"log": True, "prior": Normal(0, 1)}, "LogNormal"),
        ((1, 2), {"log": 1}, "log=1"),
        ((1, 2), {"step": 0}, "step=0"),
        ((1, 2), {"step": math.nan}, "step=nan"),
        ((0, 1), {"step": 1e-17}, "2\\*\\*50"),
        ((0, 1), {"default": 2}, "default=2"),
        ((0, 1), {"default": True}, "default=True"),
        ((50, 60), {"prior": Normal(0, 1)}, "no mass"),
        ((), {"prior": Beta(1, 2)}, "finite"),
        ((0, 1), {"prior": "normal"}, "no prior"),
        ((), {}, "finite"),
    ],
)
def test_what_cannot_work_is_refused(args, options, words):
    with pytest.raises(SpaceError, match=words):
        Float(*args, **options)


@pytest.mark.parametrize("bad", [1.5, -0.1, "0.5", True, None, math.nan, 10**400, 1 + 0j])
def test_values_outside_are_refused_by_name(bad):
    with pytest.raises(SpaceError, match=r"^lr="):
        Float(0, 1).code("lr", bad)


def test_ints_and_numpy_floats_are_values():
    assert Float(0, 2).code("x", 1) == 1.0
    assert type(Float(0, 2).code("x", np.float32(0.5))) is float
    with pytest.raises(SpaceError, match=r"nearest is 0\.2"):
        Float(0, 1, step=0.1).code("x", 0.23)


def test_text_and_default():
    assert Float(1e-5, 0.1, log=True, default=1e-3).text() == (
        "Float(1e-05, 0.1, log=True, default=0.001)"
    )
    assert Float(0, 1, step=0.1, default=0.3).default_code == 3.0
    assert math.isnan(Float(0, 1).default_code)


@pytest.mark.parametrize(
    "domain",
    [
        Float(3, 3),
        Float(3, 3, log=True),
        Float(3, 3, step=0.5),
        Float(3, 3.4, step=0.5),
        Float(3, 3, prior=Normal(2, 1)),
        Float(3, 3, default=3),
    ],
)
def test_bounds_that_meet_hold_one_value(domain):
    assert domain.n_values == 1 and domain.code("x", 3) == 0.0
    assert domain.from_unit(np.array([0.0, 0.4, 1.0])).tolist() == [0.0] * 3
    assert domain.values(np.array([0.0, 0.0])) == [3.0, 3.0]
    assert domain.values(np.array([3.0])) == [3.0]  # as earlier versions wrote it
    assert domain.to_unit(np.array([0.0, np.nan])) == pytest.approx([0.5, np.nan], nan_ok=True)
    assert domain_from_dict(domain.to_dict()) == domain


def test_a_space_with_a_constant_is_finite():
    space = Space(
        {"a": Float(1, 1), "c": Categorical(["x", "y", "z"]), "m": Float(2, 2).when(c="x")}
    )
    assert space.size == 3
    assert [space.config(row) for row in space.enumerate()] == [
        {"a": 1.0, "c": "x", "m": 2.0},
        {"a": 1.0, "c": "y"},
        {"a": 1.0, "c": "z"},
    ]
    assert space.validate({"a": 1, "c": "y"}) == {"a": 1.0, "c": "y"}
    assert Space({"a": Float(1, 1)}).size == 1
    assert len(neighbors(space, space.codes({"a": 1, "c": "y"}))) == 2


@pytest.mark.parametrize("sampler", ["random", "sobol", "grid", "tpe", "gp", "de", "cmaes", "ga"])
def test_a_study_with_a_constant_ends(sampler):
    space = {"a": Float(1, 1), "c": Categorical(["x", "y", "z"])}
    study = tt.create_study(space, sampler=sampler, seed=0)
    study.optimize(lambda config: config["a"], 6, progress=False)
    assert sorted(trial.config["c"] for trial in study.trials) == ["x", "y", "z"]
    assert {trial.config["a"] for trial in study.trials} == {1.0}
    with pytest.raises(tt.SpaceExhausted, match="all 3 configurations"):
        study.ask()
