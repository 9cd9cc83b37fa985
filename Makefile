# Portside: `make run` and `make test` need nothing but Python 3.11 or newer; they install the rest.
# PYTHON=/path/to/python chooses the interpreter, ARGS="…" is handed to `portside demo`, to `portside bench` or to pytest.

PYTHON ?=
ARGS ?=
# A file's tests stay together, for they share what is slow to make; four processes take some 4 GB.
SPREAD := -n auto --maxprocesses 4 --dist loadfile
BIN := $(if $(filter Windows_NT,$(OS)),.venv/Scripts,.venv/bin)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help ready software-gpu peers run lint test test-all pictures bench clean

help:
	@echo 'make run        set up, then open the example network, a picture and a reference'
	@echo 'make test       set up, then run every check but the slow tests'
	@echo 'make test-all   the same with the slow tests'
	@echo 'make lint       ruff, mypy and import-linter alone'
	@echo 'make pictures   take the pictures of the window that docs/ shows'
	@echo 'make bench      the speed figures, beside the programs that do the same (set up on the first run)'
	@echo 'make clean      remove what the above made, .venv included'

ready:
	@for python in $(or $(PYTHON),$(BIN)/python python3.11 python3.12 python3.13 python3.14 python3 python); do \
		if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			exec "$$python" tools/set_up.py; \
		fi; \
	done; \
	echo 'set-up: Portside needs Python 3.11 or newer; $(or $(PYTHON),python3) is not (PYTHON=/path/to/python chooses one).' >&2; \
	exit 1

software-gpu: ready
	@$(BIN)/python -m tools.set_up_software_gpu

run: ready
	@$(BIN)/portside demo $(ARGS)

lint: ready
	@echo '── ruff'
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet
	@echo '── mypy'
	@$(BIN)/mypy
	@echo '── import-linter'
	@$(BIN)/lint-imports --no-cache --no-logo

test: lint software-gpu
	@echo '── pytest'
	@QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -q $(SPREAD) -m 'not slow' $(ARGS)

test-all: lint software-gpu
	@echo '── pytest, slow tests too'
	@QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -q $(SPREAD) $(ARGS)

pictures: ready
	@QT_QPA_PLATFORM=offscreen $(BIN)/python -m explorer.ui.pictures docs/pictures

peers: ready
	@$(BIN)/python -m tools.set_up_peers

bench: peers
	@$(BIN)/portside bench $(ARGS)

clean:
	@rm -rf .venv .software-gpu .peers build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find explorer tests tools -type d -name __pycache__ -prune -exec rm -rf {} +
