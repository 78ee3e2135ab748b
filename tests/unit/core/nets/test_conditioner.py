from dataclasses import replace

import pytest
import torch

from core.nets.conditioner import Conditioner, mask_loss
from core.nets.config import PRESETS
from core.nets.spectrum import Spectrum

TINY = PRESETS["tiny"]
MASK = TINY.mask


def conditioner(seed: int = 0) -> Conditioner:
    torch.manual_seed(seed)
    return Conditioner(TINY).eval()


def wake(made: Conditioner) -> Conditioner:
    """Give what starts at zero a value, so that every part has a say."""
    for parameter in made.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.1)
    return made


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("frames", [1, 7])
def test_a_spectrum_is_inverted(channels: int, frames: int) -> None:
    spectrum, wav = Spectrum(2560, 640), torch.randn(3, channels, 640 * frames)
    spectra = spectrum(wav)
    assert spectra.shape == (3, channels, 1281, frames)
    torch.testing.assert_close(spectrum.inverse(spectra), wav, atol=1e-5, rtol=1e-4)


def test_a_fresh_conditioner_halves_the_mixture() -> None:
    wav = torch.randn(2, 1, 640 * 8)
    estimate, levels = conditioner()(wav, lambda x: x)
    torch.testing.assert_close(estimate, wav / 2, atol=1e-5, rtol=1e-4)
    assert [level.shape for level in levels] == [(2, 64, 8)]


def test_what_follows_a_clip_by_more_than_it_can_see_changes_nothing() -> None:
    made = wake(Conditioner(replace(TINY, conditioner=replace(TINY.conditioner, attention=()))).eval())
    wav = torch.randn(1, 1, 640 * 60)
    short, long = wav.clone(), wav
    short[..., 640 * 40 :] = 0
    ours, theirs = (made(x, lambda y: y)[0][..., : 640 * 20] for x in (short, long))
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-4)


def test_the_mask_is_the_same_at_any_level_of_both_channels() -> None:
    made, wav = wake(conditioner()), torch.randn(1, 2, 640 * 8)
    mono = wav.mean(1, keepdim=True)
    both, one = (made.net(made.log_magnitude(made.spectrum(x)))[0] for x in (wav, mono))
    torch.testing.assert_close(both, one, atol=1e-4, rtol=1e-4)


def test_the_loss_is_least_at_the_best_mask_and_finite_in_silence() -> None:
    torch.manual_seed(0)
    spectrum = Spectrum(MASK.n_fft, MASK.hop)
    mixture = spectrum(torch.randn(2, 1, 640 * 8))
    truth = torch.rand(2, 1, *mixture.shape[2:])
    at_best = mask_loss(truth, mixture, truth * mixture)
    for other in (truth * 0.9, torch.ones_like(truth), torch.zeros_like(truth)):
        assert mask_loss(other, mixture, truth * mixture) > at_best + 0.1
    silence = torch.zeros_like(mixture)
    assert torch.isfinite(mask_loss(truth, silence, silence))
    assert mask_loss(torch.zeros_like(truth), mixture, silence) < mask_loss(truth, mixture, silence)


def test_it_learns_to_let_a_low_tone_pass_and_a_high_one_not() -> None:
    torch.manual_seed(0)
    made = Conditioner(TINY).train()
    optimiser = torch.optim.Adam(made.parameters(), 3e-3)
    time = torch.arange(640 * 16) / 24000
    losses = []
    for _ in range(25):
        low, high = (torch.sin(2 * torch.pi * f * time) for f in (300.0, 2500.0))
        vocals = 0.1 * low[None, None].repeat(2, 1, 1)
        loss, _, estimated = made.learn(vocals + 0.1 * high, vocals, lambda x: x)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0] - 0.5
    error = (estimated() - vocals).square().mean() / vocals.square().mean()
    assert error < 0.1


def test_measured_statistics_bring_the_input_to_unit_variance() -> None:
    made = conditioner()
    wav = 0.1 * torch.randn(8, 1, 640 * 16)
    made.fit(wav)
    x = (made.log_magnitude(made.spectrum(wav)) - made.net.mean) / made.net.std
    assert abs(float(x.mean())) < 1e-3
    assert abs(float(x.std()) - 1) < 0.05
