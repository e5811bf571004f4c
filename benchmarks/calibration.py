"""Do the tests and intervals of `trimtab.evaluation` keep their promises? Simulations with known truth.

    .venv/bin/python benchmarks/calibration.py        (about five minutes; writes calibration.json)

- Type-I error on overlapping folds: two methods that are equal by symmetry (the same learner on two sets
  of features that matter equally), compared on the folds of one data set, or over data sets that were
  each cross-validated.
- Coverage of each reported 95 % interval, against the exact or the simulated true value.
- Selection: the score of the best of many, naive and corrected, with learners whose truth is known by
  symmetry or by simulation; and with independent coins, where the corrected intervals are too wide.
- Pure noise: what the selected score claims, and what nested cross-validation says.
"""

import json
import math
import sys
import time
from itertools import combinations
from pathlib import Path

import numpy as np

from trimtab.evaluation.bayes import bayesian_correlated_t, bayesian_signed_rank
from trimtab.evaluation.evaluator import CrossValidated
from trimtab.evaluation.friedman import friedman
from trimtab.evaluation.interval import bootstrap_interval, cv_interval, mean_interval, wilson
from trimtab.evaluation.nested import nested_cv
from trimtab.evaluation.optimism import fold_corrected, row_corrected
from trimtab.evaluation.paired import mcnemar, permutation, sign, wilcoxon
from trimtab.evaluation.split import repeated_kfold
from trimtab.evaluation.statistic import (
    compare_means,
    corrected_error,
    corrected_resampled_t,
    five_by_two_f,
    five_by_two_t,
    paired_t,
)

ALPHA = 0.05
N_FEATURES = 2  # of each method
WEIGHT = 0.5
NESTED = "one feature of 8, n=60, 2 x 5-fold"


# -- learners, all splits at once ------------------------------------------------------------------


def fold_numbers(n, k, repeats, rng):
    """The fold (repeats, n) of each row, as `repeated_kfold` deals them."""
    splits = repeated_kfold(n, k, repeats, rng)
    fold = np.empty((repeats, n), int)
    for i, (_, test) in enumerate(splits):
        fold[i // k, test] = i % k
    return fold


def least_squares(x, y, fold, k):
    """Mean squared errors (repeats * k,) of linear regression without intercept."""
    mask = (fold[:, None, :] == np.arange(k)[:, None]).reshape(-1, len(y)).astype(float)
    outer = np.einsum("ni,nj->nij", x, x).reshape(len(y), -1)
    left = outer.sum(0) - mask @ outer
    gram = left.reshape(-1, x.shape[1], x.shape[1])
    right = (x * y[:, None]).sum(0) - mask @ (x * y[:, None])
    w = np.linalg.solve(gram, right[..., None])[..., 0]
    return ((y - w @ x.T) ** 2 * mask).sum(1) / mask.sum(1)


def linear(x, y, fold, k):
    """Whether each row (repeats, n) is classified right by least squares on classes of -1 and 1."""
    repeats, n = fold.shape
    sign_of = 2.0 * y - 1
    x = np.column_stack([x, np.ones(n)])
    mask = (fold[:, None, :] == np.arange(k)[:, None]).reshape(-1, n).astype(float)
    outer = np.einsum("ni,nj->nij", x, x).reshape(n, -1)
    gram = (outer.sum(0) - mask @ outer).reshape(-1, x.shape[1], x.shape[1])
    right = (x * sign_of[:, None]).sum(0) - mask @ (x * sign_of[:, None])
    w = np.linalg.solve(gram, right[..., None])[..., 0]
    hits = ((w @ x.T > 0) == (y == 1)) * mask
    return hits.reshape(repeats, k, n).sum(1) > 0


def nearest_neighbour(x, y, fold):
    """Whether each row (repeats, n) is classified right by its nearest training row."""
    far = ((x[:, None, :] - x[None, :, :]) ** 2).sum(-1)
    right = np.empty(fold.shape, bool)
    for r, f in enumerate(fold):
        near = np.where(f[:, None] == f[None, :], np.inf, far).argmin(1)
        right[r] = y[near] == y
    return right


def by_fold(right, fold, k):
    """Accuracies (repeats * k,) of test parts."""
    mask = fold[:, None, :] == np.arange(k)[:, None]
    return ((right[:, None, :] * mask).sum(2) / mask.sum(2)).ravel()


def regression_rows(n, rng, n_methods=2):
    """x (methods, n, features) and y (n,); every method's features matter equally."""
    x = rng.normal(size=(n_methods, n, N_FEATURES))
    return x, WEIGHT * x.sum((0, 2)) + rng.normal(size=n)


def class_rows(n, rng, n_methods=2):
    """The same with classes 0 and 1."""
    x, y = regression_rows(n, rng, n_methods)
    return x, (y > 0).astype(int)


def regression_scores(n, k, repeats, rng, n_methods=2):
    x, y = regression_rows(n, rng, n_methods)
    fold = fold_numbers(n, k, repeats, rng)
    return np.array([least_squares(part, y, fold, k) for part in x])


def linear_scores(n, k, repeats, rng, n_methods=2):
    x, y = class_rows(n, rng, n_methods)
    fold = fold_numbers(n, k, repeats, rng)
    return np.array([by_fold(linear(part, y, fold, k), fold, k) for part in x])


def neighbour_scores(n, k, repeats, rng, n_methods=2):
    x, y = class_rows(n, rng, n_methods)
    fold = fold_numbers(n, k, repeats, rng)
    return np.array([by_fold(nearest_neighbour(part, y, fold), fold, k) for part in x])


# -- type-I error ----------------------------------------------------------------------------------


def rate(hits):
    """A share with its standard error."""
    hits = np.asarray(hits, float)
    return {
        "rate": float(hits.mean()),
        "se": float(math.sqrt(max(hits.mean() * (1 - hits.mean()), 1e-9) / len(hits))),
        "n": len(hits),
    }


def one_data_set(scores_of, n, k, repeats, n_runs, seed):
    """Rejections by the tests for the folds of one data set, and by the plain t-test that ignores them."""
    rng = np.random.default_rng(seed)
    hits = {"corrected_resampled_t": [], "bayesian_correlated_t": [], "plain_t": []}
    for _ in range(n_runs):
        a, b = scores_of(n, k, repeats, rng)
        hits["corrected_resampled_t"].append(corrected_resampled_t(a - b, k - 1, 1).p <= ALPHA)
        belief = bayesian_correlated_t(a - b, k - 1, 1)
        hits["bayesian_correlated_t"].append(max(belief.lower, belief.higher) >= 1 - ALPHA / 2)
        hits["plain_t"].append(paired_t(a - b).p <= ALPHA)
    return {name: rate(values) for name, values in hits.items()}


def five_halvings(scores_of, n, n_runs, seed):
    rng = np.random.default_rng(seed)
    hits = {"five_by_two_t": [], "five_by_two_f": []}
    for _ in range(n_runs):
        a, b = scores_of(n, 2, 5, rng)
        d = (a - b).reshape(5, 2)
        hits["five_by_two_t"].append(five_by_two_t(d).p <= ALPHA)
        hits["five_by_two_f"].append(five_by_two_f(d).p <= ALPHA)
    return {name: rate(values) for name, values in hits.items()}


def pooled_rows(n, k, n_runs, seed):
    """McNemar on the pooled test rows of one k-fold cross-validation."""
    rng = np.random.default_rng(seed)
    hits = []
    for _ in range(n_runs):
        x, y = class_rows(n, rng)
        fold = fold_numbers(n, k, 1, rng)
        a, b = (linear(part, y, fold, k)[0] for part in x)
        hits.append(mcnemar(a, b).p <= ALPHA)
    return {"mcnemar": rate(hits)}


def many_data_sets(n_sets, n, k, n_runs, seed, n_methods=4):
    """Rejections over data sets, each cross-validated: rows are independent, so any order is a shuffle."""
    rng = np.random.default_rng(seed)
    hits: dict[str, list[bool]] = {}
    reach = None  # costly, and the same in every run
    for _ in range(n_runs):
        table = _batched(rng.normal(size=(n_sets, n_methods, k, n // k, N_FEATURES)), rng)
        a, b = table[:, 0], table[:, 1]  # (sets, folds)
        many = friedman(table, is_greater_better=False)
        reach = many.critical_difference(ALPHA) if reach is None else reach
        belief = bayesian_signed_rank(a, b, rng, n_draws=1000)
        found = {
            "wilcoxon": wilcoxon(a, b).p,
            "sign": sign(a, b).p,
            "permutation": permutation(a, b, rng, 999).p,
            "paired_t": paired_t((a - b).mean(1)).p,
            "friedman_chi2": many.chi2.p,
            "friedman_f": many.f.p,
            "nemenyi_any_pair": 0.0 if np.ptp(many.ranks) >= reach else 1.0,
            "holm_any_pair": many.holm().min(),
            "bayesian_signed_rank": 2 * (1 - max(belief.lower, belief.higher)),
        }
        for name, p in found.items():
            hits.setdefault(name, []).append(p <= ALPHA)
    return {name: rate(values) for name, values in hits.items()}


def two_means(scores_of, n, k, repeats, n_runs, seed):
    """Two methods on data sets of their own, of which only means and standard errors are known."""
    rng = np.random.default_rng(seed)
    hits = []
    for _ in range(n_runs):
        a, b = (scores_of(n, k, repeats, rng)[0] for _ in range(2))
        errors = [corrected_error(v, k - 1, 1) for v in (a, b)]
        found = compare_means(a.mean(), errors[0], b.mean(), errors[1])
        hits.append(found.p <= ALPHA)
    return {"compare_means": rate(hits)}


def _batched(x, rng):
    """Fold errors (sets, methods, k) of linear regression on rows x (sets, methods, k, m, features)."""
    y = WEIGHT * x.sum((1, 4)) + rng.normal(size=(x.shape[0], *x.shape[2:4]))  # (sets, k, m)
    gram = np.einsum("smkni,smknj->smkij", x, x)
    moment = np.einsum("smkni,skn->smki", x, y)
    w = np.linalg.solve(
        gram.sum(2, keepdims=True) - gram, (moment.sum(2, keepdims=True) - moment)[..., None]
    )[..., 0]
    return ((y[:, None] - np.einsum("smkni,smki->smkn", x, w)) ** 2).mean(3)


# -- coverage --------------------------------------------------------------------------------------


def covered(intervals, truth):
    low = np.array([i.low for i in intervals])
    high = np.array([i.high for i in intervals])
    return rate((low <= truth) & (truth <= high)) | {"width": float((high - low).mean())}


def cross_validation(scores_of, n, k, repeats, n_runs, seed):
    """The interval of the expected score; the mean over independent data sets is what is expected."""
    rng = np.random.default_rng(seed)
    rows = [scores_of(n, k, repeats, rng, 2)[0] for _ in range(n_runs)]
    truth = float(np.mean(rows))
    return covered([cv_interval(row, k - 1, 1) for row in rows], truth)


def independent_runs(n_runs, seed):
    rng = np.random.default_rng(seed)
    few = rng.normal(size=(n_runs, 8))
    many = rng.gamma(4.0, size=(n_runs, 60))
    return {
        "mean_interval": covered([mean_interval(row) for row in few], 0.0),
        "bootstrap_bca": covered([bootstrap_interval(r, rng, n_resamples=1000) for r in many], 4.0),
        "bootstrap_percentile": covered(
            [bootstrap_interval(r, rng, method="percentile", n_resamples=1000) for r in many], 4.0
        ),
        "wilson": covered([wilson(int(r), 80) for r in rng.binomial(80, 0.85, n_runs)], 0.85),
    }


def feature_pairs(signal, n, k, repeats, n_runs, rng):
    """Tables (40, splits) and rows (40, n) of a linear classifier on 40 of the pairs of 12 features.

    Four of the features matter, by `signal`; with none, every pair's truth is a half, else it is the mean
    over the runs.
    """
    pairs = [list(pair) for pair in combinations(range(12), 2)][:40]
    weights = np.where(np.arange(12) < 4, signal, 0.0)
    tables, rows = [], []
    for _ in range(n_runs):
        x = rng.normal(size=(n, 12))
        y = (x @ weights + rng.normal(size=n) > 0).astype(int)
        fold = fold_numbers(n, k, repeats, rng)
        right = [linear(x[:, pair], y, fold, k) for pair in pairs]
        tables.append(np.array([by_fold(r, fold, k) for r in right]))
        rows.append(np.array([r.mean(axis=0) for r in right]))
    truth = np.mean([t.mean(axis=1) for t in tables], axis=0) if signal else np.full(40, 0.5)
    return tables, rows, [truth] * n_runs


def coins(spread, n, k, repeats, n_runs, rng):
    """The same of 50 configurations that are right on a row with chances of their own, and learn nothing."""
    tables, rows, truths = [], [], []
    for _ in range(n_runs):
        p = np.clip(0.6 + spread * rng.normal(size=50), 0.05, 0.95) if spread else np.full(50, 0.5)
        right = rng.random((50, n)) < p[:, None]
        fold = fold_numbers(n, k, repeats, rng)
        mask = (fold[:, None, :] == np.arange(k)[:, None]).reshape(-1, n)
        tables.append(right.astype(float) @ mask.T.astype(float) / mask.sum(1))
        rows.append(right.astype(float))
        truths.append(p)
    return tables, rows, truths


def selection(draw, spread, n, k, repeats, n_runs, seed):
    """Intervals of the selected score: uncorrected, and corrected by folds and by rows."""
    rng = np.random.default_rng(seed)
    tables, rows, truths = draw(spread, n, k, repeats, n_runs, rng)
    folds = [fold_corrected(table, k - 1, 1) for table in tables]
    by_row = [row_corrected(row) for row in rows]
    naive = [cv_interval(t[f.index], k - 1, 1) for t, f in zip(tables, folds, strict=True)]
    truth = np.array([t[f.index] for t, f in zip(truths, folds, strict=True)])
    row_truth = np.array([t[f.index] for t, f in zip(truths, by_row, strict=True)])
    return {
        "truth": float(truth.mean()),
        "naive": covered(naive, truth) | {"value": float(np.mean([f.naive for f in folds]))},
        "fold_corrected": _honest(folds, truth),
        "row_corrected": _honest(by_row, row_truth),
    }


def _honest(found, truth):
    honest = [f.honest for f in found]
    return covered(honest, truth) | {"value": float(np.mean([h.value for h in honest]))}


# -- nested ----------------------------------------------------------------------------------------


class Stump:
    """Assigns the class whose mean of one feature is nearer."""

    def __init__(self, feature):
        self.feature = feature

    def fit(self, x, y):
        column = x[:, self.feature]
        self.means = column[y == 0].mean(), column[y == 1].mean()

    def score(self, x, y):
        zero, one = self.means
        column = x[:, self.feature]
        return float(np.mean((abs(column - one) < abs(column - zero)) == (y == 1)))


def best_feature(objective, _seed):
    """Try every feature; a study with the grid sampler, without its bookkeeping."""
    n_features = objective.x.shape[1]
    return max(
        ({"feature": j} for j in range(n_features)), key=lambda c: objective.scores(c).mean()
    )


def nested_runs(n, n_features, signal, repeats, n_runs, seed):
    """The nested interval and the naive score of choosing one feature of many, over data sets."""
    rng = np.random.default_rng(seed)
    found, naive = [], []
    for _ in range(n_runs):
        y = rng.permutation(np.arange(n) % 2)
        x = rng.normal(size=(n, n_features))
        x[:, 0] += signal * y
        outer = CrossValidated(
            lambda config: Stump(**config), x, y, repeated_kfold(n, 5, repeats, rng, y.tolist())
        )

        def inner(rows, rng, y=y):
            return repeated_kfold(len(rows), 4, 1, rng, y[rows].tolist())

        found.append(nested_cv(outer, inner, best_feature))
        naive.append(outer.first(5).scores(best_feature(outer.first(5), 0)).mean())
    values = [f.score.value for f in found]
    truth = 0.5 if not signal else float(np.mean(values))
    return {
        "naive": float(np.mean(naive)),
        "nested": float(np.mean(values)),
        "nested_se": float(np.std(values, ddof=1) / math.sqrt(n_runs)),
        "coverage": covered([f.score for f in found], truth),
    }


def support_vectors(n_seeds):
    """Pure noise, 60 rows of 20 features, an 8 x 8 grid for a support vector classifier, 5 x 5 folds."""
    from sklearn.svm import SVC

    grid = [{"C": c, "gamma": g} for c in np.logspace(-2, 5, 8) for g in np.logspace(-5, 2, 8)]

    def tune(objective, _seed):
        return max(grid, key=lambda config: objective.scores(config).mean())

    naive, nested = [], []
    for seed in range(n_seeds):
        rng = np.random.default_rng([23, seed])
        x, y = rng.normal(size=(60, 20)), rng.permutation(np.arange(60) % 2)
        outer = CrossValidated(
            lambda config: SVC(**config), x, y, repeated_kfold(60, 5, 1, rng, y.tolist())
        )

        def inner(rows, rng, y=y):
            return repeated_kfold(len(rows), 5, 1, rng, y[rows].tolist())

        naive.append(outer.scores(tune(outer, 0)).mean())
        nested.append(nested_cv(outer, inner, tune).score.value)
    return {
        "naive": float(np.mean(naive)),
        "nested": float(np.mean(nested)),
        "nested_se": float(np.std(nested, ddof=1) / math.sqrt(n_seeds)),
        "n": n_seeds,
    }


def timed(name, result, function, *args, **options):
    begun = time.perf_counter()
    result[name] = function(*args, **options)
    print(f"{name}: {time.perf_counter() - begun:.1f} s", file=sys.stderr, flush=True)


def main():
    begun = time.process_time()
    type_one, coverage, selected, noise, limits = {}, {}, {}, {}, {}
    ols, lin, near = regression_scores, linear_scores, neighbour_scores
    one, cv = one_data_set, cross_validation
    timed("least squares, 10 x 10-fold, n=100", type_one, one, ols, 100, 10, 10, 1000, 1)
    timed("least squares, 5 x 5-fold, n=60", type_one, one, ols, 60, 5, 5, 1000, 2)
    timed("linear classifier, 10 x 10-fold, n=100", type_one, one, lin, 100, 10, 10, 1000, 3)
    timed("linear classifier, 5 x 5-fold, n=100", type_one, one, lin, 100, 5, 5, 1000, 4)
    timed("least squares, 5 x 2-fold, n=300", type_one, five_halvings, ols, 300, 1000, 5)
    timed("linear classifier, 5 x 2-fold, n=300", type_one, five_halvings, lin, 300, 1000, 6)
    timed("linear classifier, rows of 10-fold, n=200", type_one, pooled_rows, 200, 10, 1000, 7)
    timed("20 data sets of 5-fold, n=40", type_one, many_data_sets, 20, 40, 5, 1500, 8)
    timed("two data sets, 10 x 10-fold, n=100", type_one, two_means, ols, 100, 10, 10, 1000, 26)
    timed("least squares, 10-fold, n=100", limits, one, ols, 100, 10, 1, 1000, 9)
    timed("nearest neighbour, 10 x 10-fold, n=100", limits, one, near, 100, 10, 10, 400, 10)
    timed("linear classifier, 5 x 2-fold, n=100", limits, five_halvings, lin, 100, 1000, 11)
    timed("nearest neighbour, 5 x 5-fold, n=100, interval", limits, cv, near, 100, 5, 5, 1000, 12)
    timed("least squares, 5 x 5-fold, n=60", coverage, cv, ols, 60, 5, 5, 1000, 13)
    timed("least squares, 10 x 10-fold, n=100", coverage, cv, ols, 100, 10, 10, 1000, 14)
    timed("least squares, 5-fold, n=60", coverage, cv, ols, 60, 5, 1, 1000, 15)
    timed("linear classifier, 5 x 5-fold, n=100", coverage, cv, lin, 100, 5, 5, 1000, 16)
    timed("independent runs", coverage, independent_runs, 2000, 17)
    pick, few = selection, feature_pairs
    timed("pairs of 12 noise features, 5 x 5-fold", selected, pick, few, 0.0, 100, 5, 5, 500, 18)
    timed("pairs of 12 features, 5 x 5-fold", selected, pick, few, 0.5, 100, 5, 5, 500, 19)
    timed("pairs of 12 features, 5-fold", selected, pick, few, 0.5, 100, 5, 1, 500, 20)
    timed("50 coins of unlike chances, 5 x 5-fold", selected, pick, coins, 0.05, 100, 5, 5, 500, 23)
    timed("50 fair coins, 5 x 5-fold", limits, pick, coins, 0.0, 100, 5, 5, 500, 24)
    timed("50 fair coins, 5-fold", limits, pick, coins, 0.0, 100, 5, 1, 500, 25)
    timed(NESTED, noise, nested_runs, 60, 8, 0.0, 2, 500, 21)
    timed("the same with signal", noise, nested_runs, 60, 8, 1.5, 2, 500, 22)
    timed("support vectors, 8 x 8 grid, n=60", noise, support_vectors, 12)
    result = {"alpha": ALPHA, "type_one": type_one, "coverage": coverage, "noise": noise}
    result["selected, n=100"] = selected
    result |= {"known_limits": limits, "cpu_seconds": round(time.process_time() - begun)}
    print(json.dumps(result, indent=2))
    Path(__file__).with_suffix(".json").write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
