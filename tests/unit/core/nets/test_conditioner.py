from dataclasses import replace

import pytest
import torch
from torch import Tensor

from core.nets.conditioner import Conditioner, band_loss, mask_loss, stereo_cues
from core.nets.config import PRESETS
from core.nets.spectrum import Spectrum

TINY = PRESETS["tiny"]
MASK = TINY.mask


def conditioner(seed: int = 0) -> Conditioner:
    torch.manual_seed(seed)
    return Conditioner(TINY).eval()


def wake(net: Conditioner) -> Conditioner:
    """Set zero-initialised weights, so that every part has an effect."""
    for parameter in net.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.1)
    return net


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


def test_audio_beyond_the_receptive_field_changes_nothing() -> None:
    net = wake(Conditioner(replace(TINY, conditioner=replace(TINY.conditioner, attention=()))).eval())
    wav = torch.randn(1, 1, 640 * 60)
    short, long = wav.clone(), wav
    short[..., 640 * 40 :] = 0
    start, reference = (net(x, lambda y: y)[0][..., : 640 * 20] for x in (short, long))
    torch.testing.assert_close(start, reference, atol=1e-5, rtol=1e-4)


def voices(net: Conditioner, pair: Tensor) -> Tensor:
    """The estimate for each channel of `pair` `[2, T]`."""
    return torch.cat([net(pair[None, rows], lambda x: x)[0][0] for rows in ([0, 1], [1, 0])])


def test_swapped_channels_swap_estimates_and_a_flipped_channel_flips_its_estimate() -> None:
    net, pair = wake(conditioner()), torch.randn(2, 640 * 8)
    plain = voices(net, pair)
    torch.testing.assert_close(voices(net, pair.flip(0)), plain.flip(0))
    flip = torch.tensor([[1.0], [-1.0]])
    torch.testing.assert_close(voices(net, pair * flip), plain * flip, atol=1e-5, rtol=1e-4)


def test_equal_and_opposite_channels_equal_mono() -> None:
    net, wav = wake(conditioner()), torch.randn(1, 640 * 8)
    alone = net(wav[None], lambda x: x)[0][0]
    for sign in (1, -1):
        pair = torch.cat([wav, sign * wav])
        torch.testing.assert_close(voices(net, pair)[:1], alone, atol=1e-5, rtol=1e-4)


def test_the_opposite_channel_affects_the_estimate() -> None:
    net, pair = wake(conditioner()), torch.randn(2, 640 * 8)
    assert (voices(net, pair)[0] - net(pair[None, :1], lambda x: x)[0][0, 0]).abs().max() > 1e-3


def test_cues_encode_the_stereo_position_of_a_bin() -> None:
    here, there = torch.tensor([[[2.0 + 0j]]]), torch.tensor([[[0.2 + 0j]]])
    for first, second, width, balance in ((here, here, 0, 0), (here, -here, 0, 0), (here, 0 * here, 1, 2)):
        cues = stereo_cues(first, second)[0, :, 0, 0].tolist()
        assert cues == pytest.approx([width, balance], abs=1e-3)
    assert stereo_cues(here, there)[0, 1].item() == pytest.approx(1, abs=1e-2)
    assert stereo_cues(there, here)[0, 1].item() == pytest.approx(-1, abs=1e-2)


def test_the_band_loss_weights_quiet_bands() -> None:
    """A quiet octave and a quiet second have the weight of loud ones; without a voice, silence is best."""
    torch.manual_seed(0)
    net = conditioner()
    mixture = net.spectrum(torch.randn(1, 1, 640 * 76))
    target = 0.5 * mixture
    low = net.bands[:3].sum(0).bool()
    target[:, :, ~low] *= 0.1
    late = torch.arange(mixture.shape[3]) >= 38
    target[..., late] *= 0.1
    truth = (target / mixture).real
    best = band_loss(truth, mixture, target, net.bands)
    for hole in (~low[:, None] & ~late, low[:, None] & late):
        holed = torch.where(hole, 0.0, truth)
        missing = (holed - truth) * mixture
        assert missing.abs().square().sum() < 0.11 * target.abs().square().sum()
        assert band_loss(holed, mixture, target, net.bands) > best + 0.08
    silence = torch.zeros_like(target)
    worse = band_loss(truth, mixture, silence, net.bands)
    assert band_loss(torch.zeros_like(truth), mixture, silence, net.bands) < worse
    assert torch.isfinite(band_loss(truth, silence, silence, net.bands))


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


@pytest.mark.slow
def test_it_learns_to_pass_a_low_tone_and_remove_a_high_one() -> None:
    torch.manual_seed(0)
    net = Conditioner(TINY).train()
    optimiser = torch.optim.Adam(net.parameters(), 3e-3)
    time = torch.arange(640 * 16) / 24000
    losses = []
    for _ in range(25):
        low, high = (torch.sin(2 * torch.pi * f * time) for f in (300.0, 2500.0))
        vocals = 0.1 * low[None, None].repeat(2, 1, 1)
        loss, _, estimated = net.learn(vocals + 0.1 * high, vocals, lambda x, _codec=None: x)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0] - 0.5
    error = (estimated() - vocals).square().mean() / vocals.square().mean()
    assert error < 0.1


def test_measured_statistics_bring_the_input_to_unit_variance() -> None:
    net = conditioner()
    wav = 0.1 * torch.randn(8, 1, 640 * 16)
    net.fit(wav)
    x = (net.log_magnitude(net.spectrum(wav)) - net.net.mean) / net.net.std
    assert abs(float(x.mean())) < 1e-3
    assert abs(float(x.std()) - 1) < 0.05
