"""The adversary of codec training: EnCodec's multi-scale STFT discriminator, with hinge losses and feature matching."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.codec.encodec import import_encodec, older_weight_norm


def discriminator(filters: int, channels: int = 1) -> nn.Module:
    """`encodec.msstftd.MultiScaleSTFTDiscriminator`: audio `[B, C, T]` to (logits, feature maps), a list a scale."""
    import_encodec()
    from encodec.msstftd import MultiScaleSTFTDiscriminator

    with older_weight_norm():
        module: nn.Module = MultiScaleSTFTDiscriminator(filters, in_channels=channels, out_channels=channels)
    return module


def discriminator_loss(judge: nn.Module, real: Tensor, decoded: Tensor) -> Tensor:
    """Hinge: real audio above 1, what the codec made below -1; mean over scales."""
    losses = [
        functional.relu(1 - true).mean() + functional.relu(1 + false).mean()
        for true, false in zip(judge(real)[0], judge(decoded.detach())[0], strict=True)
    ]
    return torch.stack(losses).mean()


def generator_losses(judge: nn.Module, real: Tensor, decoded: Tensor) -> tuple[Tensor, Tensor]:
    """(adversarial, feature matching): raise the logits of what was made; L1 of feature maps relative to the real's."""
    with torch.no_grad():
        _, wanted = judge(real)
    logits, maps = judge(decoded)
    adversarial = torch.stack([functional.relu(1 - x).mean() for x in logits]).mean()
    matching = [
        (ours - theirs).abs().mean() / theirs.abs().mean().clamp_min(1e-6)
        for scale, goal in zip(maps, wanted, strict=True)
        for ours, theirs in zip(scale, goal, strict=True)
    ]
    return adversarial, torch.stack(matching).mean()
