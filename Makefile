.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test checks coverage lint rules types security audit sbom release image load mutants format reference pictures docs lock

PYTHON ?= python3
WORKERS ?= 5
COVERAGE_MIN ?= 90
# Tests without I/O: quick enough to be traced line by line.
PURE := tests/domain tests/application tests/testing
ARGS ?=
UPGRADE ?=
TAG ?=
BUDGET ?= 60
MINUTES ?= 10
COOLDOWN ?= 3 days

BIN := .venv/bin

# A stamp's name holds a checksum of what was installed and where: content counts, not file times.
stamp = .venv/$(1)-$(shell { pwd; cat $(2); } | cksum | cut -d ' ' -f 1)
VENV := $(call stamp,made,requirements-uv.lock)
RUN := $(call stamp,run,pyproject.toml requirements-uv.lock requirements.lock)
DEV := $(call stamp,dev,pyproject.toml requirements-uv.lock requirements-dev.lock)

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

demo: $(if $(wildcard $(DEV)),,$(RUN)) ## one simulated trading day on paper; ARGS="--speed 10" is passed on
	@$(BIN)/fin-agent demo $(ARGS)

test: lint checks ## lint, then every test (WORKERS)

checks: $(DEV) ## every test; domain covered whole, use cases nearly, by tests without I/O
	$(BIN)/pytest -n $(WORKERS) --dist worksteal $(PURE) --cov --cov-report=
	$(BIN)/coverage report --include='src/fin_agent/domain/*' --fail-under=100
	$(BIN)/coverage report --include='src/fin_agent/application/*' --fail-under=96
	$(BIN)/pytest -n $(WORKERS) --dist worksteal $(addprefix --ignore=,$(PURE))

coverage: $(DEV) ## every test with branch coverage of everything (COVERAGE_MIN); half as long again
	$(BIN)/pytest -n $(WORKERS) --dist worksteal --cov --cov-report=
	$(BIN)/coverage report --fail-under=$(COVERAGE_MIN)

lint: rules types ## format, rules, types, layers

rules: $(DEV) ## format and rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(DEV) ## types and layers
	$(BIN)/mypy src tests docs/examples
	$(BIN)/lint-imports --no-logo

security: $(DEV) ## source, secrets, image, compose, units and workflows against their rules
	$(BIN)/pytest -q tests/security tests/ops

audit: $(DEV) ## known weaknesses of what the locks name; says so where the database is out of reach
	$(BIN)/python ops/audit.py

sbom: $(DEV) ## dist/sbom.cdx.json, what the image installs (CycloneDX)
	@mkdir -p dist
	$(BIN)/cyclonedx-py requirements requirements-image.lock --pyproject pyproject.toml \
		--output-reproducible --output-format JSON --output-file dist/sbom.cdx.json

release: sbom ## dist/ with packages, changes, SBOM and checksums; TAG=v1.2.0
	$(BIN)/python ops/release.py "$(TAG)" > dist/CHANGES.md
	$(BIN)/hatchling build -d dist
	cd dist && sha256sum *.whl *.tar.gz sbom.cdx.json > SHA256SUMS

load: $(DEV) ## ten times the live rate with kills, and a week's memory, into docs/reliability.md; MINUTES=10
	$(BIN)/python -m tests.load.programme --minutes $(MINUTES) --kill-every 30 --week --write docs/reliability.md

mutants: $(DEV) ## mistakes put into the domain, and whether its tests notice; BUDGET=60
	$(BIN)/python -m tests.mutation.domain --budget $(BUDGET)

image: ## the container image fin-agent:local
	docker build --tag fin-agent:local .

format: $(DEV) ## format and mend what ruff can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

reference: $(DEV) ## write what is generated: config.yaml, settings, commands, errors
	$(BIN)/python -m fin_agent.entrypoints.reference .

pictures: $(DEV) ## draw docs/pictures from a run of the simulated days
	$(BIN)/python -m fin_agent.entrypoints.reference.pictures docs/pictures

docs: $(DEV) ## build the documentation as a site in build/site; nothing is fetched
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet
	@echo 'open build/site/index.html'

COMPILE = $(BIN)/uv pip compile --quiet --system-certs --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate $(if $(UPGRADE),--upgrade) \
	--exclude-newer "$(COOLDOWN)"

lock: $(VENV) ## write the lock files anew, from versions older than COOLDOWN; UPGRADE=1 takes the newest
	$(COMPILE) --group uv --output-file requirements-uv.lock >/dev/null
	$(COMPILE) pyproject.toml --group build --group dev --output-file requirements-dev.lock >/dev/null
	$(COMPILE) pyproject.toml --group build --constraint requirements-dev.lock --output-file requirements.lock >/dev/null
	$(COMPILE) pyproject.toml --group build --extra redis --extra notify --extra otel \
		--constraint requirements-dev.lock --output-file requirements-image.lock >/dev/null

# uv installs in seconds what takes pip a minute; where it cannot be had or cannot work, pip does it.
pip = $(BIN)/python -m pip install -qq --disable-pip-version-check
install = { test -x $(BIN)/uv && $(BIN)/uv pip install --quiet --system-certs --python $(BIN)/python $(1); } || $(pip) $(1)

$(VENV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo 'fin-agent needs Python 3.11 or newer: make PYTHON=python3.11 ...' >&2; exit 1; }
	@$(PYTHON) -m venv --clear .venv
	@$(pip) --require-hashes -r requirements-uv.lock || echo 'uv is not to be had here: pip installs instead.'
	@touch $@

$(RUN): requirements = requirements.lock
$(DEV): requirements = requirements-dev.lock
$(RUN) $(DEV): | $(VENV)
	@echo 'Installing $(requirements) into .venv (600 MB, 10 to 60 seconds) ...'
	@rm -f .venv/run-* .venv/dev-*
	@$(call install,--require-hashes -r $(requirements))
	@$(call install,--no-deps --no-build-isolation -e .)
	@touch $@
