"""A small, seeded version of benchmarks/calibration.py: levels and coverage within their sampling error."""

import importlib.util
import json
from pathlib import Path

import pytest

FILE = Path(__file__).parents[2] / "benchmarks" / "calibration.py"
SPEC = importlib.util.spec_from_file_location("calibration", FILE)
calibration = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(calibration)


def within(found, low, high):
    """Whether a rate agrees with [low, high], up to three of its standard errors."""
    return low - 3 * found["se"] <= found["rate"] <= high + 3 * found["se"]


@pytest.mark.parametrize("scores", ["regression_scores", "linear_scores"])
def test_the_corrected_test_keeps_its_level_where_the_plain_one_does_not(scores):
    found = calibration.one_data_set(getattr(calibration, scores), 60, 5, 5, 150, 0)
    assert within(found["corrected_resampled_t"], 0.02, 0.06)
    assert found["plain_t"]["rate"] > 0.25


def test_five_halvings_and_pooled_rows():
    found = calibration.five_halvings(calibration.regression_scores, 300, 200, 0)
    assert within(found["five_by_two_t"], 0.02, 0.06) and within(found["five_by_two_f"], 0.02, 0.06)
    assert within(calibration.pooled_rows(200, 10, 200, 0)["mcnemar"], 0.02, 0.06)


def test_tests_over_data_sets_keep_their_level():
    for name, found in calibration.many_data_sets(20, 40, 5, 200, 0).items():
        assert within(found, 0.02, 0.06), name


def test_intervals_cover():
    """STA-01: coverage of the intervals that are reported, within the sampling error of a short run."""
    cv = calibration.cross_validation(calibration.linear_scores, 60, 5, 5, 200, 0)
    assert within(cv, 0.92, 0.98)
    found = calibration.selection(calibration.feature_pairs, 0.5, 60, 5, 2, 60, 0)
    for name in ("fold_corrected", "row_corrected"):
        assert within(found[name], 0.92, 0.98)
        assert abs(found[name]["value"] - found["truth"]) < 0.03
    assert found["naive"]["value"] - found["truth"] > 0.04


def test_on_noise_nested_says_a_half_where_the_naive_score_does_not():
    """EVL-03: on pure noise nested says .5 where the naive score says about .6."""
    found = calibration.nested_runs(60, 8, 0.0, 1, 40, 0)
    assert abs(found["nested"] - 0.5) < 3 * found["nested_se"] < 0.05
    assert found["naive"] > 0.57


def test_the_published_run_kept_all_promises():
    kept = json.loads(FILE.with_suffix(".json").read_text())
    for setting, tests in kept["type_one"].items():
        for name, found in tests.items():
            if name == "plain_t":
                assert found["rate"] > 0.3, setting
            else:
                assert within(found, 0.02, 0.05), (setting, name)
    for setting, found in kept["coverage"].items():
        for name, one in found.items() if "rate" not in found else [(setting, found)]:
            assert 0.92 <= one["rate"] <= 0.98, (setting, name)
            assert one["n"] >= 500
    for setting, found in kept["selected, n=100"].items():
        assert found["naive"]["rate"] < 0.95, setting
        for name in ("fold_corrected", "row_corrected"):
            assert 0.92 <= found[name]["rate"] <= 0.98, (setting, name)
            assert found[name]["n"] >= 500
    for found in kept["noise"].values():
        if "coverage" in found:
            assert 0.92 <= found["coverage"]["rate"] <= 0.98
    noise = kept["noise"][calibration.NESTED]
    assert abs(noise["nested"] - 0.5) < 3 * noise["nested_se"] and noise["naive"] > 0.58
