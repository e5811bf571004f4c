"""The smallest use: a function, a space, a number of trials."""

import trimtab as tt


def loss(x, y, kind):
    return (x - 0.3) ** 2 + y + (0.1 if kind == "rough" else 0.0)


SPACE = {"x": tt.Float(-1, 1), "y": tt.Float(1e-4, 1, log=True), "kind": ["smooth", "rough"]}

if __name__ == "__main__":
    study = tt.minimize(loss, SPACE, n_trials=50, seed=0)
    print(study.best_value, dict(study.best_config))
