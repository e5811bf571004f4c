"""A run of Ray Tune that is killed after a few results, or taken up again: FOLDER start|restore."""

import os
import sys
import time
from pathlib import Path
from typing import Any

os.environ["TUNE_DISABLE_AUTO_CALLBACK_LOGGERS"] = "1"
os.environ["TUNE_GLOBAL_CHECKPOINT_S"] = "0.2"

import ray
from ray import tune

from trimtab.integration.ray import TrimtabSearch

N_TRIALS = 12


class Dies(tune.Callback):  # type: ignore[misc]
    """Kills the driver, once, when some trials have ended."""

    def __init__(self, folder: Path) -> None:
        self.mark = folder / "died"
        self.n = 0

    def on_trial_complete(self, iteration: int, trials: Any, trial: Any, **info: Any) -> None:
        self.n += 1
        if self.n == 4 and not self.mark.exists():
            self.mark.touch()
            os._exit(9)


def train(config: dict[str, Any]) -> None:
    time.sleep(0.2)
    tune.report({"loss": (config["net"]["x"] - 0.3) ** 2})


def main(folder: Path, how: str) -> None:
    ray.init(address="local", num_cpus=2, include_dashboard=False, logging_level="ERROR")
    if how == "start":
        search = TrimtabSearch(sampler="tpe", storage=str(folder / "study.db"), seed=1)
        tuner = tune.Tuner(
            train,
            param_space={"net": {"x": tune.uniform(0.0, 1.0)}},
            tune_config=tune.TuneConfig(
                search_alg=search,
                num_samples=N_TRIALS,
                max_concurrent_trials=2,
                metric="loss",
                mode="min",
            ),
            run_config=tune.RunConfig(
                storage_path=str(folder), name="run", verbose=0, callbacks=[Dies(folder)]
            ),
        )
    else:
        tuner = tune.Tuner.restore(str(folder / "run"), trainable=train, resume_errored=True)
    results = tuner.fit()
    assert len(results) == N_TRIALS and not results.errors
    ray.shutdown()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
