# Tests, lints, fuzzing and measurements. Included by the Makefile.
TEST_DEPS = libcmocka-dev bats parallel valgrind strace socat jq sqlite3 curl openssl libxml2-utils git ca-certificates zsh fish \
  python3-jsonschema python3-yaml postgresql-15|postgresql
CHECK_DEPS = clang clang-tidy clang-format cppcheck libclang-rt-dev mandoc musl-tools

## deps          installs what building, tests and lints need
deps:
	$(call install_deps,$(BUILD_DEPS) $(TEST_DEPS) $(CHECK_DEPS))

# A unit test links the program's library and those fixtures that it calls.
UNIT := $(patsubst tests/unit/%.c,$(B)/tests/%,$(sort $(wildcard tests/unit/test_*.c)))
FIXTURES := $(call objects_of,$(sort $(wildcard tests/unit/fixture_*.c)))

$(B)/tests/libfixtures.a: $(FIXTURES)
	@mkdir -p $(@D)
	$(call say,AR,$@)rm -f $@ && $(AR) rcsD $@ $^

$(B)/tests/%: $(B)/tests/unit/%.o $(B)/tests/libfixtures.a $(LIBRARY)
	$(call say,LINK,$@)$(CC) $(LDHARD) $(LDFLAGS) -o $@ $^ $(LIBS) -lcmocka

# One test for every line of the fault table.
$(B)/tests/faults.bats: tests/faults/faults.txt tests/faults/make-tests.sh
	@mkdir -p $(@D)
	sh tests/faults/make-tests.sh > $@

# Several at a time, because most tests wait for a service that hangs on purpose.
JOBS ?= 4
BATS = UNPILOT=$(abspath $(B))/unpilot SANDBOX=$(abspath $(B))/unpilot-sandbox \
  bats --jobs $(JOBS) --print-output-on-failure --formatter tap
# These unit tests run a second time, on PostgreSQL.
ON_SERVER := $(if $(PQ),$(filter %/test_ledger %/test_ledger_open %/test_ledger_rows %/test_ledger_shared %/test_engine %/test_gate %/test_lines %/test_retention,$(UNIT)))
# The sanitizers' exit checks would hide the state that a killed program leaves.
CRASH = $(if $(SAN),,tests/crash)
export NO_VALGRIND

## test          installs what is missing, builds, runs every test
test: deps
	@$(again) test-built

# Compiles fuzz targets and measurements, too, so that they do not rot.
test-programs: all $(UNIT) $(B)/tests/faults.bats $(call objects_of,$(wildcard tests/fuzz/*.c tests/bench/*.c)) $(B)/simulate/simulate

test-built: test-programs
	@for t in $(UNIT); do echo "== $$t"; $$t || exit 1; done
	@for t in $(ON_SERVER); do echo "== $$t, on PostgreSQL"; sh tests/postgres.sh with $$t || exit 1; done
	@$(BATS) tests/e2e tests/faults $(B)/tests/faults.bats $(CRASH)

## san           runs the tests under AddressSanitizer and UndefinedBehaviorSanitizer
san: deps
	@$(again) SAN=1 B=$(B)-san NO_VALGRIND=1 test-built

## test-unprivileged  runs the tests as the user "nobody", then those that need root; as root. san-unprivileged: with the sanitizers
test-unprivileged: deps
	@$(again) test-unprivileged-built

san-unprivileged: deps
	@$(again) SAN=1 B=$(B)-san NO_VALGRIND=1 test-unprivileged-built

test-unprivileged-built: test-programs
	@bash tests/unprivileged.sh $(B) $(B)/needs-root B=$(B) SAN=$(SAN) NO_VALGRIND=$(NO_VALGRIND) WERROR=$(WERROR) test-built
	@[ ! -s $(B)/needs-root ] || $(BATS) --filter "$$(cat $(B)/needs-root)" tests/e2e

## check         runs every lint
check: deps
	@$(again) objects
	@for l in tests/lint/*.sh; do echo "== $$l"; bash $$l || exit 1; done

# The outbound guard, the steps and the rules of outcomes. Their unit tests take every branch. Only these sources are compiled again,
# without optimisation, because gcov would count branches that the compiler added or merged.
COVERED := $(wildcard partner/route/oem_direct/guard*.c partner/route/oem_direct/answer*.c) partner/handoff/steps.c partner/handoff/situation.c \
  partner/engine/verdict.c
COVERING = guard wire_xml answer answer_rules answer_xml steps verdict
COVERED_OBJ := $(patsubst %.c,$(B)/coverage/%.o,$(COVERED))

$(B)/coverage/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CPPFLAGS) -std=c17 -O0 -g --coverage -MMD -MP -c -o $@ $<

$(B)/coverage/test_%: $(B)/tests/unit/test_%.o $(COVERED_OBJ) $(B)/tests/libfixtures.a $(LIBRARY)
	$(call say,LINK,$@)$(CC) $(LDHARD) $(LDFLAGS) --coverage -o $@ $^ $(LIBS) -lcmocka

## coverage      shows that unit tests take every branch of the outbound guard, the steps and the rules of outcomes
coverage: deps
	@$(again) coverage-built

coverage-built: $(COVERING:%=$(B)/coverage/test_%)
	@find $(B)/coverage -name '*.gcda' -delete
	@for t in $^; do NO_VALGRIND=1 $$t > $(B)/coverage/log 2>&1 || { cat $(B)/coverage/log; exit 1; }; done
	@/usr/bin/python3 tests/coverage/branches.py $(COVERED_OBJ)

# The program that ships runs with one failure at a time. EVERY=N: only every Nth of them, beginning with number SEED.
EVERY ?= 1
$(B)/torture/fail.so: tests/torture/fail.c
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) $(CPPFLAGS) -std=c17 -O2 -g $(WARN) -Wno-pedantic -fPIC -shared -o $@ $<

## torture       fails each allocation and each system call once, and judges outcomes, packs and codes; EVERY=N SEED=S ALL=1 SCENARIOS=run,close; SAN=1: leaks, too
torture: deps
	@$(again) all $(B)/torture/fail.so
	@dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && \
	  $(if $(SAN),ASAN_OPTIONS=verify_asan_link_order=0:exitcode=99) /usr/bin/python3 tests/torture/torture.py --program $(B)/unpilot --sandbox $(B)/unpilot-sandbox --preload $(abspath $(B))/torture/fail.so \
	  --folder "$$dir/t" --jobs $(shell nproc) --every $(EVERY) --seed $(SEED) --scenarios "$(SCENARIOS)" $(if $(ALL),--all) $(if $(SAN),--what allocations)

# tests/fuzz/fuzz_NAME.c may have seeds in tests/fuzz/NAME/ and words in tests/fuzz/NAME.dict.
# Its objects are in $(B)-fuzz, because clang builds them with coverage and sanitizers.
FUZZ_NAMES := $(patsubst tests/fuzz/fuzz_%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
FUZZ_SECONDS ?= 3600
FUZZ_RUNS_answer_json = 50000
FUZZ_RUNS_answer_xml = 50000
FUZZ_RUNS_profile = 5000
FUZZ_SEEDS_intake = $(B)/seeds-intake
FUZZ_SEEDS_profile = samples/profiles
fuzz_make = $(again) B=$(B)-fuzz CC=clang FUZZ=1
fuzz_run = $(B)/fuzz_$* -seed=1 $(1) -max_len=9200 -timeout=10 -rss_limit_mb=2048 -artifact_prefix=$(B)/ \
  $(patsubst %,-dict=%,$(wildcard tests/fuzz/$*.dict)) $(B)/corpus-$* $(FUZZ_SEEDS_$*) $(wildcard tests/fuzz/$*)

## fuzz-smoke    a fixed number of hostile inputs for every fuzz target
fuzz-smoke: deps
	@$(fuzz_make) $(FUZZ_NAMES:%=smoke-%)

## fuzz-NAME     hostile inputs for one target for FUZZ_SECONDS; make fuzz: for all, one after another
fuzz: $(FUZZ_NAMES:%=fuzz-%)
$(FUZZ_NAMES:%=fuzz-%): fuzz-%:
	@$(fuzz_make) long-$*

$(FUZZ_NAMES:%=smoke-%): smoke-%: $(B)/fuzz_% $(B)/seeds-intake
	@mkdir -p $(B)/corpus-$*
	$(call say,FUZZ,$*)$(call fuzz_run,-verbosity=0 -runs=$(or $(FUZZ_RUNS_$*),30000))

$(FUZZ_NAMES:%=long-%): long-%: $(B)/fuzz_% $(B)/seeds-intake
	@mkdir -p $(B)/corpus-$*
	$(call fuzz_run,-max_total_time=$(FUZZ_SECONDS))

$(B)/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(LIBRARY)
	$(call say,LINK,$@)$(CC) $(LDHARD) -fsanitize=fuzzer $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/seeds-intake: tests/fuzz/seed.sh $(wildcard samples/lists/dialects/*.csv)
	sh tests/fuzz/seed.sh $@
	@touch $@

# With AFL++ instead (Debian: afl++).
fuzz-afl:
	$(call install_deps,afl++)
	@$(again) B=$(B)-afl CC=afl-clang-fast FUZZ=1 $(B)-afl/fuzz_intake $(B)-afl/seeds-intake
	AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 afl-fuzz -V $(FUZZ_SECONDS) \
	  -x tests/fuzz/intake.dict -i $(B)-afl/seeds-intake -o $(B)-afl/found $(B)-afl/fuzz_intake

BENCH_TOOLS = $(patsubst %,$(B)/bench/%,floor measure lists nights)

## bench         compares cost with the bare libraries and with a script; SIZES="10000 100000" ROUNDS=1 PARTS="cost nights"; URL: a server
bench:
	$(call install_deps,$(BUILD_DEPS) gnuplot-nox python3-requests valgrind util-linux)
	@$(again) all $(BENCH_TOOLS)
	@B=$(abspath $(B)) SIZES="$(SIZES)" ROUNDS="$(ROUNDS)" PARTS="$(PARTS)" URL="$(URL)" bash tests/bench/run.sh

## bench-instructions  counts instructions a device, and compares with tests/bench/instructions.txt
bench-instructions:
	$(call install_deps,$(BUILD_DEPS) valgrind)
	@$(again) all $(BENCH_TOOLS)
	@B=$(abspath $(B)) bash tests/bench/instructions.sh

## bench-lists   reads a million rows with hashes, beside libcsv alone
bench-lists: $(B)/bench/lists
	$(B)/bench/lists 1000000

$(B)/bench/floor: $(call objects_of,$(sort $(wildcard tests/bench/floor*.c)))
$(B)/bench/measure: $(B)/tests/bench/measure.o
$(B)/bench/lists: $(B)/tests/bench/lists.o $(LIBRARY)
$(B)/bench/nights: $(B)/tests/bench/nights.o $(LIBRARY)
$(BENCH_TOOLS):
	@mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) $(LDHARD) $(LDFLAGS) -o $@ $^ $(LIBS)

## drill         runs three machines on one ledger, kills one, restarts the server
drill: deps
	$(call install_deps,iproute2)
	@$(again) all
	@B=$(abspath $(B)) bash tests/drill/drill.sh

# The simulator links the program's library, with a network, a clock and a file system of its own in front of it.
SIMULATE := $(B)/simulate/simulate
# Once without libpq, whose libraries make each fork slower, and once with it, for shared ledgers.
SIMULATE_SHARED := $(B)/simulate/simulate-shared
SIMULATE_OWN := $(call objects_of,$(sort $(wildcard tests/simulate/*.c)))
SIMULATE_OBJ := $(SIMULATE_OWN) $(call objects_of,common/db_no_pq.c)
SIMULATE_WRAP = $(patsubst %,-Wl$(comma)--wrap=%,rename fflush mkdir mkostemp fsync fdatasync syncfs RAND_bytes messages_load messages_free crypto_identity_read \
  confine_apply $(addprefix sqlite3_,open_v2 close_v2 prepare_v2 prepare_v3 finalize exec) \
  $(addprefix db_,begin commit rollback run) statement_int ledger_run_create ledger_batch_sent_within render_write $(addprefix xml_,doc_parse sheet_parse sheet_free schema_parse schema_free))
comma := ,
# The program's variables in sections of their own, which child.c restores before each command.
OWN_VARIABLES = objcopy $(foreach s,data data.rel.local bss,--rename-section .$(s)=program_$(firstword $(subst ., ,$(s))))
SIMULATE_LIBRARY := $(B)/simulate/program.a
NIGHTS ?= 2000
SHARED_SECONDS ?= 10
SHM := $(if $(shell test -w /dev/shm && echo yes),/dev/shm,/tmp)
SEED ?= $(shell date +%Y%m%d)

$(SIMULATE_LIBRARY): $(LIBRARY)
	@mkdir -p $(@D)
	$(call say,OBJCOPY,$@)$(OWN_VARIABLES) $< $@

$(SIMULATE): $(SIMULATE_OBJ) $(SIMULATE_LIBRARY) $(B)/simulate/identity.pem
	$(call say,LINK,$@)$(CC) $(LDHARD) $(LDFLAGS) $(SIMULATE_WRAP) -o $@ $(SIMULATE_OBJ) $(SIMULATE_LIBRARY) $(LIBS)

$(SIMULATE_SHARED): $(SIMULATE_OWN) $(SIMULATE_LIBRARY) $(B)/simulate/identity.pem
	$(call say,LINK,$@)$(CC) $(LDHARD) $(LDFLAGS) $(SIMULATE_WRAP) -o $@ $(SIMULATE_OWN) $(SIMULATE_LIBRARY) $(LIBS)

$(B)/simulate/identity.pem:
	@mkdir -p $(@D)
	@openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=Contoso -days 36500 -keyout $@.key -out $@.cert 2>/dev/null
	@cat $@.cert $@.key > $@ && chmod 600 $@ && rm $@.cert $@.key

## simulate      plays nights of the program in virtual time; NIGHTS=N SEED=S; first the seeds that once failed
simulate: deps
	@$(again) $(SIMULATE) $(SIMULATE_SHARED)
	@sed -n 's/^s\([0-9]*\).*/\1/p' tests/simulate/seeds.txt | POSTGRES_DIR=$(SHM) sh tests/postgres.sh with sh tests/simulate/shared.sh $(SIMULATE_SHARED) $(SEED) $(SHARED_SECONDS)
	@grep '^[0-9]' tests/simulate/seeds.txt | while read -r seed _; do $(SIMULATE) --seed $$seed --nights 8 > $(B)/simulate/kept || { cat $(B)/simulate/kept; exit 1; }; done
	@$(SIMULATE) --seed $(SEED) $(if $(SIMULATE_SECONDS),--seconds $(SIMULATE_SECONDS),--nights $(NIGHTS))

## simulate-mutants  puts faults into the program, and shows that the simulator finds them
simulate-mutants: deps
	@$(again) $(SIMULATE) $(SIMULATE_SHARED)
	@B=$(B) CC='$(CC)' OWN_VARIABLES='$(OWN_VARIABLES)' LINK_SHARED='$(CC) $(LDHARD) $(LDFLAGS) $(SIMULATE_WRAP) -o "$$PROGRAM" $(SIMULATE_OWN) "$$MUTANT" $(SIMULATE_LIBRARY) $(LIBS)' \
	  LINK='$(CC) $(LDHARD) $(LDFLAGS) $(SIMULATE_WRAP) -o "$$PROGRAM" $(SIMULATE_OBJ) "$$MUTANT" $(SIMULATE_LIBRARY) $(LIBS)' \
	  POSTGRES_DIR=$(SHM) sh tests/simulate/mutants.sh

# Node modules go to $(B).
## browser       opens pages in Chromium, and reads the script with a PowerShell grammar
browser:
	$(call install_deps,$(BUILD_DEPS) chromium|chromium-browser poppler-utils $(if $(shell command -v npm),,nodejs npm))
	@$(again) all $(B)/browser/node_modules
	@B=$(abspath $(B)) sh tests/browser/run.sh

$(B)/browser/node_modules: tests/browser/package.json tests/browser/package-lock.json
	@mkdir -p $(@D)
	cp tests/browser/package.json tests/browser/package-lock.json $(@D)
	cd $(@D) && npm ci --no-audit --no-fund --ignore-scripts
	@touch $@

# The schemas are in Node modules.
## manifests     compares the samples for Kubernetes and Compose with their schemas
.PHONY: manifests
manifests: $(B)/manifests/node_modules
	node $(B)/manifests/check.mjs partner/dist/examples

$(B)/manifests/node_modules: tests/package/manifests/package.json tests/package/manifests/package-lock.json tests/package/manifests/check.mjs
	$(call install_deps,$(if $(shell command -v npm),,nodejs npm))
	@mkdir -p $(@D)
	cp $^ $(@D)
	cd $(@D) && npm ci --no-audit --no-fund --ignore-scripts
	@touch $@

# PowerShell is a .NET tool; without dotnet the tests are skipped.
PWSH_VERSION = 7.6.9
PWSH ?= $(if $(shell command -v dotnet),$(abspath $(B))/pwsh/pwsh)
## powershell    runs cleanup.ps1 of real packs in PowerShell, against the practice service
powershell: deps
	@$(again) all $(PWSH)
	@PWSH=$(PWSH) $(BATS) tests/powershell

$(abspath $(B))/pwsh/pwsh:
	dotnet tool install --tool-path $(@D) PowerShell --version $(PWSH_VERSION)

.PHONY: deps test test-programs test-built test-unprivileged test-unprivileged-built san san-unprivileged check coverage coverage-built torture fuzz-smoke fuzz fuzz-afl bench bench-instructions bench-lists drill browser powershell simulate simulate-mutants \
  $(FUZZ_NAMES:%=fuzz-%) $(FUZZ_NAMES:%=smoke-%) $(FUZZ_NAMES:%=long-%)
-include $(COVERED_OBJ:.o=.d) $(patsubst %.c,$(B)/%.d,$(wildcard tests/unit/*.c tests/fuzz/*.c tests/bench/*.c tests/simulate/*.c))
