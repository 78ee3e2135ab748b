"""Scores a checkpoint on sets of clips, in worker processes."""

import contextlib
import functools
import multiprocessing
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.card import Card, Preset
from core.errors import InternalError
from core.separation.engine import Engine
from lab.evaluation.audio_files import write_audio
from lab.evaluation.datasets import Clip, ClipRef, EvaluationSet, load
from lab.evaluation.embedding import Clap
from lab.evaluation.gate import Verdict
from lab.evaluation.perception import ClipFeatures, clip_features, perception
from lab.evaluation.pictures import loudest_bin, spectrogram
from lab.evaluation.report import html, markdown
from lab.evaluation.results import ClipResult, Results, SetResult
from lab.evaluation.scores import Scorer
from lab.evaluation.systems import EngineSeparator, Estimates, Separator, estimate

QUICK_CLIPS, QUICK_S = 2, 6.8
CLIPS = "clips"  # folder of saved audio and pictures in the output of a run
BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")  # of numpy and scipy; torch is configured separately


@dataclass(frozen=True)
class Plan:
    """Configuration of the worker processes. out: folder for audio and pictures."""

    open_separator: Callable[[], Separator]
    quick: bool
    clap: Path | None
    out: Path | None


def open_engine(
    model_dir: Path, masked: Preset, generative: Preset, seed: int, device: str, threads: int | None
) -> Separator:
    """The engine of a checkpoint, with a preset for each rendering.

    Raises:
        CheckpointError: the checkpoint cannot be loaded.
        InvalidOptions: the device does not exist.
    """
    return EngineSeparator(Engine.load(model_dir, device, threads), masked, generative, seed)


@functools.cache
def _opened(plan: Plan) -> tuple[Separator, Scorer]:
    """The model and the metrics of this worker process, loaded once."""
    embed = None if plan.clap is None else Clap(plan.clap)
    return plan.open_separator(), Scorer(plan.quick, embed)


@dataclass(frozen=True)
class Scored:
    """The scores of a clip, and its features for the scores of the set; None in the short form or without a voice."""

    result: ClipResult
    features: ClipFeatures | None


def score_clip(plan: Plan, ref: ClipRef, keep: bool) -> Scored:
    """Read a clip, run all systems on it and score them; with `keep`, save audio and pictures to `plan.out`.

    Raises:
        VoiceliftError: the model or the clip cannot be read.
    """
    clip = load(ref)
    separator, scorer = _opened(plan)
    estimates = estimate(clip, separator)
    if keep and plan.out is not None:
        _keep(plan.out / clip_folder(ref), clip, estimates)
    result = ClipResult(ref.name, clip.seconds, estimates.seconds, scorer.clip(clip, estimates.wavs))
    voices = {name: wav for name, wav in estimates.wavs.items() if name.startswith("vocals/")}
    return Scored(result, None if plan.quick else clip_features(clip, voices))


def clip_folder(ref: ClipRef) -> Path:
    """Folder of a clip's saved audio, relative to the output: `clips/SET/CLIP` with `vocals/` and `instrumental/`."""
    safe = [re.sub(r"[^\w.-]+", "_", name).strip(".") or "_" for name in (ref.set_name, ref.name)]
    return Path(CLIPS, *safe)


def _keep(folder: Path, clip: Clip, estimates: Estimates) -> None:
    silence = np.zeros_like(clip.mixture)
    references = {
        "vocals/reference": silence if clip.vocals is None else clip.vocals,
        "instrumental/reference": clip.accompaniment,
    }
    loudest = loudest_bin(clip.mixture, clip.rate)
    for name, wav in (references | estimates.wavs).items():
        write_audio(folder / f"{name}.flac", wav, clip.rate)
        spectrogram(folder / f"{name}.png", wav, clip.rate, loudest)


@contextlib.contextmanager
def _one_blas_thread() -> Iterator[None]:
    """Limit BLAS to one thread in processes started inside, because several pools would compete for the cores."""
    before = {name: os.environ.get(name) for name in BLAS_THREADS}
    os.environ.update(dict.fromkeys(BLAS_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def run_sets(
    plan: Plan,
    sets: Sequence[EvaluationSet],
    available: Sequence[int],
    jobs: int,
    listen: int = 0,
    progress: Callable[[str, ClipResult], None] | None = None,
) -> list[SetResult]:
    """Score all clips of `sets` in `jobs` processes.

    Args:
        available: number of clips of each set before it was limited.
        listen: number of clips of each set whose audio is saved.
        progress: called with the set's name and the result of each finished clip.

    Raises:
        VoiceliftError: the model or a clip cannot be read.
    """
    if plan.out is not None:  # remove clips of earlier runs, which the report would include
        shutil.rmtree(plan.out / CLIPS, ignore_errors=True)
    with _one_blas_thread():
        pool = ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn"))
        try:
            waiting: list[list[Future[Scored]]] = []
            for chosen in sets:
                futures = [pool.submit(score_clip, plan, ref, k < listen) for k, ref in enumerate(chosen.clips)]
                if progress:
                    for future in futures:
                        future.add_done_callback(functools.partial(_report, progress, chosen.name))
                waiting.append(futures)
            return [
                _set_result(chosen, total, [future.result() for future in futures])
                for chosen, total, futures in zip(sets, available, waiting, strict=True)
            ]
        except BrokenProcessPool as error:
            raise InternalError(
                "A scoring process was killed, probably because memory ran out. Try a smaller --jobs."
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)


def _set_result(chosen: EvaluationSet, available: int, scored: Sequence[Scored]) -> SetResult:
    scores = perception([clip.features for clip in scored if clip.features is not None])
    results = [clip.result for clip in scored]
    return SetResult(chosen.name, chosen.shows, chosen.full_songs, available, results, scores)


def _report(progress: Callable[[str, ClipResult], None], name: str, future: "Future[Scored]") -> None:
    if not future.cancelled() and future.exception() is None:
        progress(name, future.result().result)


def describe_model(card: Card) -> dict[str, Any]:
    """The fields of a card that are stored with results."""
    return {
        "name": card.name,
        "version": card.version,
        "licence": card.licence,
        "commercial_use": card.commercial_use,
        "files": dict(card.files),
    }


def write_report(results: Results, sets: Sequence[EvaluationSet], out: Path, verdicts: Sequence[Verdict]) -> str:
    """Write `results.json`, `table.md` and `index.html` to `out`; returns the Markdown."""
    out.mkdir(parents=True, exist_ok=True)
    table = markdown(results, verdicts)
    folders = {
        (chosen.name, ref.name): out / clip_folder(ref)
        for chosen in sets
        for ref in chosen.clips
        if (out / clip_folder(ref)).is_dir()
    }
    (out / "results.json").write_text(results.to_json(), encoding="utf-8")
    (out / "table.md").write_text(table, encoding="utf-8")
    (out / "index.html").write_text(html(results, out, folders, verdicts), encoding="utf-8")
    return table
