# What a person and CI run: the same commands for both.

.DEFAULT_GOAL := help

PYTHON ?= python3
BIN := .venv/bin

# The image, and what it is built with. Its base is pulled, or a stand-in is made: tests/e2e/base.py.
IMAGE ?= codeartifact-status
PYTHON_IMAGE ?=
DOCKER ?= docker
# The host's network, because an engine may have been started without one of its own.
DOCKER_FLAGS ?= --network host
export DOCKER

# A target whose line ends with what it is for is a command and no file, and `help` shows it.
COMMANDS := awk -F ':.*\#\# ' '/^[a-z0-9-]+:.*\#\# / { printf "%-17s%s\n", $$1, $$2 }' Makefile
.PHONY: $(shell $(COMMANDS) | cut -d ' ' -f 1)

WORKFLOWS := $(wildcard .github/workflows/*.yml examples/workflows/*.yml)
ISSUE_FORMS := $(filter-out %/config.yml,$(wildcard .github/ISSUE_TEMPLATE/*.yml))
T ?=
V ?=
SCENES ?=
MINISTACK ?= 1.5.33
export DOMAIN DOMAIN_OWNER REPOSITORY CONFIRM
SEED ?= 0
RUNS ?= 200

help: ## Show these commands
	@$(COMMANDS)

setup: .venv/ready ## Install what the others need, into .venv

# The hashes make the install reproducible; the project itself is installed in place, so that
# an edit needs no second install and `python -I entrypoint.py` works from any directory.
.venv/ready: requirements/dev.txt
	$(PYTHON) -m venv --clear .venv
	$(BIN)/pip --disable-pip-version-check install -qq --no-deps --require-hashes -r requirements/dev.txt
	$(BIN)/pip --disable-pip-version-check install -qq --no-deps --no-build-isolation --no-index -e .
	touch $@

format: setup ## Format the code, and mend what ruff can mend
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

check: setup ## Check everything but behavior: format, types, imports, workflows, image
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy --platform win32 --cache-dir .mypy_cache/win32
	$(BIN)/mypy .github/scripts
	$(BIN)/lint-imports --no-logo
	$(BIN)/python docs/tables.py --check
	$(BIN)/shellcheck .ci/run examples/ci/docker-run.sh tests/e2e/npm
	$(BIN)/hadolint Dockerfile .github/base/Dockerfile
	$(BIN)/actionlint -shellcheck $(BIN)/shellcheck $(WORKFLOWS)
	$(BIN)/zizmor --quiet --offline --persona pedantic --strict-collection .github action.yml examples/workflows/*.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-actions action.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows $(WORKFLOWS)
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-issue-forms $(ISSUE_FORMS)
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.gitlab-ci examples/ci/gitlab-ci.yml examples/ci/gitlab-retention.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.circle-ci examples/ci/circleci.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.buildkite examples/ci/buildkite.yml

# More workers than most machines have cores, because many tests wait for an answer that doesn't come.
WORKERS := -n 4 --dist worksteal

test: setup ## Run all tests, or those that T gives to pytest: T=tests/planning, T='-k lost_answer'
	$(BIN)/pytest $(or $(T),$(WORKERS))

# Every Python of .venv that starts with these variables measures itself: coverage's own .pth file sees
# to that, with -I, too. tests/harness/runs.py hands them on to the processes that tests start.
coverage: setup ## Run all tests and measure them, with the processes that they start
	$(BIN)/coverage erase
	COVERAGE_PROCESS_START=$(CURDIR)/pyproject.toml COVERAGE_FILE=$(CURDIR)/.coverage \
		$(BIN)/pytest $(WORKERS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

# Each is asked the same of the emulator.
clients: setup ## Run the tests of the emulator that use clients that aren't ours
	$(BIN)/pytest -q -n 2 -p client_table tests/e2e/clients

# With AWS=1, on a real account as well: by the credentials and the region of the environment.
# CONTRIBUTING.md says what role it wants.
conformance: setup ## Ask the emulator, and with AWS=1 DOMAIN=… REPOSITORY=… CONFIRM=… AWS, what CodeArtifact does
	PYTHONPATH=tests $(BIN)/python -m conformance $(if $(AWS),--aws --domain "$$DOMAIN" --repository "$$REPOSITORY" \
		--domain-owner "$$DOMAIN_OWNER")

# Of a package on PyPI: only its tests are taken, and they are kept out of here.
ministack: setup ## Ask the emulator what MiniStack's own tests of STS ask
	rm -rf .ministack && mkdir .ministack
	$(BIN)/pip --disable-pip-version-check download -qq --no-deps --no-binary :all: -d .ministack ministack==$(MINISTACK)
	tar -xzf .ministack/ministack-$(MINISTACK).tar.gz -C .ministack --strip-components 1
	PYTHONPATH=tests/e2e/others AWS_DEFAULT_REGION=us-east-1 $(BIN)/python -m pytest -q -rfEX -c /dev/null --rootdir .ministack \
		-W ignore::pytest.PytestUnknownMarkWarning -p no:cacheprovider -p ministack_tests .ministack/tests/test_sts.py

e2e: setup ## Run the tests of the image, and the workflows of examples/ on a real runner
	$(BIN)/python tests/e2e/engine.py run $(BIN)/python -m pytest tests/e2e --ignore tests/e2e/clients

docs: setup ## Write what the documentation says of inputs and causes, as the program has them
	$(BIN)/python docs/tables.py

image: ## Build the image; starts a Docker engine if there is none
	$(PYTHON) tests/e2e/engine.py run $(MAKE) --no-print-directory build-image

build-image: ## Build the image with the Docker engine that runs already
	base="$(PYTHON_IMAGE)" && base="$${base:-$$($(PYTHON) tests/e2e/base.py)}" && \
	$(DOCKER) build $(DOCKER_FLAGS) --build-arg PYTHON_IMAGE="$$base" --build-arg PIP_INDEX_URL \
		--build-arg VERSION="$$(sed -n 's/^__version__ = "\(.*\)"$$/\1/p' src/codeartifact_status/__init__.py)" \
		--build-arg REVISION="$$(git rev-parse HEAD 2>/dev/null || echo unknown)" \
		--tag $(IMAGE) .

# Each by itself: the action's has no emulator in it. Without isolation, so that what builds them is
# what the hashes of requirements/dev.txt say.
wheels: setup ## Build the wheels of the action and of the emulator, into dist
	$(BIN)/pip --disable-pip-version-check wheel --quiet --no-deps --no-build-isolation --no-index \
		--wheel-dir dist . src/codeartifact_emulator

version: ## Raise the version to V in every file that names it, and date its section of the changelog
	$(PYTHON) .github/scripts/release.py version "$(V)"

# What stands in the working tree; what comes of it is in .release.
release-dry-run: setup ## Run the steps of a release against a repository on disk; V=1.3.0 raises the version first
	PYTHONPATH=tests $(BIN)/python -m harness.dry_run $(V)

base: ## Pull the base of the image, or make a stand-in for it
	$(PYTHON) tests/e2e/engine.py run $(PYTHON) tests/e2e/base.py

# A seed that breaks a promise is run again with SEED=… RUNS=1.
chaos: setup ## Run the action RUNS times under random faults, from SEED on
	PYTHONPATH=tests $(BIN)/python -m harness.chaos $(SEED) $(RUNS)

demo: setup ## Show a promotion, a re-run, a failure and an undo on the emulator
	$(BIN)/python -I examples/demo.py

# The harness has the certificates for what is measured over TLS.
bench: setup ## Measure beside the AWS CLI, by size and at quotas, into benchmarks/RESULTS.md; T=beside, one of them
	PYTHONPATH=tests:. $(BIN)/python -m benchmarks $(T)

# Pictures of real runs, to be looked at in .gallery; without SCENES, those of the README as well.
gallery: setup ## Draw summaries and logs of real runs; wants Chromium; SCENES="undo retention"
	PYTHONPATH=tests $(BIN)/python docs/gallery.py $(SCENES)

# Hashes, no addresses: the requirements say what is installed, not from where.
lock: setup ## Resolve the requirements anew
	$(BIN)/pip --disable-pip-version-check install -qq uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-package pygithub --no-emit-package pynacl --no-emit-package cryptography \
		--no-emit-package pyjwt --no-emit-package cffi --no-emit-package pycparser \
		--output-file requirements/runtime.txt pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-package pygithub --no-emit-package pynacl \
		--group dev --output-file requirements/dev.txt pyproject.toml src/codeartifact_emulator/pyproject.toml

lock-clients: ## Resolve the requirements of the JavaScript client anew
	cd tests/e2e/clients && npm install --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund

clean: ## Remove what the others have made
	rm -rf .venv .clients .conformance .gallery .ministack .release dist .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache
