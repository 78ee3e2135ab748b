"""Two stages of training against one, conditioner A against B, a frozen conditioner against a trained one.

The paper trains 600,000 steps over a frozen conditioner and 400,000 with it [P]; here the same shares of a small
budget. B, the companion's autoencoder [C], has nothing to be frozen at first: its two stages are the conditioner alone,
by its auxiliary losses, then the generator over it.

[P], [C], [I] and [D]: docs/method.md.
"""

from dataclasses import replace

from lab.evaluation.scores import METRICS
from lab.study.outcome import Outcome
from lab.study.plots import by_condition
from lab.study.run import Run
from lab.study.trained import (
    CLIPS,
    HEARD,
    SECONDS,
    SHOWN,
    STEPS,
    Network,
    Voices,
    costs,
    from_noise,
    leg,
    sizes,
    train_all,
)

SHARE = 0.6  # of the steps in the first stage [P]
LOWER_RATE = 0.1  # of the conditioner in the second; that it is lower is [I], by how much ours [D]
FROZEN, ONE, TWO = "A, frozen", "A, trained in one stage", "A, two stages (paper)"
B_ONE, B_TWO = "B, trained in one stage", "B alone, then frozen"
TESTED = {name: METRICS[name] for name in ("sdr", "sir", "mel_mae", "lsd")}
SHOWN_HERE = SHOWN | {"estimate_sdr": replace(METRICS["sdr"], title="SDR of B's estimate")}


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
    trained = train_all(run, networks)
    grid = run.grid(run.clips(CLIPS, SECONDS), list(networks), Voices(trained, from_noise(run)))
    first = grid.sets[0].name
    medians = ", ".join(f"{name} {grid.median(first, name, 'sdr'):.2f}" for name in networks)
    return Outcome(
        caption=f"{grid.caption} {HEARD} Every network has the same steps in all; stages are {SHARE:.0%} and the rest.",
        tables=[
            grid.table(SHOWN_HERE),
            costs(trained),
            grid.paired(TWO, TESTED),
        ],
        results={"summary": grid.summary(SHOWN_HERE), "clips": grid.clips()},
        draw=lambda figure: by_condition(figure, grid, ("sdr", "sir", "mel_mae")),
        finding=f"On {first}, median SDR in dB: {medians}.",
    )
