# The front door. `make` alone lists what there is.
PREFIX ?= /usr/local
JOBS ?= $(shell nproc)
SECONDS ?= 600
export GENRE_PYTHON ?= $(CURDIR)/.venv/bin/python
SETUP := build/.setup-done

.PHONY: help demo test fuzz build trainer lint benchmark install clean
help:
	@echo 'make demo        data, language model, training, evaluation, report, service on MovieLens-100K; brings libtorch'
	@echo 'make test        build everything and run every test'
	@echo 'make fuzz        the fuzz targets for SECONDS each (default 600)'
	@echo 'make build       build build/release/genre'
	@echo 'make trainer     build build/release/genre-trainer too, behind genre lm finetune; brings libtorch'
	@echo 'make lint        clang-format, clang-tidy and cppcheck on what changed since BASE (default HEAD~1)'
	@echo 'make benchmark   the figures of docs/benchmarks.md beside their peers'
	@echo 'make install     put the program, its configurations and docs below PREFIX ($(PREFIX))'
	@echo 'make clean       remove build/'

$(SETUP): tools/setup tools/versions.env
	@tools/setup
	@mkdir -p build && touch $@

build/release/build.ninja: $(SETUP) CMakePresets.json
	@cmake --preset release -DGENRE_TESTS=ON > build/configure.log 2>&1 || { cat build/configure.log; exit 1; }

build/.setup-trainer-done: $(SETUP)
	@tools/setup trainer
	@touch $@

# Configured again, now that libtorch is there.
build/release/.with-trainer: build/.setup-trainer-done build/release/build.ninja
	@cmake --preset release -DGENRE_TESTS=ON > build/configure.log 2>&1 || { cat build/configure.log; exit 1; }
	@touch $@

build/.setup-trackers-done: $(SETUP)
	@tools/setup trackers
	@touch $@

build/.setup-exporters-done: build/.setup-trainer-done
	@tools/setup exporters
	@touch $@

build/.setup-fuzz-done: $(SETUP)
	@tools/setup fuzz
	@touch $@

build/fuzz/build.ninja: build/.setup-fuzz-done CMakePresets.json
	@mkdir -p build/fuzz && cmake --preset fuzz > build/fuzz/configure.log 2>&1 || { cat build/fuzz/configure.log; exit 1; }

build: build/release/build.ninja
	@cmake --build build/release --target genre -j $(JOBS)

trainer: build/release/.with-trainer
	@cmake --build build/release --target genre genre-trainer -j $(JOBS)

demo: trainer
	@build/release/genre demo

test: build/release/.with-trainer build/.setup-trackers-done build/.setup-exporters-done build/fuzz/build.ninja
	@cmake --build build/release -j $(JOBS)
	@cmake --build --preset fuzz -j $(JOBS)
	@ctest --preset release -j $(JOBS)

fuzz: build/fuzz/build.ninja
	@cmake --build --preset fuzz -j $(JOBS)
	@for target in gguf safetensors tokenizer_json template; do python3 tests/fuzz/run.py $$target $(SECONDS) || exit 1; done

lint:
	@tools/setup lint
	@tools/lint $(BASE)

benchmark: build/release/.with-trainer
	@tools/setup benchmark
	@bench/run

install: build
	@cmake --install build/release --prefix $(PREFIX)

clean:
	@rm -rf build
