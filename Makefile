# picqer-bridge: everything a person runs. `make` alone lists the targets.
#
# Needs Python 3.11 or newer and make; nothing else, and no root. Broker and store of `make run`
# and of the tests come with the Python packages.

# The first Python on the PATH that is new enough; override with `make run PYTHON=/path/to/python3`.
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$name" && break; \
	done)
VENV ?= .venv
BIN := $(VENV)/bin
# pip is the default because it honours a machine's own pip configuration (index, certificates).
# With uv on the PATH the same locks install in a second: `make run INSTALL="uv pip install"`.
INSTALL ?= $(BIN)/python -m pip install --quiet
# Ready-built, hashed packages only: no package runs code of its own while it is installed.
LOCKED := --require-hashes --only-binary=:all:
# Extra words for the program, for example `make run ARGS=--help`.
ARGS ?=

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
export PYTHONUNBUFFERED := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install run test test-faults soak limit check bench docs reference lock screenshots format clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(VENV)/.installed-run ## Install what the service needs into .venv, from the hashed lock

run: $(VENV)/.installed-run ## Install once, then run everything here; plays a day of trade while nothing is configured
	@exec $(BIN)/picqer-bridge run $(ARGS)

# Two cores share the tests, a file of real processes to each. Coverage is added up and judged at
# the end.
PYTEST := $(BIN)/python -m pytest --quiet
COVERED := --cov --cov-append --cov-report= --cov-fail-under=0
# Scenarios of faults mostly wait: for a lease to end, for a doubt that may be settled. Several run
# beside each other, each with an installation of its own. Their verdicts close the output.
SCENARIOS := $(PYTEST) -n 6 --durations=5
test: $(VENV)/.installed-dev ## Every test: unit tests first, real processes last; with coverage
	@rm -f .coverage .coverage.*
	$(PYTEST) $(COVERED) tests/unit
	$(PYTEST) -n 2 -m "not soak" tests/states
	$(PYTEST) -n 2 $(COVERED) -m "not long and not soak" tests --ignore=tests/unit --ignore=tests/states --ignore=tests/acceptance --ignore=tests/browser --ignore=tests/faults --ignore=tests/benchmarks
	$(PYTEST) $(COVERED) tests/browser
	$(PYTEST) -n 2 --dist loadfile $(COVERED) --durations=15 tests/acceptance $(ARGS)
	$(SCENARIOS) -m representative tests/faults
	$(BIN)/coverage report

test-faults: $(VENV)/.installed-dev ## All faults: real processes, killed, starved and lied to
	$(SCENARIOS) -m "not soak and not alone" tests/faults $(ARGS)
	$(PYTEST) -m "alone and not soak" tests/faults $(ARGS)

# `make soak SECONDS=90 SEED=42` is a shorter one; the same seed brings the same storm and games.
SECONDS ?= 600
SEED := $(or $(SEED),$(shell date +%s))
soak: $(VENV)/.installed-dev ## Ten minutes of random faults, games of the state machines, a hundred rolling restarts
	$(BIN)/picqer-bridge sandbox chaos --seconds $(SECONDS) --seed $(SEED)
	$(PYTEST) -n 2 --hypothesis-profile=soak --hypothesis-seed=$(SEED) tests/states
	$(SCENARIOS) -m soak tests/faults $(ARGS)

limit: $(VENV)/.installed-dev ## Simulated hours of the rate limit, on every kind of server: minutes
	$(PYTEST) -m long --durations=5 tests/contract/limiter $(ARGS)

check: $(VENV)/.installed-dev ## Format, lint, types, who imports whom, known vulnerabilities
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit --quiet --configfile pyproject.toml --severity-level medium --recursive integration workers
	$(BIN)/python tests/contract/security/known_vulnerabilities.py

bench: $(VENV)/.installed-dev ## Calls per effect, latency, and ways to keep to the rate limit
	$(BIN)/python tests/benchmarks/run.py $(ARGS)

docs: $(VENV)/.installed-dev ## The documentation as a site, in build/docs; a broken link fails
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet $(ARGS)
	@echo "Open build/docs/index.html"

reference: $(VENV)/.installed-dev ## Write the pages of docs/reference that come from the code
	$(BIN)/python docs/site/write_references.py

screenshots: $(VENV)/.installed-dev ## The pictures of docs/images, of a played morning; needs Chromium
	PYTHONPATH=. $(BIN)/python tests/browser/screenshots.py docs/images

format: $(VENV)/.installed-dev ## Rewrite the code in the project's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Both files come from one resolution, so that tests and service run the same versions: run.txt
# starts as dev.txt and keeps its pins. `make lock ARGS=--upgrade` takes newer versions.
# A package that is wanted with extras is pinned with them: otherwise older pips look for its newest
# version first and refuse it for having no pin.
LOCK := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--generate-hashes --no-strip-extras --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
	--all-extras --group build
lock: $(VENV)/.installed-dev ## Write requirements/*.txt again from pyproject.toml
	$(LOCK) $(ARGS) --group dev --output-file requirements/dev.txt
	cp requirements/dev.txt requirements/run.txt
	$(LOCK) --output-file requirements/run.txt

clean: ## Remove what make made; var/ holds the store and stays
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	rm -f .coverage .coverage.*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.created:
	@test -n "$(PYTHON)" || { \
		echo "No Python 3.11 or newer was found. Install one, or name it: make run PYTHON=/path/to/python3"; \
		exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
		echo "$(PYTHON) could not make $(VENV). On Debian and Ubuntu: apt install python3-venv"; \
		exit 1; }
	@touch $@

$(VENV)/.installed-run: $(VENV)/.created requirements/run.txt pyproject.toml
	@echo "Installing into $(VENV): under a minute, only the first time."
	@$(INSTALL) $(LOCKED) -r requirements/run.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

# picqer-client-python is published as source only: it is the one package that is built here.
$(VENV)/.installed-dev: $(VENV)/.created requirements/dev.txt pyproject.toml
	@echo "Installing with the development tools into $(VENV): about a minute, only the first time."
	@$(INSTALL) $(LOCKED) --no-binary=picqer-client-python -r requirements/dev.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.installed-run
