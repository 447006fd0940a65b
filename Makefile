# Everything here does its own set-up and says what it is doing while it takes time.
SHELL := /bin/bash
.DEFAULT_GOAL := help
# Node 24 from the npm package `node`, whatever the host has.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
# What make starts ends with make, even when that is killed.
TIED := $(shell command -v setpriv >/dev/null && echo setpriv --pdeathsig KILL --)

.PHONY: help demo test test-long check build bench cluster generate clean

help: ## What each target does
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-10s %s\n", $$1, $$2}'

demo: node_modules/.ready ## A real local cluster, a push, the rollout, an undo. ONCE=1 checks each step and ends
	@$(TIED) node local/demo-command.ts $(if $(ONCE),--once) $(if $(NODES),--nodes $(NODES))

test: node_modules/.ready check ## Everything that must hold, in sizes that a person waits for
	@$(TIED) node scripts/test.ts

test-long: node_modules/.ready check ## The same tests in full sizes
	@CONFROLL_TEST_SIZE=full $(TIED) node scripts/test.ts

check: node_modules/.ready ## Types, lint and format, unused code
	@tsc --noEmit && biome check --error-on-warnings . && knip

build: node_modules/.ready ## dist/: one bundle a program
	@node scripts/build.ts

bench: node_modules/.ready ## Figures, as ratios within one run
	@$(TIED) node bench/git.ts
	@$(TIED) node bench/content.ts
	@$(TIED) node bench/push-to-pods.ts

cluster: node_modules/.ready ## A local cluster until Ctrl-C. NODES=real, simulated or none
	@$(TIED) node local/cluster-command.ts up --nodes $(or $(NODES),simulated)

generate: node_modules/.ready ## manifests/crd from src/api
	@node scripts/generate-manifests.ts

clean: ## Removes dist/ and node_modules/; the cache directory stays
	rm -rf dist node_modules coverage

# `npm rebuild node` brings the Node 24 binary; no other package needs its install script.
node_modules/.ready: package-lock.json
	@command -v npm >/dev/null || { echo "npm is missing: install Node.js 20 or newer (https://nodejs.org)"; exit 1; }
	@echo "installing npm packages (about a minute the first time)"
	@npm ci --ignore-scripts --prefer-offline --no-audit --no-fund --loglevel=error
	@npm rebuild node --prefer-offline --no-audit --no-fund --loglevel=error >/dev/null
	@node_modules/.bin/node -e 'process.exit(Number(process.versions.node.split(".")[0] < 24))' || { echo "the npm package node did not bring Node 24; run: npm rebuild node"; exit 1; }
	@touch $@
