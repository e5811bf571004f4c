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
build hebo HEBO==0.3.6
touch "$here/.peers/.built"
