# Three commands: make run, make phone, make test. Everything lives in .venv and var/; nothing else on the machine is touched.

PYTHON ?= $(firstword $(foreach v,python3.13 python3.12 python3.11 python3,$(shell $(v) -c 'import sys,venv,ensurepip; sys.version_info >= (3,11) and print("$(v)")' 2>/dev/null)))
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run phone test check format clean screenshots bench asterisk

run: $(VENV)/.installed
	@$(BIN)/frontdesk serve

# Asterisk (fetched if there is none) and the front desk together; prints how to call. Needs no root once fetched.
phone: $(VENV)/.installed
	@$(BIN)/frontdesk phone

test: $(VENV)/.installed-dev check
	@$(BIN)/frontdesk doctor || true
	@$(BIN)/frontdesk catalogue validate
	@$(BIN)/python -m pytest -n auto

check: $(VENV)/.installed-dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

format: $(VENV)/.installed-dev
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

asterisk: $(VENV)/.installed-dev
	@$(BIN)/frontdesk asterisk fetch

screenshots: $(VENV)/.installed-dev
	@$(BIN)/python docs/screenshots/take.py

bench: $(VENV)/.installed-dev
	@$(BIN)/python -m bench

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache build *.egg-info

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "需要 Python 3.11 或更新（含 venv）。Debian/Ubuntu：apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	@echo "正在安装依赖（只在第一次或更新后进行）……"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(VENV)/bin/python
	@echo "正在安装依赖和检查工具（只在第一次或更新后进行）……"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev]"
	@touch $(VENV)/.installed $@
