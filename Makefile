# make run     start the bot: on Telegram where BOT_TOKEN is set (environment or .env), else in a sandbox chat
# make test    run the tests           make lint     ruff and mypy
# make soak    the long forms of the tests, which take long
# make format  mend what ruff can      make clean    forget .venv and every cache
# make load    measure the bot under load, 40 minutes: see docs/reliability.md

VENV := .venv
BIN  := $(VENV)/bin

# The first Python that is new enough; `make PYTHON=...` names another.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
# torch with its CUDA libraries is large.
DISK_NEEDED_GB := 8

.PHONY: run test soak load lint format clean

run: $(VENV)/installed
	@$(BIN)/python -m bot $(ARGS)

# Three at once even on two cores: the bot's tests mostly wait. One thread each: more would wait for each other.
test: $(VENV)/installed-test
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)

soak: $(VENV)/installed-test
	$(BIN)/python -m pytest -m soak $(ARGS)

load: $(VENV)/installed-test
	$(BIN)/python -m tests.load crowd --people 1000
	$(BIN)/python -m tests.load steady --rate 100 --seconds 60 --messages 1000
	$(BIN)/python -m tests.load soak --minutes 30 --rate 2 --people 200 --paint 0.2

lint: $(VENV)/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/installed-test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; found: $$(python3 --version 2>&1)"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version 2>&1)"; exit 1; }
	@$(PYTHON) -c 'import shutil, sys; free = shutil.disk_usage(".").free / 1e9; \
		sys.exit(f"{free:.1f} GB of disk are free here; $(DISK_NEEDED_GB) are needed" if free < $(DISK_NEEDED_GB) else 0)'
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "The virtual environment could not be made: on Debian and Ubuntu, install python3-venv"; exit 1; }

$(VENV)/installed: pyproject.toml | $(VENV)/bin/python
	@echo "Installing; the first time this takes a few minutes."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/installed-test: pyproject.toml | $(VENV)/bin/python
	@echo "Installing; the first time this takes a few minutes."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test,lint]'
	@touch $@ $(VENV)/installed
