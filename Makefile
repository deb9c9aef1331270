# Everything a reader or an author needs. `make` alone lists it.
PYTHON ?= python3
VENV ?= .venv
PORT ?= 8000
export VENV

BIN := $(VENV)/bin
RUN := $(BIN)/python
PAGE := _build/html/index.html

.DEFAULT_GOAL := help
.PHONY: help book test colab-check sync notebooks results bench serve dist configure check clean env-book env-test need-python need-browser

help: ## List these commands
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

book: env-book ## Build the book in both languages and print the page to open
	@$(BIN)/jupyter-book build . -q -W -n --keep-going >/dev/null || { \
	  echo "error: the book was not built; the lines above say why" >&2; exit 1; }
	@$(RUN) -c 'from pathlib import Path; page = Path("$(PAGE)").resolve(); \
	  print("The book is built. Open this page in a browser, no server needed:", page, page.as_uri(), sep="\n  ")'

test: env-test need-browser book ## Run every test, on the built book too
	@OMP_NUM_THREADS=1 LSTM_COURSE_QUICK=1 LSTM_COURSE_OFFLINE=1 $(BIN)/pytest -rs -n 2 --dist loadfile --nbval --nbval-current-env \
	  --nbval-sanitize-with tests/nbval_sanitize.cfg lstm_course _ext tools tests chapters

colab-check: env-book ## Run every notebook with Colab's own versions (TORCH=no: without PyTorch)
	@$(RUN) tools/colab_check.py $(if $(filter no,$(TORCH)),--without-torch)

sync: env-test ## Copy code cells to the Vietnamese notebooks, list stale translations
	@$(RUN) tools/sync.py

notebooks: env-test ## Execute every notebook in full and store its outputs
	@LSTM_COURSE_REUSE=1 $(RUN) tools/notebooks.py

results: env-test ## Run a study and record its figures: make results STUDY=name JOBS=2
	@$(RUN) tools/results.py "$(STUDY)" $(if $(JOBS),--jobs $(JOBS)) $(if $(FRESH),--fresh)

bench: env-test ## Measure our training beside the source's Keras pipeline
	@$(RUN) tools/bench.py

serve: book ## Serve the built book on http://localhost:8000 (PORT=... for another)
	@$(RUN) -m http.server --bind 127.0.0.1 --directory _build/html $(PORT)

dist: book ## Pack the built book into dist/lstm-course.zip, with its checksum
	@$(RUN) tools/dist.py

configure: need-python ## Write your repository's address everywhere: make configure REPO=https://github.com/you/name
	@"$(PYTHON)" tools/configure.py "$(REPO)"

check: env-test ## Check format, style and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

clean: ## Remove what was built, keep the environment
	rm -rf _build .pytest_cache .mypy_cache .ruff_cache

need-python:
	@"$(PYTHON)" -c "import sys" >/dev/null 2>&1 || { \
	  echo "error: there is no Python called $(PYTHON) here: install Python 3.11 or newer, or name one: make PYTHON=/path/to/python" >&2; exit 1; }

env-book: need-python
	@"$(PYTHON)" tools/environment.py book

env-test: need-python
	@"$(PYTHON)" tools/environment.py test

need-browser: env-test
	@$(RUN) tests/browser/conftest.py
