# Two commands need only Python 3.11 or newer: `make demo` and `make serve`.
#
#   make demo [SONG=path]     set up, start everything, separate a song, print the figures, stop everything
#   make serve [PORT=8000]    set up and keep the service running; data in .data/
#   make measure [ARGS=...]   time, real-time factor and memory of songs of several lengths
#   make measure-newcomers    time to first audio of a short song while long ones are prepared
#   make measure-api          capacity of one API process: polling, concurrent uploads, memory; ARGS=--quick
#   make test [ARGS=...]      set up and run the tests, three files at a time; ARGS="-n 0 -x tests/e2e" for some, one by one
#   make test-long            the tests of a minute or more that make test omits
#   make test-fast [ARGS=...] the tests without servers, training and decoding of files
#   make rehearse             an alert, an upgrade with songs in flight, a restore from a backup: docs/operations.md
#   make capacity ARGS="--rtf 0.08"   simulated wait times against workers and autoscaling: docs/capacity.md
#   make costs                the cost of a song in each process
#   make images             the images of docker-compose.yml, by docker, podman or buildah; ARGS="--profile gpu"
#   make compose-test       start docker-compose.yml, send a song, kill a worker, restart, check that the song remains: docs/install.md
#   make image-sizes          sizes of the packages of each image
#   make image-starts         time from `run` of each image until it responds
#   make audit                known vulnerabilities of the packages in the images; make sbom, make licences
#   make hostile              about 400 hostile files, each in every output format, and 1,000 mutants through the whole service;
#                             ARGS="--mutants 100 --every 5 --formats turns"
#   make chaos [ARGS=...]     attacks on every guarantee, about half an hour; ARGS="--only kills" or ARGS=--quick: docs/reliability.md
#   make check                ruff, mypy, import-linter, luacheck, the style check
#   make evaluation           score models/default on the pool's dev lists and record the gate for later models
#   make evaluation-quick     the same in the short form, which CI runs; needs no recordings
#   make evaluation-instruments   false vocals in 24 pieces by sampled instruments that no training used
#   make train-default        repeat the recipe of the default model on the pools, resumable. ARGS="--minutes 60"
#   make clean                remove the environment and all caches (not models, not .data)
#
# AUDIO=../shared/audio    recordings for training and evaluation, with splits.json: docs/training.md
# PYTHON=python3.12        the interpreter of .venv
# TORCH_INDEX=<index URL>  package index of PyTorch. Default: on Linux without an NVIDIA driver its CPU builds (a tenth of the
#                          size), else the default index

PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3)
VENV ?= .venv
TORCH_INDEX ?=
TORCH := torch==2.13.0
ENCODEC := encodec==0.1.1

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install
SONG ?=
AUDIO ?= ../shared/audio
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo serve measure measure-newcomers measure-api rehearse rehearse-alarm rehearse-upgrade rehearse-restore capacity \
	costs images compose-test image-sizes image-starts audit sbom licences test test-fast test-long \
	hostile chaos check evaluation evaluation-quick \
	evaluation-instruments train-default clean

help:
	@sed -n 's/^#   //p' $(firstword $(MAKEFILE_LIST))

demo: $(VENV)/.ready-run
	@$(BIN)/python -m deploy.local.demo $(if $(SONG),"$(SONG)")

serve: $(VENV)/.ready-run
	@$(BIN)/voicelift serve $(if $(PORT),--port $(PORT))

measure: $(VENV)/.ready-run
	@$(BIN)/python -m lab.operations.measure $(ARGS)

measure-newcomers: $(VENV)/.ready-run
	@$(BIN)/python -m lab.operations.newcomers $(ARGS)

measure-api: $(VENV)/.ready-run
	@$(BIN)/python -m lab.operations.load $(ARGS)

rehearse: rehearse-alarm rehearse-upgrade rehearse-restore

rehearse-alarm: $(VENV)/.ready-dev
	@$(BIN)/python -m lab.operations.rehearsal.alarm $(ARGS)

rehearse-upgrade: $(VENV)/.ready-run
	@$(BIN)/python -m lab.operations.rehearsal.upgrade

rehearse-restore: $(VENV)/.ready-run
	@$(BIN)/python -m lab.operations.rehearsal.restore

capacity: $(VENV)/.ready-dev
	@$(BIN)/python -m lab.operations.capacity $(ARGS)

costs: $(VENV)/.ready-dev
	@$(BIN)/python -m lab.operations.capacity.costs $(ARGS)

images: $(VENV)/.ready-dev
	@$(BIN)/python -m deploy.compose.images $(ARGS)

compose-test: $(VENV)/.ready-dev
	@$(BIN)/python -m lab.operations.rehearsal.compose $(ARGS)

image-sizes: $(VENV)/.ready-dev
	@$(BIN)/python -m lab.operations.image_sizes

image-starts: $(VENV)/.ready-dev
	@$(BIN)/python -m lab.operations.rehearsal.starts $(ARGS)

audit sbom licences: $(VENV)/.ready-dev
	@$(BIN)/python -m lab.operations.supply $@

test: $(VENV)/.ready-dev
	$(BIN)/python -m tests.support.supervised -n 3 --dist loadfile --no-loadscope-reorder -m "not long" $(ARGS)

# Builds an image, times EnCodec, and evaluates a damaged model: before a release, and after a change of either.
test-long: $(VENV)/.ready-dev
	$(BIN)/python -m tests.support.supervised -n 0 -m long $(ARGS)

test-fast: $(VENV)/.ready-dev
	$(BIN)/python -m tests.support.supervised -n 2 --dist loadfile -q -m "not slow" tests/unit tests/architecture $(ARGS)

hostile: $(VENV)/.ready-dev
	@$(BIN)/python -m tests.hostile.run $(ARGS)

chaos: $(VENV)/.ready-dev
	@$(BIN)/python -m tests.chaos.run $(ARGS)

check: $(VENV)/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy --python-version 3.10 clients/python/src
	$(BIN)/lint-imports
	luacheck -q core/jobs/lua core/access/lua  # Debian: lua-check
	$(BIN)/python -m pytest -q -n 0 tests/unit/docs/test_style.py

# The limits keep the long form to about a quarter of an hour on two cores: docs/evaluation.md.
evaluation: $(VENV)/.ready-dev
	$(BIN)/voicelift evaluate models/default --root $(AUDIO) --sets musdb7,mir1k,songs,instrumental,synthetic \
		--limit mir1k=24,songs=8 --against none --record models/default/evaluation.json $(ARGS)

evaluation-quick: $(VENV)/.ready-dev
	$(BIN)/voicelift evaluate models/default --quick --sets synthetic --listen 0 --out out/evaluation-quick \
		--against none --record models/default/evaluation-quick.json $(ARGS)

# False vocals in music by sampled instruments that no training used. Debian: libfluidsynth3, timgm6mb-soundfont.
evaluation-instruments: $(VENV)/.ready-dev
	$(BIN)/voicelift train play --font /usr/share/sounds/sf2/TimGM6mb.sf2 --licence GPL-2 --credit "Tim Brechbill" \
		--seed 1 --minutes 20 --out out/instruments
	$(BIN)/voicelift evaluate models/default --folder out/instruments/train --listen 0 --out out/evaluation-instruments \
		--against none $(ARGS)

# One and a half to three hours on two cores with AVX-512 and bfloat16, several times that without. Each step can be killed;
# completed steps are kept. Debian: libfluidsynth3, fluid-soundfont-gm. docs/training.md
RUN ?= runs/default
CODEC ?= models/default
train-default: $(VENV)/.ready-dev
	test -f runs/.sung || { $(BIN)/voicelift train sing --root $(AUDIO) --out runs/sung && touch runs/.sung; }
	test -f runs/.played || { $(BIN)/voicelift train play --out runs/played && touch runs/.played; }
	test -f runs/pool/index.json || $(BIN)/voicelift train pool --root $(AUDIO) --root runs/sung --root runs/played \
		--out runs/pool
	$(BIN)/voicelift train net --config recipes/default.toml --codec $(CODEC) --out $(RUN) $(ARGS)
	test ! -d $(RUN)/model || $(BIN)/voicelift evaluate $(RUN)/model --root $(AUDIO) --sets musdb7,mir1k --limit mir1k=24 --against none

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build *.egg-info

# PyTorch first and separate, so that TORCH_INDEX applies to nothing else; encodec without its dependencies, because it requires
# torchaudio, which is not used: docs/decisions/0002.
$(VENV)/.torch: Makefile deploy/local/torch.sh
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Voicelift needs Python 3.11 or newer. Use: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }
	@echo "== Setting up in $(VENV) with $$($(PYTHON) --version); this happens once."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
		{ echo "Python's venv module does not work (on Debian and Ubuntu: apt-get install python3-venv)." >&2; exit 1; }
	@echo "== 1/3 PyTorch, the largest part"
	@TORCH_INDEX='$(TORCH_INDEX)' sh deploy/local/torch.sh $(TORCH) $(PIP) --progress-bar on
	@echo "== 2/3 EnCodec, without torchaudio"
	$(PIP) --quiet --no-deps $(ENCODEC)
	@touch $@

$(VENV)/.ready-run: $(VENV)/.torch pyproject.toml
	@echo "== 3/3 Voicelift and its dependencies"
	$(PIP) --quiet --no-warn-conflicts -e ".[api,model,local]"
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.torch pyproject.toml
	@echo "== 3/3 Voicelift and its development tools"
	$(PIP) --quiet --no-warn-conflicts -e ".[api,model,demucs,melband,evaluation,train,local,dev]" -e clients/python
	$(PIP) --quiet --no-warn-conflicts -e ".[evaluation-voice]" || \
		echo "== No C compiler, so PESQ and pitch scores are left out and their tests are skipped."
	@touch $@ $(VENV)/.ready-run
