"""What a study is given: the model, the clips, the place of its output, the cells that are finished."""

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
        out: folder of this study's output.
        root: folder with splits.json and its recordings. folder: pairs of the user's (or MUSDB18-HQ), scored instead.
        quick: seconds of songs that the repository makes itself: shows that the study works, measures nothing.
        limit: clips of each set at most, instead of the study's own limits.
        sets: of the study's own sets in `root` only these; empty: all.
        budget: for the studies that train.
        peers: other systems by name, each a folder with its vocals CLIP.* (the study `peers`).
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
        """The model in its engine, loaded when first asked for."""
        return Engine.load(self.model_dir, self.device, self.threads or len(os.sched_getaffinity(0)))

    @property
    def model(self) -> Model:
        """The engine's networks, for studies that call them by themselves (in `torch.inference_mode`)."""
        return self.engine.model

    @property
    def torch_device(self) -> torch.device:
        return self.engine.device

    @property
    def facts(self) -> dict[str, Any]:
        """What every figure depends on."""
        facts = {"study": self.name, "model": describe_model(self.card), "quick": self.quick}
        if self.folder is not None:
            facts["folder"] = str(self.folder)
        if self.name in catalogue.TRAINING:
            return facts | {"budget": self.budget.facts()}
        return facts | {"presets": {name: preset.model_dump() for name, preset in self.card.quality.items()}}

    @cached_property
    def record(self) -> Record:
        """Finished cells. Raises InvalidOptions when the output folder holds those of another model or form."""
        return Record(self.out / "cells.jsonl", self.facts)

    def clips(self, limits: Mapping[str, int], seconds: float | None = None) -> list[EvaluationSet]:
        """The sets to measure on: of the dev lists in `root` those in `limits`, each with at most so many clips.

        `seconds`: clips are cut to it. Where the user names a folder it stands in the place of all sets.

        Raises:
            NotFound: a folder is not there.
            InvalidOptions: no folder is named, or the study has none of the sets that were asked for.
        """
        if self.quick:
            return [limited(synthetic_set(), QUICK_CLIPS, QUICK_S)]
        if self.folder is not None:
            return [limited(folder_set(self.folder), self.limit, seconds)]
        sets = [(pool_set(self.root, name), limits[name]) for name in self.chosen(limits) if name in POOL_SETS]
        return [limited(clip_set, self.limit or limit, seconds) for clip_set, limit in sets]

    def chosen(self, names: Iterable[str]) -> list[str]:
        """Of the sets with these names those that were asked for.

        Raises:
            InvalidOptions: there are none.
        """
        chosen = [name for name in names if not self.sets or name in self.sets]
        if not chosen:
            raise InvalidOptions(f"{self.name} measures on {', '.join(names)}, not on {', '.join(self.sets)}.")
        return chosen

    def grid(
        self,
        sets: Sequence[EvaluationSet],
        conditions: Sequence[str],
        work: Callable[[Clip, str], Scores],
        read: Callable[[ClipRef], Clip] = load,
    ) -> Grid:
        """Scores of every clip under every condition; what is finished is not computed again, nor are its clips read.

        Conditions are the rows of the study's table, and are named there as here.
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
