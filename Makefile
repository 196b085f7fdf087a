# `make <target>` and `npm run <target>` do the same; tools/targets.mjs says what. `make` alone lists the targets.

.DEFAULT_GOAL := help
.SUFFIXES:

# What you give behind make (FILE='price $5.txt') reaches the program as it is: neither make nor a shell may expand it.
given := $(foreach name,$(.VARIABLES),$(if $(filter command line,$(origin $(name))),$(name)))
$(foreach name,$(given),$(eval override $(name) := $$(value $(name)))$(eval export $(name)))
export QUARTET_GIVEN := $(given)

# Folders have the names of some targets. They are never up to date, because FORCE is not.
%: FORCE
	@node tools/run.cjs $@
.PHONY: FORCE
Makefile: ;
