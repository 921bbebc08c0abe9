# Everything a person or a machine does with this repository. Needs Python 3.11 or newer, git and make.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
LOCK := uv --no-config pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: setup test check demo docs lock snapshots clean

setup: $(STAMP)

$(STAMP): requirements-dev.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Midflight needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

test: check
	$(BIN)/python -m pytest -n 2

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/generate_docs.py --check

demo: setup
	$(BIN)/python scripts/demo.py

docs: setup
	$(BIN)/python scripts/generate_docs.py

# uv is the one tool that the set-up does not install: only who changes a dependency needs it.
# With LOCK_OPTIONS=--upgrade everything is brought up to date.
lock:
	$(LOCK) $(LOCK_OPTIONS) --extra shadow pyproject.toml -o requirements.lock
	$(LOCK) $(LOCK_OPTIONS) --group build -o requirements-build.lock
	$(LOCK) $(LOCK_OPTIONS) pyproject.toml --group dev -o requirements-dev.lock

snapshots: setup
	$(BIN)/python scripts/write_snapshots.py
	MIDFLIGHT_WRITE_SNAPSHOTS=1 $(BIN)/python -m pytest --quiet tests/unit/report -k agreed

clean:
	rm -rf $(VENV) demo dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
