"""Batches of a GPU, on a CPU: buckets without graph recording, and U-Nets in bfloat16."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from core.checkpoint import Model, load_model
from core.separation.batches import BucketedVelocity, InBfloat16, halve

Inputs = tuple[Tensor, Tensor, Tensor, list[Tensor]]


@pytest.fixture(scope="module")
def model(tiny_model_dir: Path) -> Model:
    return load_model(tiny_model_dir)[0]


@pytest.fixture(scope="module")
def inputs(model: Model) -> Inputs:
    generator = torch.Generator().manual_seed(0)
    wav = 0.1 * torch.randn(5, model.codec.channels, 64 * model.codec.hop, generator=generator)
    with torch.inference_mode():
        estimate, features = model.condition(wav)
        z = torch.randn(estimate.shape, generator=generator)
    return z, torch.linspace(0.1, 0.9, 5), estimate, features


def row_of(inputs: Inputs) -> list[Tensor]:
    z, t, estimate, features = inputs
    return [part[:1] for part in (z, t, estimate, *features)]


def test_buckets() -> None:
    velocity = BucketedVelocity(torch.nn.Identity(), (8, 1, 2, 4), record=False)
    assert [velocity.bucket(rows) for rows in (1, 2, 3, 4, 5, 8)] == [1, 2, 4, 4, 8, 8]
    with pytest.raises(ValueError, match="larger than 8"):
        velocity.bucket(9)
    velocity.limit(5)
    assert velocity.sizes == [1, 2, 4]
    velocity.limit(0)
    assert velocity.sizes == [1]


@torch.inference_mode()
def test_a_bucket_equals_the_generator_regardless_of_earlier_contents(model: Model, inputs: Inputs) -> None:
    velocity = BucketedVelocity(model.generator, (1, 2, 4, 8), record=False)
    assert velocity.warm(*row_of(inputs)) == 8
    z, t, estimate, features = inputs
    expected = model.generator(z, t, estimate, features)
    for rows in (5, 3, 1, 4):
        actual = velocity(z[:rows], t[:rows], estimate[:rows], [level[:rows] for level in features])
        assert actual.shape == expected[:rows].shape
        torch.testing.assert_close(actual, expected[:rows], atol=1e-4, rtol=1e-4)


@torch.inference_mode()
def test_networks_in_bfloat16_stay_close_and_the_rest_stays_float32(tiny_model_dir: Path) -> None:
    model, _ = load_model(tiny_model_dir)
    wav = 0.1 * torch.randn(1, model.codec.channels, 64 * model.codec.hop, generator=torch.Generator().manual_seed(1))
    t = torch.full((1,), 0.3)

    def outputs() -> list[Tensor]:
        estimate, features = model.condition(wav)
        return [estimate, model.generator(estimate, t, estimate, features), model.decode(estimate)]

    plain = outputs()
    halve(model)
    networks = [module for module in model.modules() if isinstance(module, InBfloat16)]
    assert len(networks) == 2
    inside = {parameter.data_ptr() for network in networks for parameter in network.parameters()}
    outside = [parameter for parameter in model.parameters() if parameter.data_ptr() not in inside]
    assert outside
    assert all(parameter.dtype == torch.float32 for parameter in outside)
    kept = {name for network in networks for name, p in network.named_parameters() if p.dtype == torch.float32}
    assert all("norm" in name for name in kept)
    for one, other in zip(plain, outputs(), strict=True):
        assert other.dtype == torch.float32
        assert not torch.equal(one, other)
        noise = float((one - other).square().mean() / one.square().mean())
        assert noise < 10**-2.5  # -25 dB
