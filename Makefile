# `make demo` and `make test` need a Debian machine with cargo, and nothing else.

CARGO ?= cargo
PROFILE := --profile ci
BIN := target/ci
SEED ?= 1
# Worlds that no weight was fitted on: leave them so (docs/waves.md).
SEEDS ?= 1201 1202 1203 1204 1205 1206 1207 1208 1209 1210
CONTROLS ?= 2201 2202 2203

.PHONY: all demo ui bench-ui test-ui test lint check-dependencies deny build eval eval-campaigns eval-intrusions eval-attribution eval-claims bench bench-detect clean


all: build

build: ui
	$(CARGO) build $(PROFILE) --locked --bins

# The pages of `demarche serve`, carried in the program.
ui: ui/dist/index.html

ui/dist/index.html: $(shell find ui/src ui/public -type f) ui/index.html ui/package-lock.json ui/vite.config.ts ui/tsconfig.json
	@if command -v npm >/dev/null; then \
		cd ui && npm ci --silent --no-audit --no-fund && npm run --silent build -- --logLevel warn; \
	else \
		echo "the workbench's pages are left out: they need Node.js 20.19 or later (Debian: apt-get install nodejs npm)" >&2; \
	fi

# The browser test says so itself where Chromium is missing.
test-ui: build
	@if command -v npm >/dev/null; then \
		cd ui && npm run --silent check && npm test --silent && node test/browser.mjs --bin ../$(BIN); \
	else \
		echo "tests of the pages are left out: there is no npm" >&2; \
	fi

# The main job on a world made for it: a parliament, an electoral board, a newsroom, a
# party and a firm, two years of mail and logs. Ends with a summary and a report path, and
# serves the case until interrupted; SERVE=0 (and a machine that says it is CI) does not.
SERVE ?= $(if $(CI),0,1)
demo: build
	rm -rf demo
	$(BIN)/demarche-scenario --seed $(SEED) --size S --out demo/world
	$(BIN)/demarche investigate demo/world/evidence --case demo/case --key demo/signer.key
	@echo
	@echo "what was in that world, against what was found:"
	@$(BIN)/demarche-scenario score demo/world/truth.jsonl demo/case > demo/score.json
ifneq ($(SERVE),0)
	@echo
	@exec $(BIN)/demarche serve --case demo/case --evidence demo/world/evidence --key demo/signer.key
endif

# The pages come first: what cargo builds after them carries them.
test: ui lint check-dependencies
	$(CARGO) test $(PROFILE) --locked --workspace
	$(MAKE) test-ui

lint:
	$(CARGO) fmt --all --check
	$(CARGO) clippy $(PROFILE) --locked --workspace --all-targets -- -D warnings

# Invariant 4: only the lake (and what stands on it) knows the query engine.
check-dependencies:
	@for crate in core readers features detect analysis claims dossier scenario; do \
		if $(CARGO) tree --locked -e normal -p demarche-$$crate -i datafusion >/dev/null 2>&1; then \
			echo "demarche-$$crate depends on the query engine: only the lake may" >&2; exit 1; \
		fi; \
	done

deny:
	$(CARGO) deny --locked check bans licenses sources

eval: eval-campaigns

# Worlds of sizes SIZES with the seeds above, control worlds of the first size. WORLD is
# what the generator takes besides, VARIANTS the cases made again with a poorer roster.
# `WORLD=` alone gives the classic worlds that docs/waves.md has figures of.
SIZES ?= S
WORLD ?= --kind grown --split score
VARIANTS ?= roster-hidden no-roster withheld

eval-campaigns: build
	@BIN=$(BIN) WORLD="$(WORLD)" VARIANTS="$(VARIANTS)" \
		benches/eval-worlds.sh campaigns "$(SEEDS)" "$(CONTROLS)" $(SIZES)

eval-intrusions: build
	@BIN=$(BIN) WORLD="$(WORLD)" VARIANTS= \
		benches/eval-worlds.sh intrusions "$(SEEDS)" "$(CONTROLS)" $(SIZES)

eval-attribution:
	@$(CARGO) run $(PROFILE) --locked -q -p demarche-analysis --example eval_attribution

eval-claims:
	@$(CARGO) run $(PROFILE) --locked -q -p demarche-claims --example eval_claims

# The dependencies are those of every other build; our own crates are compiled anew, with
# full optimisation, for the benchmark alone.
FAST := --config profile.ci.opt-level=3 --config profile.ci.incremental=false

bench:
	$(CARGO) build $(PROFILE) $(FAST) --locked --bins
	$(CARGO) build $(PROFILE) $(FAST) --locked -p demarche-readers --example peer_mail
	$(CARGO) build $(PROFILE) $(FAST) --locked -p demarche-dossier --example large
	@BIN=$(BIN) python3 benches/bench.py

# Rules, correlations and indicators against their peers; rows on standard output.
bench-detect: build
	$(CARGO) build $(PROFILE) --locked -p demarche-detect --example rsigma_raw
	@BIN=$(BIN) python3 benches/detect.py

# How fast the workbench is, on a world made for it and kept in bench-ui/ (SIZE=L: hours to
# make, 5 million messages), or on any case: CASE=DIR [EVIDENCE=DIR].
SIZE ?= S
CASE ?= bench-ui/case-$(SIZE)
EVIDENCE ?= bench-ui/world-$(SIZE)/evidence

bench-ui:
	@$(MAKE) --no-print-directory ui >&2
	@$(CARGO) build $(PROFILE) $(FAST) --locked --bins >&2
	@if [ ! -f $(CASE)/CURRENT ]; then \
		$(BIN)/demarche-scenario --seed $(SEED) $(if $(filter L,$(SIZE)),--kind grown) --size $(SIZE) --out bench-ui/world-$(SIZE) >&2 && \
		$(BIN)/demarche investigate $(EVIDENCE) --case $(CASE) --key bench-ui/signer.key >&2; \
	fi
	@cd ui && node test/bench.mjs --bin ../$(BIN) --case $(abspath $(CASE)) --evidence $(abspath $(EVIDENCE)) --size $(SIZE)

clean:
	rm -rf demo bench-ui bench.json
	$(CARGO) clean
