import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from trimtab.errors import InvalidArgument
from trimtab.evaluation.correction import benjamini_hochberg, bonferroni, hochberg, holm

P = (0.01, 0.04, 0.03, 0.005)
ps = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def test_by_hand():
    """STA-07: Holm and Benjamini-Hochberg on p = (.01, .04, .03, .005)."""
    assert holm(P) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert benjamini_hochberg(P) == pytest.approx([0.02, 0.04, 0.04, 0.02])
    assert bonferroni(P) == pytest.approx([0.04, 0.16, 0.12, 0.02])
    # Hochberg: .04, then min(.04, 2 x .03), min(3 x .01), min(4 x .005)
    assert hochberg(P) == pytest.approx([0.03, 0.04, 0.04, 0.02])


@settings(deadline=None, max_examples=100)
@given(ps, st.randoms())
def test_laws(p, random):
    p = np.array(p)
    plain, down, up, rate = bonferroni(p), holm(p), hochberg(p), benjamini_hochberg(p)
    assert (p <= rate + 1e-15).all() and (rate <= up + 1e-12).all()
    assert (up <= down + 1e-12).all() and (down <= plain + 1e-12).all() and plain.max() <= 1
    assert rate == pytest.approx(stats.false_discovery_control(p))
    order = list(range(len(p)))
    random.shuffle(order)
    assert holm(p[order]) == pytest.approx(down[order])


@pytest.mark.parametrize("adjust", [bonferroni, holm, hochberg, benjamini_hochberg])
@pytest.mark.parametrize("p", [[1.5], [-0.1], [np.nan], [[0.1]]])
def test_what_is_no_probability(adjust, p):
    with pytest.raises(InvalidArgument, match="probabilities"):
        adjust(p)
