"""`voicelift evaluate`: score a model beside baselines, and hold it to the default's scores."""

import argparse
import os
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from core.card import Quality, load_card
from core.errors import InvalidOptions
from core.settings import REPOSITORY

if TYPE_CHECKING:
    from core.evaluation.datasets import EvaluationSet
    from core.evaluation.results import ClipResult

POOL = REPOSITORY.parent / "shared" / "audio"
WORSE = 3  # exit status when a listed score is worse than the default's


def add_parser(sub: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `evaluate` to the commands of `voicelift`."""
    parser = sub.add_parser(
        "evaluate",
        help="score a model on listening material and compare it with baselines",
        description="Writes results.json, table.md and index.html (pictures and players) into the output folder. "
        f"Exit status {WORSE}: a listed score is worse than in the results named by --against.",
    )
    parser.add_argument("model", type=Path, help="folder of the checkpoint (card.json beside the weights)")
    parser.add_argument(
        "--sets",
        default=None,
        help="comma-separated: musdb7, mir1k, songs, instrumental (dev lists of the pool), synthetic (made here, "
        "needs no recordings). Default: the pool's four",
    )
    parser.add_argument("--folder", type=Path, help="score pairs of mixture and vocals in this folder (or MUSDB18-HQ)")
    parser.add_argument("--pool", type=Path, default=POOL, help="folder with splits.json and its recordings")
    parser.add_argument("--limit", type=int, metavar="N", help="at most N clips of each set, spread over its list")
    parser.add_argument("--quality", choices=get_args(Quality), default="standard")
    parser.add_argument("--steps", type=int, help="denoising steps, instead of the quality's")
    parser.add_argument("--eta", type=float, help="noise added in each step, 0 to 1, instead of the quality's")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help="short form: two clips a set, cut to 6.8 s, cheap scores")
    parser.add_argument("--jobs", type=int, metavar="N", help="clips at a time (default: one for each core)")
    parser.add_argument("--device", default="cpu", help="cpu, cuda, cuda:1 or auto")
    parser.add_argument("--out", type=Path, default=Path("out/evaluation"), metavar="DIR")
    parser.add_argument("--against", type=Path, metavar="JSON", help="results.json of the default model")
    parser.add_argument("--listen", type=int, default=3, metavar="N", help="keep the audio of N clips of each set")
    parser.add_argument("--clap", type=Path, metavar="DIR", help="CLAP weights, for the embedding distance")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Evaluate; returns 0, or 3 when a listed score is worse than the default's.

    Raises:
        VoiceliftError: the model, a recording or an option cannot be used.
    """
    from core.evaluation import datasets, evaluate, results

    for name in ("limit", "jobs"):
        if getattr(args, name) is not None and getattr(args, name) < 1:
            raise InvalidOptions(f"--{name} must be at least 1.")
    whole = _sets(args)
    limit = min(args.limit or evaluate.QUICK_CLIPS, evaluate.QUICK_CLIPS) if args.quick else args.limit
    sets = [datasets.limited(found, limit, evaluate.QUICK_S if args.quick else None) for found in whole]
    default = None
    if args.against:
        default = results.read_results(args.against)
        names = {found.name: [ref.name for ref in found.clips] for found in sets}
        results.check_comparable(default, names, args.quick)
    total = sum(len(found.clips) for found in sets)
    cores = len(os.sched_getaffinity(0))
    jobs = min(args.jobs or cores, total)
    threads = max(1, cores // jobs)
    card = load_card(args.model)
    sampling = card.sampling(args.quality, args.steps, args.eta)
    how = {"quality": args.quality, **sampling.model_dump(), "seed": args.seed, "threads": threads}
    if args.clap is None and not args.quick:
        print("No embedding distance: --clap names no CLAP weights.", file=sys.stderr)

    opener = partial(evaluate.open_engine, args.model, sampling, args.seed, args.device, threads)
    plan = evaluate.Plan(opener, args.quick, args.clap, args.out)
    print(f"{total} clips, {jobs} at a time", file=sys.stderr)
    scored = evaluate.run_sets(plan, sets, [len(w.clips) for w in whole], jobs, args.listen, _Progress(total))
    outcome = results.Results(evaluate.describe_model(card), how, args.quick, scored)
    verdicts = [] if default is None else results.compare(outcome, default)
    print(evaluate.write_report(outcome, sets, args.out, verdicts))
    print(f"Pictures and players: {args.out / 'index.html'}", file=sys.stderr)
    worse = [verdict for verdict in verdicts if verdict.worse]
    if verdicts:
        print(f"{len(worse)} of {len(verdicts)} listed scores are worse than the default's.", file=sys.stderr)
    return WORSE if worse else 0


def _sets(args: argparse.Namespace) -> "list[EvaluationSet]":
    """The sets that the options name.

    Raises:
        NotFound: one is not there.
    """
    from core.evaluation import datasets

    names = [name.strip() for name in args.sets.split(",") if name.strip()] if args.sets else []
    if not names and args.folder is None:
        names = list(datasets.POOL_SETS)
    found = [
        datasets.synthetic_set() if name == datasets.SYNTHETIC else datasets.pool_set(args.pool, name)
        for name in dict.fromkeys(names)
    ]
    return found if args.folder is None else [*found, datasets.folder_set(args.folder)]


class _Progress:
    """A line on stderr for each clip done, with the time left."""

    def __init__(self, total: int) -> None:
        self._total, self._done, self._began = total, 0, time.monotonic()

    def __call__(self, set_name: str, clip: "ClipResult") -> None:
        self._done += 1
        left = (time.monotonic() - self._began) / self._done * (self._total - self._done)
        sdr = clip.scores["vocals/masked"].get("sdr")
        shown = "" if sdr is None else f", vocals {sdr:.1f} dB SDR"
        line = (
            f"[{self._done}/{self._total}] {set_name} {clip.name}{shown}; {left / 60:.0f} min {left % 60:02.0f} s left"
        )
        print(line, file=sys.stderr, flush=True)
