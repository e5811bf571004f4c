"""A small network on the digits data, whose learning rate, momentum and noise are learned while it trains.

    .venv/bin/python examples/pbt.py [FOLDER]

A population of eight takes turns on two workers; losers go on from a winner's weights. Then the winner's
schedule is trained again by itself, and the report draws who went on from whom.
"""

import sys
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import trimtab as tt
from trimtab.viz.report import write_report

EPOCHS = 30
SPACE = {
    "lr": tt.Float(1e-3, 1.0, log=True),
    "momentum": tt.Float(0.0, 0.95),
    "noise": tt.Float(0.0, 0.5),  # of the inputs, against overfitting
}


def data():
    x, y = load_digits(return_X_y=True)
    x_train, x_valid, y_train, y_valid = train_test_split(
        x / 16, y, test_size=0.3, random_state=0, stratify=y
    )
    return x_train, x_valid, np.eye(10)[y_train], y_valid


X_TRAIN, X_VALID, Y_TRAIN, Y_VALID = data()


class Network:
    """One hidden layer, softmax, and stochastic gradient descent with momentum."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        shapes = (64, 32), (32,), (32, 10), (10,)
        self.weights = [rng.normal(0, 0.2, s) if len(s) == 2 else np.zeros(s) for s in shapes]
        self.speed = [np.zeros(s) for s in shapes]

    def save(self, folder: Path) -> None:
        np.savez(folder / "network.npz", *self.weights, *self.speed)

    def load(self, folder: Path) -> None:
        with np.load(folder / "network.npz") as found:
            arrays = [found[name] for name in found.files]
        self.weights, self.speed = arrays[:4], arrays[4:]

    def train(self, lr: float, momentum: float, noise: float, rng: np.random.Generator) -> None:
        for rows in np.array_split(rng.permutation(len(X_TRAIN)), 40):
            x = X_TRAIN[rows] + noise * rng.standard_normal((len(rows), 64))
            for i, slope in enumerate(self.slopes(x, Y_TRAIN[rows])):
                self.speed[i] = momentum * self.speed[i] - lr * slope
                self.weights[i] = self.weights[i] + self.speed[i]

    def slopes(self, x: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
        v = self.weights[2]
        hidden, p = self.forward(x)
        up = (p - y) / len(x)
        down = (up @ v.T) * (hidden > 0)
        return [x.T @ down, down.sum(axis=0), hidden.T @ up, up.sum(axis=0)]

    def forward(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        w, b, v, c = self.weights
        hidden = np.maximum(x @ w + b, 0)
        z = hidden @ v + c
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return hidden, e / e.sum(axis=1, keepdims=True)

    def loss(self) -> float:
        _, p = self.forward(X_VALID)
        return float(-np.log(p[np.arange(len(p)), Y_VALID] + 1e-12).mean())


def train(trial: tt.Trial) -> float:
    network = Network()
    for epoch in trial.steps(resume=network.load):
        network.train(**trial.config, rng=np.random.default_rng(epoch))
        trial.report(network.loss(), epoch)
        if epoch % 3 == 0:
            with trial.checkpoint() as folder:
                network.save(folder)
    return network.loss()


def main(folder: Path) -> None:
    epochs = tt.Fidelity("epoch", 1, EPOCHS)
    storage = str(folder / "pbt.db")
    pbt = tt.scheduler.PBT(population=8, interval=3)
    study = tt.create_study(SPACE, scheduler=pbt, fidelity=epochs, storage=storage, seed=0)
    study.optimize(train, n_jobs=2)
    alone = [t.value for t in study.trials if t.origin is None and t.value is not None]
    print(f"best of the population: {study.best.value:.4f} by {study.best.config}")
    print(f"members that kept one configuration to the end: {[round(v, 4) for v in alone]}")
    print(f"lines left: {len(tt.lineages(study.trials))}, entropy {tt.diversity(study.trials):.2f}")
    schedule = tt.schedule_of(study.trials, study.best.number)
    schedule.save(folder / "schedule.json")
    again = tt.create_study(SPACE, scheduler=tt.scheduler.Retrain(schedule.parts), fidelity=epochs)
    again.optimize(train)
    print(f"its schedule of {len(schedule.parts)} parts, trained again: {again.best.value:.4f}")
    print(f"who went on from whom: {write_report(study, folder / 'pbt.html')}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
