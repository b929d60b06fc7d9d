# The words of the project. `make up` and `make test` do all the set-up that they need.
.PHONY: up down test check format lock protocol clean

PYTHON ?= python3
BIN := .venv/bin

check:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

# Takes TensorFlow Serving's message descriptors over from the installed official package.
protocol:
	$(BIN)/python -m serving_protocol.generate
