# quartet: every target is an npm script too (`npm run unary`), so that make is a convenience.
# `make` alone prints this help, from the words behind each target's `##`.

.DEFAULT_GOAL := help
.SUFFIXES:

demos   := unary server-streaming client-streaming bidi
servers := unary-server server-streaming-server client-streaming-server bidi-server
clients := unary-client server-streaming-client client-streaming-client bidi-client
.PHONY: help install gen build demo bidirectional chat watch upload serve doctor exercises exercise exercise-list exercises-check hint solution diff reset teach schedule exercise-new exercises-verify workshop-archive workshop-verify test interop laws coverage bench bench-quick soak check format clean $(demos) $(servers) $(clients)

installed := node_modules/.package-lock.json
generated := src/gen/.stamp
built     := dist/.stamp
# The stamps get the time at which a step began: what is saved while it runs is newer, and is not missed.
began     := node_modules/.began
protos    := $(shell find proto bench/proto -type d -o -name '*.proto')
# `test/.` for the folder itself, whose time tells of a file that is gone: `test` is the target that runs the tests.
sources   := src/. test/. bench/. exercises/. bridge/src/. bridge/test/. $(shell find src test bench exercises bridge/src bridge/test -mindepth 1 \( -path src/gen -o -path bridge/src/gen -o -path bench/peers \) -prune \
               -o \( -type d -o -name '*.ts' \) -print)

node := @node --enable-source-maps
# The names of folders are spelt out; the targets say `bidi`, which is quicker to type.
folder = $(subst bidi,bidirectional,$(1))
# PORT and ADDRESS count from the environment too. HOST belongs to the shell there: it counts only behind `make`.
host := $(if $(filter command line,$(origin HOST)),--host "$(HOST)")

$(installed): package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(generated): $(installed) buf.yaml buf.gen.yaml bridge/buf.gen.yaml $(protos)
	@touch $(began)
	npm run -s build:gen
	@touch -r $(began) $@

$(built): $(generated) tsconfig.json tsconfig.base.json bridge/tsconfig.json $(sources)
	@touch $(began)
	npm run -s build:dist
	@touch -r $(began) $@

help:
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo '-server and -client also behind server-streaming, client-streaming and bidi.'

unary: ## one request, one response; draws what passed
server-streaming: ## one request, a stream of responses
client-streaming: ## a stream of requests, one response
bidi: ## a stream each way
$(demos): $(built)
	$(node) dist/src/demo/main.js $@

bidirectional: bidi ## the same as bidi
demo: $(built) ## all four (of each: ALL=1 every case, CASE=name one)
	$(node) dist/src/demo/main.js

unary-server: ## the server of a type in the foreground, on PORT=50051
$(servers): $(built)
	$(node) dist/src/$(call folder,$(@:-server=))/server.js $(host)

unary-client: ## its client, for another terminal; ADDRESS=host:port
$(clients): $(built)
	$(node) dist/src/$(call folder,$(@:-client=))/client.js

# FILE, NAME and others may mean something else in a shell's environment: they count only behind `make`.
given = $(if $(filter command line,$(origin $(1))),$(2)"$($(1))")

chat: $(built) ## talk at `make bidi-server` (NAME=…, ROOM=…)
	$(node) dist/src/bidirectional/chat-terminal.js $(call given,NAME,--name ) $(call given,ROOM,--room )

watch: $(built) ## a live view of that server's host, through restarts
	$(node) dist/src/server-streaming/watch-live.js

upload: $(built) ## upload a file to that server (FILE=…, NAME=…, ID=…)
	$(node) dist/src/client-streaming/upload-file.js $(call given,FILE) $(call given,NAME,--name ) $(call given,ID,--id )

serve: $(built) ## every service in one server, for grpcurl and others
	$(node) dist/src/demo/serve.js $(host)

doctor: ## what this machine lacks, and what to do
	@node doctor.cjs

exercises: $(built) ## the workshop: a verdict whenever you save
	@node doctor.cjs --quiet
	$(node) dist/exercises/runner/main.js watch $(N)

exercise: $(built) ## check one exercise of the workshop (N=03, JSON=1)
	$(node) dist/exercises/runner/main.js check $(N)

exercise-list: $(built) ## all exercises, and what is done
	$(node) dist/exercises/runner/main.js list

exercises-check: $(built) ## check again all that is done
	$(node) dist/exercises/runner/main.js check-done

hint: $(built) ## the next hint for an exercise (N=03)
	$(node) dist/exercises/runner/main.js hint $(N)

solution: $(built) ## its solution, after a pass (N=03; PEEK=1 gives up)
	$(node) dist/exercises/runner/main.js solution $(N)

diff: $(built) ## yours against the solution, after a pass (N=03)
	$(node) dist/exercises/runner/main.js diff $(N)

reset: $(built) ## begin an exercise again; yours is kept (N=03)
	$(node) dist/exercises/runner/main.js reset $(N)

teach: $(built) ## the instructor's notes, each mistake played live (N=03)
	$(node) dist/exercises/runner/main.js teach $(N) $(call given,PLAY)

schedule: $(built) ## a timetable (TRACK=90-minutes, half-day, full-day)
	$(node) dist/exercises/runner/main.js schedule

exercise-new: $(built) ## the folder of a new exercise (TITLE='Knock first')
	@TITLE="$(TITLE)" node --enable-source-maps dist/exercises/runner/main.js new

exercises-verify: $(built) ## prove every exercise (REPEAT=20 LOAD=1, UPDATE=1)
	$(node) dist/exercises/runner/main.js verify

workshop-archive: $(built) ## for a room without a network (PLATFORM=linux-x64)
	$(node) dist/exercises/archive/main.js pack

workshop-verify: $(built) ## prove that archive, without a network
	$(node) dist/exercises/archive/main.js verify

install: $(installed) ## install the dependencies (npm ci)
gen: $(generated) ## generate src/gen from proto
build: $(built) ## compile to dist

test: $(built) ## run the tests
	npm run -s test

interop: $(built) ## the tutorials' Python programs and ours (3: no Python)
	$(node) dist/test/interop/main.js

laws: $(built) ## prove the laws in full (REPEAT=20 LOAD=1 PEERS=1)
	$(node) dist/bridge/test/laws/proof/main.js

coverage: $(built) ## run the tests, and show what they reach
	npm run -s coverage

bench: $(built) ## compare with bare grpc-js and others (ONLY=fan-out)
	$(node) dist/bench/main.js

bench-quick: $(built) ## measure what has a bar, in about two minutes
	$(node) dist/bench/main.js --quick

soak: $(built) ## the chat with members cut, killed, stalled (MINUTES=10)
	$(node) dist/bench/soak/main.js

check: $(built) ## formatter, linter, contracts
	npm run -s check

format: $(installed) ## format the code and the contracts
	npm run -s format

clean: ## remove what was generated and compiled
	npm run -s clean
