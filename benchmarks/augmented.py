"""When improvement should be augmented for noise; writes JSON.

    python benchmarks/augmented.py --suite noisy_fresh --seeds 5
    python benchmarks/augmented.py --suite fresh --seeds 5

The Gaussian process with expected improvement as it stands; augmented (Huang et al. 2006) where a tenth of
the results' variance or more is called noise; and always. The rule was chosen on the suites `tried` and
`noisy` and on rough functions of COCO; nothing was ever chosen on the other two. Reported as in turns.py.
Resumable: every run is a line of results/augmented_SUITE.jsonl.
"""

from turns import arguments, contest

from trimtab.bench.method import Ours

AT = [25, 50, 75, 100]
FROM = {"as it stands": 2.0, "where noisy": 0.1, "always": 0.0}  # a share of noise is at most 1
METHODS = [Ours(name, {"name": "GP", "roughness": least}) for name, least in FROM.items()]


def main() -> None:
    given = arguments(__doc__, seeds=5, suite="noisy_fresh").parse_args()
    contest("augmented", "as it stands", METHODS, AT, given, AT[-1])


if __name__ == "__main__":
    main()
