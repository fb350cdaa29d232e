# Kexue Lab. `make help` lists the targets.

BUILD    ?= build
PROFILE  ?= full
SEED     ?= 1
THREADS  ?= $(shell nproc)
SEEDS    ?= 20
FUZZ_SECONDS ?= 60
V        ?= 0

override Q := $(if $(filter 0,$(V)),@,)
override SEED := $(if $(filter random,$(SEED)),$(shell od -An -N4 -tu4 /dev/urandom | tr -d ' '),$(SEED))

CC       ?= gcc
CFLAGS   ?= -O2 -g
CFLAGS   += -std=gnu11 -D_GNU_SOURCE -fopenmp -fno-math-errno -Wall -Wextra -Wconversion -Wshadow -Ilib -MMD -MP
LDLIBS   += -llapacke -lopenblas -lgsl -linih -lmpfr -lgmp -lm -fopenmp
ifdef SAN
CFLAGS   += -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
endif

# ---- what there is ----

LIB_OBJECTS := $(patsubst lib/%.c,$(BUILD)/lib/%.o,$(wildcard lib/*.c))
SOURCES     := $(wildcard experiments/*/*.c)
PROGRAM_SOURCES := $(if $(SOURCES),$(shell grep -l 'return lab_main' $(SOURCES)))
MAIN_SOURCES    := $(if $(SOURCES),$(shell grep -l '^int main' $(SOURCES)))
MODULE_SOURCES  := $(filter-out $(MAIN_SOURCES),$(SOURCES))
PROGRAMS    := $(sort $(patsubst experiments/%.c,%,$(PROGRAM_SOURCES)))
FAMILIES    := $(sort $(foreach f,$(wildcard experiments/*/claims.ini),$(notdir $(patsubst %/,%,$(dir $(f))))))
EXECUTABLES := $(patsubst experiments/%.c,$(BUILD)/%,$(MAIN_SOURCES))
TOOLS       := $(patsubst tools/%.c,$(BUILD)/tools/%,$(if $(wildcard tools/*.c),$(shell grep -l '^int main' tools/*.c)))
TOOL_OBJECTS := $(patsubst tools/%.c,$(BUILD)/tools/%.o,$(if $(wildcard tools/*.c),$(shell grep -L '^int main' tools/*.c)))
TESTS       := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/test_*.c))
TEST_OBJECTS := $(patsubst tests/%.c,$(BUILD)/tests/%.o,$(filter-out $(wildcard tests/test_*.c tests/toy_*.c),$(wildcard tests/*.c)))
TOYS        := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/toy_*.c))
FIGURES     := $(patsubst plots/%.gp,%,$(wildcard plots/*/*.gp))
BENCHES     := $(patsubst bench/%.c,$(BUILD)/bench/%,$(wildcard bench/*.c))
FUZZERS     := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
VERIFY      := $(BUILD)/tools/verify

# compile on all processors, unless make was told how; nothing is said of what is up to date
JOBS = $(if $(filter 0,$(V)),-s) $(if $(findstring -j,$(MAKEFLAGS))$(findstring jobserver,$(MAKEFLAGS)),,-j$(THREADS))

.DEFAULT_GOAL := help
.SECONDEXPANSION:
.DELETE_ON_ERROR:
.PHONY: help deps build programs reproduce quick verify plots controls bench report diff check test calibrate fuzz clean \
        summary determinism faults bench-nn $(FAMILIES)

help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | awk -F'\t' '{ printf "%-20s %s\n", $$1, $$2 }'
	@printf '%-20s %s\n' '  make FAMILY' 'One family alone, in full: $(FAMILIES)'
	@echo 'Variables: SEED=n|random  THREADS=n  SEEDS=n (calibrate)  V=1 (show commands)  SAN=1 BUILD=build/san (sanitizers)'

# ---- set-up and build ----

deps: ## Install the Debian packages that are missing (root or sudo), or say which
	$(Q)scripts/deps.sh

$(BUILD)/deps.ok: scripts/deps.sh
	@scripts/deps.sh
	@mkdir -p $(@D) && touch $@

build: $(BUILD)/deps.ok ## Compile everything below build/
	$(Q)$(MAKE) --no-print-directory $(JOBS) programs

programs: $(EXECUTABLES) $(TOOLS)

$(BUILD)/%.o: %.c | $(BUILD)/deps.ok
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -c $< -o $@

# the kernels: loops that are to be vectorized
$(BUILD)/lib/nn%.o $(BUILD)/lib/softmax%.o: CFLAGS += -O3
$(BUILD)/lib/nn.o $(BUILD)/lib/softmax.o $(BUILD)/lib/attention.o $(BUILD)/lib/kmeans.o: CFLAGS += -O3

$(BUILD)/liblab.a: $(LIB_OBJECTS)
	@mkdir -p $(@D)
	@rm -f $@
	$(Q)ar rcs $@ $^

# objects of the modules of the family that $(1), FAMILY/PROGRAM, belongs to
modules = $(patsubst experiments/%.c,$(BUILD)/experiments/%.o,$(filter experiments/$(firstword $(subst /, ,$(1)))/%,$(MODULE_SOURCES)))

$(EXECUTABLES): $(BUILD)/%: $(BUILD)/experiments/%.o $$(call modules,$$*) $(BUILD)/liblab.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $^ $(LDLIBS) -o $@
	@echo "built $@"

$(TOOLS): $(BUILD)/tools/%: $(BUILD)/tools/%.o $(TOOL_OBJECTS) $(BUILD)/liblab.a
	$(Q)$(CC) $(CFLAGS) $^ $(LDLIBS) -o $@

# tests link the tools' objects and, by name (test_FAMILY), the family's modules
$(TESTS): $(BUILD)/tests/test_%: $(BUILD)/tests/test_%.o $(TEST_OBJECTS) $(TOOL_OBJECTS) \
          $$(call modules,$$*/x) $(BUILD)/liblab.a
	$(Q)$(CC) $(CFLAGS) $^ $(LDLIBS) -lcmocka -o $@
$(TOYS): $(BUILD)/tests/%: $(BUILD)/tests/%.o $(BUILD)/liblab.a
	$(Q)$(CC) $(CFLAGS) $^ $(LDLIBS) -o $@
$(BUILD)/tests/%.o $(BUILD)/bench/%.o: CFLAGS += -Itools -Iexperiments -Itests

$(BENCHES): $(BUILD)/bench/%: $(BUILD)/bench/%.o $$(call modules,$$*/x) $(BUILD)/liblab.a
	$(Q)$(CC) $(CFLAGS) $^ $(LDLIBS) -o $@
$(BUILD)/bench/monarch: LDLIBS += -lfftw3

-include $(shell find $(BUILD) -type f -name '*.d' 2>/dev/null)

# ---- runs ----
# A stamp a program, profile and seed: the full profile with seed 1 goes to results/, everything else below build/.

FULL_STAMPS  := $(PROGRAMS:%=$(BUILD)/stamps/full/%)
# the benchmarks whose ratios the ledger asks about
SPEED_STAMPS := $(patsubst experiments/%/claims.ini,$(BUILD)/stamps/full/%/speed,$(if $(FAMILIES),$(shell grep -l 'speed\.' $(FAMILIES:%=experiments/%/claims.ini))))
QUICK_OUT    := $(BUILD)/quick/$(SEED)
QUICK_STAMPS := $(PROGRAMS:%=$(QUICK_OUT)/stamps/%)
REVISION      = $(shell git describe --always --dirty 2>/dev/null)

$(FULL_STAMPS): $(BUILD)/stamps/full/%: $(BUILD)/%
	@echo "run    $* (full), because of: $(if $(wildcard $@),$(?F),no run yet)"
	$(Q)LAB_REVISION="$(REVISION)" $(BUILD)/$* --profile full --seed 1 --threads $(THREADS) --out results \
	    --record $(BUILD)/run/$*.json
	@mkdir -p $(@D) && touch $@

$(QUICK_STAMPS): $(QUICK_OUT)/stamps/%: $(BUILD)/%
	$(Q)$(BUILD)/$* --profile quick --seed $(SEED) --threads $(THREADS) --out $(QUICK_OUT)
	@mkdir -p $(@D) && touch $@

# timings are taken alone, one after the other
$(SPEED_STAMPS): $(BUILD)/stamps/full/%/speed: $(BUILD)/bench/%
	@echo "time   $*, because of: $(if $(wildcard $@),$(?F),no run yet)"
	$(Q)OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BUILD)/bench/$* --out results
	@mkdir -p $(@D) && touch $@

reproduce: build ## Recompute every number, redraw every figure, judge every claim (results/, report/)
	$(Q)$(MAKE) --no-print-directory $(FULL_STAMPS)
	$(Q)$(MAKE) --no-print-directory -j1 $(or $(SPEED_STAMPS),build)
	$(Q)$(MAKE) --no-print-directory plots
	$(Q)$(MAKE) --no-print-directory verify; status=$$?; $(MAKE) --no-print-directory report summary && exit $$status

quick: build ## Run every experiment in the quick profile and judge it (SEED=n|random)
	@echo "quick profile, seed $(SEED)"
	$(Q)$(MAKE) --no-print-directory SEED=$(SEED) $(QUICK_STAMPS)
	$(Q)$(VERIFY) --results $(QUICK_OUT) $(VERIFY_FLAGS)

verify: build ## Judge what results/ holds, without running; refresh the tables
	$(Q)$(VERIFY) --results results --tables --claims results/claims.csv --junit $(BUILD)/claims.xml

$(FAMILIES): build
	$(Q)$(MAKE) --no-print-directory $(filter $(BUILD)/stamps/full/$@/%,$(FULL_STAMPS))
	$(Q)$(MAKE) --no-print-directory -j1 $(or $(filter $(BUILD)/stamps/full/$@/speed,$(SPEED_STAMPS)),build)
	$(Q)$(MAKE) --no-print-directory $(patsubst %,$(BUILD)/plots/%.svg,$(filter $@/%,$(FIGURES)))
	$(Q)$(VERIFY) --results results --family $@

summary:
	@scripts/summary.sh $(BUILD)

# ---- figures ----

plots: $(FIGURES:%=$(BUILD)/plots/%.svg) ## Draw every figure from results/ (build/plots/, results/FAMILY/*.svg)

# the committed copy stands beside its numbers; another, untracked, beside its script
$(BUILD)/plots/%.svg: plots/%.gp plots/style.gp $$(wildcard results/$$(firstword $$(subst /, ,$$*))/*.csv)
	@echo "draw   $*"
	@mkdir -p $(@D) results/$(dir $*)
	$(Q)scripts/draw.sh $< $(BUILD)/plots/$*
	$(Q)cp $@ results/$*.svg && cp $@ plots/$*.svg

# ---- proofs ----

controls: build ## Run every control: a wrong variant, which must fail its claims
	$(Q)scripts/controls.sh $(BUILD) $(THREADS)

test: build ## The unit tests
	$(Q)$(MAKE) --no-print-directory $(JOBS) $(TESTS)
	$(Q)scripts/tests.sh $(TESTS)

determinism: build ## Same bytes whole with 2 threads and in 3 merged shards with 1, every program
	$(Q)tests/determinism.sh $(BUILD) $(PROGRAMS)

faults: build ## Kills, full disks, bad command lines, damaged journals and ledgers
	$(Q)$(MAKE) --no-print-directory $(JOBS) $(TOYS)
	$(Q)tests/faults.sh $(BUILD) $(PROGRAMS)

check: build ## Everything CI asks: tests, quick profile, controls, determinism, faults
	$(Q)$(MAKE) --no-print-directory $(JOBS) $(TESTS) $(TOYS)
	$(Q)scripts/check.sh $(BUILD) "$(TESTS)" "$(PROGRAMS)"

calibrate: build ## z-scores of all statistical claims over SEEDS seeds: are our error bars right?
	$(Q)scripts/calibrate.sh $(BUILD) $(SEEDS) $(THREADS) $(PROGRAMS)

fuzz: build ## Fuzz each parser for FUZZ_SECONDS under ASan and UBSan (clang)
	$(Q)scripts/fuzz.sh $(BUILD) $(FUZZ_SECONDS) $(FUZZERS)

bench: build ## Speed against peers, as ratios measured in one run
	$(Q)$(MAKE) --no-print-directory $(JOBS) $(BENCHES)
	$(Q)for b in bench/*.sh; do case $$b in bench/nn*) ;; *) $$b $(BUILD) ;; esac || exit $$?; done

bench-nn: build ## Training speed against PyTorch
	$(Q)$(MAKE) --no-print-directory $(JOBS) $(BENCHES)
	$(Q)bench/nn.sh $(BUILD)

# ---- reading ----

report: build ## report/index.html from the pages, self-contained
	$(Q)scripts/report.sh $(BUILD)

diff: build ## Compare results/ with the committed ones, in units of the stated errors
	$(Q)scripts/diff.sh $(BUILD)

clean: ## Remove build/ and report/
	rm -rf $(BUILD) report
