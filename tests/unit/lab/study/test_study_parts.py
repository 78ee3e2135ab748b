"""Signal processing and measures of the studies, on signals with known results."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from core.audio.types import Wav
from core.card import load_card
from core.separation.track import separate_array
from lab.evaluation.audio_files import write_audio
from lab.evaluation.datasets import ClipRef, EvaluationSet, load
from lab.evaluation.metrics import sdr
from lab.study.context import in_chunks, joined
from lab.study.excerpts import faded, loudest
from lab.study.grid import Grid
from lab.study.harmonies import arrange
from lab.study.latent_errors import latent_scores, over_clips, within_clips
from lab.study.quantise import fit_books, fitted
from lab.study.run import Run
from lab.study.sibilants import crossed, high_band_eta, sibilant_scores
from lab.study.trial import Latents, by_ddim, separate

pytestmark = pytest.mark.slow
RATE = 16000
Mono = NDArray[np.float32]


def tone(hertz: float, seconds: float = 1.0) -> Mono:
    return (0.1 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


def rms(wav: Wav) -> float:
    return float(np.sqrt(np.mean(np.square(wav))))


def test_a_trial_equals_the_engine(tiny_model_dir: Path, tmp_path: Path) -> None:
    clip = load(ClipRef("toy", "song", stop=3.0, synthetic_song=0))
    with Run("toy", tmp_path, tiny_model_dir, tmp_path, threads=1) as run:
        preset = run.card.quality["high"]
        by_engine = separate_array(run.engine, clip.mixture, clip.rate, preset)
        generated, masked = separate(run, clip, by_ddim(preset))
    body = slice(0, 2 * clip.rate)  # the engine pads to a full chunk, which changes the last frames
    assert sdr(by_engine["vocals"][:, body], generated[:, body]) > 40  # type: ignore[operator]
    assert sdr(by_engine["masked"][:, body], masked[:, body]) > 40  # type: ignore[operator]


@pytest.mark.parametrize("frames", [128, 256, 512, 1024, 2048])
def test_chunks_of_every_length_overlap_by_a_sixteenth(frames: int, tiny_model_dir: Path) -> None:
    geometry = in_chunks(load_card(tiny_model_dir), frames).geometry
    assert geometry.frames == frames
    assert geometry.overlap == pytest.approx(frames / 16, abs=3)


def test_karaoke_clips_are_joined_in_order(tmp_path: Path) -> None:
    paths = []
    for number, hertz in enumerate((200, 300)):
        paths.append(tmp_path / f"singer_song_{number}.flac")
        write_audio(paths[-1], np.stack([tone(hertz), tone(2 * hertz)]), RATE)
    clip = joined(ClipRef("mir1k", "singer_song", tuple(paths), rate=RATE, sides=True))
    assert clip.seconds == 2.0
    assert clip.vocals is not None
    np.testing.assert_allclose(clip.vocals[0], np.concatenate([tone(400), tone(600)]), atol=1e-3)
    np.testing.assert_allclose(clip.mixture, clip.vocals + clip.accompaniment, atol=1e-3)


def test_an_excerpt_is_the_loudest_span_with_silence_elsewhere() -> None:
    voice = np.stack([tone(200)] * 2)
    voice[:, 9000:12000] *= 4
    span = loudest(voice, 2000)
    assert 9000 <= span.start <= span.stop <= 12000
    excerpt = faded(voice, span, 100)
    assert not excerpt[:, : span.start].any()
    assert not excerpt[:, span.stop :].any()
    inner = slice(span.start + 100, span.stop - 100)
    np.testing.assert_array_equal(excerpt[:, inner], voice[:, inner])
    assert loudest(voice, 10**9) == slice(0, voice.shape[1])


def test_harmonies_keep_the_energy_and_a_doubled_line_is_accompaniment() -> None:
    clip = load(ClipRef("toy", "song", stop=2.0, synthetic_song=1))
    assert clip.vocals is not None
    sung = arrange(clip, 2, double=False)
    assert sung.vocals is not None
    assert rms(sung.vocals) == pytest.approx(rms(clip.vocals), rel=1e-3)
    assert sdr(clip.vocals, sung.vocals) < 10  # type: ignore[operator]  # harmonies were added
    np.testing.assert_array_equal(sung.accompaniment, clip.accompaniment)

    doubled = arrange(clip, 0, double=True)
    np.testing.assert_array_equal(doubled.vocals, clip.vocals)
    line = doubled.accompaniment - clip.accompaniment
    assert 20 * np.log10(rms(line) / rms(clip.vocals)) == pytest.approx(-6, abs=0.1)
    np.testing.assert_allclose(doubled.mixture, clip.vocals + doubled.accompaniment, atol=1e-6)
    assert arrange(clip, 0, double=False).vocals is clip.vocals


def test_sibilant_scores_detect_dull_and_metallic_sibilants() -> None:
    noise = np.random.default_rng(0).standard_normal(RATE).astype(np.float32)
    spectrum = np.fft.rfft(noise)
    spectrum[: len(spectrum) // 2] *= 0.1  # a sibilant: most energy above 4 kHz
    hiss = np.fft.irfft(spectrum, RATE).astype(np.float32)
    vowel = tone(300)
    voice = np.concatenate([0.1 * hiss, vowel])

    same = sibilant_scores(voice, voice, RATE)
    assert same == {"sibilant_lsd": 0.0, "level": 0.0, "flatness": 0.0}
    dull = sibilant_scores(voice, np.concatenate([0.05 * hiss, vowel]), RATE)
    assert dull["level"] == pytest.approx(-6, abs=0.3)
    ringing = sibilant_scores(voice, np.concatenate([tone(5000), vowel]), RATE)
    assert ringing["flatness"] is not None
    assert ringing["flatness"] < -10
    assert sibilant_scores(vowel, voice[:RATE], RATE)["sibilant_lsd"] is None


def test_voices_are_crossed_at_four_kilohertz() -> None:
    low, high = tone(1000)[None], tone(6000)[None]
    mixed = crossed(low + tone(7000)[None], high + tone(500)[None], RATE)
    np.testing.assert_allclose(mixed[:, 2000:-2000], (low + high)[:, 2000:-2000], atol=2e-3)


def test_high_band_eta_changes_only_the_higher_dims() -> None:
    noise = torch.randn(4, 1, 8, 5, generator=torch.Generator().manual_seed(0))
    latents = Latents(lambda z, t: -0.5 * z, torch.zeros(1, 8, 5), lambda step: noise[step])
    plain = high_band_eta(3, 6, 0.0)(latents)
    noisy = high_band_eta(3, 6, 1.0)(latents)
    torch.testing.assert_close(noisy[:, :6], plain[:, :6])
    assert (noisy[:, 6:] - plain[:, 6:]).abs().max() > 0.1


def test_more_codebooks_reduce_the_error() -> None:
    x = torch.randn(600, 4, generator=torch.Generator().manual_seed(0))
    books = fit_books(x, 4, 16)
    quantiser = fitted(books, frame_rate=75)
    assert quantiser.bandwidths == pytest.approx((0.6, 1.2))
    z = x.T[None]
    errors = [float((quantiser.quantise(z, kbps) - z).square().mean()) for kbps in quantiser.bandwidths]
    assert errors[1] < 0.6 * errors[0] < 0.6 * float(z.square().mean())


def test_rank_correlations_within_clips_and_over_them() -> None:
    clips, conditions = 5, ["a", "b", "c", "d"]
    cells: dict[tuple[str, str, str], dict[str, float | None]] = {
        ("toy", str(k), c): {"mse": float(n + k), "sdr": 10.0 - n + 3 * k, "lsd": 1.0}
        for k in range(clips)
        for n, c in enumerate(conditions)
    }
    refs = tuple(ClipRef("toy", str(k)) for k in range(clips))
    grid = Grid([EvaluationSet("toy", "given scores", refs)], conditions, cells)
    within, over = within_clips(grid, "toy", "mse", "sdr"), over_clips(grid, "toy", "mse", "sdr")
    assert within is not None
    assert over is not None
    assert within.median == pytest.approx(-1)  # more error, less SDR, in every clip
    assert within.n == clips
    assert over.median == pytest.approx(1)  # clips with more error have more SDR
    assert over.n == len(conditions)
    assert within_clips(grid, "toy", "mse", "lsd") is None  # constant scores have no rank


def test_latent_errors_of_the_parts_are_consistent() -> None:
    z, target = torch.zeros(1, 8, 5), torch.ones(1, 8, 5)
    target[:, 6:] = 3.0
    scores = latent_scores(z + 0.5 * target, target, linear_dims=6)
    assert scores["linear_mse"] == pytest.approx(0.25)
    assert scores["learned_mse"] == pytest.approx(2.25)
    assert scores["mse"] == pytest.approx((6 * 0.25 + 2 * 2.25) / 8)
    assert scores["angle"] == pytest.approx(0, abs=1e-6)
    assert set(latent_scores(z, target, linear_dims=0)) == {"mse", "mae", "angle"}
