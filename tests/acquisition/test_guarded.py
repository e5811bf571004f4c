"""What is wanted of trials that may fail."""

import numpy as np
import pytest

from trimtab.acquisition.guarded import wanted_success


def test_success_is_asked_for_the_surer_the_more_trials_fail():
    label = [wanted_success(mean) + mean for mean in np.linspace(1.0, -1.0, 41)]
    assert label[0] == pytest.approx(0.7)
    assert np.all(np.diff(label) >= 0)
    assert label[-1] == max(label) == 1.0  # what succeeded is never doubted
