"""Injection of the mixture's features into the generator: at its deeper levels only or at all levels, with one budget.

The paper injects at the deeper levels only, its most sensitive choice, because injection at all levels lets
accompaniment through [P]. SIR and leakage measure it, with conditioner A, likely the paper's [I], frozen, which passes
the latents of the mixture, and with conditioner B of the companion [C].

[P], [C], [I] and [D]: docs/method.md.
"""

from dataclasses import replace

from core.nets.config import PRESETS
from lab.evaluation.scores import METRICS
from lab.study.outcome import Outcome
from lab.study.plots import by_condition
from lab.study.run import Run
from lab.study.trained import SAMPLING_NOTE, SHOWN, STEPS, Network, costs, leg, sizes, trained_grid

A_DEEPER, A_ALL = "A, deeper levels", "A, all levels"
B_DEEPER, B_ALL = "B, deeper levels", "B, all levels"
TESTED = {name: METRICS[name] for name in ("sdr", "sir", "silence_leakage", "mel_mae")}


def study(run: Run) -> Outcome:
    every = tuple(range(len(PRESETS[run.budget.preset].generator.channels)))
    a = replace(sizes(run), conditioner="encoder")
    b = replace(sizes(run), conditioner="autoencoder")
    frozen, both = (leg(run, "generator", STEPS),), (leg(run, "joint", STEPS),)
    networks = {
        A_DEEPER: Network(a, frozen),
        A_ALL: Network(replace(a, inject=every), frozen),
        B_DEEPER: Network(b, both),
        B_ALL: Network(replace(b, inject=every), both),
    }
    trained, grid = trained_grid(run, networks)
    first = grid.sets[0].name
    findings = [
        f"{deeper[0]}: SIR {grid.median(first, deeper, 'sir'):.1f} dB at the deeper levels, "
        f"{grid.median(first, every_level, 'sir'):.1f} dB at all levels"
        for deeper, every_level in ((A_DEEPER, A_ALL), (B_DEEPER, B_ALL))
    ]
    return Outcome(
        caption=f"{grid.caption} {SAMPLING_NOTE} A: encoder of the codec, frozen. B: autoencoder, trained.",
        tables=[
            grid.table(SHOWN),
            costs(trained),
            grid.paired(A_DEEPER, TESTED, [A_ALL]),
            grid.paired(B_DEEPER, TESTED, [B_ALL]),
        ],
        results={"summary": grid.summary(SHOWN), "clips": grid.clips()},
        draw=lambda figure: by_condition(figure, grid, ("sdr", "sir", "silence_leakage")),
        finding=f"On {first}, {'; '.join(findings)}.",
    )
