"""Codec training on tones: it learns, its adversary judges, and the report tells what was kept."""

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
from lab.training.mixtures import MixtureRecipe, Mixtures
from lab.training.pool import Pool
from lab.training.recipe import DataRecipe, ModelRecipe, RunRecipe
from lab.training.train import load_codec, new_card, new_codec, new_model, save_codec, train_codec

# encodec uses torch's older weight norm.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:.*weight_norm.*:FutureWarning")]
SMALL = SpectralConfig(encoder_width=16, encoder_blocks=1, decoder_width=16, decoder_blocks=1)
Part = Literal["all", "encoder", "decoder"]
SHORT = CodecRecipe(steps=40, batch=2, segment=320 * 16, pools=("songs",), adversarial=0.0)


def train(codec: Codec, pool_dir: Path, recipe: CodecRecipe) -> list[dict[str, float]]:
    trainer = CodecTrainer(codec, Pool(pool_dir), recipe)
    torch.manual_seed(0)
    return [{k: float(v.detach()) for k, v in trainer.step(n).items()} for n in range(1, recipe.steps + 1)]


def test_the_codec_learns(pool_dir: Path, tmp_path: Path) -> None:
    torch.manual_seed(0)
    codec = SpectralCodec(SMALL)
    curve = [values["spectral"] for values in train(codec, pool_dir, SHORT)]
    assert np.mean(curve[-8:]) < 0.9 * np.mean(curve[:8])
    save_codec(codec, tmp_path / "codec.pt")
    again = load_codec(tmp_path / "codec.pt")
    wav = torch.randn(1, 1, 3200) * 0.1
    torch.testing.assert_close(again.encode(wav), codec.encode(wav))


def test_a_pool_without_vocals_is_told(pool_dir: Path) -> None:
    with pytest.raises(InputError, match="no vocals to train a codec on in: absent"):
        CodecTrainer(SpectralCodec(SMALL), Pool(pool_dir), replace(SHORT, pools=("absent",)))


def test_spectral_loss_is_zero_for_the_same_and_grows_with_the_difference() -> None:
    wav = torch.randn(1, 1, 6000, generator=torch.Generator().manual_seed(0))
    assert spectral_loss(wav, wav) == 0
    assert spectral_loss(wav, 1.1 * wav) < spectral_loss(wav, 2 * wav)


def test_the_adversary_learns_to_tell_and_its_losses_point_the_right_way() -> None:
    torch.manual_seed(0)
    judge, real = discriminator(2), torch.randn(2, 1, 4800)
    made = torch.sin(torch.arange(4800) / 9.0).expand(2, 1, -1)
    optimiser = torch.optim.Adam(judge.parameters(), 2e-2)
    before = discriminator_loss(judge, real, made)
    for _ in range(15):
        optimiser.zero_grad()
        discriminator_loss(judge, real, made).backward()
        optimiser.step()
    assert discriminator_loss(judge, real, made) < 0.7 * before
    adversarial, matching = generator_losses(judge, real, made)
    fooled, matched = generator_losses(judge, real, real)
    assert fooled < adversarial and matched == 0 < matching


def test_the_adversary_joins_after_its_share_of_the_steps(pool_dir: Path) -> None:
    recipe = replace(SHORT, steps=4, adversarial=0.05, adversarial_from=0.5, filters=2)
    judged = ["judge" in values for values in train(SpectralCodec(SMALL), pool_dir, recipe)]
    assert judged == [False, False, True, True]


@pytest.mark.parametrize(
    ("part", "moves"), [("all", (True, True)), ("encoder", (True, False)), ("decoder", (False, True))]
)
def test_a_seanet_trains_whole_or_in_part(pool_dir: Path, part: Part, moves: tuple[bool, bool]) -> None:
    recipe = replace(SHORT, steps=1, batch=1, segment=320 * 4, train=part, learning_rate=1e-2)
    codec: Any = new_codec(ModelRecipe(codec="seanet"), recipe)
    before = [next(side.parameters()).clone() for side in (codec.encoder, codec.decoder)]
    train(codec, pool_dir, recipe)
    after = [next(side.parameters()) for side in (codec.encoder, codec.decoder)]
    assert tuple(not torch.equal(a, b) for a, b in zip(before, after, strict=True)) == moves


@pytest.mark.parametrize(("part", "refitted"), [("all", True), ("encoder", False), ("decoder", False)])
def test_the_norm_that_a_frozen_half_reads_is_left(pool_dir: Path, part: Part, refitted: bool) -> None:
    codec = SpectralCodec(SMALL)
    before = {name: value.clone() for name, value in codec.latent_norm.state_dict().items()}
    CodecTrainer(codec, Pool(pool_dir), replace(SHORT, train=part))
    after = codec.latent_norm.state_dict()
    assert any(not torch.equal(after[name], value) for name, value in before.items()) == refitted


def test_a_trained_seanet_ships_with_its_model(pool_dir: Path, tmp_path: Path, tones: MixtureRecipe) -> None:
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


def test_the_publishers_codec_is_our_own_once_it_is_trained_further(
    pool_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = import_encodec().EncodecModel.encodec_model_24khz(pretrained=False).state_dict()
    monkeypatch.setattr("core.codec.encodec.load_weights", lambda *_: state)
    publishers = OfficialEncodec("24khz")
    save_codec(publishers, tmp_path / "codec.pt")
    wanted = replace(SHORT, steps=1, batch=1, segment=320 * 4, train="decoder", learning_rate=1e-2)
    recipe = RunRecipe(ModelRecipe(codec="seanet"), codec=wanted)
    assert train_codec(
        recipe, Pool(pool_dir), tmp_path / "run", torch.device("cpu"), recipe.pace(), tmp_path / "codec.pt"
    )
    trained = load_codec(tmp_path / "run" / "codec" / "codec.pt")
    assert trained.card_entry["pretrained"] is False, "its weights would not be stored with a model"
    z = publishers.encode(torch.randn(1, 1, 3200) * 0.1)
    assert not torch.equal(trained.decode(z), publishers.decode(z))


def test_noise_in_the_latent_leaves_the_exact_band_alone() -> None:
    torch.manual_seed(0)
    codec = SpectralCodec(SMALL)
    low = torch.sin(torch.arange(320 * 40) * (2 * np.pi * 500 / 24000))[None, None] * 0.1
    with torch.no_grad():
        for parameter in codec.head.parameters():
            parameter.zero_()
        codec.head.bias[: codec.upper_bins] = -20.0  # the learned part is silent
        made, _ = reconstruct(codec, low, noise=1.0)
    inner = slice(640, -640)
    assert (made - low)[..., inner].abs().max() < 1e-3


def test_the_report_knows_what_each_part_is_worth() -> None:
    torch.manual_seed(0)
    clips = [(0.1 * np.random.default_rng(i).standard_normal(320 * 60)).astype(np.float32) for i in range(2)]
    found = report(SpectralCodec(SMALL), clips)
    assert list(found.snr) == list(found.distance) == ["125", "250", "500", "1000", "2000", "4000", "8000"]
    assert found.snr["1000"] > 20 > found.snr["8000"], "exact below 3.6 kHz, made up above"
    assert found.noisy_linear is not None and found.noisy_linear[0] > found.noisy[0]
    assert found.learned_worth is not None
    text = "\n".join(found.rows())
    assert "FAILS" in text and "0.1 sigma" in text, "an untrained codec's learned dims are worth nothing"
    seanet = report(OfficialEncodec("24khz", pretrained=False), clips[:1])
    assert seanet.learned_worth is None and seanet.noisy_linear is None
    with pytest.raises(ValueError, match="at least one clip"):
        report(SpectralCodec(SMALL), [])


def test_a_codec_that_learns_nothing_is_reported_on_too() -> None:
    clip = (0.1 * np.random.default_rng(0).standard_normal(320 * 60)).astype(np.float32)
    found = report(SpectrogramCodec(), [clip])
    assert found.snr["1000"] > 20 and found.learned_worth is None


def test_no_clips_at_all_are_no_report(pool_dir: Path) -> None:
    with pytest.raises(InvalidOptions, match="at least one clip, not 0"):
        dev_clips(Pool(pool_dir), 320, ("songs",), 0)


def test_the_shipped_codec_keeps_its_promises() -> None:
    """On synthetic voices: its learned part is worth its margin, and it stands noise better than the linear part."""
    folder = REPOSITORY / "models" / "default"
    codec = build_codec(load_card(folder).codec)
    weights = load_file(folder / "codec.safetensors")
    codec.load_state_dict({name.removeprefix("codec."): value.float() for name, value in weights.items()})
    found = report(codec, [sing(3.2, 24000, seed) for seed in range(3)])
    assert found.learned_worth is not None and found.learned_worth >= MARGIN
    assert found.noisy_linear is not None and found.noisy[1] < found.noisy_linear[1]
    assert found.noisy[0] > found.noisy_linear[0] - 1.0


def test_splits_are_trained_alike_and_tabled(pool_dir: Path, tmp_path: Path) -> None:
    recipe = RunRecipe(ModelRecipe(preset="tiny"), DataRecipe(str(pool_dir)), codec=replace(SHORT, steps=2, batch=1))
    splits = measure_splits(recipe, [64, 112], tmp_path, ("songs",), torch.device("cpu"))
    trained: list[Any] = [load_codec(tmp_path / name / "codec" / "codec.pt") for name in ("64-64", "112-16")]
    assert [(codec.linear_dims, codec.dim) for codec in trained] == [(64, 128), (112, 128)]
    assert [line.split("|")[1].strip() for line in table(splits)[2:4]] == ["64 / 64", "112 / 16"]


def test_a_split_of_other_settings_is_not_told_as_this_one(pool_dir: Path, tmp_path: Path) -> None:
    codec = replace(SHORT, steps=1, batch=1)
    recipe = RunRecipe(ModelRecipe(preset="tiny"), DataRecipe(str(pool_dir)), codec=codec)

    def measure(recipe: RunRecipe) -> list[Split]:
        return measure_splits(recipe, [64], tmp_path, ("songs",), torch.device("cpu"))

    assert measure(recipe) == measure(recipe), "the same again is read from there"
    with pytest.raises(InvalidOptions, match="another recipe"):
        measure(replace(recipe, codec=replace(codec, learning_rate=1e-2)))
    (tmp_path / "64-64" / "recipe.json").unlink()
    with pytest.raises(InvalidOptions, match="another recipe"):
        measure(recipe)


def test_what_cannot_be_split_is_told_before_anything_is_trained(pool_dir: Path, tmp_path: Path) -> None:
    recipe = RunRecipe(ModelRecipe(preset="tiny"), DataRecipe(str(pool_dir)), codec=replace(SHORT, steps=1))
    for changed, dev, said in (
        (replace(recipe, codec=None), "songs", r"no \[codec\]"),
        (recipe, "absent", "no dev vocals"),
    ):
        with pytest.raises(InvalidOptions, match=said):
            measure_splits(changed, [64], tmp_path / "out", (dev,), torch.device("cpu"))
    assert not (tmp_path / "out").exists()
