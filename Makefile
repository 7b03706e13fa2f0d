# Each target does all of its own set-up, in a virtual environment beside this file.
PYTHON ?= python3
BIN := .venv/bin
OUT := build/demo

.PHONY: demo test lint types floors unit evaluate clean

# The main job: score a saved page with its thread, and draw the moderators' page.
demo: .venv/user
	@mkdir -p $(OUT)
	$(BIN)/modfilter score fixtures/threads/chirundu-market.txt -o $(OUT)/scored.jsonl
	$(BIN)/modfilter report $(OUT)/scored.jsonl -o $(OUT)/report.html --quiet
	@echo "the page for moderators: $(OUT)/report.html"

# Everything that must hold before a change lands.
test: lint types floors unit evaluate

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/dev
	$(BIN)/mypy

floors: .venv/dev
	$(BIN)/lint-imports

unit: .venv/dev
	$(BIN)/pytest --cov --numprocesses auto

evaluate: .venv/dev
	$(BIN)/modfilter evaluate

.venv/bin/python:
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade pip

.venv/user: .venv/bin/python pyproject.toml
	$(BIN)/pip install --quiet --editable '.[report,server]'
	@touch $@

.venv/dev: .venv/bin/python pyproject.toml
	$(BIN)/pip install --quiet --editable '.[dev]'
	@touch $@ .venv/user

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage
