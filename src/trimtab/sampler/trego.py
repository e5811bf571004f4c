"""A process of the whole space, in turns with a trust region where results look rough.

Diouane, Picheny, Le Riche & Scotto Di Perrotolo (2023), TREGO: a Trust-Region Framework for Efficient
Global Optimization, J. Global Optimization 86: global steps and local ones in a box, on one budget. Here
the local steps are those of TuRBO (`trust_region`), and they are taken where they are needed.

A process of the whole space that meets more valleys than it has results reads them as noise: it sees the
slope that they lie on, and no longer the valleys. The share of the results' variance that it calls noise
says so while the search goes on. From `roughness` on, every second trial is the trust region's, whose
process has to explain one valley alone. On smooth results nothing changes: all trials are the process's.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from trimtab.acquisition.augmentation import is_rough
from trimtab.core.protocols import Proposals, Request, Sampler
from trimtab.design.check import check_count
from trimtab.design.child import Ensemble, Family, ask_children
from trimtab.design.setting import check_not_negative
from trimtab.plugin import Registry
from trimtab.surrogate.model import OBJECTIVE
from trimtab.surrogate.threads import one_thread

METHODS = Registry(
    "method of TREGO",
    {
        "GP": "trimtab.sampler.gp:GP",
        "TrustRegion": "trimtab.sampler.trust_region:TrustRegion",
    },
)
WHOLE, LOCAL = 0, 1  # which of the two


@dataclass(frozen=True)
class TREGO(Ensemble):
    """Gaussian process over any space, and a trust region every second trial where results look rough."""

    n_whole: int = 30  # trials before the trust region may have one
    roughness: float = 0.1  # share of the results' variance called noise, from which on it has
    n_candidates: int = 400  # points of a draw in the box

    def __post_init__(self) -> None:
        check_count("n_whole", self.n_whole)
        check_not_negative("roughness", self.roughness)
        check_count("n_candidates", self.n_candidates)

    @property
    def samplers(self) -> tuple[Sampler[Any], ...]:
        """The process of the whole space and the trust region."""
        box = METHODS.load("TrustRegion")(n_candidates=self.n_candidates)
        return METHODS.load("GP")(), box

    @one_thread()
    def ask(self, state: Family, request: Request) -> Proposals:
        """Maxima of the acquisition; where results look rough, every odd trial from the box."""
        first = len(state.states[WHOLE].results) + len(request.pending)
        numbers = np.arange(first, first + request.n)
        is_local = (numbers >= self.n_whole) & (numbers % 2 == 1)
        if is_local.any() and not self.is_rough(state):
            is_local[:] = False
        n_local = int(is_local.sum())
        return ask_children(self.samplers, state, request, (request.n - n_local, n_local))

    def is_rough(self, state: Family) -> bool:
        """Whether the process of the whole space takes much of what it was told for noise."""
        model = state.states[WHOLE].models.get(OBJECTIVE)
        return model is not None and is_rough(model.posterior, self.roughness)
