# Two commands for a fresh machine: `make demo` and `make test`. Both set up .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEMO := samples/dsmip-attach-nat-faults
WORKERS ?= auto
# Tests start dsmip as a process many times: its modules are compiled once, wherever this is run.
unexport PYTHONDONTWRITEBYTECODE

# Other Pythons that users have: `make versions OTHERS=/path/to/python3.13` where they are not on the path.
OTHERS ?= python3.12 python3.13 python3.14
TESTS ?= -m "not alone"

.PHONY: setup demo test check pytest versions bench pictures mutants docs format clean

setup: $(STAMP)

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("dsmip-analyzer needs Python 3.11 or later; run: make PYTHON=python3.11") if sys.version_info < (3, 11) else None'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $(STAMP)

demo: setup
	@mkdir -p demo-out
	@echo '$$ dsmip decode $(DEMO)/capture.pcap --keys $(DEMO)/keys'
	@$(BIN)/dsmip decode $(DEMO)/capture.pcap --keys $(DEMO)/keys
	@echo
	@echo '$$ dsmip analyze $(DEMO)/capture.pcap --keys $(DEMO)/keys --csv demo-out/violations.csv'
	@$(BIN)/dsmip analyze $(DEMO)/capture.pcap --keys $(DEMO)/keys --csv demo-out/violations.csv; test $$? -eq 1
	@echo
	@echo '$$ cat demo-out/violations.csv'
	@cat demo-out/violations.csv

test: check pytest

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

pytest: setup
	$(BIN)/python -m pytest -m "not alone" -n $(WORKERS) --dist worksteal
	$(BIN)/python -m pytest -m alone

versions:
	@for python in $(OTHERS); do \
	  $$python -c pass 2>/dev/null || continue; \
	  venv=.venv-$$($$python -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
	  echo "$$venv"; test -x $$venv/bin/python || $$python -m venv $$venv || exit 1; \
	  $$venv/bin/python -m pip install --quiet --disable-pip-version-check -e '.[dev]' || exit 1; \
	  $$venv/bin/python -m pytest $(TESTS) -n $(WORKERS) --dist worksteal || exit 1; \
	done

bench: setup
	$(BIN)/python -m bench
	$(BIN)/python -m bench.latency
	$(BIN)/python -m bench.live_latency

pictures: setup
	$(BIN)/python -m analyzer.tui.pictures docs/screens

mutants: setup
	$(BIN)/python -m bench.mutants

docs: setup
	$(BIN)/python -m analyzer.reports.pages

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) .venv-3.* demo-out .mypy_cache .ruff_cache .pytest_cache .hypothesis
