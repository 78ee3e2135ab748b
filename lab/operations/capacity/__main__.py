"""`make capacity`: simulate wait times against the number of workers and their start time.

Prints the throughput of a worker of the given speed, and p95 waits of fixed and autoscaled fleets under loads up to the
given one, with and without bursts. --picture plots them. docs/capacity.md has the source of the speed.
"""

import argparse
import math
import sys
from pathlib import Path

from lab.operations.capacity.queueing import (
    CHUNK_S,
    MEDIAN_SONG_S,
    SONG_SIGMA,
    Fleet,
    Load,
    Outcome,
    chunks_of,
    simulate,
)
from lab.tables import print_table

MEAN_SONG_S = MEDIAN_SONG_S * math.exp(SONG_SIGMA**2 / 2)
LOADS_OF_MOST = (0.01, 0.1, 1.0)
SPARE = (1.0, 1.1, 1.25, 1.5, 2.0, 3.0)  # workers, relative to those that the mean load needs
LAGS_S = (30.0, 60.0, 180.0, 600.0)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make capacity", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--rtf", type=float, required=True, help="compute time per second of audio of a worker with all slots in use"
    )
    parser.add_argument("--songs-per-hour", type=float, default=10_000.0, help="largest load (%(default)g)")
    parser.add_argument(
        "--burst", type=float, default=3.0, help="rate in bursts relative to the rate outside (%(default)g)"
    )
    parser.add_argument("--hours", type=float, default=3.0, help="simulated time (%(default)g)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--picture", type=Path, metavar="FILE")
    args = parser.parse_args(argv)

    chunk_s = args.rtf * CHUNK_S
    a_song_s = chunk_s * chunks_of(MEAN_SONG_S)
    print(
        f"One worker at RTF {args.rtf:g}: {chunk_s:.3g} s per chunk, {a_song_s:.3g} s per song of {MEAN_SONG_S:.0f} s "
        f"({chunks_of(MEAN_SONG_S)} chunks), {3600 / a_song_s:.0f} songs an hour.\n"
    )
    rows: list[dict[str, str]] = []
    curves: dict[float, list[tuple[int, Outcome, Outcome]]] = {}
    for part in LOADS_OF_MOST:
        needed = args.songs_per_hour * part * a_song_s / 3600
        curves[part] = []
        for workers in sorted({math.ceil(needed * spare) for spare in SPARE}):
            fleet = Fleet(chunk_s, workers)
            load = Load(args.songs_per_hour * part, args.hours, args.burst)
            bursts, steady = (
                simulate(load, fleet, args.seed),
                simulate(Load(load.songs_per_hour, args.hours, 1.0), fleet, args.seed),
            )
            curves[part].append((workers, bursts, steady))
            rows.append({
                "songs an hour": f"{load.songs_per_hour:g}",
                "workers": str(workers),
                "utilisation": f"{bursts.busy:.0%}",
                "first task, steady": _s(steady.first_task_p95),
                "first task, bursts": _s(bursts.first_task_p95),
                "whole song, steady": _s(steady.whole_p95),
                "whole song, bursts": _s(bursts.whole_p95),
            })  # fmt: skip
    print(f"Fixed fleets, p95 wait from acceptance; bursts: {args.burst:g} times the usual rate for 5 min in 30.\n")
    print_table(rows)

    needed = math.ceil(args.songs_per_hour * a_song_s / 3600)
    load = Load(args.songs_per_hour, args.hours, args.burst)
    scaled: list[tuple[int, float, Outcome]] = []
    for least in dict.fromkeys((0, needed, 2 * needed)):
        for lag_s in LAGS_S:
            outcome = simulate(load, Fleet(chunk_s, least, 4 * needed, lag_s), args.seed)
            scaled.append((least, lag_s, outcome))
    print(f"\nAutoscaled fleets at {args.songs_per_hour:g} songs an hour with bursts, at most {4 * needed} workers.\n")
    print_table([
        {
            "minimum": str(least),
            "start time": f"{lag_s:g} s",
            "first task": _s(outcome.first_task_p95),
            "whole song": _s(outcome.whole_p95),
            "workers, mean": f"{outcome.workers_mean:.1f}",
            "maximum": str(outcome.workers_most),
            "utilisation": f"{outcome.busy:.0%}",
        }
        for least, lag_s, outcome in scaled
    ])  # fmt: skip
    if args.picture:
        _draw(args.picture, args.songs_per_hour, curves[LOADS_OF_MOST[-1]], scaled)
        print(f"\n{args.picture}")
    return 0


def _s(seconds: float) -> str:
    return f"{seconds:.3g} s" if math.isfinite(seconds) else "grows"


def _draw(
    path: Path,
    songs_per_hour: float,
    fixed: list[tuple[int, Outcome, Outcome]],
    scaled: list[tuple[int, float, Outcome]],
) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    workers = [row[0] for row in fixed]
    for index, name in ((1, "bursts"), (2, "steady")):
        outcomes: list[Outcome] = [row[index] for row in fixed]  # type: ignore[misc]
        (line,) = left.plot(workers, [row.first_task_p95 for row in outcomes], marker="o", label=f"first task, {name}")
        left.plot(
            workers, [row.whole_p95 for row in outcomes], marker="s", linestyle="--", color=line.get_color(),
            label=f"whole song, {name}",
        )  # fmt: skip
    left.set(xlabel="workers, fixed fleet", ylabel="p95 wait, s", title=f"{songs_per_hour:g} songs an hour")
    for least in dict.fromkeys(row[0] for row in scaled):
        at = [lag for at_least, lag, _ in scaled if at_least == least]
        outcomes = [outcome for at_least, _, outcome in scaled if at_least == least]
        mean = f"{outcomes[0].workers_mean:.0f}"
        (line,) = right.plot(at, [outcome.first_task_p95 for outcome in outcomes], marker="o",
                             label=f"first task, minimum {least} (mean {mean})")  # fmt: skip
        right.plot(at, [outcome.whole_p95 for outcome in outcomes], marker="s", linestyle="--", color=line.get_color(),
                   label=f"whole song, minimum {least}")  # fmt: skip
    right.set(xlabel="start time of a worker, s", ylabel="p95 wait, s", title="autoscaled, with bursts")
    right.set(xscale="log")
    right.set_xticks(list(LAGS_S), [f"{lag:g}" for lag in LAGS_S])
    right.minorticks_off()
    for ax in (left, right):
        ax.set_yscale("symlog", linthresh=1)  # some waits are zero
        ax.yaxis.set_major_formatter("{x:g}")
        ax.set_ylim(bottom=0)
        ax.grid(alpha=0.3)
        ax.legend(fontsize=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=90)
    plt.close(figure)


if __name__ == "__main__":
    sys.exit(main())
