.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install run test fuzz-execution check migrate reconcile lock graphiql bench bench-webhooks example-gateway example-frontend clients

VENV := .venv
WORKERS := 3
PYTHON := $(VENV)/bin/python
PIP_INSTALL := $(PYTHON) -m pip install -qq --disable-pip-version-check --no-input --require-hashes
TYPESCRIPT_CLIENT := examples/clients/typescript
PYTHON_CLIENT := examples/clients/python
FRONTEND := examples/frontend
FRONTEND_PAGE := $(FRONTEND)/dist/browser/index.html
HAS_NPM := $(shell command -v npm)
COMPILE := uv pip compile --quiet pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(UPGRADE)

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(VENV)/runtime graphiql ## Create .venv with what the service needs

run: install ## Start the service, its database too; Ctrl-C stops both
	@$(PYTHON) app.py

test: $(VENV)/development graphiql $(if $(HAS_NPM),$(FRONTEND_PAGE)) ## Run the tests (ARGS="tests/running -x" runs some; WORKERS=0 in one process)
	@$(PYTHON) -m pytest -n $(WORKERS) --dist worksteal $(if $(FORBID_SKIPS),-p tests.forbid_skips) $(ARGS)

fuzz-execution: $(VENV)/development ## Compare 20,000 made-up queries, compiled and by graphql-core
	@$(PYTHON) -m tests.execution.fuzz 20000

check: $(VENV)/development ## Lint, format and types
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy .

migrate: $(VENV)/runtime ## Bring the database of DATABASE_URL to this version
	@$(PYTHON) -m data.migrate

reconcile: $(VENV)/runtime ## Compare with Stripe: SINCE=2026-01-31 (JSON=1 prints JSON, APPLY=1 takes Stripe's word)
	@$(PYTHON) reconcile.py $(if $(JSON),--json) $(if $(APPLY),--apply) $(or $(SINCE),$(error SINCE=2026-01-31 is missing))

bench: $(VENV)/development benchmarks/node_modules benchmarks/.python ## Speed, beside other servers (QUICK=1, PART=fan-out)
	@$(PYTHON) -m benchmarks $(if $(QUICK),--quick) $(if $(PART),--part $(PART))

benchmarks/node_modules: benchmarks/package-lock.json
	@command -v npm >/dev/null || { echo "make bench needs npm (Debian: apt-get install npm)" >&2; exit 1; }
	@npm ci --prefix benchmarks --no-audit --no-fund --silent && touch $@

benchmarks/.python: | $(PYTHON)
	@$(PYTHON) -m pip install -qq --disable-pip-version-check --no-deps --target $@ ariadne==1.1.1

bench-webhooks: $(VENV)/development ## Deliveries a second, and from commit to a receiver
	@$(PYTHON) -m benchmarks.webhooks $(ARGS)

lock: ## Write requirements*.txt anew (UPGRADE=--upgrade takes newer versions)
	@command -v uv >/dev/null || { echo "make lock needs uv: pip install uv" >&2; exit 1; }
	@$(COMPILE) -o requirements.txt
	@$(COMPILE) --group dev -c requirements.txt -o requirements-dev.txt
	@$(subst pyproject.toml,$(PYTHON_CLIENT)/requirements.in,$(COMPILE)) -o $(PYTHON_CLIENT)/requirements.txt

graphiql: $(PYTHON)
	@$(PYTHON) -m playground.fetch

clients: $(TYPESCRIPT_CLIENT)/node_modules/.package-lock.json $(PYTHON_CLIENT)/.venv/made ## Generate typed clients from the schema (needs npm)
	@cd $(TYPESCRIPT_CLIENT) && npm run --silent generate && npm run --silent check
	@cd $(PYTHON_CLIENT) && .venv/bin/ariadne-codegen client >/dev/null && .venv/bin/python -m compileall -q payments_client

$(TYPESCRIPT_CLIENT)/node_modules/.package-lock.json: $(TYPESCRIPT_CLIENT)/package-lock.json
	@cd $(TYPESCRIPT_CLIENT) && npm ci --silent && touch node_modules/.package-lock.json

# An environment of its own: ariadne-codegen wants another graphql-core than the service.
$(PYTHON_CLIENT)/.venv/made: $(PYTHON_CLIENT)/requirements.txt $(PYTHON)
	@$(PYTHON) -m venv --clear --without-pip $(PYTHON_CLIENT)/.venv
	@$(PYTHON) -m pip --python $(PYTHON_CLIENT)/.venv/bin/python install -qq --disable-pip-version-check --no-input \
		--require-hashes -r $<
	@touch $@

EXAMPLE_GATEWAY := a-gateway-token-for-the-example-alone
EXAMPLE_SERVICE := a-service-token-for-the-example-alone
example-gateway: install ## Run the example gateway with the service behind it (needs npm)
	@cd examples/gateway && npm ci --silent && npm run --silent build && npm run --silent compose
	@GATEWAY_TOKENS=$(EXAMPLE_GATEWAY) SERVICE_TOKENS=$(EXAMPLE_SERVICE) $(PYTHON) app.py & service=$$!; \
	trap 'kill $$service 2>/dev/null; wait $$service' EXIT; \
	cd examples/gateway && GATEWAY_TOKEN=$(EXAMPLE_GATEWAY) SERVICE_TOKEN=$(EXAMPLE_SERVICE) node dist/main.js

example-frontend: install $(FRONTEND_PAGE) ## Run the example page with the service behind it (needs npm)
	@$(FRONTEND)/with-node node development/start.ts

$(FRONTEND_PAGE): $(FRONTEND)/node_modules/.package-lock.json schema/schema.graphql \
		$(wildcard $(addprefix $(FRONTEND)/,*.json *.ts development/* src/*.* src/app src/app/* src/app/*/*))
	@echo "Building $(FRONTEND)"
	@$(FRONTEND)/with-node node --run build

$(FRONTEND)/node_modules/.package-lock.json: $(FRONTEND)/package-lock.json
	@echo "Installing $(FRONTEND)/package-lock.json"
	@cd $(FRONTEND) && npm ci --silent && touch node_modules/.package-lock.json

# The newest Python there is. Debian's own comes with pip but without ensurepip: then that pip puts one into .venv.
FITS := import sys; from importlib.util import find_spec as has; \
	sys.exit(not (sys.version_info >= (3, 11) and has("venv") and (has("ensurepip") or has("pip"))))
$(PYTHON):
	@for name in python3.14 python3.13 python3.12 python3.11 python3; do \
		if $$name -c '$(FITS)' 2>/dev/null; then found=$$name; break; fi; \
	done; \
	if [ -z "$$found" ]; then echo "Python 3.11 or newer, with pip, is needed and was not found." >&2; exit 1; fi; \
	echo "Creating $(VENV) with $$($$found --version)"; \
	if $$found -c 'import ensurepip' 2>/dev/null; then $$found -m venv --clear $(VENV); \
	else $$found -m venv --clear --without-pip $(VENV) && $$found -m pip --quiet --python $(PYTHON) install pip; fi

$(VENV)/runtime: requirements.txt $(PYTHON)
	@echo "Installing $<"
	@$(PIP_INSTALL) -r $<
	@touch $@

$(VENV)/development: requirements-dev.txt requirements.txt $(PYTHON)
	@echo "Installing $<"
	@$(PIP_INSTALL) -r $<
	@touch $@ $(VENV)/runtime
