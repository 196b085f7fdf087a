# `make <target>` and `npm run <target>` do the same: see tools/targets.mjs. `make` without a target lists the targets.

.DEFAULT_GOAL := help
.SUFFIXES:

# Variables after `make` (FILE='price $5.txt') reach the program unchanged: neither make nor a shell may expand them.
given := $(foreach name,$(.VARIABLES),$(if $(filter command line,$(origin $(name))),$(name)))
$(foreach name,$(given),$(eval override $(name) := $$(value $(name)))$(eval export $(name)))
export QUARTET_GIVEN := $(given)

# Some targets have the name of a folder. FORCE is never up to date, so neither are they.
%: FORCE
	@node tools/run.cjs $@
.PHONY: FORCE
Makefile: ;
