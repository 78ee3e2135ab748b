"""The context of a study: model, clips, output folder and finished cells."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from pathlib import Path
from types import TracebackType
from typing import Any

import torch
from tqdm import tqdm

from core.card import Card, load_card
from core.checkpoint import Model
from core.errors import InvalidOptions
from core.separation.engine import Engine
from lab.evaluation.datasets import (
    POOL_SETS,
    Clip,
    ClipRef,
    EvaluationSet,
    folder_set,
    limited,
    load,
    pool_set,
    synthetic_set,
)
from lab.evaluation.evaluate import describe_model
from lab.evaluation.scores import Scores
from lab.study import catalogue
from lab.study.budget import Budget
from lab.study.grid import Grid
from lab.study.record import Record

QUICK_CLIPS, QUICK_S = 2, 3.0


@dataclass(frozen=True)
class Run:
    """One run of a study.

    Attributes:
        out: output folder of this study.
        root: folder with splits.json and its recordings.
        folder: pairs of the user, or MUSDB18-HQ, to use instead of the sets in `root`.
        quick: use seconds of synthetic songs, to test the study; the figures are meaningless.
        limit: maximum number of clips per set, instead of the study's limits.
        sets: names of the study's sets to use; empty: all.
        budget: for studies that train.
        peers: for the study `peers`: by system, a folder with its vocals CLIP.*.
    """

    name: str
    out: Path
    model_dir: Path
    root: Path | None = None
    folder: Path | None = None
    quick: bool = False
    limit: int | None = None
    sets: tuple[str, ...] = ()
    device: str = "cpu"
    threads: int | None = None
    budget: Budget = field(default_factory=Budget)
    peers: Mapping[str, Path] = field(default_factory=dict)

    def __enter__(self) -> "Run":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if "engine" in self.__dict__:
            self.engine.close()

    @cached_property
    def card(self) -> Card:
        return load_card(self.model_dir)

    @cached_property
    def engine(self) -> Engine:
        """The model in its engine, loaded on first use."""
        return Engine.load(self.model_dir, self.device, self.threads or len(os.sched_getaffinity(0)))

    @property
    def model(self) -> Model:
        """The networks of the engine, for direct calls in `torch.inference_mode`."""
        return self.engine.model

    @property
    def torch_device(self) -> torch.device:
        return self.engine.device

    @property
    def facts(self) -> dict[str, Any]:
        """The facts that all figures depend on."""
        facts = {"study": self.name, "model": describe_model(self.card), "quick": self.quick}
        if self.folder is not None:
            facts["folder"] = str(self.folder)
        if self.name in catalogue.TRAINING:
            return facts | {"budget": self.budget.facts()}
        return facts | {"presets": {name: preset.model_dump() for name, preset in self.card.quality.items()}}

    @cached_property
    def record(self) -> Record:
        """Finished cells.

        Raises:
            InvalidOptions: the output folder contains cells of another model or form.
        """
        return Record(self.out / "cells.jsonl", self.facts)

    def clips(self, limits: Mapping[str, int], seconds: float | None = None) -> list[EvaluationSet]:
        """The sets to score: the dev lists in `root` that `limits` names, or `folder`.

        Args:
            limits: maximum number of clips by set.
            seconds: maximum length of clips.

        Raises:
            NotFound: a folder does not exist.
            InvalidOptions: `root` is not set, or the study has none of the sets in `sets`.
        """
        if self.quick:
            return [limited(synthetic_set(), QUICK_CLIPS, QUICK_S)]
        if self.folder is not None:
            return [limited(folder_set(self.folder), self.limit, seconds)]
        sets = [(pool_set(self.root, name), limits[name]) for name in self.chosen(limits) if name in POOL_SETS]
        return [limited(clip_set, self.limit or limit, seconds) for clip_set, limit in sets]

    def chosen(self, names: Iterable[str]) -> list[str]:
        """Those of `names` that are in `sets`; all if `sets` is empty.

        Raises:
            InvalidOptions: there are none.
        """
        chosen = [name for name in names if not self.sets or name in self.sets]
        if not chosen:
            raise InvalidOptions(f"The study {self.name} has the sets {', '.join(names)}, not {', '.join(self.sets)}.")
        return chosen

    def grid(
        self,
        sets: Sequence[EvaluationSet],
        conditions: Sequence[str],
        work: Callable[[Clip, str], Scores],
        read: Callable[[ClipRef], Clip] = load,
    ) -> Grid:
        """Scores of all clips under all conditions; finished cells are not computed again.

        Args:
            conditions: names of the conditions, which are the rows of the study's table.
            work: scores one clip under one condition.
            read: reads a clip; called only if one of its cells is missing.
        """
        cells = {}
        with tqdm(total=sum(len(clip_set.clips) for clip_set in sets) * len(conditions), desc=self.name) as bar:
            for clip_set in sets:
                for ref in clip_set.clips:
                    clip = lru_cache(1)(partial(read, ref))
                    cut = "" if ref.stop is None else f"@{ref.start:g}-{ref.stop:g}"
                    for condition in conditions:
                        key = f"{clip_set.name}/{ref.name}{cut}/{condition}"
                        cells[clip_set.name, ref.name, condition] = self.record.cell(
                            key, partial(_score, work, clip, condition)
                        )
                        bar.update()
        return Grid(list(sets), list(conditions), cells)


def _score(work: Callable[[Clip, str], Scores], clip: Callable[[], Clip], condition: str) -> Scores:
    return work(clip(), condition)
