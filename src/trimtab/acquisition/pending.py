"""What is thought of rows whose results are not known yet, when the next is chosen.

Ginsbourger, Le Riche & Carraro (2010), Kriging Is Well-Suited to Parallelize Optimization: the believer and
the liar; Gonzalez, Dai, Hennig & Lawrence (2016), Batch Bayesian Optimization via Local Penalization.
"""

from trimtab.acquisition.batch import Penalty, believed, lied_to, penalty_around
from trimtab.acquisition.guarded import least_mean
from trimtab.surrogate.embedding import Embedding
from trimtab.surrogate.model import Model, Results
from trimtab.surrogate.posterior import Posterior
from trimtab.typing import Array

BATCHES = ("believer", "liar", "penalized", "joint")


def thought(batch: str, model: Model, results: Results, pending: Array) -> Posterior:
    """A model's posterior given what a batch's rule supposes of pending rows, whose features are (k, D).

    The believer: their mean; the liar: the best mean there is; the others suppose nothing.
    """
    if not len(pending) or batch in ("penalized", "joint"):
        return model.posterior
    if batch == "liar":
        return lied_to(model.posterior, pending, least_mean(model, results, model.posterior))
    return believed(model.posterior, pending)


def penalty(model: Model, results: Results, embedding: Embedding, pending: Array) -> Penalty:
    """What leaves the balls in which pending rows (k, D) rule out the minimum."""
    least = least_mean(model, results, model.posterior)
    return penalty_around(model.posterior, pending, least, embedding(results.x[model.rows]))
