"""`voicelift bench codec`: the cost of encoding and decoding a chunk, compared with EnCodec's architecture."""

from pathlib import Path
from typing import Any

import torch

from core.checkpoint import load_model
from core.codec.base import Codec
from core.codec.encodec import OfficialEncodec
from core.separation.device import find_device, set_up
from lab.bench import report
from lab.bench.measure import flops_of, machine, model_facts, seconds_of


def run(model_dir: Path, device: str, threads: int | None, quick: bool, out: Path) -> dict[str, Any]:
    """Write codec.json: one of `rows` per codec, and `ratios`: EnCodec's time divided by this codec's."""
    set_up(threads)
    where = find_device(device)
    model, card = load_model(model_dir, where)
    seconds = 1.0 if quick else card.samples_per_chunk / card.sample_rate
    encodec = OfficialEncodec("24khz", pretrained=False).to(where).eval().requires_grad_(False)
    codecs = {f"of {card.name}": model.codec, "EnCodec 24 kHz (random weights)": encodec}
    rows = [_measured(name, codec, seconds, where, 1 if quick else 5) for name, codec in codecs.items()]
    report.show(f"One chunk of {seconds:.1f} s", rows)
    own, other = rows
    ratios = {part: other[f"{part}_ms"] / own[f"{part}_ms"] for part in ("encode", "decode")}
    print("\nEnCodec takes " + ", ".join(f"{ratio:.1f} times as long to {part}" for part, ratio in ratios.items()))
    result = {"machine": machine(where), "model": model_facts(card), "seconds": seconds, "rows": rows, "ratios": ratios}
    times = {f"{row['codec']} {part}": row[f"{part}_ms"] for row in rows for part in ("encode", "decode")}
    report.save(out, "codec", result, lambda axes: report.bars(axes, times, "ms per chunk"))
    return result


@torch.inference_mode()
def _measured(name: str, codec: Codec, seconds: float, device: torch.device, repeats: int) -> dict[str, Any]:
    samples = round(seconds * codec.sample_rate) // (8 * codec.hop) * 8 * codec.hop
    wav = 0.1 * torch.randn(1, codec.channels, samples, device=device)
    z = codec.encode(wav)
    row: dict[str, Any] = {"codec": name}
    for part, work in (("encode", lambda: codec.encode(wav)), ("decode", lambda: codec.decode(z))):
        row |= {f"{part}_ms": 1e3 * seconds_of(work, device, repeats), f"{part}_gflop": flops_of(work) / 1e9}
    return row | {"rtf": (row["encode_ms"] + row["decode_ms"]) / 1e3 / seconds}
