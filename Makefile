# Everything is set up from python3.11+ alone; `make demo` and `make test` are the two commands of the README.
# the first of these that runs and is new enough: a name on the path may be a shim that runs nothing
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13 python3.14 python; do \
	$$p -c '$(NEW_ENOUGH)' 2>/dev/null && echo $$p && break; done)
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.PHONY: demo test slow check format lint types bench study-cpu study-gpu evidence clean

demo: $(READY)
	$(BIN)/odenets demo

test: $(READY)
	$(BIN)/python -m pytest -n 2 -m "not slow"

slow: $(READY)
	$(BIN)/python -m pytest -n 2 -m slow --timeout=3600

check: format lint types test

format: $(READY)
	$(BIN)/ruff format --check .

lint: $(READY)
	$(BIN)/ruff check .

types: $(READY)
	$(BIN)/mypy

bench: $(READY)
	for question in imports wiring cpu_recipe certificates modified models node emitted reversible; do $(BIN)/python -m benchmarks.$$question || exit 1; done

# CIFAR-10 in its official files: make study-cpu CIFAR=~/cifar-10-batches-bin; stopped, both go on where they were
# RESULTS=… RUNS=… repeat trainings whose results are there
CIFAR ?= cifar-10-batches-bin
STUDY = $(BIN)/odenets study --folder $(CIFAR) $(if $(RESULTS),--results $(RESULTS)) $(if $(RUNS),--runs $(RUNS))

study-cpu: $(READY)
	$(STUDY) studies/cpu.toml

study-gpu: $(READY)
	$(STUDY) studies/gpu.toml --device cuda --minutes 28

evidence: $(READY)
	$(BIN)/odenets evidence

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c '$(NEW_ENOUGH)' 2>/dev/null || { echo "odenets needs Python 3.11 or newer: make PYTHON=/path/to/python3.11"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
