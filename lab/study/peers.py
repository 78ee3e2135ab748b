"""Comparison of the model with other systems on the same clips, with significance tests, which the paper lacks.

Always included: the mixture, REPET-SIM, the conditioner's estimate, the codec's ceiling and the ideal ratio mask.
Models of other projects are included if package and weights are available (lab.study.peer_models), other systems by a
folder of their vocals (`--peer NAME=FOLDER`). Published figures, of other clips and full songs, are printed for
reference.
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
from lab.study.grid import VoiceScorer
from lab.study.outcome import Outcome
from lab.study.peer_models import find_peers
from lab.study.plots import by_condition
from lab.study.run import Run

LIMITS = {"musdb7": 16, "mir1k": 8}
MODEL = "vocals/masked"
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
    scorer, estimates = VoiceScorer(), _Estimates(run)
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
            estimated = estimates(clip).get(name)
            if estimated is None:  # the conditioner has no estimate
                return {}
            voice = estimated
        return scorer(clip, voice)

    grid = run.grid(run.clips(LIMITS), list(titles), work)
    shown = [c for c in grid.conditions if any(grid.interval(s.name, c, "sdr") for s in grid.sets)]
    grid = type(grid)(grid.sets, shown, grid.cells)
    head, rows = grid.table(first="system")
    rows += [["-", f"{name}: {why}", "0", *[""] * (len(head) - 3)] for name, why in absent.items()]
    tested = {name: METRICS[name] for name in ("sdr", "mrstft", "mel_mae")}
    first, model = grid.sets[0].name, TITLES[MODEL]
    return Outcome(
        caption=grid.caption,
        tables=[(head, rows), grid.paired(model, tested), PUBLISHED],
        results={"summary": grid.summary(), "absent": absent, "published": PUBLISHED[1], "clips": grid.clips()},
        draw=lambda figure: by_condition(figure, grid, ("sdr", "mrstft")),
        finding=f"On {first}, {model} have {grid.median(first, model, 'sdr'):.2f} dB SDR, REPET-SIM has "
        f"{grid.median(first, TITLES['vocals/repet_sim'], 'sdr'):.2f} dB, the ideal ratio mask "
        f"{grid.median(first, TITLES['vocals/ideal_ratio_mask'], 'sdr'):.2f} dB.",
    )


def _peer_vocals(run: Run, name: str, clip: Clip) -> Wav:
    """Another system's vocals of a clip, `[C, n]`, from FOLDER/CLIP.* at any rate.

    Raises:
        InvalidOptions: the file does not exist.
    """
    places = [run.peers[name] / f"{clip.ref.name}{suffix}" for suffix in sorted(AUDIO_SUFFIXES)]
    file = next((path for path in places if path.is_file()), None)
    if file is None:
        raise InvalidOptions(f"{name} has no vocals of the clip {clip.ref.name} in {run.peers[name]}.")
    wav, rate = read_audio(file)
    wav = fit(resample(wav, rate, clip.rate), clip.mixture.shape[1])
    return wav if len(wav) == len(clip.mixture) else wav.mean(0, keepdims=True).repeat(len(clip.mixture), axis=0)


class _Estimates:
    """The estimates of `voicelift evaluate`, cached for the last clip."""

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
