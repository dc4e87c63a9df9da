# make quickstart | test | test-all | test-gpu | lint        (python >= 3.11, make and git; nothing else)
PYTHON ?= python3
BIN := .venv/bin
export HF_HUB_DISABLE_TELEMETRY := 1

.PHONY: quickstart test test-all test-gpu lint format clean
quickstart: .venv/installed
	HF_HUB_OFFLINE=1 $(BIN)/affectreason run recipe=tiny

test: .venv/installed
	HF_HUB_OFFLINE=1 $(BIN)/python -m pytest -q -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

test-all: .venv/installed
	HF_HUB_OFFLINE=1 $(BIN)/python -m pytest -q -m "not gpu"

test-gpu: .venv/installed
	HF_HUB_OFFLINE=1 $(BIN)/python -m pytest -q -m gpu

lint: .venv/installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: .venv/installed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.venv/installed: constraints.txt pyproject.toml
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "affectreason needs python 3.11 or newer: make PYTHON=python3.11"'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[dev]"
	touch $@

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache build dist
