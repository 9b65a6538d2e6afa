# Waymark. `make` builds build/release/waymark; `make help` lists the targets.
#
# Non-recursive; every .c under core/ and lti/ is found by wildcard, so a new file needs no
# line here. MODE=release|asan|tsan|cover picks the flags and the folder under build/.

MODE ?= release
B := build/$(MODE)

VERSION := 0.1.0
ASSETS := $(shell cat templates/assets/* | cksum | cut -d' ' -f1)

CC ?= gcc
V ?= 0
Q := $(if $(filter 1,$(V)),,@)
say = @printf '  %-5s %s\n' $(1) $(2)
PKGS := libcurl jansson libjwt libcrypto sqlite3 libpq libzip
WARN := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wcast-qual \
        -Wwrite-strings -Wpointer-arith -Wvla -Wformat=2 -Wundef -Wno-missing-field-initializers
# No fused multiply-add of the compiler's own: states are the same bytes on every machine.
SAME := -ffp-contract=off
HARD := -fstack-protector-strong -fPIE -fno-strict-aliasing -fvisibility=hidden
LINK := -pie -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed

FLAGS_release := -O2 -g -D_FORTIFY_SOURCE=2
FLAGS_asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FLAGS_tsan := -O1 -g -fsanitize=thread
FLAGS_cover := -O0 -g --coverage
FLAGS_fuzz := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
FLAGS := $(FLAGS_$(MODE))

CFLAGS_ALL = -std=c11 -D_GNU_SOURCE $(WARN) $(SAME) $(HARD) $(FLAGS) $(CPPFLAGS) $(CFLAGS) -MMD -MP
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
TEXTS := $(patsubst templates/i18n/%.po,$(B)/i18n/%.mo,$(sort $(wildcard templates/i18n/*.po)))
TEST_LIBS := -lcheck -lsubunit -lrt -lpthread

.SECONDARY:
.PHONY: all programs help demo test chaos asan tsan fuzz cover bench district lint layers preview clean tests packages install eval

all: packages ## build build/release/waymark
	@$(MAKE) --no-print-directory programs

programs: $(B)/waymark $(B)/conformance $(TEXTS)

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

$(B)/lti/main.o $(B)/lti/cmd/status.o: CPPFLAGS += -DWAYMARK_VERSION='"$(VERSION)"'
$(B)/lti/main.o $(B)/lti/cmd/status.o: Makefile
$(B)/lti/web/page.o: CPPFLAGS += -DWAYMARK_ASSETS='"$(ASSETS)"'
$(B)/lti/web/page.o: $(wildcard templates/assets/*)

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

$(B)/i18n/%.mo: templates/i18n/%.po
	@mkdir -p $(@D)
	$(call say,MSG,$<)
	$(Q)msgfmt --check-format --check-domain -o $@ $<

$(B)/tests/preview/%.o: tests/preview/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS_ALL) $(PKG_CFLAGS) -Icore -Ilti -c $< -o $@

$(B)/preview: $(B)/tests/preview/preview.o $(B)/liblti.a $(B)/libcore.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(FLAGS) $(LDFLAGS) $(LINK) -o $@ $^ $(PKG_LIBS)

# Each tests/unit/test_*.c and tests/store/test_*.c is one Check program of its own.
$(B)/tests/%: tests/%.c $(SUPPORT_OBJ) $(B)/liblti.a $(B)/libcore.a
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS_ALL) $(PKG_CFLAGS) -Icore -Ilti -Itests $< $(SUPPORT_OBJ) \
	    $(B)/liblti.a $(B)/libcore.a $(LINK) -o $@ $(TEST_LIBS) $(PKG_LIBS)

# A learning site of numbers, for benches.
$(B)/tests/bench/lms_many: $(sort $(wildcard tests/bench/*many*.c)) tests/bench/many.h
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS_ALL) -Wno-missing-prototypes $(filter %.c,$^) $(LDFLAGS) -o $@

# A fuzz target's corpus, replayed by a plain program; `make fuzz` uses libFuzzer instead.
$(B)/tests/fuzz/%: tests/fuzz/%.c tests/fuzz/replay.c $(B)/liblti.a $(B)/libcore.a
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS_ALL) -Wno-missing-prototypes $(PKG_CFLAGS) -Icore -Ilti -Itests \
	    -MF $@.d $< tests/fuzz/replay.c $(B)/liblti.a $(B)/libcore.a $(LINK) -o $@ $(PKG_LIBS)

tests: $(TEST_BIN) $(FUZZ_BIN) $(TEXTS) $(B)/tests/bench/lms_many

JOBS := $(shell nproc 2>/dev/null || echo 2)
PYTHON := /usr/bin/python3

test: ## install what is missing, run every test (GROUPS="unit guards ..." for some)
	@config/install.sh build demo test node
	@$(MAKE) --no-print-directory -j$(JOBS) programs tests
	@$(PYTHON) tests/run.py $(GROUPS)

demo: ## run the whole main job here and print what to open (CHECK=1: look, and stop; DATA=FILE)
	@config/install.sh build demo $(if $(DATA),data)
	@$(MAKE) --no-print-directory -j$(JOBS) programs
	@$(PYTHON) -m tests.platform.demo $(if $(CHECK),--check) $(if $(DATA),--data $(DATA)) \
	    $(if $(PORT),--port $(PORT)) $(if $(LMS_PORT),--lms-port $(LMS_PORT))

chaos: ## kill -9 at 200 random moments, on both databases (N=200)
	@config/install.sh build demo test
	@$(MAKE) --no-print-directory -j$(JOBS) programs
	@$(PYTHON) -m tests.chaos $(or $(N),200) --database $(or $(DATABASE),both)

layers: ## which folder includes which (core must not see lti)
	@$(PYTHON) tests/guards/layers.py

asan: ## unit, store and fuzz-corpus tests under AddressSanitizer and UBSan
	@config/install.sh build test
	@$(MAKE) --no-print-directory -j$(JOBS) MODE=asan programs tests
	@MODE=asan $(PYTHON) tests/run.py unit store conformance fuzz

tsan: ## the same under ThreadSanitizer (Waymark has no threads: libraries do)
	@config/install.sh build test
	@$(MAKE) --no-print-directory -j$(JOBS) MODE=tsan programs tests
	@MODE=tsan $(PYTHON) tests/run.py unit

cover: ## line coverage of unit and store tests, by folder
	@config/install.sh build test
	@$(MAKE) --no-print-directory -j$(JOBS) MODE=cover programs tests
	@MODE=cover $(PYTHON) tests/run.py unit store conformance fuzz
	@$(PYTHON) tests/support/cover.py

# make fuzz T=jwt SECS=60: libFuzzer on tests/fuzz/fuzz_jwt.c; new inputs go to build/fuzz/corpus
T ?= jwt
SECS ?= 60
fuzz: ## fuzz one target: T=name SECS=60
	@config/install.sh build fuzz
	@$(MAKE) --no-print-directory -j$(JOBS) MODE=fuzz CC=clang build/fuzz/fuzz_$(T)
	@mkdir -p build/fuzz/corpus/$(T) build/fuzz/found
	build/fuzz/fuzz_$(T) -max_total_time=$(SECS) -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
	    -artifact_prefix=build/fuzz/found/$(T)- build/fuzz/corpus/$(T) tests/fuzz/corpus/$(T)

build/fuzz/fuzz_%: tests/fuzz/fuzz_%.c $(B)/liblti.a $(B)/libcore.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS_ALL) -Wno-missing-prototypes $(PKG_CFLAGS) -Icore -Ilti -Itests \
	    -fsanitize=fuzzer -MF $@.d $< $(B)/liblti.a $(B)/libcore.a -o $@ $(PKG_LIBS)

preview: ## write every page with its sample to build/preview, to look at
	@config/install.sh build
	@$(MAKE) --no-print-directory -j$(JOBS) $(B)/preview $(TEXTS)
	@rm -rf build/preview && mkdir -p build/preview/static build/preview/instui
	@cp templates/assets/* build/preview/static/
	@$(B)/preview templates $(B)/i18n build/preview

bench: ## scores beside a bare loop; statements and launches beside a bare program (RIVALS=1: and two tools)
	@config/install.sh build demo test bench
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@$(MAKE) --no-print-directory $(B)/tests/bench/assertion_sign
	@$(MAKE) --no-print-directory $(B)/tests/bench/engine_run $(B)/tests/bench/engine_course
	@$(PYTHON) tests/bench/engine.py
	@$(MAKE) --no-print-directory $(B)/tests/bench/dead_ends
	@$(B)/tests/bench/dead_ends
	@$(PYTHON) tests/bench/recommend.py
	@$(PYTHON) tests/bench/framework.py
	@$(PYTHON) tests/bench/scores.py
	@$(PYTHON) tests/bench/receivers.py
	@$(PYTHON) tests/bench/bkt.py $(if $(RIVALS),--install-rivals)
	@$(PYTHON) tests/bench/bench.py $(if $(RIVALS),--install-rivals)

eval: ## how well answers are foretold: the six sets of ../shared/data/kt beside reference figures
	@config/install.sh build test
	@$(MAKE) --no-print-directory -j$(JOBS) programs
	@$(PYTHON) tests/bench/eval.py

district: ## 200 courses of 500 people, read whole and after a change (COURSES=100 of each kind, PEOPLE=500)
	@config/install.sh build demo test bench
	@$(MAKE) --no-print-directory -j$(JOBS) all $(B)/tests/bench/lms_many
	@$(PYTHON) tests/bench/district.py --courses $(or $(COURSES),100) --people $(or $(PEOPLE),500)

lint: ## clang-format, clang-tidy, cppcheck
	@config/install.sh build lint
	@clang-format --dry-run -Werror $(shell git ls-files '*.c' '*.h')
	@cppcheck --quiet --std=c11 --enable=warning,portability --inline-suppr --error-exitcode=1 \
	    -Icore -Ilti core lti
	@clang-tidy --quiet $(CORE_SRC) -- -std=c11 -D_GNU_SOURCE -Icore $(PKG_CFLAGS)
	@clang-tidy --quiet $(LTI_SRC) -- -std=c11 -D_GNU_SOURCE -Icore -Ilti $(PKG_CFLAGS)

PREFIX ?= /usr
install: all ## install below DESTDIR and PREFIX (/usr)
	install -D -m 755 build/release/waymark $(DESTDIR)$(PREFIX)/bin/waymark
	@for f in $(wildcard config/migrations/*.sql config/rules/*.json config/maps/*.json config/nginx/*.template); do \
	    install -D -m 644 $$f $(DESTDIR)$(PREFIX)/share/waymark/$$f; done
	@for f in $(wildcard templates/*/*.html templates/assets/*); do \
	    install -D -m 644 $$f $(DESTDIR)$(PREFIX)/share/waymark/$$f; done
	@for f in build/release/i18n/*.mo; do \
	    install -D -m 644 $$f $(DESTDIR)$(PREFIX)/share/waymark/i18n/$$(basename $$f); done
	install -D -m 644 config/waymark.conf.example $(DESTDIR)/etc/waymark/waymark.conf.example
	install -D -m 644 config/systemd/waymark.service \
	    $(DESTDIR)$(PREFIX)/lib/systemd/system/waymark.service

clean: ## remove everything that was built
	rm -rf build

-include $(shell find $(B) -name '*.d' 2>/dev/null)
