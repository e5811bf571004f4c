#!/bin/sh
# The peers' environments, each on its own because their needs contradict each other's. The CPU build of
# torch comes first: a plain `torch` would take gigabytes. An environment that cannot be built is said.
set -u
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}
build() {
    name=$1
    shift
    "$python" -m venv "$here/.peers/$name" || return 1
    for package in torch==2.13.0 "$@"; do
        "$here/.peers/$name/bin/python" -m pip install --quiet --disable-pip-version-check $package \
            || echo "not built: $package in benchmarks/.peers/$name" >&2
    done
}
build main "optuna==5.0.0 scipy" smac==2.4.1 botorch==0.18.1
# HEBO asks for an older numpy, from which pip would look for the rest for a long time: it is told.
build hebo "numpy==1.24.4 scipy==1.12.0 pandas==2.0.3 scikit-learn==1.3.2 gpytorch==1.11 GPy==1.13.2" \
    "catboost==1.2.7 pymoo==0.6.0 disjoint-set==0.9.0" "--no-deps HEBO==0.3.6"
touch "$here/.peers/.built"
