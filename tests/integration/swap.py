"""Scikit-learn's own tests of its search classes, with our four classes in their place.

    python tests/integration/swap.py            # all of them; arguments go to pytest, e.g. -n 2

As a pytest plugin (`-p swap`) it must be loaded before any test of scikit-learn is collected.
"""

import os
import sys

import pytest
import sklearn.model_selection
from sklearn.experimental import enable_halving_search_cv  # noqa: F401

from trimtab.integration import sklearn as ours

NAMES = ("GridSearchCV", "RandomizedSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV")
SUITES = (
    "sklearn.model_selection.tests.test_search",
    "sklearn.model_selection.tests.test_successive_halving",
    "sklearn.tests.test_metaestimators",
    "sklearn.tests.test_metaestimators_metadata_routing",
)

for _name in NAMES:
    setattr(sklearn.model_selection, _name, getattr(ours, _name))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say whose classes were tested."""
    found = [getattr(sklearn.model_selection, name) for name in NAMES]
    names = ", ".join(f"{c.__module__}.{c.__name__}" for c in found)
    terminalreporter.write_line(f"search classes: {names}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse to run a test module, in any process, that has got hold of the other classes."""
    for module in {item.module for item in items if isinstance(item, pytest.Function)}:
        for name in NAMES:
            if getattr(module, name, None) not in (None, getattr(ours, name)):
                raise pytest.UsageError(f"{module.__name__}.{name} is not ours")


def arguments(*more: str) -> list[str]:
    """Of pytest: the suites as the wheel has them, free of this project's own settings."""
    plain = ["-c", os.devnull, "-p", "no:randomly", "-p", "no:cacheprovider", "-p", "swap"]
    return [*plain, "-q", "--pyargs", *SUITES, *more]


if __name__ == "__main__":
    sys.exit(pytest.main(arguments(*sys.argv[1:])))
