# GNU make. Objects and programs go to $(B).
B ?= build
ifeq ($(origin CC),default)
CC = gcc
endif
VERSION := 0.1.0
prefix ?= /usr/local

BASE_WARN = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wformat=2 \
  -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wwrite-strings -Wcast-qual \
  -Wpointer-arith -Wundef -Wvla -Wswitch-enum -Wnull-dereference -Wimplicit-fallthrough \
  -Wdouble-promotion -Wdate-time
IS_CLANG := $(shell $(CC) --version 2>/dev/null | grep -c clang)
ifeq ($(IS_CLANG),0)
WARN = $(BASE_WARN) -Wlogical-op -Wduplicated-cond -Wjump-misses-init -Wformat-signedness \
  -ftrivial-auto-var-init=zero
else
WARN = $(BASE_WARN) -Wcomma -Wconditional-uninitialized -Wassign-enum
endif
ifdef WERROR
WARN += -Werror
endif
ifdef SAN
HARD = -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LDHARD = -fsanitize=address,undefined
else
HARD = -O2 -g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong \
  -fstack-clash-protection -fcf-protection=full
LDHARD = -pie -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed
endif
XML_CFLAGS := $(shell pkg-config --cflags libxml-2.0 libxslt 2>/dev/null)
CPPFLAGS += -D_GNU_SOURCE -DUNPILOT_VERSION='"$(VERSION)"' -I. -I$(B)/gen $(patsubst -I%,-isystem %,$(XML_CFLAGS))
# Hidden: a library of a library that has a function of the same name must not call ours (libkrb5's
# profile_release was met).
CFLAGS += -std=c17 $(HARD) -fPIE -fno-common -fvisibility=hidden $(WARN) -MMD -MP
# Where it is built does not show in what is built.
CFLAGS += -ffile-prefix-map=$(CURDIR)=. -ffile-prefix-map=$(B)=build
LIBS = -lcsv -lcurl -lcjson -lxslt -lexslt -lxml2 -lssl -lcrypto -lsqlite3 -linih

# A ledger on a server needs libpq; without it such a URL is refused.
NO_PQ := $(if $(shell pkg-config --exists libpq && echo yes),common/db_no_pq.c,common/db_pq.c common/db_pq_link.c)
ifeq ($(NO_PQ),common/db_no_pq.c)
CPPFLAGS += $(patsubst -I%,-isystem %,$(shell pkg-config --cflags libpq))
LIBS += -lpq
endif

COMMON_SRC := $(sort $(filter-out $(NO_PQ),$(wildcard common/*.c)))
PARTNER_SRC := $(sort $(wildcard partner/*.c partner/*/*.c partner/*/*/*.c))
SANDBOX_SRC := $(sort $(wildcard samples/sandbox/*.c))
UNIT_SRC := $(sort $(wildcard tests/unit/test_*.c))

# Texts that are compiled in: the file is the single source of the default.
TEXTS := samples/profiles/oem-direct.conf partner/route/oem_direct/oem-direct-request.xsd $(sort $(wildcard partner/handoff/stylesheets/* \
  partner/handoff/messages/*))
GEN := $(patsubst %,$(B)/gen/%.c,$(TEXTS))

obj = $(patsubst %.c,$(B)/%.o,$(1))
COMMON_OBJ := $(call obj,$(COMMON_SRC))
PARTNER_OBJ := $(call obj,$(filter-out partner/main.c,$(PARTNER_SRC)))
GEN_OBJ := $(patsubst %.c,%.o,$(GEN))
UNIT := $(patsubst tests/unit/%.c,$(B)/tests/%,$(UNIT_SRC))

all: $(B)/unpilot $(B)/unpilot-sandbox

# For a lint that reads symbols.
objects: $(PARTNER_OBJ) $(COMMON_OBJ) $(call obj,$(SANDBOX_SRC))

$(B)/unpilot: $(B)/partner/main.o $(PARTNER_OBJ) $(COMMON_OBJ) $(GEN_OBJ)
	$(CC) $(LDHARD) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/unpilot-sandbox: $(call obj,$(SANDBOX_SRC)) $(COMMON_OBJ)
	$(CC) $(LDHARD) $(LDFLAGS) -o $@ $^ $(LIBS) -lmicrohttpd -lgnutls -lpthread

$(B)/tests/%: $(B)/tests/unit/%.o $(PARTNER_OBJ) $(COMMON_OBJ) $(GEN_OBJ)
	@mkdir -p $(@D)
	$(CC) $(LDHARD) $(LDFLAGS) -o $@ $^ $(LIBS) -lcmocka

$(B)/bench_lists: $(B)/tests/bench/bench_lists.o $(PARTNER_OBJ) $(COMMON_OBJ) $(GEN_OBJ)
	$(CC) $(LDHARD) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(B)/gen/%.o: $(B)/gen/%.c
	$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(B)/gen/%.c: % partner/embed.sh
	@mkdir -p $(@D)
	sh partner/embed.sh $< > $@

PACKAGES = gcc make pkg-config clang clang-tidy clang-format cppcheck valgrind libcsv-dev \
  libcurl4-openssl-dev libxml2-dev libxslt1-dev libxml2-utils libssl-dev libsqlite3-dev libcjson-dev \
  libinih-dev libmicrohttpd-dev libgnutls28-dev libcmocka-dev libclang-rt-14-dev bats parallel strace socat jq \
  sqlite3 curl openssl git ca-certificates mandoc zsh fish libpq-dev postgresql-15

# Installs what is missing; quick where nothing is.
deps:
	@sh tests/deps.sh $(PACKAGES)

# The compiler and pkg-config are asked when make starts: what deps installs needs a new make.
demo: deps
	@$(MAKE) --no-print-directory all
	@B=$(B) sh samples/demo.sh

test: deps
	@$(MAKE) --no-print-directory test-built

# A test for every line of the fault table.
$(B)/tests/faults.bats: tests/faults/faults.txt tests/faults/make-tests.sh
	@mkdir -p $(@D)
	sh tests/faults/make-tests.sh > $@

# Four at a time: most of their time is waiting for a service that hangs on purpose.
JOBS ?= 4
BATS = UNPILOT=$(abspath $(B))/unpilot SANDBOX=$(abspath $(B))/unpilot-sandbox \
  bats --jobs $(JOBS) --print-output-on-failure --formatter tap

test-built: all $(UNIT) $(B)/tests/faults.bats
	@for t in $(UNIT); do echo "== $$t"; $$t || exit 1; done
	@for t in $(ON_SERVER); do echo "== $$t, on PostgreSQL"; sh tests/postgres.sh with $$t || exit 1; done
	@$(BATS) tests/e2e tests/faults $(B)/tests/faults.bats $(CRASH)

# The same tests over the other engine.
ON_SERVER := $(if $(filter -lpq,$(LIBS)),$(filter %/test_ledger %/test_ledger_open %/test_ledger_shared,$(UNIT)))

# What a killed program leaves cannot be looked at with the sanitizers' own exit checks in the way.
CRASH = $(if $(SAN),,tests/crash)

# The whole suite under AddressSanitizer and UndefinedBehaviorSanitizer.
san: deps
	@$(MAKE) --no-print-directory SAN=1 B=$(B)-san NO_VALGRIND=1 test-built

export NO_VALGRIND

check: deps
	@for l in tests/lint/*.sh; do echo "== $$l"; bash $$l || exit 1; done

# Hostile lists for the whole intake: a fixed number of them for CI, FUZZ_SECONDS of them with
# "make fuzz", "make fuzz-receipt" or "make fuzz-token", and as long as wanted with AFL++ (Debian: afl++).
FUZZ_RUNS = 30000
FUZZ_SECONDS = 3600
FUZZ_SRC = tests/fuzz/fuzz_intake.c partner/vocabulary.c $(filter-out partner/intake/intake.c partner/intake/spool.c, \
  $(wildcard partner/intake/*.c)) $(addprefix common/,alloc.c buf.c csv.c encoding.c error.c records.c text.c)
FUZZ_FLAGS = -D_GNU_SOURCE -I. -std=c17 -O1 -g -fno-omit-frame-pointer
FUZZ_ARGS = -dict=tests/fuzz/intake.dict -max_len=9200 -timeout=10 -rss_limit_mb=2048 $(B)/corpus

$(B)/fuzz_intake: $(FUZZ_SRC) $(wildcard partner/intake/*.h common/*.h)
	@mkdir -p $(@D)
	clang $(FUZZ_FLAGS) -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -o $@ $(FUZZ_SRC) -lcsv

$(B)/afl_intake: $(FUZZ_SRC) $(wildcard partner/intake/*.h common/*.h)
	@mkdir -p $(@D)
	afl-clang-fast $(FUZZ_FLAGS) -fsanitize=fuzzer -o $@ $(FUZZ_SRC) -lcsv

$(B)/corpus: tests/fuzz/seed.sh $(wildcard samples/lists/dialects/*.csv)
	sh tests/fuzz/seed.sh $@
	@touch $@

# Receipts: what customers send back.
RECEIPT_SRC = tests/fuzz/fuzz_receipt.c partner/handoff/receipt.c partner/handoff/steps.c \
  partner/vocabulary.c $(wildcard partner/ledger/*.c partner/ledger/sql/*.c) $(addprefix common/,alloc.c \
  buf.c clock.c crypto.c crypto_identity.c db.c db_no_pq.c db_sqlite.c error.c file.c json.c json_scan.c text.c)
RECEIPT_ARGS = -dict=tests/fuzz/receipt.dict -max_len=4096 -timeout=10 $(B)/corpus-receipt tests/fuzz/receipts

$(B)/fuzz_receipt: $(RECEIPT_SRC) $(wildcard partner/handoff/*.h partner/ledger/*.h common/*.h)
	@mkdir -p $(@D) $(B)/corpus-receipt
	clang $(FUZZ_FLAGS) -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -o $@ $(RECEIPT_SRC) \
	  -lcjson -lcrypto -lsqlite3

# What Partner Center and its token end point answer.
TOKEN_SRC = tests/fuzz/fuzz_token.c $(addprefix partner/route/partner_center/,inventory.c pages.c page.c target.c \
  token_answer.c) partner/vocabulary.c $(addprefix common/,alloc.c buf.c crypto.c crypto_identity.c crypto_jwt.c \
  crypto_tls.c error.c file.c http.c http_answer.c json.c json_scan.c text.c)
TOKEN_ARGS = -dict=tests/fuzz/token.dict -max_len=8192 -timeout=10 $(B)/corpus-token tests/fuzz/tokens

$(B)/fuzz_token: $(TOKEN_SRC) $(wildcard partner/route/*.h partner/route/*/*.h common/*.h)
	@mkdir -p $(@D) $(B)/corpus-token
	clang $(FUZZ_FLAGS) -DUNPILOT_VERSION='"$(VERSION)"' -fsanitize=fuzzer,address,undefined \
	  -fno-sanitize-recover=all -o $@ $(TOKEN_SRC) -lcjson -lssl -lcrypto -lcurl

# Answers over both wires, and the profile file: fixed numbers of runs, each some seconds.
ROUTE_SRC = $(addprefix partner/route/oem_direct/,answer.c answer_json.c answer_xml.c guard.c guard_xml.c profile.c wire_json.c wire_xml.c) partner/vocabulary.c \
  $(addprefix common/,alloc.c buf.c error.c file.c ini.c json.c json_scan.c text.c xml.c xml_report.c xml_writer.c) \
  $(B)/gen/samples/profiles/oem-direct.conf.c $(B)/gen/partner/route/oem_direct/oem-direct-request.xsd.c
ANSWER_RUNS = 50000
PROFILE_RUNS = 5000

$(B)/fuzz_%: tests/fuzz/fuzz_%.c $(ROUTE_SRC) $(wildcard tests/fuzz/*.h partner/route/*.h partner/route/*/*.h common/*.h)
	@mkdir -p $(@D) $(B)/corpus-$*
	clang $(FUZZ_FLAGS) $(patsubst -I%,-isystem %,$(XML_CFLAGS)) -fsanitize=fuzzer,address,undefined \
	  -fno-sanitize-recover=all -o $@ $< $(ROUTE_SRC) -lcjson -linih -lxslt -lxml2

fuzz-smoke: $(addprefix $(B)/fuzz_,intake receipt token answer_json answer_xml profile) $(B)/corpus
	$(B)/fuzz_intake -seed=1 -runs=$(FUZZ_RUNS) -artifact_prefix=$(B)/ $(FUZZ_ARGS)
	$(B)/fuzz_receipt -seed=1 -runs=$(FUZZ_RUNS) -artifact_prefix=$(B)/ $(RECEIPT_ARGS)
	$(B)/fuzz_token -seed=1 -runs=$(FUZZ_RUNS) -artifact_prefix=$(B)/ $(TOKEN_ARGS)
	$(B)/fuzz_answer_json -seed=1 -runs=$(ANSWER_RUNS) -max_len=4096 -timeout=10 -artifact_prefix=$(B)/ $(B)/corpus-answer_json tests/fuzz/answers-json
	$(B)/fuzz_answer_xml -seed=1 -runs=$(ANSWER_RUNS) -max_len=4096 -timeout=10 -artifact_prefix=$(B)/ $(B)/corpus-answer_xml tests/fuzz/answers-xml
	$(B)/fuzz_profile -seed=1 -runs=$(PROFILE_RUNS) -max_len=8192 -timeout=10 -artifact_prefix=$(B)/ $(B)/corpus-profile tests/fuzz/profiles samples/profiles

fuzz-receipt: $(B)/fuzz_receipt
	$(B)/fuzz_receipt -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=$(B)/ $(RECEIPT_ARGS)

fuzz-token: $(B)/fuzz_token
	$(B)/fuzz_token -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=$(B)/ $(TOKEN_ARGS)

fuzz: $(B)/fuzz_intake $(B)/corpus
	$(B)/fuzz_intake -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=$(B)/ $(FUZZ_ARGS)

fuzz-afl: $(B)/afl_intake $(B)/corpus
	AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 afl-fuzz -V $(FUZZ_SECONDS) \
	  -x tests/fuzz/intake.dict -i $(B)/corpus -o $(B)/afl $(B)/afl_intake

# What it costs beside the libraries alone and beside a script, from 10,000 devices to a million.
# SIZES="10000 100000", ROUNDS=1: a part of it. Table, figures and plots go to $(B)/bench.
BENCH_PACKAGES = gnuplot-nox python3-requests valgrind util-linux
BENCH_TOOLS = $(B)/bench/floor $(B)/bench/measure

bench: deps
	@sh tests/deps.sh $(BENCH_PACKAGES)
	@$(MAKE) --no-print-directory all $(BENCH_TOOLS)
	@B=$(abspath $(B)) SIZES="$(SIZES)" ROUNDS="$(ROUNDS)" PARTS="$(PARTS)" bash tests/bench/run.sh

# Instructions a device, beside those that are noted in tests/bench/instructions.txt.
bench-instructions: deps
	@$(MAKE) --no-print-directory all $(BENCH_TOOLS)
	@B=$(abspath $(B)) bash tests/bench/instructions.sh

$(B)/bench/floor: $(patsubst %,$(B)/tests/bench/%.o,floor floor_ledger floor_wire)
	@mkdir -p $(@D)
	$(CC) $(LDHARD) $(LDFLAGS) -o $@ $^ -lcsv -lcurl -lcjson -lcrypto -lsqlite3

$(B)/bench/measure: $(B)/tests/bench/measure.o
	@mkdir -p $(@D)
	$(CC) $(LDHARD) $(LDFLAGS) -o $@ $^

# A million rows with hashes, beside libcsv alone.
bench-lists: $(B)/bench_lists
	$(B)/bench_lists 1000000

# Three machines on one ledger, one of them killed, the server restarted.
drill: deps
	@sh tests/deps.sh iproute2
	@$(MAKE) --no-print-directory all
	@B=$(abspath $(B)) bash tests/drill/drill.sh

# The page in Debian's Chromium, the script against a PowerShell grammar. Node modules go to $(B).
browser: deps
	@sh tests/deps.sh chromium $$(command -v npm >/dev/null || echo nodejs npm)
	@$(MAKE) --no-print-directory all $(B)/browser/node_modules
	@B=$(abspath $(B)) sh tests/browser/run.sh

$(B)/browser/node_modules: tests/browser/package.json tests/browser/package-lock.json
	@mkdir -p $(@D)
	cp tests/browser/package.json tests/browser/package-lock.json $(@D)
	cd $(@D) && npm ci --no-audit --no-fund --ignore-scripts
	@touch $@

format:
	clang-format -i $$(git ls-files '*.c' '*.h')

# Where things go below $(DESTDIR); a package sets prefix=/usr and unitdir=/lib/systemd/system.
mandir ?= $(prefix)/share/man
docdir ?= $(prefix)/share/doc/unpilot
unitdir ?= $(prefix)/lib/systemd/system
UNITS := $(wildcard partner/dist/systemd/unpilot*.service partner/dist/systemd/*.timer partner/dist/systemd/*.path)
# "FROM TO": what is installed besides programs and units. One list, so that nothing is left behind.
INSTALLED = \
  $(foreach m,$(wildcard partner/man/*.1),$(m):$(mandir)/man1/$(notdir $(m))) \
  $(foreach m,$(wildcard partner/man/*.5),$(m):$(mandir)/man5/$(notdir $(m))) \
  $(foreach f,$(wildcard samples/profiles/*.conf),$(f):$(prefix)/share/unpilot/profiles/$(notdir $(f))) \
  $(foreach f,$(wildcard partner/dist/examples/*) partner/dist/unpilot.rules.yml samples/registry.csv \
    samples/lists/returns.csv,$(f):$(docdir)/examples/$(notdir $(f))) \
  $(foreach f,README.md SECURITY.md,$(f):$(docdir)/$(f)) \
  partner/dist/completions/unpilot.bash:$(prefix)/share/bash-completion/completions/unpilot \
  partner/dist/completions/_unpilot:$(prefix)/share/zsh/vendor-completions/_unpilot \
  partner/dist/completions/unpilot.fish:$(prefix)/share/fish/vendor_completions.d/unpilot.fish \
  partner/dist/systemd/unpilot.sysusers:$(prefix)/lib/sysusers.d/unpilot.conf \
  partner/dist/systemd/unpilot.tmpfiles:$(prefix)/lib/tmpfiles.d/unpilot.conf

install: all
	install -d $(DESTDIR)$(prefix)/bin $(DESTDIR)$(unitdir)
	install -m 755 $(B)/unpilot $(B)/unpilot-sandbox $(DESTDIR)$(prefix)/bin
	@for f in $(INSTALLED); do install -D -m 644 $${f%%:*} $(DESTDIR)$${f#*:} || exit 1; done
	@for u in $(UNITS); do sed 's,/usr/bin/unpilot,$(prefix)/bin/unpilot,' $$u > $(DESTDIR)$(unitdir)/$${u##*/} && \
	  chmod 644 $(DESTDIR)$(unitdir)/$${u##*/} || exit 1; done

# Configuration, ledger, packs and the user stay.
uninstall:
	rm -f $(addprefix $(DESTDIR)$(prefix)/bin/,unpilot unpilot-sandbox) \
	  $(foreach f,$(INSTALLED),$(DESTDIR)$(lastword $(subst :, ,$(f)))) \
	  $(foreach u,$(UNITS),$(DESTDIR)$(unitdir)/$(notdir $(u)))
	-rmdir -p --ignore-fail-on-non-empty $(DESTDIR)$(docdir)/examples $(DESTDIR)$(prefix)/share/unpilot/profiles \
	  2>/dev/null

# Of what is committed. Times and owners are the commit's: two of them have the same bytes.
dist:
	@mkdir -p $(B)
	git archive --format=tar --prefix=unpilot-$(VERSION)/ HEAD | gzip -9n > $(B)/unpilot-$(VERSION).tar.gz

deb:
	@sh tests/deps.sh build-essential debhelper dpkg-dev pkg-config $(filter lib%-dev,$(PACKAGES))
	sh partner/dist/deb.sh $(B) $(VERSION)

sbom: all
	sh partner/dist/sbom.sh $(B)/unpilot $(VERSION) > $(B)/unpilot.spdx.json
	sh partner/dist/sbom.sh $(B)/unpilot-sandbox $(VERSION) > $(B)/unpilot-sandbox.spdx.json

# Heavy: the package in a Debian root of its own, lintian, the same bytes twice. As root, with a network.
package-test: deps
	@sh tests/deps.sh build-essential debhelper dpkg-dev lintian debootstrap
	@B=$(abspath $(B)) VERSION=$(VERSION) bash tests/package/run.sh

clean:
	rm -rf $(B) $(B)-san

.PHONY: all objects deps demo test test-built san check fuzz-smoke fuzz fuzz-receipt fuzz-token fuzz-afl bench bench-instructions bench-lists drill browser format install uninstall dist deb sbom package-test clean
.SECONDARY:
-include $(shell find $(B) -name '*.d' 2>/dev/null)
