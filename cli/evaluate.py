"""`voicelift evaluate`: score a model and baselines, and compare it with the default's scores."""

import argparse
import os
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from cli.installed import require
from core.card import Quality, load_card
from core.errors import InvalidOptions, NotFound
from core.settings import REPOSITORY

if TYPE_CHECKING:
    from lab.evaluation.datasets import EvaluationSet
    from lab.evaluation.results import ClipResult, Results

PACKAGES = ("torch", "scipy", "auraloss", "matplotlib", "pystoi")
DEFAULT_MODEL = REPOSITORY / "models" / "default"
OFF = "none"  # for --against
WORSE = 3  # exit status if a listed score is worse than the default's


def add_parser(sub: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `evaluate` to the commands of `voicelift`."""
    parser = sub.add_parser(
        "evaluate",
        help="score a model on evaluation sets and compare it with baselines",
        description="Writes results.json, table.md and index.html (pictures and players) into the output folder. "
        f"Exit status {WORSE}: a listed score is worse than in the results of --against.",
    )
    parser.add_argument("model", type=Path, help="checkpoint folder (with card.json and weights)")
    parser.add_argument(
        "--sets",
        default=None,
        help="comma-separated: musdb7, mir1k, songs, instrumental (dev lists in --root), synthetic (generated, "
        "without recordings). Default: the first four, from --root",
    )
    parser.add_argument("--folder", type=Path, help="score pairs of mixture and vocals in this folder (or MUSDB18-HQ)")
    parser.add_argument("--root", type=Path, help="folder with splits.json and its recordings")
    parser.add_argument(
        "--limit",
        type=_limits,
        default={},
        metavar="N | SET=N,...",
        help="maximum number of clips per set, or of the named sets, spread over its list",
    )
    parser.add_argument("--quality", choices=get_args(Quality), default="standard")
    parser.add_argument("--steps", type=int, help="denoising steps; overrides the quality")
    parser.add_argument("--eta", type=float, help="share of noise added per step, 0 to 1; overrides the quality")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--quick", action="store_true", help="short form: two clips per set, cut to 6.8 s, cheap scores"
    )
    parser.add_argument("--jobs", type=int, metavar="N", help="concurrent clips (default: one per core; 1 on a GPU)")
    parser.add_argument("--device", default="cpu", help="cpu, cuda, cuda:1 or auto")
    parser.add_argument("--out", type=Path, default=Path("out/evaluation"), metavar="DIR")
    parser.add_argument(
        "--against",
        metavar="JSON",
        help=f"results that must be reached (default: those recorded with models/default, in the same form); {OFF}: "
        "no gate",
    )
    parser.add_argument("--record", type=Path, metavar="JSON", help="also save compact results here, for --against")
    parser.add_argument("--listen", type=int, default=3, metavar="N", help="save the audio of N clips per set")
    parser.add_argument("--clap", type=Path, metavar="DIR", help="CLAP weights, for the embedding distance")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Evaluate; returns 0, or 3 if a listed score is worse than the default's.

    Raises:
        VoiceliftError: the model, a recording or an option cannot be used.
    """
    require("voicelift evaluate", PACKAGES)
    from lab.evaluation import evaluate, gate, results

    counts = [("jobs", args.jobs), ("steps", args.steps), *(("limit", number) for number in args.limit.values())]
    for name, number in counts:
        if number is not None and number < 1:
            raise InvalidOptions(f"--{name} must be at least 1.")
    whole = _sets(args)
    sets = _limited(whole, args.limit, args.quick)
    total = sum(len(clip_set.clips) for clip_set in sets)
    if total == 0:
        raise NotFound("There are no clips to score: the dev lists of these sets are empty.")
    cores = len(os.sched_getaffinity(0))
    jobs = min(args.jobs or _at_once(args.device, cores), total)
    threads = max(1, cores // jobs)
    card = load_card(args.model)
    masked, generative = (
        card.sampling(args.quality, args.steps, args.eta, render=render) for render in ("masked", "generative")
    )
    how = {"quality": args.quality, **generative.model_dump(), "guide_steps": masked.steps}
    how |= {"seed": args.seed, "threads": threads}
    default, gated = _default(args, sets, how)
    print(gated, file=sys.stderr)
    if not args.quick:
        _report_omissions(args.clap)

    opener = partial(evaluate.open_engine, args.model, masked, generative, args.seed, args.device, threads)
    plan = evaluate.Plan(opener, args.quick, args.clap, args.out)
    print(f"{total} clips, {jobs} at a time", file=sys.stderr)
    scored = evaluate.run_sets(plan, sets, [len(w.clips) for w in whole], jobs, args.listen, _Progress(total))
    outcome = results.Results(evaluate.describe_model(card), how, args.quick, scored)
    verdicts = [] if default is None else gate.compare(outcome, default)
    print(evaluate.write_report(outcome, sets, args.out, verdicts))
    print(f"Pictures and players: {args.out / 'index.html'}", file=sys.stderr)
    if args.record:
        args.record.parent.mkdir(parents=True, exist_ok=True)
        args.record.write_text(outcome.to_json(small=True), encoding="utf-8")
    worse = [verdict for verdict in verdicts if verdict.worse]
    print(gated, file=sys.stderr)
    if verdicts:
        print(f"{len(worse)} of {len(verdicts)} listed scores are worse than the default's.", file=sys.stderr)
    return WORSE if worse else 0


def _at_once(device: str, cores: int) -> int:
    """Default of --jobs: every process has a copy of the model, and a GPU one memory.

    Raises:
        InvalidOptions: the device does not exist.
    """
    from core.separation.device import find_device

    return cores if find_device(device).type == "cpu" else 1


def _limits(text: str) -> dict[str, int]:
    """`5` for every set (under the name ""), `mir1k=5,songs=3` for named ones. Raises ValueError for anything else."""
    return {name.strip(): int(number) for name, _, number in (part.rpartition("=") for part in text.split(","))}


def _limited(whole: "list[EvaluationSet]", limits: dict[str, int], quick: bool) -> "list[EvaluationSet]":
    """The clips of each set to score.

    Raises:
        InvalidOptions: a limit is for a set that is not scored.
    """
    from lab.evaluation import datasets, evaluate

    unknown = limits.keys() - {clip_set.name for clip_set in whole} - {""}
    if unknown:
        raise InvalidOptions(f"--limit names sets that are not scored: {', '.join(sorted(unknown))}.")
    sets = []
    for clip_set in whole:
        limit = limits.get(clip_set.name, limits.get(""))
        if quick:
            limit = min(limit or evaluate.QUICK_CLIPS, evaluate.QUICK_CLIPS)
        sets.append(datasets.limited(clip_set, limit, evaluate.QUICK_S if quick else None))
    return sets


def _default(
    args: argparse.Namespace, sets: "list[EvaluationSet]", how: dict[str, Any]
) -> "tuple[Results | None, str]":
    """The results to compare with, and a note on them. None: there is no gate, and the note has the reason.

    Raises:
        VoiceliftError: the results of --against are missing or cannot be compared.
    """
    from lab.evaluation import gate, results

    if args.against == OFF:
        return None, f"Not gated: --against {OFF}."
    path = Path(args.against) if args.against else gate.recorded(DEFAULT_MODEL, args.quick)
    if args.against is None and not path.is_file():
        return None, f"Not gated: the current default has no results in {path}."
    default = results.read_results(path)
    clips = {clip_set.name: [ref.name for ref in clip_set.clips] for clip_set in sets}
    try:
        notes = gate.check_comparable(default, clips, how, args.quick)
    except InvalidOptions as error:
        if args.against is not None:
            raise
        return None, f"Not gated: {path} does not fit this run. {error.message}"
    return default, " ".join([f"Gate: {path}, {default.model['name']} {default.model['version']}.", *notes])


def _report_omissions(clap: Path | None) -> None:
    """Print the scores that are unavailable on this machine."""
    from lab.evaluation.perceptual import installed

    if clap is None:
        print("No embedding distance: --clap is not set.", file=sys.stderr)
    for package, scores in (("pesq", "PESQ"), ("pyworld", "F0 and voicing error")):
        if not installed(package):
            print(f"No {scores}: the extra evaluation-voice is not installed.", file=sys.stderr)


def _sets(args: argparse.Namespace) -> "list[EvaluationSet]":
    """The sets of the options.

    Raises:
        NotFound: one is missing.
    """
    from lab.evaluation import datasets

    names = [name.strip() for name in args.sets.split(",") if name.strip()] if args.sets else []
    if not names and args.folder is None:
        names = list(datasets.POOL_SETS)
    sets = [
        datasets.synthetic_set() if name == datasets.SYNTHETIC else datasets.pool_set(args.root, name)
        for name in dict.fromkeys(names)
    ]
    return sets if args.folder is None else [*sets, datasets.folder_set(args.folder)]


class _Progress:
    """A line on stderr for each scored clip, with the remaining time."""

    def __init__(self, total: int) -> None:
        self._total, self._done, self._began = total, 0, time.monotonic()

    def __call__(self, set_name: str, clip: "ClipResult") -> None:
        self._done += 1
        left = (time.monotonic() - self._began) / self._done * (self._total - self._done)
        minutes, seconds = divmod(round(left), 60)
        sdr = clip.scores["vocals/masked"].get("sdr")
        shown = "" if sdr is None else f", vocals {sdr:.1f} dB SDR"
        line = f"[{self._done}/{self._total}] {set_name} {clip.name}{shown}; {minutes} min {seconds:02} s left"
        print(line, file=sys.stderr, flush=True)
