"""The model against others on the same clips, with the test that the paper's "levels with" lacks.

What is always there: the mixture itself, REPET-SIM, the conditioner's estimate alone, the codec's ceiling, the ideal
ratio mask. Models of other projects join in where the user has package and weights (lab.study.peer_models), any other
system by a folder of its vocals (`--peer NAME=FOLDER`). Published figures are printed below: other clips, full songs.
"""

from typing import Any

from core.audio.resample import fit, resample
from core.audio.types import Wav
from core.errors import InvalidOptions
from lab.evaluation.audio_files import AUDIO_SUFFIXES, read_audio
from lab.evaluation.datasets import Clip
from lab.evaluation.report import Table
from lab.evaluation.scores import METRICS, Scores
from lab.evaluation.systems import TITLES, EngineSeparator, estimate
from lab.study.grid import Judge
from lab.study.outcome import Outcome
from lab.study.peer_models import find_peers
from lab.study.plots import by_condition
from lab.study.run import Run

LIMITS = {"musdb7": 16, "mir1k": 8}
OURS = "vocals/masked"
SYSTEMS = [name for name in TITLES if name.startswith("vocals/")]
# From the companion (docs/method.md): MUSDB18-HQ vocals, median utterance SDR over full songs.
PUBLISHED: Table = (
    ["published, full songs of MUSDB18-HQ", "steps", "parameters", "extra data", "SDR ↑ dB"],
    [
        ["ideal ratio mask", "-", "-", "-", "9.43"],
        ["GAN-prior", "1000", "121 M", "no", "-0.44"],
        ["InstGlow", "150", "13 M", "no", "3.46"],
        ["MSDM (retrained)", "150", "405 M", "no", "3.64"],
        ["Diff-DMX-RT-musdb", "50", "99 M", "no", "5.38"],
        ["Diff-DMX-extra / RT-extra", "50", "71 M / 99 M", "400 h", "6.00 / 8.77"],
        ["HT-Demucs", "1", "346 M (bag)", "no / 53 h", "7.93 / 9.37"],
    ],
)


def study(run: Run) -> Outcome:
    judge, ours = Judge(), _Ours(run)
    peers, absent = find_peers(run.torch_device)
    titles = {TITLES[name]: name for name in SYSTEMS}
    for name in (*peers, *run.peers):
        titles[name] = name

    def work(clip: Clip, condition: str) -> Scores:
        name = titles[condition]
        if name in peers:
            voice = peers[name](clip.mixture, clip.rate)
        elif name in run.peers:
            voice = _peer_vocals(run, name, clip)
        else:
            estimate = ours(clip).get(name)
            if estimate is None:  # a conditioner that gives no estimate
                return {}
            voice = estimate
        return judge(clip, voice)

    grid = run.grid(run.clips(LIMITS), list(titles), work)
    shown = [c for c in grid.conditions if any(grid.interval(s.name, c, "sdr") for s in grid.sets)]
    grid = type(grid)(grid.sets, shown, grid.cells)
    head, rows = grid.table(first="system")
    rows += [["-", f"{name}: {why}", "0", *[""] * (len(head) - 3)] for name, why in absent.items()]
    tested = {name: METRICS[name] for name in ("sdr", "mrstft", "mel_mae")}
    first, mine = grid.sets[0].name, TITLES[OURS]
    return Outcome(
        caption=grid.caption,
        tables=[(head, rows), grid.paired(mine, tested), PUBLISHED],
        results={"summary": grid.summary(), "absent": absent, "published": PUBLISHED[1], "clips": grid.clips()},
        draw=lambda figure: by_condition(figure, grid, ("sdr", "mrstft")),
        finding=f"On {first}, {mine} have {grid.median(first, mine, 'sdr'):.2f} dB SDR, the classical baseline "
        f"{grid.median(first, TITLES['vocals/repet_sim'], 'sdr'):.2f} dB, the ideal ratio mask "
        f"{grid.median(first, TITLES['vocals/ideal_ratio_mask'], 'sdr'):.2f} dB.",
    )


def _peer_vocals(run: Run, name: str, clip: Clip) -> Wav:
    """Another system's vocals of a clip, `[C, n]`: FOLDER/CLIP.* at any rate."""
    places = [run.peers[name] / f"{clip.ref.name}{suffix}" for suffix in sorted(AUDIO_SUFFIXES)]
    file = next((path for path in places if path.is_file()), None)
    if file is None:
        raise InvalidOptions(f"{name} has no vocals of the clip {clip.ref.name} in {run.peers[name]}.")
    wav, rate = read_audio(file)
    wav = fit(resample(wav, rate, clip.rate), clip.mixture.shape[1])
    return wav if len(wav) == len(clip.mixture) else wav.mean(0, keepdims=True).repeat(len(clip.mixture), axis=0)


class _Ours:
    """All that `voicelift evaluate` compares, of the clip that was asked for last."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._clip: Clip | None = None

    def __call__(self, clip: Clip) -> dict[str, Any]:
        if clip is not self._clip:
            separator = EngineSeparator(
                self._run.engine,
                self._run.card.sampling("standard"),
                self._run.card.sampling("standard", render="generative"),
            )
            self._clip, self._wavs = clip, estimate(clip, separator).wavs
        return self._wavs
