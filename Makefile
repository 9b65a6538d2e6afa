# Waymark. `make` builds build/release/waymark; `make help` lists the targets.
#
# Non-recursive; every .c under core/ and lti/ is found by wildcard, so a new file needs no
# line here. MODE=release|asan|tsan|cover picks the flags and the folder under build/.

MODE ?= release
B := build/$(MODE)

CC ?= gcc
V ?= 0
Q := $(if $(filter 1,$(V)),,@)
say = @printf '  %-5s %s\n' $(1) $(2)
PKGS := libcurl jansson libjwt libcrypto sqlite3 libpq
WARN := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wcast-qual \
        -Wwrite-strings -Wpointer-arith -Wvla -Wformat=2 -Wundef -Wno-missing-field-initializers
HARD := -fstack-protector-strong -fPIE -fno-strict-aliasing -fvisibility=hidden
LINK := -pie -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed

FLAGS_release := -O2 -g -D_FORTIFY_SOURCE=2
FLAGS_asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FLAGS_tsan := -O1 -g -fsanitize=thread
FLAGS_cover := -O0 -g --coverage
FLAGS_fuzz := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
FLAGS := $(FLAGS_$(MODE))

CFLAGS_ALL = -std=c11 -D_GNU_SOURCE $(WARN) $(HARD) $(FLAGS) $(CFLAGS) -MMD -MP
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lfcgi -lm

CORE_SRC := $(sort $(wildcard core/*/*.c))
LTI_SRC := $(sort $(wildcard lti/*/*.c))
CORE_OBJ := $(CORE_SRC:%.c=$(B)/%.o)
LTI_OBJ := $(LTI_SRC:%.c=$(B)/%.o)
TEST_SRC := $(sort $(wildcard tests/unit/test_*.c tests/store/test_*.c))
TEST_BIN := $(TEST_SRC:%.c=$(B)/%)
FUZZ_BIN := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
SUPPORT_OBJ := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard tests/support/*.c)))
TEST_LIBS := -lcheck -lsubunit -lrt -lpthread

.SECONDARY:
.PHONY: all help demo test chaos asan tsan fuzz cover bench lint layers preview clean tests packages install

all: packages $(B)/waymark $(B)/conformance

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## /{printf "  make %-10s %s\n", $$1, $$2}' Makefile

packages:
	@config/install.sh build

$(B)/core/%.o: core/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS_ALL) $(PKG_CFLAGS) -Icore -c $< -o $@

$(B)/lti/%.o: lti/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS_ALL) $(PKG_CFLAGS) -Icore -Ilti -c $< -o $@

$(B)/tests/support/%.o: tests/support/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS_ALL) $(PKG_CFLAGS) -Icore -Ilti -Itests -c $< -o $@

$(B)/libcore.a: $(CORE_OBJ)
	@rm -f $@ && $(AR) rcs $@ $^

$(B)/liblti.a: $(LTI_OBJ)
	@rm -f $@ && $(AR) rcs $@ $^

$(B)/waymark: $(B)/lti/main.o $(B)/liblti.a $(B)/libcore.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(FLAGS) $(LDFLAGS) $(LINK) -o $@ $^ $(PKG_LIBS)

$(B)/conformance: $(B)/tests/conformance/conformance.o $(B)/liblti.a $(B)/libcore.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(FLAGS) $(LDFLAGS) $(LINK) -o $@ $^ $(PKG_LIBS)

$(B)/tests/conformance/%.o: tests/conformance/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS_ALL) $(PKG_CFLAGS) -Icore -Ilti -Itests -c $< -o $@

# Each tests/unit/test_*.c and tests/store/test_*.c is one Check program of its own.
$(B)/tests/%: tests/%.c $(SUPPORT_OBJ) $(B)/liblti.a $(B)/libcore.a
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS_ALL) $(PKG_CFLAGS) -Icore -Ilti -Itests $< $(SUPPORT_OBJ) \
	    $(B)/liblti.a $(B)/libcore.a $(LINK) -o $@ $(TEST_LIBS) $(PKG_LIBS)

# A fuzz target's corpus, replayed by a plain program; `make fuzz` uses libFuzzer instead.
$(B)/tests/fuzz/%: tests/fuzz/%.c tests/fuzz/replay.c $(B)/liblti.a $(B)/libcore.a
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS_ALL) -Wno-missing-prototypes $(PKG_CFLAGS) -Icore -Ilti -Itests \
	    -MF $@.d $< tests/fuzz/replay.c $(B)/liblti.a $(B)/libcore.a $(LINK) -o $@ $(PKG_LIBS)

tests: $(TEST_BIN) $(FUZZ_BIN)

JOBS := $(shell nproc 2>/dev/null || echo 2)
PYTHON := /usr/bin/python3

test: ## install what is missing, run every test (GROUPS="unit guards ..." for some)
	@config/install.sh build demo test node
	@$(MAKE) --no-print-directory -j$(JOBS) all tests
	@$(PYTHON) tests/run.py $(GROUPS)

layers: ## which folder includes which (core must not see lti)
	@$(PYTHON) tests/guards/layers.py

clean: ## remove everything that was built
	rm -rf build

-include $(shell find $(B) -name '*.d' 2>/dev/null)
