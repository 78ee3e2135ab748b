from dataclasses import replace

import pytest
import torch

from core.nets.conditioner import Conditioner
from core.nets.config import PRESETS, MaskConfig, NetConfig, UNetConfig
from core.nets.unet import Generator

TINY = PRESETS["tiny"]


def encode(wav: torch.Tensor) -> torch.Tensor:
    """A stand-in for a codec: `[B, C, T]` to `[B, 128, T / 320]`."""
    return wav.mean(1).unflatten(1, (-1, 320))[..., :128].transpose(1, 2)


def run(config: NetConfig, frames: int = 32, batch: int = 2) -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    conditioner, generator = Conditioner(config).eval(), Generator(config)
    torch.nn.init.normal_(generator.head.weight, std=0.1)
    mixture, z_t = torch.randn(batch, 1, frames * 320), torch.randn(batch, config.dim, frames)
    estimate, levels = conditioner(mixture, encode)
    return estimate, generator(z_t, torch.tensor([0.2, 0.9])[:batch], estimate, levels)


@pytest.mark.parametrize("inject", [(1,), (0, 1), ()])
@pytest.mark.parametrize("frames", [8, 30, 100])
def test_shapes_at_any_length_and_injection(inject: tuple[int, ...], frames: int) -> None:
    estimate, v = run(replace(TINY, inject=inject), frames)
    assert estimate.shape == v.shape == (2, 128, frames)


def test_the_mixture_reaches_the_generator_at_injected_levels_only() -> None:
    torch.manual_seed(0)
    z_t, t, estimate = torch.randn(1, 128, 16), torch.tensor([0.5]), torch.randn(1, 128, 16)
    config = PRESETS["small"]
    widths = config.conditioner.channels
    levels = [torch.randn(1, width, 8 // 2**i) for i, width in enumerate(widths)]
    changed = [levels[0] + 1, *levels[1:]]
    for inject, reaches in (((2, 3), False), ((1, 2, 3), True), ((0,), True)):
        generator = Generator(replace(config, inject=inject))
        torch.nn.init.normal_(generator.head.weight)
        same = torch.equal(generator(z_t, t, estimate, levels), generator(z_t, t, estimate, changed))
        assert same is not reaches


def test_time_is_per_sample() -> None:
    torch.manual_seed(0)
    generator = Generator(replace(TINY, inject=()))
    torch.nn.init.normal_(generator.head.weight)
    for module in generator.modules():
        if isinstance(module, torch.nn.Conv1d) and not module.weight.any():
            torch.nn.init.normal_(module.weight, std=0.1)
    z, estimate, t = torch.randn(2, 128, 16), torch.randn(2, 128, 16), torch.tensor([0.1, 0.8])
    both = generator(z, t, estimate, [])
    for row in (0, 1):
        alone = generator(z[row : row + 1], t[row : row + 1], estimate[row : row + 1], [])
        torch.testing.assert_close(both[row : row + 1], alone, atol=1e-5, rtol=1e-4)
    other = generator(z, torch.tensor([0.3, 0.8]), estimate, [])
    assert not torch.allclose(other[0], both[0])
    torch.testing.assert_close(other[1], both[1])


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_presets_survive_a_card(preset: str) -> None:
    config = PRESETS[preset]
    assert NetConfig.from_dict(config.to_dict()) == config


@pytest.mark.parametrize(("preset", "millions"), [("S", 29), ("M", 60), ("L", 137)])
def test_generators_have_the_size_of_the_published_spec(preset: str, millions: int) -> None:
    with torch.device("meta"):
        generator = Generator(PRESETS[preset])
    count = sum(p.numel() for p in generator.parameters()) / 1e6
    assert abs(count - millions) / millions < 0.35, f"{count:.1f} M"


@pytest.mark.parametrize(
    "change",
    [
        {"inject": (5,)},
        {"conditioner": UNetConfig((8, 8, 8), (1, 2, 2), (1, 1, 1))},
        {"conditioner": UNetConfig((8, 8), (1, 4), (1, 1))},
    ],
)
def test_impossible_configurations_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"level|factors"):
        replace(TINY, **change)  # type: ignore[arg-type]


@pytest.mark.parametrize("change", [{"bins": 1000}, {"bins": 1600}, {"hop": 600}])
def test_impossible_masks_are_refused(change: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"bins|hop"):
        MaskConfig(**change)  # type: ignore[arg-type]
