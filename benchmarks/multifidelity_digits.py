"""Records real learning curves once: a network of scikit-learn on handwritten digits, a grid of 216 settings.

    OMP_NUM_THREADS=1 python benchmarks/multifidelity_digits.py

Two minutes of CPU time. The log-loss on a held-out third after each of 27 epochs, and the CPU seconds
of an epoch (the median of the run), for every combination: benchmarks/multifidelity_digits.json, which
`multifidelity.py` replays as the task "digits". What diverged is null.
"""

import json
import time
import warnings
from itertools import product
from pathlib import Path

import numpy as np

GRID = {
    "lr": [3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1],
    "hidden": [8, 16, 32, 64],
    "batch": [16, 64, 256],
    "alpha": [1e-5, 1e-2, 1.0],
}
EPOCHS = 27
TABLE = Path(__file__).parent / "multifidelity_digits.json"


def trained(lr: float, hidden: int, batch: int, alpha: float) -> tuple[list[float | None], float]:
    """Held-out log-loss after each epoch, and the median CPU seconds of one."""
    from sklearn.datasets import load_digits
    from sklearn.metrics import log_loss
    from sklearn.model_selection import train_test_split
    from sklearn.neural_network import MLPClassifier

    x, y = load_digits(return_X_y=True)
    parts = train_test_split(x / 16.0, y, test_size=1 / 3, stratify=y, random_state=0)
    model = MLPClassifier(
        hidden, learning_rate_init=lr, batch_size=batch, alpha=alpha, random_state=0
    )
    curve: list[float | None] = []
    seconds = []
    for _ in range(EPOCHS):
        begun = time.process_time()
        model.partial_fit(parts[0], parts[2], classes=np.arange(10))
        seconds.append(time.process_time() - begun)
        chances = model.predict_proba(parts[1])
        loss = log_loss(parts[3], chances) if np.isfinite(chances).all() else np.inf
        curve.append(round(float(loss), 4) if np.isfinite(loss) else None)
    return curve, round(float(np.median(seconds)), 4)


def main() -> None:
    warnings.simplefilter("ignore")
    curves, seconds = [], []
    for values in product(*GRID.values()):
        curve, second = trained(*values)
        curves.append(curve)
        seconds.append(second)
    found = {"grid": GRID, "seconds": seconds, "curves": curves}
    TABLE.write_text(json.dumps(found, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
