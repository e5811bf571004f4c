"""Random search over a network's settings with PyTorch itself, where it is installed."""

from itertools import pairwise

import pytest

import trimtab as tt

torch = pytest.importorskip("torch")
PATIENCE, EPOCHS = 3, 25


def accuracies(config, data):
    """Validation accuracy after each epoch of a small network; native values go straight into PyTorch."""
    torch.manual_seed(0)
    (x, y), (x_new, y_new) = data
    sizes = [2, *[config["hidden_size"]] * config["num_layers"]]
    layers = [
        part
        for a, b in pairwise(sizes)
        for part in (torch.nn.Linear(a, b), torch.nn.ReLU(), torch.nn.Dropout(config["dropout"]))
    ]
    model = torch.nn.Sequential(*layers, torch.nn.Linear(sizes[-1], 2))
    rates = {"lr": config["learning_rate"], "weight_decay": config["weight_decay"]}
    optimizer = torch.optim.Adam(model.parameters(), **rates)
    pairs = torch.utils.data.TensorDataset(x, y)
    loader = torch.utils.data.DataLoader(pairs, batch_size=config["batch_size"], shuffle=True)
    for _ in range(EPOCHS):
        model.train()
        for some, labels in loader:
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(some), labels).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            yield float((model(x_new).argmax(dim=1) == y_new).float().mean())


def ring(n, seed):
    x = torch.rand((n, 2), generator=torch.Generator().manual_seed(seed)) * 2 - 1
    return x, ((x**2).sum(dim=1) < 0.5).long()


def test_random_search_with_patience():
    """RND-15: a search of a few lines: native values, epochs until patience runs out, the best of each."""
    data, curves = (ring(256, 0), ring(128, 1)), {}
    space = {
        "learning_rate": tt.Float(1e-4, 1e-1, log=True),
        "hidden_size": tt.Categorical([8, 16, 32]),
        "num_layers": tt.Int(1, 2),
        "dropout": tt.Float(0.0, 0.3),
        "batch_size": tt.Categorical([32, 64]),
        "weight_decay": tt.Float(1e-6, 1e-3, log=True),
    }

    def objective(config):
        curve = curves[len(curves)] = []
        for accuracy in accuracies(config, data):
            curve.append(accuracy)
            if len(curve) - curve.index(max(curve)) > PATIENCE:
                break
        return max(curve)

    study = tt.maximize(objective, space, 8, sampler="random", seed=0)
    assert [t.value for t in study.trials] == [max(curves[t.number]) for t in study.trials]
    assert study.best_value == max(max(curve) for curve in curves.values()) > 0.8
    assert any(len(curve) < EPOCHS for curve in curves.values())
    best = accuracies(study.best_config, data)
    assert max(next(best) for _ in curves[study.best_trial.number]) == study.best_value
