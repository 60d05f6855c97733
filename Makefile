# GNU make. Objects and programs go to $(B).
#   make demo      what it does, against the practice service, in a few seconds
#   make test      unit tests, then the program end to end
#   make check     the lints        make san      the tests under ASan and UBSan
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
DEFINES = -D_GNU_SOURCE -DUNPILOT_VERSION='"$(VERSION)"' -I. $(patsubst -I%,-isystem %,$(XML_CFLAGS))
CPPFLAGS += $(DEFINES) -I$(B)/gen
CFLAGS += -std=c17 $(HARD) -fPIE -fno-common $(WARN) -MMD -MP
LIBS = -lcsv -lcurl -lcjson -lxslt -lexslt -lxml2 -lcrypto -lsqlite3 -linih

COMMON_SRC := $(sort $(wildcard common/*.c))
PARTNER_SRC := $(sort $(wildcard partner/*.c partner/*/*.c))
SANDBOX_SRC := $(sort $(wildcard samples/sandbox/*.c))
UNIT_SRC := $(sort $(wildcard tests/unit/test_*.c))

# Texts that are compiled in: the file is the single source of the default.
TEXTS := samples/profiles/oem-direct.conf $(sort $(wildcard partner/handoff/stylesheets/*))
GEN := $(patsubst %,$(B)/gen/%.c,$(TEXTS))

obj = $(patsubst %.c,$(B)/%.o,$(1))
COMMON_OBJ := $(call obj,$(COMMON_SRC))
PARTNER_OBJ := $(call obj,$(filter-out partner/main.c,$(PARTNER_SRC)))
GEN_OBJ := $(patsubst %.c,%.o,$(GEN))
UNIT := $(patsubst tests/unit/%.c,$(B)/tests/%,$(UNIT_SRC))

all: $(B)/unpilot $(B)/unpilot-sandbox

$(B)/unpilot: $(B)/partner/main.o $(PARTNER_OBJ) $(COMMON_OBJ) $(GEN_OBJ)
	$(CC) $(LDHARD) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/unpilot-sandbox: $(call obj,$(SANDBOX_SRC)) $(COMMON_OBJ)
	$(CC) $(LDHARD) $(LDFLAGS) -o $@ $^ $(LIBS) -lmicrohttpd -lgnutls -lpthread

$(B)/tests/%: $(B)/tests/unit/%.o $(PARTNER_OBJ) $(COMMON_OBJ) $(GEN_OBJ)
	@mkdir -p $(@D)
	$(CC) $(LDHARD) $(LDFLAGS) -o $@ $^ $(LIBS) -lcmocka

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(B)/gen/%.o: $(B)/gen/%.c
	$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(B)/gen/%.c: % common/embed.sh
	@mkdir -p $(@D)
	sh common/embed.sh $< > $@

# ---- what a fresh Debian lacks ----

PACKAGES = gcc make pkg-config clang clang-tidy clang-format cppcheck valgrind libcsv-dev \
  libcurl4-openssl-dev libxml2-dev libxslt1-dev libxml2-utils libssl-dev libsqlite3-dev \
  libcjson-dev libinih-dev libmicrohttpd-dev libgnutls28-dev libcmocka-dev libclang-rt-14-dev \
  bats jq sqlite3 curl openssl chromium python3 git ca-certificates

deps:
	@missing=; for p in $(PACKAGES); do \
		dpkg-query -W -f '$${db:Status-Status}' $$p 2>/dev/null | grep -q '^installed' || \
		missing="$$missing $$p"; \
	done; \
	[ -n "$$missing" ] || exit 0; \
	echo "installing:$$missing"; \
	as=; [ "$$(id -u)" -eq 0 ] || as=sudo; \
	$$as apt-get -q update && $$as env DEBIAN_FRONTEND=noninteractive \
		apt-get -q -y install --no-install-recommends $$missing

# The compiler and the libraries are looked for when this file is read. What needs them comes
# from a make of its own, started when they are there.
demo: deps
	@$(MAKE) --no-print-directory all
	@UNPILOT=$(B)/unpilot SANDBOX=$(B)/unpilot-sandbox sh samples/demo.sh $(B)/demo

test: deps
	@$(MAKE) --no-print-directory test-built

test-built: all $(UNIT)
	@for t in $(UNIT); do echo "# $$t"; $$t || exit 1; done
	@UNPILOT=$(abspath $(B)/unpilot) SANDBOX=$(abspath $(B)/unpilot-sandbox) \
		bats --formatter tap tests/e2e

san: deps
	@$(MAKE) --no-print-directory SAN=1 B=$(B)-san test-built

LINTS = includes headers doors banned sql size words format tidy cppcheck analyzer

check: deps
	@$(MAKE) --no-print-directory check-installed

check-installed:
	@bad=; for l in $(LINTS); do \
		echo "lint: $$l"; \
		DEFINES="$(subst ",\",$(DEFINES))" sh tests/lint/$$l.sh || bad="$$bad $$l"; \
	done; \
	[ -z "$$bad" ] || { echo "lints that failed:$$bad" >&2; exit 1; }

format:
	clang-format -i $$(find common partner samples tests -name '*.[ch]')

install: all
	install -D -m 755 $(B)/unpilot $(DESTDIR)$(prefix)/bin/unpilot
	install -D -m 644 samples/profiles/oem-direct.conf \
		$(DESTDIR)$(prefix)/share/unpilot/profiles/oem-direct.conf
	$(if $(wildcard samples/unpilot.conf),install -D -m 644 samples/unpilot.conf \
		$(DESTDIR)$(prefix)/share/unpilot/unpilot.conf)

clean:
	rm -rf $(B) $(B)-san

.PHONY: all clean deps demo test test-built san check check-installed format install
.SECONDARY:
-include $(shell find $(B) -name '*.d' 2>/dev/null)
