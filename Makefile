# The words of the project. `make up` and `make test` do all the set-up that they need.

PYTHON ?= python3
MODELS ?= $(or $(MODELS_DIR),models)
MODEL ?=
IMAGE ?=
PORT ?= 5000
BIN := .venv/bin
NODE_BIN := node_modules/.bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: up dist install-dataset install-train down test test-fast fuzz check bench bench-quick soak format lock protocol clean

# A person's server: gateway and embedded model server. TensorFlow only where a model needs it.
up: .venv/up
	@$(BIN)/boxwright engines --check "$(MODELS)" || \
	    { [ $$? -eq 3 ] && $(MAKE) --silent --no-print-directory .venv/tensorflow; }
	@exec $(BIN)/boxwright up --models "$(MODELS)" --port "$(PORT)" $(if $(MODEL),--model "$(MODEL)")

# The container stack, whatever profile `docker-compose up --detach` was given.
COMPOSE ?= $(shell command -v docker-compose || echo docker compose)
down:
	$(COMPOSE) --profile '*' down --remove-orphans

test: .venv/test
	$(BIN)/python -m pytest $(TESTS)

# Those that need no TensorFlow, no browser, no Docker, and start no program.
test-fast: .venv/test-fast
	$(BIN)/python -m pytest --fast $(TESTS)

# Strangers' bytes, changed at random for some minutes; what is found is kept in tests/fuzz/finds.
MINUTES ?= 6
fuzz: .venv/test-fast
	$(BIN)/python -m tests.fuzz --minutes "$(MINUTES)"

check: .venv/test node_modules/up
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(NODE_BIN)/biome check --error-on-warnings
	$(NODE_BIN)/tsc

# The stack against what the machine could do and against what else is used, in one run of 20 minutes;
# each peer in an environment of its own. bench-quick: 2 minutes, held against benchmarks/results.json.
# IMAGE: the photo that is sent, and not the model's canary image.
BENCH := $(BIN)/python -m benchmarks --models "$(MODELS)" --model "$(or $(MODEL),hands-gestures)" \
    $(if $(IMAGE),--image "$(IMAGE)")
PEERS := $(notdir $(patsubst %/requirements.txt,%,$(wildcard benchmarks/peers/*/requirements.txt)))
bench: .venv/test $(PEERS:%=build/peers/%/ready)
	$(BENCH)

# The whole stack for a while: good, bad, huge and slow requests, a new version every 20 s. Says what
# became of each request and what each process holds, and fails where one is lost or memory grows.
SOAK_MINUTES ?= 10
soak: .venv/test
	$(BIN)/python -m benchmarks.soak --minutes $(SOAK_MINUTES)

bench-quick: .venv/test
	$(BENCH) --quick --rounds 2

build/peers/%/ready: benchmarks/peers/%/requirements.txt
	@echo "Installing $* to compare with into build/peers..."
	@$(PYTHON) -m venv $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

format: .venv/test node_modules/up
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(NODE_BIN)/biome check --write

# The source archive and the wheel, and the wheel tried where nothing else is installed.
dist: .venv/up
	rm -rf dist build/dist
	$(BIN)/python -c "from setuptools import build_meta; build_meta.build_sdist('dist'); build_meta.build_wheel('dist')"
	$(PYTHON) -m venv build/dist
	build/dist/bin/python -m pip install --quiet --disable-pip-version-check dist/*.whl
	cd build/dist && bin/boxwright --help

# Each stamp is as new as the locked packages that its word needs.
.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed, this is " + sys.version)'
	@$(PYTHON) -m venv .venv

.venv/up: .venv/bin/python requirements/up.txt pyproject.toml
	@echo "Installing what the server needs into .venv (half a minute the first time)..."
	@$(INSTALL) -r requirements/up.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

# What `boxwright dataset` needs, and what `boxwright train` does (TensorFlow), beside the server.
install-dataset: .venv/training
	@echo "Ready: .venv/bin/boxwright dataset check photos/"

install-train: .venv/train
	@echo "Ready: .venv/bin/boxwright train photos/"

.venv/training .venv/train: .venv/%: requirements/%.txt .venv/up
	@echo "Installing requirements/$*.txt into .venv (a minute or more the first time)..."
	@$(INSTALL) -r requirements/$*.txt
	@touch $@

.venv/tensorflow: .venv/up requirements/tensorflow.txt
	@echo "Installing TensorFlow for it (a minute or two)..."
	@$(INSTALL) -r requirements/tensorflow.txt
	@touch $@

.venv/test-fast: .venv/bin/python requirements/test-fast.txt pyproject.toml
	@echo "Installing what the fast tests need into .venv (a minute the first time)..."
	@$(INSTALL) -r requirements/test-fast.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch .venv/up .venv/training $@

.venv/test: .venv/bin/python requirements/test.txt pyproject.toml
	@echo "Installing what the tests need, TensorFlow among it, into .venv (some minutes the first time)..."
	@$(INSTALL) -r requirements/test.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch .venv/up .venv/tensorflow .venv/training .venv/train .venv/test-fast $@

# The lock files hold versions and hashes, and no index's address. All of them agree with test.txt.
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-header pyproject.toml requirements/build.in
lock:
	$(COMPILE) --extra gateway --extra server --extra tensorflow --extra train --extra training \
	    --extra quantize --extra client --extra test --extra browser --extra reference \
	    --extra check -o requirements/test.txt
	$(COMPILE) --extra gateway --extra server --extra client --extra training --extra test \
	    -c requirements/test.txt -o requirements/test-fast.txt
	$(COMPILE) --extra gateway --extra server --extra client -c requirements/test.txt \
	    -o requirements/up.txt
	$(COMPILE) --extra gateway --extra server --extra client --extra tensorflow \
	    -c requirements/test.txt -o requirements/tensorflow.txt
	$(COMPILE) --extra gateway -c requirements/test.txt -o requirements/gateway.txt
	$(COMPILE) --extra server -c requirements/test.txt -o requirements/server.txt
	$(COMPILE) --extra training -c requirements/test.txt -o requirements/training.txt
	$(COMPILE) --extra train -c requirements/test.txt -o requirements/train.txt
	$(COMPILE) --extra gpu -c requirements/test.txt -o requirements/train-gpu.txt
	$(COMPILE) --extra quantize -c requirements/test.txt -o requirements/quantize.txt
	for peer in $(PEERS); do \
	    $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	        --no-emit-index-url --no-header benchmarks/peers/$$peer/requirements.in \
	        -o benchmarks/peers/$$peer/requirements.txt || exit; \
	done

# What checks the page's scripts (docs/decisions/0079) and converts the specification in a test (0092),
# without any index's address in its lock file.
node_modules/up: package.json package-lock.json .npmrc
	@command -v npm >/dev/null || { echo "The page's scripts are checked with Node.js 18 or later and its npm: install them (Debian: apt-get install nodejs npm)"; exit 1; }
	@echo "Installing what checks the page's scripts into node_modules..."
	@npm ci --no-progress --loglevel=error
	@touch $@

# Takes TensorFlow Serving's message descriptors over from the installed official package.
protocol: .venv/test
	$(BIN)/python -m serving_protocol.generate

clean:
	rm -rf .venv node_modules build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache *.egg-info
