# policyc: build, test, install.  `make help` lists the targets.
#
# Variables: BUILD=dir  CC=cc  SAN=1 (ASan+UBSan)  WERROR=1  PREFIX=/usr/local  DESTDIR=

BUILD   ?= build
CC      ?= cc
PREFIX  ?= /usr/local
FLEX    ?= flex
BISON   ?= bison
CFLAGS  ?= -O2 -g
WARN     = -std=c11 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
           -Wmissing-prototypes $(if $(WERROR),-Werror)
GENWARN  = -std=c11 -Wall -Wextra $(if $(WERROR),-Werror)
SANFLAGS = $(if $(SAN),-fsanitize=address$(comma)undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
comma   := ,
INCLUDE  = -I. -Iruntime/include -I$(BUILD)
DEFS     = -D_POSIX_C_SOURCE=200809L -DPOLICYC_VERSION='"$(VERSION)"' \
           -DPOLICYC_LIBRARY_DIR='"$(PREFIX)/share/policyc/policies"'
ALLC     = $(WARN) $(DEFS) $(INCLUDE) $(CFLAGS) $(SANFLAGS) -fPIC
LDLIBS   = -ljansson -lelf -ldw -lz -lzstd -ldl -lm
# The compiler's own, which the runtime library does not need: the solver is C++.
COMPLIBS = -lcadical -lstdc++

srcs      = $(sort $(shell find $(1) -name '*.c' 2>/dev/null))
LANG_SRC  = $(call srcs,lang)
RT_SRC    = $(filter-out runtime/qemu/%,$(call srcs,runtime))
CLI_SRC   = $(call srcs,compiler/cli)
COMP_SRC  = $(filter-out compiler/cli/%,$(call srcs,compiler))
UNIT_SRC  = $(wildcard tests/unit/*_test.c)

obj       = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
LANG_OBJ  = $(call obj,$(LANG_SRC)) $(BUILD)/obj/lang/gen/lexer.o $(BUILD)/obj/lang/gen/parser.o
RT_OBJ    = $(call obj,$(RT_SRC))
COMP_OBJ  = $(call obj,$(COMP_SRC))
CLI_OBJ   = $(call obj,$(CLI_SRC))
UNIT_BIN  = $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(UNIT_SRC))

all: $(BUILD)/policyc $(BUILD)/libpolrt.so

$(BUILD)/liblang.a: $(LANG_OBJ)
$(BUILD)/libpolrt.a: $(RT_OBJ)
$(BUILD)/libpolc.a: $(COMP_OBJ)
$(BUILD)/%.a:
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/libpolrt.so: $(RT_OBJ) runtime/polrt.map
	$(CC) -shared -Wl,-soname,libpolrt.so.0 -Wl,--version-script=runtime/polrt.map -o $@ $(RT_OBJ) \
	    $(SANFLAGS) $(LDLIBS)

$(BUILD)/policyc: $(CLI_OBJ) $(BUILD)/libpolc.a $(BUILD)/liblang.a $(BUILD)/libpolrt.a
	$(CC) $(CFLAGS) $(SANFLAGS) -o $@ $^ $(COMPLIBS) $(LDLIBS)

# --- generated lexer and parser (never checked in)
$(BUILD)/lang/gen/parser.c $(BUILD)/lang/gen/parser.h &: lang/parser.y
	@mkdir -p $(@D)
	$(BISON) -Werror --header=$(BUILD)/lang/gen/parser.h -o $(BUILD)/lang/gen/parser.c $<
$(BUILD)/lang/gen/lexer.c $(BUILD)/lang/gen/lexer.h &: lang/lexer.l
	@mkdir -p $(@D)
	$(FLEX) --header-file=$(BUILD)/lang/gen/lexer.h -o $(BUILD)/lang/gen/lexer.c $<
$(BUILD)/obj/lang/gen/%.o: $(BUILD)/lang/gen/%.c $(BUILD)/lang/gen/parser.h $(BUILD)/lang/gen/lexer.h
	@mkdir -p $(@D)
	$(CC) $(GENWARN) $(DEFS) $(INCLUDE) -Ilang $(CFLAGS) $(SANFLAGS) -fPIC -MMD -MP -c -o $@ $<
$(call obj,$(LANG_SRC)): | $(BUILD)/lang/gen/parser.h $(BUILD)/lang/gen/lexer.h

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALLC) -MMD -MP -c -o $@ $<

$(BUILD)/unit/%: tests/unit/%.c $(BUILD)/libpolc.a $(BUILD)/liblang.a $(BUILD)/libpolrt.a
	@mkdir -p $(@D)
	$(CC) $(ALLC) -MMD -MP -o $@ $< $(BUILD)/libpolc.a $(BUILD)/liblang.a $(BUILD)/libpolrt.a $(COMPLIBS) $(LDLIBS)

# --- the two commands, and the tiers -----------------------------------------------------------
BUILD_PACKAGES = gcc make flex bison pkg-config libjansson-dev libelf-dev libdw-dev zlib1g-dev \
                 libzstd-dev g++ libcadical-dev
CHECK_PACKAGES = clang clang-format libclang-rt-14-dev binutils-riscv64-unknown-elf \
                 gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf qemu-system-misc jq \
                 g++ verilator iverilog srecord python3-jsonschema z3 graphviz $(SYNTH_PACKAGES)
SYNTH_PACKAGES = yosys nextpnr-ice40 fpga-icestorm fpga-icestorm-chipdb

need-build:
	@.ci/need $(BUILD_PACKAGES)
need-check:
	@.ci/need $(BUILD_PACKAGES) $(CHECK_PACKAGES)

demo: need-build
	@$(MAKE) --no-print-directory -s -j2 all
	@bash stdlib-policies/programs/demo.sh $(BUILD)

tests: all $(UNIT_BIN)

quick: need-build
	@$(MAKE) --no-print-directory -s -j2 WERROR=1 tests
	@tests/run quick $(BUILD) $(ONLY)

check: need-check
	@$(MAKE) --no-print-directory -s -j2 lint
	@$(MAKE) --no-print-directory -s -j2 BUILD=$(BUILD)/san SAN=1 WERROR=1 CFLAGS="-O1 -g" tests
	@tests/run check $(BUILD)/san $(ONLY)

check-long: need-check
	@$(MAKE) --no-print-directory -s -j2 WERROR=1 tests
	@tests/run long $(BUILD) $(ONLY)

bench: need-build
	@$(MAKE) --no-print-directory -s -j2 all
	@bash tests/bench/bench.sh $(BUILD)

synth: need-build
	@.ci/need $(SYNTH_PACKAGES)
	@$(MAKE) --no-print-directory -s -j2 all
	@bash tests/synth/synth.sh $(BUILD) >$(BUILD)/synthesis.md
	@mv $(BUILD)/synthesis.md docs/synthesis.md

fuzz: need-check
	@bash tests/fuzz/fuzz.sh $(BUILD) $(FUZZ_SECONDS)
FUZZ_SECONDS ?= 60

# Both compilers, every warning, without code: quick.
ALL_SRC = $(LANG_SRC) $(RT_SRC) $(COMP_SRC) $(CLI_SRC)
lint: $(BUILD)/lang/gen/parser.h $(BUILD)/lang/gen/lexer.h
	@for cc in gcc clang; do \
	    $$cc $(WARN) -Werror $(DEFS) $(INCLUDE) -fsyntax-only $(ALL_SRC) || exit 1; done

format:
	clang-format -i $$(git ls-files '*.c' '*.h')

# --- install -------------------------------------------------------------------------------------
VERSION := 0.1.0
# What depends on PREFIX is made here, since each run may have another one.
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/pkgconfig \
	    $(DESTDIR)$(PREFIX)/include/pol $(DESTDIR)$(PREFIX)/share/policyc/policies \
	    $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 755 $(BUILD)/policyc $(DESTDIR)$(PREFIX)/bin/policyc
	install -m 644 $(BUILD)/libpolrt.a $(DESTDIR)$(PREFIX)/lib/
	install -m 755 $(BUILD)/libpolrt.so $(DESTDIR)$(PREFIX)/lib/libpolrt.so.0
	ln -sf libpolrt.so.0 $(DESTDIR)$(PREFIX)/lib/libpolrt.so
	printf '%s\n' 'prefix=$(PREFIX)' 'libdir=$${prefix}/lib' 'includedir=$${prefix}/include' '' \
	    'Name: polrt' 'Description: Runs the rule tables and tag machine of policyc' \
	    'Version: $(VERSION)' 'Libs: -L$${libdir} -lpolrt' \
	    'Libs.private: -ljansson -lelf -ldw -lz -lzstd -ldl' 'Cflags: -I$${includedir}' \
	    >$(DESTDIR)$(PREFIX)/lib/pkgconfig/polrt.pc
	chmod 644 $(DESTDIR)$(PREFIX)/lib/pkgconfig/polrt.pc
	install -m 644 runtime/include/pol/*.h $(DESTDIR)$(PREFIX)/include/pol/
	install -m 644 stdlib-policies/*.pol $(DESTDIR)$(PREFIX)/share/policyc/policies/
	$(BUILD)/policyc --generate=man >$(DESTDIR)$(PREFIX)/share/man/man1/policyc.1

help:
	@echo 'make            build $(BUILD)/policyc and the runtime library'
	@echo 'make demo       install what is missing, build, show what it does on a real program'
	@echo 'make check      all tests, with sanitizers (about 10 minutes on 2 cores)'
	@echo 'make quick      the tests to run before every commit (under a minute)'
	@echo 'make check-long everything, unsampled;  make bench;  make fuzz FUZZ_SECONDS=60'
	@echo 'make synth      synthesise the shipped policies for FPGAs, rewrite docs/synthesis.md'
	@echo 'make lint       warnings of gcc and clang;  make format'
	@echo 'make install    DESTDIR= PREFIX=$(PREFIX)'
	@echo 'ONLY="a b" runs only tests whose name contains a or b'

clean:
	rm -rf $(BUILD)

.PHONY: all clean demo tests quick check check-long bench synth fuzz lint format install help \
        need-build need-check
.DELETE_ON_ERROR:
.SECONDARY:
-include $(shell find $(BUILD)/obj $(BUILD)/unit -name '*.d' 2>/dev/null)
