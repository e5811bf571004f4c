"""Spaces written for other libraries; stand-ins have the shape of their objects."""

import math
from types import SimpleNamespace

import numpy as np
import optuna
import pytest
from scipy import stats

from trimtab.errors import SpaceError
from trimtab.space.domain import Beta, Categorical, Float, Int, LogNormal, Normal
from trimtab.space.importers import (
    from_optuna,
    from_ray,
    from_skopt,
    from_wandb,
    quantized,
    quantized_log,
)


def made(kind, **attributes):
    return type(kind, (), attributes)()


def test_skopt():
    dimensions = [
        made("Real", name="lr", low=1e-6, high=1e-1, prior="log-uniform"),
        made("Real", name="mix", low=0, high=1, prior="uniform"),
        made("Integer", name="n", low=1, high=100, prior="uniform"),
        made("Integer", name="width", low=8, high=512, prior="log-uniform"),
        made("Categorical", name="act", categories=("relu", None), prior=[0.2, 0.8]),
    ]
    wanted = {
        "lr": Float(1e-6, 1e-1, log=True),
        "mix": Float(0, 1),
        "n": Int(1, 100),
        "width": Int(8, 512, log=True),
        "act": Categorical(["relu", None], weights=[0.2, 0.8]),
    }
    assert dict(from_skopt(dimensions).domains) == wanted
    assert dict(from_skopt({d.name: d for d in dimensions}).domains) == wanted
    spelled = {
        "a": (1e-6, 1e-1, "log-uniform"),
        "b": (1, 8),
        "c": (0.0, 1),
        "d": ("x", "y"),
        "e": [1, 2, 3],
    }
    assert list(from_skopt(spelled).domains.values()) == [
        Float(1e-6, 1e-1, log=True),
        Int(1, 8),
        Float(0, 1),
        Categorical(["x", "y"]),
        Categorical([1, 2, 3]),
    ]
    with pytest.raises(SpaceError, match="no name"):
        from_skopt([made("Real", name=None, low=0, high=1, prior="uniform")])
    with pytest.raises(SpaceError, match="prior='cauchy'"):
        from_skopt({"x": (0.0, 1.0, "cauchy")})


def ray(kind, sampler, q=None, **attributes):
    inner = made(*sampler) if isinstance(sampler, tuple) else made(sampler)
    return made(kind, sampler=made("Quantized", sampler=inner, q=q) if q else inner, **attributes)


def test_ray():
    normal = made("_Normal", mean=1.0, sd=2.0)
    space = from_ray(
        {
            "lr": ray("Float", "_LogUniform", lower=1e-5, upper=1e-1),
            "u": ray("Float", "_Uniform", lower=0, upper=1),
            "default": made("Float", sampler=None, lower=0, upper=1),
            "q": ray("Float", "_Uniform", 0.1, lower=0, upper=1),
            "r": ray("Integer", "_Uniform", lower=2, upper=7),
            "lr2": ray("Integer", "_LogUniform", lower=1, upper=11),
            "qr": ray("Integer", "_Uniform", 5, lower=2, upper=20),
            "c": made("Categorical", sampler=None, categories=["a", "b"]),
            "norm": made("Float", sampler=normal, lower=None, upper=None),
            "g": {"grid_search": [1, 2]},
            "net": {"width": ray("Integer", "_Uniform", lower=1, upper=3), "act": "relu"},
            "fixed": 3,
            "list": [1, 2],
            "fn": made("Function", func=staticmethod(lambda rng: int(rng.integers(3)))),
        }
    )
    assert [space.domains[n] for n in space.names[:-1]] == [
        Float(1e-5, 1e-1, log=True),
        Float(0, 1),
        Float(0, 1),
        Float(0, 1, step=0.1),
        Int(2, 6),
        Int(1, 10, log=True),
        Int(5, 20, step=5),
        Categorical(["a", "b"]),
        Float(prior=Normal(1, 2)),
        Categorical([1, 2]),
        Int(1, 2),
        Categorical(["relu"]),
        Categorical([3]),
        Categorical([[1, 2]]),
    ]
    assert space.names[10:12] == ("net.width", "net.act") and space.domains["fn"].choices == (
        0,
        1,
        2,
    )
    with pytest.raises(SpaceError, match="no counterpart"):
        from_ray({"x": ray("Float", "_Cauchy", lower=0, upper=1)})


@pytest.mark.parametrize(
    "item, wanted",
    [
        ({"value": 3}, Categorical([3])),
        ({"values": [1, None]}, Categorical([1, None])),
        ({"values": ["a", "b"], "probabilities": [1, 3]}, Categorical(["a", "b"], weights=[1, 3])),
        ({"min": 1, "max": 8}, Int(1, 8)),
        ({"min": 0.0, "max": 1}, Float(0, 1)),
        ({"min": 1, "max": 8, "distribution": "int_uniform"}, Int(1, 8)),
        (
            {"min": "1e-5", "max": "1e-1", "distribution": "log_uniform_values"},
            Float(1e-5, 1e-1, log=True),
        ),
        (
            {"min": -9.0, "max": -2.0, "distribution": "log_uniform"},
            Float(math.exp(-9), math.exp(-2), log=True),
        ),
        ({"mu": 1, "sigma": 2, "distribution": "normal"}, Float(prior=Normal(1.0, 2.0))),
        ({"mu": 1, "sigma": 2, "distribution": "log_normal"}, Float(0, prior=LogNormal(1.0, 2.0))),
        ({"a": 2, "b": 5, "distribution": "beta"}, Float(0, 1, prior=Beta(2.0, 5.0))),
        ({"min": 0, "max": 1, "q": 0.25, "distribution": "q_uniform"}, Float(0, 1, step=0.25)),
    ],
)
def test_wandb(item, wanted):
    assert from_wandb({"method": "bayes", "parameters": {"x": item}}).domains["x"] == wanted


def test_wandb_warns_of_exponents_that_look_like_values():
    with pytest.warns(UserWarning, match=r"\[1.0005, 1.10517\]; use log_uniform_values"):
        space = from_wandb({"lr": {"distribution": "log_uniform", "min": 0.0005, "max": 0.1}})
    assert space.domains["lr"].low == pytest.approx(1.0005) and space.domains["lr"].high < 1.1052


def test_wandb_nesting_and_mistakes():
    nested = {"net": {"parameters": {"width": {"values": [8, 16]}}}}
    assert from_wandb({"parameters": nested}).names == ("net.width",)
    for item, words in [
        ({"distribution": "log_unifrom", "min": 1, "max": 2}, "did you mean 'log_uniform"),
        ({"distribution": "normal_", "mu": 1}, "did you mean 'normal'"),
        ({"distribution": "beta", "a": 1}, "needs b"),
        ({"min": 1}, "min and max"),
        (3, "value: 3"),
    ]:
        with pytest.raises(SpaceError, match=words):
            from_wandb({"x": item})


def test_quantized_laws_round_to_the_nearest_multiple():
    u = np.random.default_rng(0).random(20_000)
    domain = quantized_log(1, 20, 2)
    values = np.array(domain.values(domain.from_unit(u)))
    wanted = stats.loguniform(1, 20).cdf(np.arange(0, 21, 2) + 1) - stats.loguniform(1, 20).cdf(
        np.arange(0, 21, 2) - 1
    )
    counts = np.array([(values == v).sum() for v in range(0, 21, 2)])
    assert (
        stats.chisquare(counts[1:], wanted[1:] * counts[1:].sum() / wanted[1:].sum()).pvalue > 0.01
    )
    assert (
        quantized(0.1, 0.9, 0.2).values(np.arange(5.0))
        == [0.0, 0.2, 0.4, 0.6, 0.8][: quantized(0.1, 0.9, 0.2).n_values]
    )


def test_optuna():
    space = from_optuna(
        {
            "lr": optuna.distributions.FloatDistribution(1e-5, 1e-1, log=True),
            "drop": optuna.distributions.FloatDistribution(0, 1, step=0.25),
            "n": optuna.distributions.IntDistribution(1, 10, step=3),
            "w": optuna.distributions.IntDistribution(1, 64, log=True),
            "c": optuna.distributions.CategoricalDistribution(["a", None, 1]),
        }
    )
    assert list(space.domains.values()) == [
        Float(1e-5, 1e-1, log=True),
        Float(0, 1, step=0.25),
        Int(1, 10, step=3),
        Int(1, 64, log=True),
        Categorical(["a", None, 1]),
    ]
    with pytest.raises(SpaceError, match="'x'"):
        from_optuna({"x": SimpleNamespace(low=1)})
