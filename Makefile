# Remit. `make run` and `make test` are all a newcomer needs; `make help` lists the rest.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help run test lint types unit bench bench-planning bench-policy bench-simulator bench-loop bench-clicks eval test-crash drill mutate test-log cards format clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 17

run: $(STAMP) ## start a local stack, tell the sample stories, stay up (ONCE=1 ends, PORT=n, TENANT=file gets the reference policy made from it)
	@$(BIN)/python -m devhost.run $(if $(ONCE),--once) $(if $(PORT),--port $(PORT)) $(if $(TENANT),--tenant $(TENANT))

test: lint types unit ## everything: style, types and all tests on the real stack

lint: $(STAMP) ## ruff: style and formatting
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(STAMP) ## mypy --strict
	@$(BIN)/mypy

unit: $(STAMP) ## all tests, on two cores
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

bench: $(STAMP) ## benchmarks, each against a named peer in the same run
	@$(BIN)/python -m bench.cold_start

bench-policy: $(STAMP) ## the policy engine against its peers, each in an environment of its own (QUICK=1 for less)
	@$(BIN)/python -m bench.policy $(if $(QUICK),--quick)

bench-simulator: $(STAMP) ## point reads of the simulator on one core against a constant from aiohttp
	@$(BIN)/python -m bench.simulator

bench-loop: $(STAMP) ## 1,000 cases on a whole local stack: cases a second, time to verified, memory, against bare storage (CASES=n)
	@$(BIN)/python -m bench.loop $(if $(CASES),--cases $(CASES))

bench-clicks: $(STAMP) ## how long an approver waits for the answer to a click, against bare storage (CLICKS=n)
	@$(BIN)/python -m bench.clicks $(if $(CLICKS),--clicks $(CLICKS))

bench-planning: $(STAMP) ## our own processor time of planning a ticket, and of ranking its text against scikit-learn
	@$(BIN)/python -m bench.planning

eval: $(STAMP) ## play the public corpus of tickets, attacks and conversations on a local stack and score it (ONLY="P001 P002" for some)
	@$(BIN)/python -m evaluation --tenant samples/tenant.json --tickets tests/corpus/public_sample.jsonl --conversations tests/corpus/public_conversations.jsonl --out .remit/evaluation.jsonl $(if $(ONLY),--only $(ONLY))

test-crash: $(STAMP) ## kill the function app at every boundary of every stage and settle each case (PART=1/5 for a part, JSON=1)
	@$(BIN)/python -m tests.crash.matrix $(if $(PART),--part $(PART)) $(if $(JSON),--json)

drill: $(STAMP) ## pause and stop a local stack while writes are under way, and measure how long it takes (CASES=n)
	@$(BIN)/python -m bench.drill $(if $(CASES),--cases $(CASES))

mutate: $(STAMP) ## break policy/ and the gate in every way and see a test fail for each
	@$(BIN)/python -m bench.mutate

test-log: $(STAMP) ## tamper with a larger exported log in every way
	@REMIT_LONG_LOG=1 $(BIN)/python -m pytest tests/agent/log/test_mutations.py

cards: $(STAMP) ## take the pictures of docs/approvals.md in a headless Chromium, check every card and page, and approve on one (CHECK=1 writes nothing)
	@$(BIN)/python -m tests.cards.pictures $(if $(CHECK),--check)
	@$(BIN)/python -m pytest tests/console/test_approval_browser.py

format: $(STAMP) ## let ruff rewrite the files
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

clean: ## remove what was installed and all local state
	rm -rf $(VENV) .remit

$(STAMP): requirements.txt requirements-dev.txt requirements-analysis.txt
	@command -v $(PYTHON) >/dev/null || { echo "remit: no \`$(PYTHON)\` found: install Python 3.11 to 3.13, or say \`make PYTHON=...\`" >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { echo "remit: \`$(PYTHON)\` is $$($(PYTHON) -V 2>&1): expected Python 3.11 to 3.13, say \`make PYTHON=...\`" >&2; exit 2; }
	@test -x $(BIN)/python || { echo "creating $(VENV)"; $(PYTHON) -m venv $(VENV) || { echo "remit: \`$(PYTHON) -m venv\` failed: install the venv module" >&2; exit 2; }; }
	@echo "installing requirements into $(VENV) (about a minute the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt || { echo "remit: pip could not install the requirements: see its words above" >&2; exit 2; }
	@touch $(STAMP)
