import pytest
import torch

from core.codec.mdct import Mdct
from core.codec.normalise import LatentNorm
from core.codec.spectral import SpectralCodec, SpectralConfig

SMALL = SpectralConfig(encoder_width=16, encoder_blocks=1, decoder_width=16, decoder_blocks=1)


def noise(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0)) * 0.1


def test_the_full_mdct_reconstructs_exactly_away_from_the_ends() -> None:
    wav = noise(2, 1, 320 * 20)
    mdct = Mdct(320, 320)
    error = (mdct.inverse(mdct(wav)) - wav)[..., 160:-160]
    assert error.abs().max() < 1e-5


def test_the_linear_dims_of_a_mixture_are_the_sum_of_its_sources() -> None:
    codec = SpectralCodec(SMALL)
    a, b = noise(1, 1, 3200), noise(1, 1, 3200).flip(-1)
    linear = slice(0, codec.linear_dims)
    torch.testing.assert_close(codec.encode(a + b)[:, linear], (codec.encode(a) + codec.encode(b))[:, linear])


def test_shapes_and_rates() -> None:
    codec = SpectralCodec(SMALL)
    z = codec.encode(noise(2, 1, 320 * 33))
    assert z.shape == (2, 128, 33)
    assert codec.decode(z).shape == (2, 1, 320 * 33)
    assert codec.frame_rate == 75


def test_a_wrong_length_is_refused_with_its_shape() -> None:
    codec = SpectralCodec(SMALL)
    with pytest.raises(ValueError, match="1000"):
        codec.encode(noise(1, 1, 1000))


def test_stft_and_its_inverse_agree() -> None:
    codec = SpectralCodec(SMALL)
    wav = noise(1, 1, 320 * 16)
    torch.testing.assert_close(codec._inverse_stft(codec.stft(wav)), wav, atol=1e-5, rtol=0)


def test_latent_norm_standardises_and_inverts() -> None:
    z = noise(4, 6, 500) * torch.tensor([1.0, 10, 100, 0.1, 5, 50])[:, None] ** 2 + 1
    norm = LatentNorm(6)
    norm.fit([z])
    x = norm(z)
    assert torch.allclose(x.std((0, 2)), torch.ones(6), atol=0.02)
    assert x.mean((0, 2)).abs().max() < 0.02
    torch.testing.assert_close(norm.inverse(x), z, rtol=1e-3, atol=1e-4)
