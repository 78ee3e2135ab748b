# Two commands need nothing but Python 3.11 or newer: `make demo` and `make serve`.
#
#   make demo [SONG=path]     set up, start everything, separate a song, tell the figures, stop everything
#   make serve [PORT=8000]    set up and keep the service running; data in .data/
#   make measure [ARGS=...]   what songs of several lengths cost: time, real-time factor, memory
#   make measure-api          what one API process bears: polling, uploads side by side, memory; ARGS=--quick
#   make test [ARGS=...]      set up and run the tests, two files at a time; ARGS="-n 0 -x tests/e2e" for some, one by one
#   make rehearse             an alert, an upgrade with songs in work, a restore from a backup: docs/operations.md
#   make capacity ARGS="--rtf 0.05"   how long songs wait against workers and autoscaling, simulated: docs/capacity.md
#   make costs                what a song costs every part of the service
#   make image-sizes          what the packages of each image weigh
#   make audit                known vulnerabilities of what the images install; make sbom, make licences
#   make hostile              about 400 hostile files and 1,000 mutants through the whole service; ARGS="--mutants 100 --every 5"
#   make chaos [ARGS=...]     every promise under attack, about half an hour; ARGS="--only kills" or ARGS=--quick: docs/reliability.md
#   make check                ruff, mypy, import-linter
#   make evaluation           score models/default on the pool's dev lists and keep what later models must reach
#   make evaluation-quick     the same in the short form, which CI runs; needs no recordings
#   make evaluation-instruments   what it takes for a voice among 24 pieces by sampled instruments that no training heard
#   make train-default        repeat the recipe of the default model on the pools; start again to go on. ARGS="--minutes 60"
#   make clean                remove the environment and all caches (not models, not .data)
#
# PYTHON=python3.12        the interpreter that .venv is made from
# TORCH_INDEX=<index URL>  take PyTorch from this package index, e.g. its CPU-only builds (a tenth of the size)

PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3)
VENV ?= .venv
TORCH_INDEX ?=
TORCH := torch==2.13.0
ENCODEC := encodec==0.1.1

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install
SONG ?=
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo serve measure measure-api rehearse rehearse-alarm rehearse-upgrade rehearse-restore capacity \
	costs image-sizes audit sbom licences test hostile chaos check evaluation evaluation-quick \
	evaluation-instruments train-default clean

help:
	@sed -n 's/^#   //p' $(firstword $(MAKEFILE_LIST))

demo: $(VENV)/.ready-run
	@$(BIN)/python -m deploy.local.demo $(if $(SONG),"$(SONG)")

serve: $(VENV)/.ready-run
	@$(BIN)/voicelift serve $(if $(PORT),--port $(PORT))

measure: $(VENV)/.ready-run
	@$(BIN)/python -m deploy.local.measure $(ARGS)

measure-api: $(VENV)/.ready-run
	@$(BIN)/python -m deploy.local.load $(ARGS)

rehearse: rehearse-alarm rehearse-upgrade rehearse-restore

rehearse-alarm: $(VENV)/.ready-dev
	@$(BIN)/python -m deploy.rehearsal.alarm $(ARGS)

rehearse-upgrade: $(VENV)/.ready-run
	@$(BIN)/python -m deploy.rehearsal.upgrade

rehearse-restore: $(VENV)/.ready-run
	@$(BIN)/python -m deploy.rehearsal.restore

capacity: $(VENV)/.ready-dev
	@$(BIN)/python -m deploy.capacity $(ARGS)

costs: $(VENV)/.ready-dev
	@$(BIN)/python -m deploy.capacity.costs $(ARGS)

image-sizes: $(VENV)/.ready-dev
	@$(BIN)/python -m deploy.requirements.sizes

audit sbom licences: $(VENV)/.ready-dev
	@$(BIN)/python -m deploy.requirements.supply $@

test: $(VENV)/.ready-dev
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

hostile: $(VENV)/.ready-dev
	@PYTHONPATH=tests/support $(BIN)/python tests/hostile/run.py $(ARGS)

chaos: $(VENV)/.ready-dev
	@PYTHONPATH=tests/support:tests/e2e $(BIN)/python tests/chaos/run.py $(ARGS)

check: $(VENV)/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The limits keep the long form to about a quarter of an hour on two cores: docs/evaluation.md.
evaluation: $(VENV)/.ready-dev
	$(BIN)/voicelift evaluate models/default --sets musdb7,mir1k,songs,instrumental,synthetic \
		--limit mir1k=24,songs=8 --against none --record models/default/evaluation.json $(ARGS)

evaluation-quick: $(VENV)/.ready-dev
	$(BIN)/voicelift evaluate models/default --quick --sets synthetic --listen 0 --out out/evaluation-quick \
		--against none --record models/default/evaluation-quick.json $(ARGS)

# Music by sampled instruments that no training heard: what is taken for a voice. Debian: libfluidsynth3, timgm6mb-soundfont.
evaluation-instruments: $(VENV)/.ready-dev
	$(BIN)/voicelift train play --font /usr/share/sounds/sf2/TimGM6mb.sf2 --licence GPL-2 --credit "Tim Brechbill" \
		--seed 1 --minutes 20 --out out/instruments
	$(BIN)/voicelift evaluate models/default --folder out/instruments/train --listen 0 --out out/evaluation-instruments \
		--against none $(ARGS)

# One and a half to three hours on two cores with AVX-512 and bfloat16, several times that without. Each step can be killed; what is
# done is not done again. Debian: libfluidsynth3, fluid-soundfont-gm. docs/training.md
RUN ?= runs/default
CODEC ?= models/default
train-default: $(VENV)/.ready-dev
	test -f runs/.sung || { $(BIN)/voicelift train sing --out runs/sung && touch runs/.sung; }
	test -f runs/.played || { $(BIN)/voicelift train play --out runs/played && touch runs/.played; }
	test -f runs/pool/index.json || $(BIN)/voicelift train pool --root ../shared/audio --root runs/sung --root runs/played \
		--out runs/pool
	$(BIN)/voicelift train net --config recipes/default.toml --codec $(CODEC) --out $(RUN) $(ARGS)
	test ! -d $(RUN)/model || $(BIN)/voicelift evaluate $(RUN)/model --sets musdb7,mir1k --limit mir1k=24 --against none

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build *.egg-info

# PyTorch comes first and alone, so that TORCH_INDEX applies to nothing else; encodec without its dependencies,
# because it asks for torchaudio, which we do not use: docs/decisions/0002.
$(VENV)/.torch: Makefile
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Voicelift needs Python 3.11 or newer. Name it: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }
	@echo "== Setting up in $(VENV) with $$($(PYTHON) --version); this happens once."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
		{ echo "Python's venv module does not work (on Debian and Ubuntu: apt-get install python3-venv)." >&2; exit 1; }
	@echo "== 1/3 PyTorch, the largest part"
	$(PIP) --progress-bar on $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) $(TORCH)
	@echo "== 2/3 EnCodec, without torchaudio"
	$(PIP) --quiet --no-deps $(ENCODEC)
	@touch $@

$(VENV)/.ready-run: $(VENV)/.torch pyproject.toml
	@echo "== 3/3 Voicelift and what it runs on"
	$(PIP) --quiet --no-warn-conflicts -e ".[api,model,local]"
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.torch pyproject.toml
	@echo "== 3/3 Voicelift and the tools of its developers"
	$(PIP) --quiet --no-warn-conflicts -e ".[api,model,evaluation,train,local,dev]"
	$(PIP) --quiet --no-warn-conflicts -e ".[evaluation-voice]" || \
		echo "== No C compiler, so PESQ and pitch scores are left out and their tests are skipped."
	@touch $@ $(VENV)/.ready-run
