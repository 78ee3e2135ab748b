"""One or two stages of training, conditioner A or B, and a frozen or a trained conditioner.

The paper trains 600,000 steps with a frozen conditioner and 400,000 jointly [P]; here the same shares of a small
budget. Conditioner B, the companion's autoencoder [C], has no pretrained weights to freeze: its two stages are the
conditioner alone, by its auxiliary losses, and then the generator over it.

[P], [C], [I] and [D]: docs/method.md.
"""

from dataclasses import replace

from lab.evaluation.scores import METRICS
from lab.study.outcome import Outcome
from lab.study.plots import by_condition
from lab.study.run import Run
from lab.study.trained import SAMPLING_NOTE, SHOWN, STEPS, Network, costs, leg, sizes, trained_grid

SHARE = 0.6  # of the steps in the first stage [P]
LOWER_RATE = 0.1  # relative learning rate of the conditioner in the second stage; lower [I], this value [D]
FROZEN, ONE, TWO = "A, frozen", "A, trained in one stage", "A, two stages (paper)"
B_ONE, B_TWO = "B, trained in one stage", "B alone, then frozen"
TESTED = {name: METRICS[name] for name in ("sdr", "sir", "mel_mae", "lsd")}
COLUMNS = SHOWN | {"estimate_sdr": replace(METRICS["sdr"], title="SDR of B's estimate")}


def study(run: Run) -> Outcome:
    a = replace(sizes(run), conditioner="encoder")
    b = replace(sizes(run), conditioner="autoencoder")
    second = leg(run, "joint", STEPS, 1 - SHARE)
    networks = {
        FROZEN: Network(a, (leg(run, "generator", STEPS),)),
        ONE: Network(a, (leg(run, "joint", STEPS),)),
        TWO: Network(
            a,
            (
                leg(run, "generator", STEPS, SHARE),
                replace(second, conditioner_rate=LOWER_RATE, seed=second.seed + 1),
            ),
        ),
        B_ONE: Network(b, (leg(run, "joint", STEPS),)),
        B_TWO: Network(
            b,
            (
                leg(run, "estimate", STEPS, SHARE),
                replace(second, stage="generator", seed=second.seed + 1),
            ),
        ),
    }
    trained, grid = trained_grid(run, networks)
    first = grid.sets[0].name
    medians = ", ".join(f"{name} {grid.median(first, name, 'sdr'):.2f}" for name in networks)
    return Outcome(
        caption=f"{grid.caption} {SAMPLING_NOTE} All networks have the same total of steps; the first of two stages "
        f"has {SHARE:.0%}.",
        tables=[grid.table(COLUMNS), costs(trained), grid.paired(TWO, TESTED)],
        results={"summary": grid.summary(COLUMNS), "clips": grid.clips()},
        draw=lambda figure: by_condition(figure, grid, ("sdr", "sir", "mel_mae")),
        finding=f"On {first}, median SDR in dB: {medians}.",
    )
