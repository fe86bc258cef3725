# radixscope: `make run` opens the seed scenario, `make test` runs every test.
# Both install what is missing first: libncursesw5-dev, and for the tests what `test-deps` names.

SWIFT ?= swift

.PHONY: run test test-long build bench lint asan tsan golden docs deps test-deps clean

run: deps
	$(SWIFT) build -c release --product radixscope
	.build/release/radixscope run $(SCENARIO)

test: deps test-deps
	$(SWIFT) build -c release --product radixscope
	@.ci/run-tests .build/test.log $(SWIFT) test

# Also the scopes that take minutes.
test-long: deps test-deps
	$(SWIFT) build -c release --product radixscope
	@LONG_TESTS=1 .ci/run-tests .build/test-long.log $(SWIFT) test -c release

build: deps
	$(SWIFT) build

bench: deps
	$(SWIFT) build -c release --product radixscope-bench
	$(SWIFT) build -c release --product radixscope
	.build/release/radixscope-bench tree
	.build/release/radixscope-bench step
	.build/release/radixscope-bench screen
	.build/release/radixscope-bench record

lint:
	$(SWIFT) format lint --strict --recursive Sources Tests Package.swift

asan: deps test-deps
	LSAN_OPTIONS=suppressions=$(CURDIR)/Tests/leaks.supp:print_suppressions=0 \
		$(SWIFT) test --sanitize=address --scratch-path .build-asan --skip EndToEndTests

tsan: deps test-deps
	$(SWIFT) test --sanitize=thread --scratch-path .build-tsan --skip EndToEndTests

# Writes the pictures that tests compare with anew.
golden: deps
	UPDATE_GOLDENS=1 $(SWIFT) test

# The pictures in the documentation, as the program draws them now.
docs: deps
	$(SWIFT) build -c release --product radixscope
	.ci/make-docs .

deps:
	@.ci/install-packages libncursesw5-dev

test-deps:
	@.ci/install-packages tmux graphviz librsvg2-bin libxml2-utils chromium imagemagick \
	  fonts-dejavu-core python3-venv
	@.ci/install-tools .build/recording-tools Tests/Outside/requirements.txt

clean:
	rm -rf .build .build-asan .build-tsan
