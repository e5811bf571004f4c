"""`from trimtab.sklearn import SearchCV`: the search classes for scikit-learn under a short name.

They live in `trimtab.integration.sklearn`, and need the extra: pip install "trimtab[sklearn]".
"""

from typing import Any

from trimtab.integration import sklearn as family

__all__ = family.__all__


def __getattr__(name: str) -> Any:
    return getattr(family, name)


def __dir__() -> list[str]:
    return dir(family)
