# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: demo test check slow items faults ray trackers bench families bench-peers sklearn-tests format clean

demo: .venv/.demo
	$(BIN)/python examples/demo.py

test: .venv/.dev
	$(BIN)/pytest -n 2 --dist loadfile

slow: .venv/.dev
	$(BIN)/pytest -m slow

# Which test proves which item of the mission: `make items AREAS="TPE EVO"`.
items: .venv/.dev
	$(BIN)/python tests/items.py $(AREAS)

check: .venv/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# scikit-learn's own tests of its search classes, unmodified, with ours in their place; its estimator
# checks; and a search that is killed. Under three minutes on two cores.
sklearn-tests: .venv/.dev
	$(BIN)/python tests/integration/swap.py -n 2
	$(BIN)/pytest -n 2 -m slow tests/integration/test_sklearn_upstream.py -k "not own_tests"

# Every fault fifty times, in running workers of every storage: a table, and an exit code.
faults: .venv/.dev
	$(BIN)/python tests/fault/table.py --times 50

# The executor on a Ray cluster of two nodes: five minutes, and a download of 150 MB before that.
ray: .venv/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[ray,tune]"
	$(BIN)/pytest -m slow tests/cluster

# MLflow and Weights & Biases as they are, in files on the disk: 60 MB to download, half a minute to run.
trackers: .venv/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[mlflow,wandb]"
	$(BIN)/pytest -m slow -W ignore tests/tracking

bench: .venv/.bench
	$(BIN)/python benchmarks/overhead.py
	$(BIN)/python benchmarks/parallel.py
	$(BIN)/python benchmarks/sklearn_overhead.py
	$(BIN)/python benchmarks/storage.py

# Ours beside the peers on public problems: hours on two cores; it goes on where it was cut off.
bench-peers: .venv/.bench benchmarks/.peers/.built
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -r benchmarks/tasks.txt
	$(BIN)/python benchmarks/single.py --workers 2 \
		--methods gp,auto,random,optuna_tpe,optuna_gp,smac_hpo,smac_bb,botorch_lognei,hebo_gp

benchmarks/.peers/.built: benchmarks/build_peers.sh
	PYTHON=$(PYTHON) sh $<

# Every search family beside its reference; takes a quarter of an hour of CPU, and goes on where it was.
families: .venv/.bench
	$(BIN)/python benchmarks/families.py

format: .venv/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf .venv demo build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(BIN)/python:
	$(PYTHON) -m venv .venv

.venv/.demo: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[sklearn]"
	@touch $@

.venv/.dev: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $@ .venv/.demo

.venv/.bench: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev,bench]"
	@touch $@ .venv/.dev .venv/.demo
