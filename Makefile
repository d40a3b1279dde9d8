# The front door. `make` alone lists what there is.
PREFIX ?= /usr/local
JOBS ?= $(shell nproc)
export GENRE_PYTHON ?= $(CURDIR)/.venv/bin/python
SETUP := build/.setup-done

.PHONY: help demo test build lint benchmark install clean
help:
	@echo 'make demo        data, language model, training, evaluation, report, service on MovieLens-100K'
	@echo 'make test        build everything and run every test'
	@echo 'make build       build build/release/genre'
	@echo 'make lint        clang-format, clang-tidy and cppcheck on what changed since BASE (default HEAD~1)'
	@echo 'make benchmark   the figures of docs/benchmarks.md beside their peers'
	@echo 'make install     put the program, its configurations and docs below PREFIX ($(PREFIX))'
	@echo 'make clean       remove build/'

$(SETUP): tools/setup tools/versions.env
	@tools/setup
	@mkdir -p build && touch $@

build/release/build.ninja: $(SETUP) CMakePresets.json
	@cmake --preset release -DGENRE_TESTS=ON > build/configure.log 2>&1 || { cat build/configure.log; exit 1; }

build: build/release/build.ninja
	@cmake --build build/release --target genre -j $(JOBS)

demo: build
	@build/release/genre demo

test: build/release/build.ninja
	@cmake --build build/release -j $(JOBS)
	@ctest --preset release -j $(JOBS)

lint:
	@tools/setup lint
	@tools/lint $(BASE)

benchmark: build/release/build.ninja
	@tools/setup benchmark
	@bench/run

install: build
	@cmake --install build/release --prefix $(PREFIX)

clean:
	@rm -rf build
