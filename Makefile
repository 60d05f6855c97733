# GNU make; "make help" lists the targets. Objects and programs go to $(B). SAN=1 builds with sanitizers, WERROR=1 makes warnings errors,
# V=1 shows whole commands.
B ?= build$(if $(SAN),-san)
ifeq ($(origin CC),default)
CC = gcc
endif
VERSION := $(shell sed -n 's/^\#define UNPILOT_VERSION "\(.*\)"/\1/p' common/base.h)
say = $(if $(V)$(findstring s,$(firstword -$(MAKEFLAGS))),,@printf '%-5s %s\n' '$1' '$2';)

BASE_WARN = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes \
  -Wold-style-definition -Wwrite-strings -Wcast-qual -Wpointer-arith -Wundef -Wvla -Wswitch-enum -Wnull-dereference \
  -Wimplicit-fallthrough -Wdouble-promotion -Wdate-time
GCC_WARN = -Wlogical-op -Wduplicated-cond -Wjump-misses-init -Wformat-signedness -ftrivial-auto-var-init=zero
CLANG_WARN = -Wcomma -Wconditional-uninitialized -Wassign-enum
WARN := $(BASE_WARN) $(if $(shell $(CC) --version 2>/dev/null | grep clang),$(CLANG_WARN),$(GCC_WARN)) $(if $(WERROR),-Werror)

SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=all
ifdef FUZZ
HARD = -O1 -g -fno-omit-frame-pointer $(SANITIZE) -fsanitize=fuzzer-no-link
LDHARD = $(SANITIZE)
else ifdef SAN
HARD = -O1 -g -fno-omit-frame-pointer $(SANITIZE)
LDHARD = $(SANITIZE)
else
HARD = -O2 -g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection -fcf-protection=full
LDHARD = -pie -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed
endif

# A ledger on a server needs libpq. Without it the program refuses the URL of a server.
PQ := $(shell pkg-config --exists libpq 2>/dev/null && echo libpq)
CPPFLAGS += -D_GNU_SOURCE -I. $(patsubst -I%,-isystem %,$(shell pkg-config --cflags libxml-2.0 libxslt $(PQ) 2>/dev/null))
# Hidden symbols: otherwise a library that has a function of the same name would call ours, as libkrb5 did with its profile_release().
# Prefix maps: the program has the same bytes wherever it is built.
CFLAGS += -std=c17 $(HARD) -fPIE -fno-common -fvisibility=hidden $(WARN) -MMD -MP -ffile-prefix-map=$(CURDIR)=. -ffile-prefix-map=$(B)=build
LIBS = -lcsv -lutf8proc -lcurl -lcjson -lxslt -lexslt -lxml2 -lssl -lcrypto -lsqlite3 -linih $(if $(PQ),-lpq) $(LDLIBS)

PROGRAM_SRC := $(filter-out partner/main.c $(if $(PQ),common/db_no_pq.c,common/db_pq%.c), \
  $(sort $(wildcard common/*.c partner/*.c partner/*/*.c partner/*/*/*.c)))
SANDBOX_SRC := $(sort $(wildcard samples/sandbox/*.c))
# Texts that are compiled in. The file is the only source of the built-in default.
TEXTS := samples/profiles/oem-direct.conf $(sort $(wildcard partner/route/*/*.xsd partner/intake/*.tsv partner/handoff/stylesheets/* partner/handoff/messages/*))

objects_of = $(patsubst %.c,$(B)/%.o,$(1))
PROGRAM_OBJ := $(call objects_of,$(PROGRAM_SRC)) $(patsubst %,$(B)/gen/%.o,$(TEXTS))
SANDBOX_OBJ := $(call objects_of,$(SANDBOX_SRC))
OBJECTS := $(PROGRAM_OBJ) $(SANDBOX_OBJ) $(B)/partner/main.o
LIBRARY := $(B)/libunpilot.a

all: $(B)/unpilot $(B)/unpilot-sandbox
objects: $(OBJECTS)

$(B)/unpilot: $(B)/partner/main.o $(LIBRARY)
	$(call say,LINK,$@)$(CC) $(LDHARD) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/unpilot-sandbox: $(SANDBOX_OBJ) $(LIBRARY)
	$(call say,LINK,$@)$(CC) $(LDHARD) $(LDFLAGS) -o $@ $^ $(LIBS) -lmicrohttpd -lgnutls -lpthread

$(LIBRARY): $(PROGRAM_OBJ)
	$(call say,AR,$@)rm -f $@ && $(AR) rcsD $@ $^

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(B)/gen/%.o: $(B)/gen/%.c
	$(call say,CC,$(<:$(B)/%=%))$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(B)/gen/%.c: % partner/embed.sh
	@mkdir -p $(@D)
	$(call say,EMBED,$<)sh partner/embed.sh $< > $@

# Debian's names. "a|b": the first of the two that the system has or offers.
BUILD_DEPS = gcc libc6-dev make pkg-config|pkgconf libcsv-dev libutf8proc-dev libcurl4-openssl-dev libxml2-dev libxslt1-dev \
  libssl-dev libsqlite3-dev libcjson-dev libinih-dev libpq-dev libmicrohttpd-dev libgnutls28-dev
install_deps = @sh tests/deps.sh '$(strip $(1))'
# make asks the compiler and pkg-config when it starts. After an installation only a new make gets the new answers.
again = $(MAKE) --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))

demo:
	$(call install_deps,$(BUILD_DEPS))
	@$(again) all
	@B=$(B) sh samples/demo.sh

format:
	clang-format -i $$(git ls-files '*.c' '*.h')

clean:
	rm -rf $(B) $(B)-san $(B)-fuzz

help:
	@sed -n 's/^## /  make /p' Makefile tests/tests.mk partner/dist/install.mk

## all           builds the program and the practice service (the default)
## demo          installs what building needs, builds, runs the main job against the practice service
## format        formats the sources
## clean         removes what was built

include tests/tests.mk partner/dist/install.mk

.PHONY: all objects demo format clean help
.SECONDARY:
.DELETE_ON_ERROR:
-include $(OBJECTS:.o=.d)
