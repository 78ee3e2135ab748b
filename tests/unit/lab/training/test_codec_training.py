"""Codec training on tones: losses, discriminator, and the report on fidelity."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from core.card import load_card
from core.checkpoint import load_model, save_model
from core.codec.base import Codec
from core.codec.encodec import OfficialEncodec, import_encodec
from core.codec.load import build_codec
from core.codec.spectral import SpectralCodec, SpectralConfig
from core.codec.spectrogram import SpectrogramCodec
from core.errors import InputError, InvalidOptions
from core.settings import REPOSITORY
from lab.evaluation.synthetic import sing
from lab.training.adversary import discriminator, discriminator_loss, generator_losses
from lab.training.codec import CodecRecipe, CodecTrainer, reconstruct, spectral_loss
from lab.training.codec_report import MARGIN, dev_clips, report
from lab.training.codec_split import Split, measure_splits, table
from lab.training.codec_training import load_codec, new_codec, save_codec, train_codec
from lab.training.mixtures import MixtureRecipe, Mixtures
from lab.training.new_model import new_card, new_model
from lab.training.pool import Pool
from lab.training.recipe import DataRecipe, ModelRecipe, RunRecipe

# encodec uses torch's older weight norm.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:.*weight_norm.*:FutureWarning")]
SMALL = SpectralConfig(encoder_width=16, encoder_blocks=1, decoder_width=16, decoder_blocks=1)
Part = Literal["all", "encoder", "decoder"]
SHORT = CodecRecipe(steps=40, batch=2, segment=320 * 16, pools=("songs",), adversarial=0.0)


def train(codec: Codec, pool_dir: Path, recipe: CodecRecipe) -> list[dict[str, float]]:
    trainer = CodecTrainer(codec, Pool(pool_dir), recipe)
    torch.manual_seed(0)
    return [{k: float(v.detach()) for k, v in trainer.step(n).items()} for n in range(1, recipe.steps + 1)]


def test_training_reduces_the_spectral_loss(pool_dir: Path, tmp_path: Path) -> None:
    torch.manual_seed(0)
    codec = SpectralCodec(SMALL)
    curve = [values["spectral"] for values in train(codec, pool_dir, SHORT)]
    assert np.mean(curve[-8:]) < 0.9 * np.mean(curve[:8])
    save_codec(codec, tmp_path / "codec.pt")
    again = load_codec(tmp_path / "codec.pt")
    wav = torch.randn(1, 1, 3200) * 0.1
    torch.testing.assert_close(again.encode(wav), codec.encode(wav))


def test_a_pool_without_vocals_is_refused(pool_dir: Path) -> None:
    with pytest.raises(InputError, match="no vocals to train a codec on in: absent"):
        CodecTrainer(SpectralCodec(SMALL), Pool(pool_dir), replace(SHORT, pools=("absent",)))


def test_spectral_loss_is_zero_for_equal_signals_and_grows_with_the_difference() -> None:
    wav = torch.randn(1, 1, 6000, generator=torch.Generator().manual_seed(0))
    assert spectral_loss(wav, wav) == 0
    assert spectral_loss(wav, 1.1 * wav) < spectral_loss(wav, 2 * wav)


def test_discriminator_learns_and_generator_losses_rank_signals() -> None:
    torch.manual_seed(0)
    network, real = discriminator(2), torch.randn(2, 1, 4800)
    fake = torch.sin(torch.arange(4800) / 9.0).expand(2, 1, -1)
    optimiser = torch.optim.Adam(network.parameters(), 2e-2)
    before = discriminator_loss(network, real, fake)
    for _ in range(15):
        optimiser.zero_grad()
        discriminator_loss(network, real, fake).backward()
        optimiser.step()
    assert discriminator_loss(network, real, fake) < 0.7 * before
    adversarial, matching = generator_losses(network, real, fake)
    fooled, matched = generator_losses(network, real, real)
    assert fooled < adversarial and matched == 0 < matching


def test_adversarial_losses_start_after_their_share_of_the_steps(pool_dir: Path) -> None:
    recipe = replace(SHORT, steps=4, adversarial=0.05, adversarial_from=0.5, filters=2)
    adversarial = ["judge" in values for values in train(SpectralCodec(SMALL), pool_dir, recipe)]
    assert adversarial == [False, False, True, True]


@pytest.mark.parametrize(
    ("part", "moves"), [("all", (True, True)), ("encoder", (True, False)), ("decoder", (False, True))]
)
def test_a_seanet_can_be_trained_in_part(pool_dir: Path, part: Part, moves: tuple[bool, bool]) -> None:
    recipe = replace(SHORT, steps=1, batch=1, segment=320 * 4, train=part, learning_rate=1e-2)
    codec: Any = new_codec(ModelRecipe(codec="seanet"), recipe)
    before = [next(side.parameters()).clone() for side in (codec.encoder, codec.decoder)]
    train(codec, pool_dir, recipe)
    after = [next(side.parameters()) for side in (codec.encoder, codec.decoder)]
    assert tuple(not torch.equal(a, b) for a, b in zip(before, after, strict=True)) == moves


@pytest.mark.parametrize(("part", "refitted"), [("all", True), ("encoder", False), ("decoder", False)])
def test_the_latent_norm_is_not_refitted_with_a_frozen_half(pool_dir: Path, part: Part, refitted: bool) -> None:
    codec = SpectralCodec(SMALL)
    before = {name: value.clone() for name, value in codec.latent_norm.state_dict().items()}
    CodecTrainer(codec, Pool(pool_dir), replace(SHORT, train=part))
    after = codec.latent_norm.state_dict()
    assert any(not torch.equal(after[name], value) for name, value in before.items()) == refitted


def test_a_trained_seanet_is_saved_with_its_model(pool_dir: Path, tmp_path: Path, tones: MixtureRecipe) -> None:
    codec = new_codec(ModelRecipe(codec="seanet"), SHORT)
    save_codec(codec, tmp_path / "codec.pt")
    model = new_model(load_codec(tmp_path / "codec.pt"), ModelRecipe(preset="tiny"), Mixtures(Pool(pool_dir), tones))
    save_model(model, new_card(model, ModelRecipe()), tmp_path / "model")
    assert (tmp_path / "model" / "codec.safetensors").exists()
    loaded, card = load_model(tmp_path / "model")
    assert card.codec == {"kind": "encodec", "variant": "24khz", "pretrained": False}
    wav = torch.randn(1, 1, 3200) * 0.1
    torch.testing.assert_close(loaded.codec.encode(wav), codec.encode(wav), rtol=0.05, atol=0.05)
    assert OfficialEncodec("24khz", pretrained=False).card_entry == card.codec


def test_a_retrained_publishers_codec_is_saved_with_its_weights(
    pool_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = import_encodec().EncodecModel.encodec_model_24khz(pretrained=False).state_dict()
    monkeypatch.setattr("core.codec.encodec.load_weights", lambda *_: state)
    publishers = OfficialEncodec("24khz")
    save_codec(publishers, tmp_path / "codec.pt")
    settings = replace(SHORT, steps=1, batch=1, segment=320 * 4, train="decoder", learning_rate=1e-2)
    recipe = RunRecipe(ModelRecipe(codec="seanet"), codec=settings)
    assert train_codec(
        recipe, Pool(pool_dir), tmp_path / "run", torch.device("cpu"), recipe.pace(), tmp_path / "codec.pt"
    )
    trained = load_codec(tmp_path / "run" / "codec" / "codec.pt")
    assert trained.card_entry["pretrained"] is False, "otherwise a model would not store its weights"
    z = publishers.encode(torch.randn(1, 1, 3200) * 0.1)
    assert not torch.equal(trained.decode(z), publishers.decode(z))


def test_latent_noise_does_not_reach_the_linear_band() -> None:
    torch.manual_seed(0)
    codec = SpectralCodec(SMALL)
    low = torch.sin(torch.arange(320 * 40) * (2 * np.pi * 500 / 24000))[None, None] * 0.1
    with torch.no_grad():
        for parameter in codec.head.parameters():
            parameter.zero_()
        codec.head.bias[: codec.upper_bins] = -20.0  # the learned part is silent
        decoded, _ = reconstruct(codec, low, noise=1.0)
    inner = slice(640, -640)
    assert (decoded - low)[..., inner].abs().max() < 1e-3


def test_the_report_measures_the_gain_of_the_learned_dims() -> None:
    torch.manual_seed(0)
    clips = [(0.1 * np.random.default_rng(i).standard_normal(320 * 60)).astype(np.float32) for i in range(2)]
    fidelity = report(SpectralCodec(SMALL), clips)
    assert list(fidelity.snr) == list(fidelity.distance) == ["125", "250", "500", "1000", "2000", "4000", "8000"]
    assert fidelity.snr["1000"] > 20 > fidelity.snr["8000"], "exact below 3.6 kHz, learned above"
    assert fidelity.noisy_linear is not None and fidelity.noisy_linear[0] > fidelity.noisy[0]
    assert fidelity.learned_gain is not None
    text = "\n".join(fidelity.rows())
    assert "FAILED" in text and "0.1 sigma" in text, "untrained learned dims have no gain"
    seanet = report(OfficialEncodec("24khz", pretrained=False), clips[:1])
    assert seanet.learned_gain is None and seanet.noisy_linear is None
    with pytest.raises(ValueError, match="at least one clip"):
        report(SpectralCodec(SMALL), [])


def test_a_codec_without_learned_dims_has_a_report() -> None:
    clip = (0.1 * np.random.default_rng(0).standard_normal(320 * 60)).astype(np.float32)
    fidelity = report(SpectrogramCodec(), [clip])
    assert fidelity.snr["1000"] > 20 and fidelity.learned_gain is None


def test_a_report_on_zero_clips_is_refused(pool_dir: Path) -> None:
    with pytest.raises(InvalidOptions, match="at least one clip, not 0"):
        dev_clips(Pool(pool_dir), 320, ("songs",), 0)


def test_the_shipped_codec_passes_its_report() -> None:
    """On synthetic voices, the learned dims gain their margin, and suppress noise better than the linear part."""
    folder = REPOSITORY / "models" / "default"
    codec = build_codec(load_card(folder).codec)
    weights = load_file(folder / "codec.safetensors")
    codec.load_state_dict({name.removeprefix("codec."): value.float() for name, value in weights.items()})
    fidelity = report(codec, [sing(3.2, 24000, seed) for seed in range(3)])
    assert fidelity.learned_gain is not None and fidelity.learned_gain >= MARGIN
    assert fidelity.noisy_linear is not None and fidelity.noisy[1] < fidelity.noisy_linear[1]
    assert fidelity.noisy[0] > fidelity.noisy_linear[0] - 1.0


def test_splits_are_trained_and_tabulated(pool_dir: Path, tmp_path: Path) -> None:
    recipe = RunRecipe(ModelRecipe(preset="tiny"), DataRecipe(str(pool_dir)), codec=replace(SHORT, steps=2, batch=1))
    splits = measure_splits(recipe, [64, 112], tmp_path, ("songs",), torch.device("cpu"))
    trained: list[Any] = [load_codec(tmp_path / name / "codec" / "codec.pt") for name in ("64-64", "112-16")]
    assert [(codec.linear_dims, codec.dim) for codec in trained] == [(64, 128), (112, 128)]
    assert [line.split("|")[1].strip() for line in table(splits)[2:4]] == ["64 / 64", "112 / 16"]


def test_a_split_trained_with_other_settings_is_refused(pool_dir: Path, tmp_path: Path) -> None:
    codec = replace(SHORT, steps=1, batch=1)
    recipe = RunRecipe(ModelRecipe(preset="tiny"), DataRecipe(str(pool_dir)), codec=codec)

    def measure(recipe: RunRecipe) -> list[Split]:
        return measure_splits(recipe, [64], tmp_path, ("songs",), torch.device("cpu"))

    assert measure(recipe) == measure(recipe), "a finished split is reused"
    with pytest.raises(InvalidOptions, match="another recipe"):
        measure(replace(recipe, codec=replace(codec, learning_rate=1e-2)))
    (tmp_path / "64-64" / "recipe.json").unlink()
    with pytest.raises(InvalidOptions, match="another recipe"):
        measure(recipe)


def test_splits_are_checked_before_the_training(pool_dir: Path, tmp_path: Path) -> None:
    recipe = RunRecipe(ModelRecipe(preset="tiny"), DataRecipe(str(pool_dir)), codec=replace(SHORT, steps=1))
    for changed, dev, message in (
        (replace(recipe, codec=None), "songs", r"no \[codec\]"),
        (recipe, "absent", "no dev vocals"),
    ):
        with pytest.raises(InvalidOptions, match=message):
            measure_splits(changed, [64], tmp_path / "out", (dev,), torch.device("cpu"))
    assert not (tmp_path / "out").exists()
