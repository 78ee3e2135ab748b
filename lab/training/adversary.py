"""The adversary of codec training: EnCodec's multi-scale STFT discriminator, with hinge losses and feature matching."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.codec.encodec import import_encodec, older_weight_norm


def discriminator(filters: int, channels: int = 1) -> nn.Module:
    """`encodec.msstftd.MultiScaleSTFTDiscriminator`: audio `[B, C, T]` to (logits, feature maps), lists by scale."""
    import_encodec()
    from encodec.msstftd import MultiScaleSTFTDiscriminator

    with older_weight_norm():
        module: nn.Module = MultiScaleSTFTDiscriminator(filters, in_channels=channels, out_channels=channels)
    return module


def discriminator_loss(network: nn.Module, real: Tensor, decoded: Tensor) -> Tensor:
    """Scalar hinge loss, mean over scales: logits of `real` above 1, of `decoded` below -1, audio `[B, C, T]` each."""
    losses = [
        functional.relu(1 - true).mean() + functional.relu(1 + false).mean()
        for true, false in zip(network(real)[0], network(decoded.detach())[0], strict=True)
    ]
    return torch.stack(losses).mean()


def generator_losses(network: nn.Module, real: Tensor, decoded: Tensor) -> tuple[Tensor, Tensor]:
    """Scalar (adversarial, feature matching) losses of audio `[B, C, T]`.

    The adversarial loss raises the logits of `decoded`. Feature matching is the L1 distance of the feature maps,
    relative to the magnitude of the real audio's.
    """
    with torch.no_grad():
        _, real_maps = network(real)
    logits, maps = network(decoded)
    adversarial = torch.stack([functional.relu(1 - x).mean() for x in logits]).mean()
    matching = [
        (fake - true).abs().mean() / true.abs().mean().clamp_min(1e-6)
        for fake_scale, true_scale in zip(maps, real_maps, strict=True)
        for fake, true in zip(fake_scale, true_scale, strict=True)
    ]
    return adversarial, torch.stack(matching).mean()
