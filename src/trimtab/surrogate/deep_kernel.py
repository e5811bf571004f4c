"""Deep kernels: a kernel over what a neural network makes of the columns, both learned from the evidence.

Wilson, Hu, Salakhutdinov & Xing (2016), Deep Kernel Learning, AISTATS: k(g(x), g(z)), g a network. Here g is
a small one of hyperbolic tangents, in NumPy, with derivatives in reverse (Rumelhart, Hinton & Williams 1986),
so it goes wherever a kernel does: `GaussianProcess(DeepKernel.drawn(...)).fit(x, y)`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from trimtab.surrogate.kernel import Algebra, Kernel, Tape
from trimtab.surrogate.prior import Joint, LogNormal
from trimtab.typing import Array, Rng

Layer = tuple[Array, Array]  # weights (i, o) and offsets (o,)


@dataclass(frozen=True, eq=False)
class DeepKernel(Algebra):
    """k(g(x), g(z)). `theta`: that of k, then weights and offsets as they are, layer by layer."""

    kernel: Kernel
    layers: tuple[Layer, ...]

    @classmethod
    def drawn(cls, kernel: Kernel, sizes: Sequence[int], rng: Rng) -> "DeepKernel":
        """Random first weights: normal with variance 1 / inputs; `sizes`: columns, ..., features."""
        pairs = list(pairwise(sizes))
        layers = [
            (rng.standard_normal((i, o)) / np.sqrt(i), rng.standard_normal(o)) for i, o in pairs
        ]
        return cls(kernel, tuple(layers))

    @property
    def theta(self) -> Array:
        """The kernel's log-parameters, then the network's."""
        flat = [part.ravel() for layer in self.layers for part in layer]
        return np.concatenate([self.kernel.theta, *flat])

    def at(self, theta: Array) -> "DeepKernel":
        """Other parameters."""
        first = len(self.kernel.theta)
        layers = []
        kernel = self.kernel.at(theta[:first])
        for weight, offset in self.layers:
            middle, last = first + weight.size, first + weight.size + offset.size
            layers.append((theta[first:middle].reshape(weight.shape), theta[middle:last]))
            first = last
        return replace(self, kernel=kernel, layers=tuple(layers))

    def features(self, x: Array) -> Array:
        """g(x): (n, k) from rows x (n, d); the last layer is linear."""
        return self._passed(x)[-1]

    def tape(self, x: Array, z: Array) -> Tape:
        """The matrix and its derivatives."""
        a = self._passed(x)
        b = a if x is z else self._passed(z)
        inner = self.kernel.tape(a[-1], b[-1])

        def to_theta(weight: Array) -> Array:
            if x is z:
                of_a = inner.to_x(weight + weight.T)  # both arguments are the same features
                network = self._back(a, of_a)[0]
            else:
                of_b = self.kernel.tape(b[-1], a[-1]).to_x(weight.T)
                network = self._back(a, inner.to_x(weight))[0] + self._back(b, of_b)[0]
            return np.concatenate([inner.to_theta(weight), network])

        return Tape(inner.value, to_theta, lambda weight: self._back(a, inner.to_x(weight))[1])

    def diagonal(self, x: Array) -> Array:
        """That of the kernel."""
        return self.kernel.diagonal(self.features(x))

    def prior(self, of_kernel: LogNormal, n_more: int = 1) -> Joint:
        """Standard normal weights and offsets, `of_kernel` on the kernel's own, LogNormal(-4, 2) noise."""
        n, m = len(self.kernel.theta), len(self.theta)
        return Joint(((n, of_kernel), (m - n, LogNormal(0.0, 1.0)), (n_more, LogNormal(-4.0, 2.0))))

    def _passed(self, x: Array) -> list[Array]:
        """The rows (n, ...) before and after each layer."""
        found = [x]
        for k, (weight, offset) in enumerate(self.layers):
            linear = found[-1] @ weight + offset
            found.append(linear if k + 1 == len(self.layers) else np.tanh(linear))
        return found

    def _back(self, passed: list[Array], slope: Array) -> tuple[Array, Array]:
        """Derivatives by the network's parameters, flat, and by its first rows, from those by its last."""
        parts: list[Array] = []
        for k in range(len(self.layers) - 1, -1, -1):
            if k + 1 < len(self.layers):
                slope = slope * (1.0 - passed[k + 1] ** 2)
            parts = [(passed[k].T @ slope).ravel(), slope.sum(axis=0), *parts]
            slope = slope @ self.layers[k][0].T
        return np.concatenate(parts) if parts else np.empty(0), slope
