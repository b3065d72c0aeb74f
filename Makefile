# make verify: install, check every claim, write build/report.html.   make test: the project's own tests.
# make bench: measured ratios, each against a peer in the same run.   make bench-peers: the peers' environment.
PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= 2
PEERS_PYTHON ?= $(PYTHON)

.PHONY: verify test install bench bench-peers clean

install: .venv/installed

.venv/installed: pyproject.toml constraints.txt
	test -d .venv || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

verify: install
	$(BIN)/python -m pytest theorems/ -n $(WORKERS) --junitxml=build/junit.xml
	@echo "report: build/report.html, results: build/results.jsonl, JUnit: build/junit.xml"

test: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest numerics/ verify/ --doctest-modules -n $(WORKERS) -q
	$(BIN)/python -m pytest tests/ -n $(WORKERS) -q

bench: install
	$(BIN)/python -m benchmarks.run

bench-peers: build/peers/installed

build/peers/installed: benchmarks/peers/requirements.txt
	$(PEERS_PYTHON) -m venv build/peers
	build/peers/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	touch $@

clean:
	rm -rf build .venv .pytest_cache .mypy_cache .ruff_cache
