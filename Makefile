# Bare `make` lists the targets. Everything a target needs is installed by it: nothing has to be there but Python ≥ 3.11.
.DEFAULT_GOAL := help
SHELL := /bin/bash

PYTHON ?= python3
VENV := .venv
BENCH_VENV := .ddf/bench-venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest

.PHONY: help
help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# First what fetches the Pulumi CLI: where that has to be built, which takes minutes, everything else goes beside it.
$(VENV)/.toolchain: tools/pulumi/requirements.lock tools/setup.sh
	@tools/setup.sh $(PYTHON) $(VENV) tools/pulumi/requirements.lock
	@touch $@

$(VENV)/.installed: requirements.lock tools/setup.sh tools/node/package-lock.json tools/node/pack.cjs | $(VENV)/.toolchain
	@tools/setup.sh $(PYTHON) $(VENV)
	@touch $@

.PHONY: cli
cli: $(VENV)/.toolchain
	@$(BIN)/python -m automation.toolchain --print-bin-dir >/dev/null

.PHONY: setup
setup: $(VENV)/.toolchain ## Install the locked packages and the Pulumi CLI
	@$(MAKE) --no-print-directory -j 2 cli $(VENV)/.installed

.PHONY: demo
demo: setup ## The whole system on this machine: deploy, work, look, destroy (KEEP=1 leaves it up)
	@KEEP=$(KEEP) tools/demo.sh $(BIN)/python

.PHONY: demo-fix
demo-fix: setup ## A failed build in three languages becomes one pull request with green tests, on this machine
	@tools/demo_fix.sh $(BIN)/python

.PHONY: lint
lint: $(VENV)/.installed ## Lint and format check
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

.PHONY: types
types: $(VENV)/.installed ## Type check, strict
	@$(BIN)/mypy

.PHONY: contracts
contracts: $(VENV)/.installed ## Who may import whom
	@$(BIN)/lint-imports --no-cache

.PHONY: test-fast
test-fast: setup ## The inner loop: tests that take no second and start no process
	@$(PYTEST) -n 2 -m "not slow and not acceptance"

.PHONY: checked
checked: lint types contracts

.PHONY: test
test: $(VENV)/.toolchain ## Everything that CI runs for a change
	@tools/run_tests.sh $(BIN)/python -m "not nightly"

.PHONY: test-nightly
test-nightly: $(VENV)/.toolchain ## All of it, with the long tests that have a shorter neighbour: an hour
	@tools/run_tests.sh $(BIN)/python

.PHONY: format
format: setup ## Format the code and fix what can be fixed
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

$(BENCH_VENV)/.installed: bench/requirements.lock
	@echo "Setting up $(BENCH_VENV): the peers of the benchmarks"
	@[ -x $(BENCH_VENV)/bin/python ] || $(PYTHON) -m venv $(BENCH_VENV)
	@$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r bench/requirements.lock
	@touch $@

.PHONY: bench-setup
bench-setup: setup $(BENCH_VENV)/.installed ## Install the peers of the benchmarks, apart from the product

.PHONY: bench
bench: bench-setup ## Benchmarks, each with its peers beside it
	@$(BIN)/python bench/cli_startup.py
	@$(BIN)/python bench/local_deploy.py
	@$(BIN)/python bench/worker_throughput.py

.PHONY: bench-quality
bench-quality: bench-setup ## How good the generated tests are, beside Pynguin (an hour; ARGS="--set stdlib" etc.)
	@$(BIN)/python bench/generation_quality.py $(ARGS)

.PHONY: lock
lock: setup ## Resolve the packages anew
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile pyproject.toml --all-extras --python-version 3.11 --universal --no-emit-index-url --generate-hashes --no-annotate --no-header --quiet --upgrade --output-file requirements.lock
	@$(BIN)/uv pip compile bench/requirements.in --python-version 3.11 --universal --no-emit-index-url --generate-hashes --no-annotate --no-header --quiet --upgrade --output-file bench/requirements.lock
	@$(BIN)/python tools/lock_parts.py

.PHONY: clean
clean: ## Stop the embedded AWS and remove what was made here
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m automation local down; fi
	@rm -rf $(VENV) .ddf .pytest_cache .mypy_cache .ruff_cache
