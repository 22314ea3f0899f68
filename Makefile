# What a person and CI run: the same commands for both.

PYTHON ?= python3
BIN := .venv/bin

# The image, and what it is built with. Its base is pulled, or a stand-in is made: tests/e2e/base.py.
IMAGE ?= codeartifact-status
PYTHON_IMAGE ?=
DOCKER ?= docker
# The host's network, because an engine may have been started without one of its own.
DOCKER_FLAGS ?= --network host
export DOCKER

.PHONY: setup check docs test clients e2e image build-image base chaos demo bench lock lock-clients clean

WORKFLOWS := $(wildcard .github/workflows/*.yml examples/workflows/*.yml)
SEED ?= 0
RUNS ?= 200

setup: .venv/ready

# The hashes make the install reproducible; the project itself is installed in place, so that
# an edit needs no second install and `python -I entrypoint.py` works from any directory.
.venv/ready: requirements/dev.txt
	$(PYTHON) -m venv --clear .venv
	$(BIN)/pip --disable-pip-version-check install -qq --no-deps --require-hashes -r requirements/dev.txt
	$(BIN)/pip --disable-pip-version-check install -qq --no-deps --no-build-isolation --no-index -e .
	touch $@

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
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
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.gitlab-ci examples/ci/gitlab-ci.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.circle-ci examples/ci/circleci.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.buildkite examples/ci/buildkite.yml

# More workers than most machines have cores, because many tests wait for an answer that doesn't come.
test: setup
	$(BIN)/pytest -n 4 --dist worksteal --cov --cov-report=term

# Clients that aren't ours, asked the same of the emulator, and a table of what each reported.
clients: setup
	$(BIN)/pytest -q -n 2 -p client_table tests/e2e/clients

# The whole thing in a real container, and the workflows of examples/ on a real runner.
e2e: setup
	$(BIN)/python tests/e2e/engine.py run $(BIN)/python -m pytest tests/e2e --ignore tests/e2e/clients

# What action.yml and the README say of the inputs, from their declarations.
docs: setup
	$(BIN)/python docs/tables.py

image:
	$(PYTHON) tests/e2e/engine.py run $(MAKE) --no-print-directory build-image

# With an engine that runs already; `image` starts one if there is none.
build-image:
	base="$(PYTHON_IMAGE)" && base="$${base:-$$($(PYTHON) tests/e2e/base.py)}" && \
	$(DOCKER) build $(DOCKER_FLAGS) --build-arg PYTHON_IMAGE="$$base" --build-arg PIP_INDEX_URL \
		--build-arg VERSION="$$(sed -n 's/^__version__ = "\(.*\)"$$/\1/p' src/codeartifact_status/__init__.py)" \
		--build-arg REVISION="$$(git rev-parse HEAD 2>/dev/null || echo unknown)" \
		--tag $(IMAGE) .

base:
	$(PYTHON) tests/e2e/engine.py run $(PYTHON) tests/e2e/base.py

# Random faults; a seed that breaks a promise is run again with SEED=… RUNS=1.
chaos: setup
	PYTHONPATH=tests $(BIN)/python tests/runs/test_chaos.py $(SEED) $(RUNS)

demo: setup
	$(BIN)/python -I examples/demo.py

bench: setup
	$(BIN)/python -I benchmarks/compare.py

# Hashes, no addresses: the requirements say what is installed, not from where.
lock: setup
	$(BIN)/pip --disable-pip-version-check install -qq uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-package pygithub --no-emit-package pynacl --no-emit-package cryptography \
		--no-emit-package pyjwt --no-emit-package cffi --no-emit-package pycparser \
		--output-file requirements/runtime.txt pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-package pygithub --no-emit-package pynacl \
		--extra emulator --group dev --output-file requirements/dev.txt pyproject.toml

lock-clients:
	cd tests/e2e/clients && npm install --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund

clean:
	rm -rf .venv .clients .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache
