"""The percentile rule's own settings; its decisions are compared with the median rule's."""

import pytest

from trimtab.errors import InvalidArgument
from trimtab.scheduler.percentile import Percentile


def test_half_is_the_median():
    from trimtab.scheduler.median import Median

    assert Percentile(50.0).n_startup == Median().n_startup


def test_the_best_quarter_goes_on(lab):
    one, rule = lab.Lab(), Percentile(25.0, n_startup=4)
    for value in (1.0, 2.0, 3.0, 4.0):
        one.run(rule, [value])
    assert one.run(rule, [1.75]) is None  # the 25th percentile itself
    assert one.run(rule, [1.8]) == 0


@pytest.mark.parametrize("keep", [-1, 100.1, float("nan"), "25", True])
def test_keep_is_a_percentage(keep):
    with pytest.raises(InvalidArgument, match="keep="):
        Percentile(keep)
