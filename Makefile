# quartet: every target is an npm script too (`npm run unary`), so that make is a convenience.
# `make` alone prints this help. A line "name: ## words" below becomes a line of it.

.DEFAULT_GOAL := help
.SUFFIXES:
.PHONY: help install gen build test check clean

node_modules := node_modules/.package-lock.json
generated    := src/gen/.stamp
built        := dist/.stamp
protos       := $(shell find proto -type d -o -name '*.proto')
sources      := $(shell find src test -mindepth 1 -path src/gen -prune -o \( -type d -o -name '*.ts' \) -print)

$(node_modules): package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(generated): $(node_modules) buf.yaml buf.gen.yaml $(protos)
	npm run -s gen
	@touch $@

$(built): $(generated) tsconfig.json $(sources)
	npm run -s compile
	@touch $@

help:
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-24s %s\n", $$1, $$2 }' Makefile

install: $(node_modules) ## install the dependencies (npm ci)
gen: $(generated)        ## generate src/gen from proto
build: $(built)          ## compile src and test to dist

test: $(built) ## run the tests
	npm run -s test

check: $(built) ## formatter, linter, contracts
	npm run -s check

clean: ## remove what was generated and compiled
	npm run -s clean
