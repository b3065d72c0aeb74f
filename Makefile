# make verify: install, check every claim, write build/report.html.   make test: the project's own tests.
PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= 2

.PHONY: verify test install clean

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
	$(BIN)/python -m pytest tests/ -n $(WORKERS) -q

clean:
	rm -rf build .venv .pytest_cache .mypy_cache .ruff_cache
