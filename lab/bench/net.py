"""`voicelift bench net`: time of the networks over batch sizes, relative to the machine's peak rates."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.profiler import ProfilerActivity, profile

from core.checkpoint import Model, load_model
from core.separation.batches import BucketedVelocity, halve
from core.separation.device import find_device, set_up
from lab.bench import report
from lab.bench.measure import arithmetic_rate, bytes_of, flops_of, machine, memory_rate, model_facts, seconds_of

BATCHES = (1, 2, 4, 8, 16)


def run(model_dir: Path, device: str, threads: int | None, quick: bool, profiled: bool, out: Path) -> dict[str, Any]:
    """Write net.json: one of `rows` per part and batch size. On a GPU in bfloat16 and recorded, as in the engine.

    With `profiled`, also write net-trace.json, a trace of one chunk for chrome://tracing or Perfetto.
    """
    set_up(threads)
    where = find_device(device)
    model, card = load_model(model_dir, where)
    dtype = torch.float32
    if where.type == "cuda":
        halve(model)
        dtype = torch.bfloat16
    samples = card.samples_per_chunk // 8 if quick else card.samples_per_chunk
    samples -= samples % (model.codec.hop * 8)
    rates = arithmetic_rate(where, dtype, 256 if quick else 2048), memory_rate(where)
    rows = []
    for batch in BATCHES[:2] if quick or where.type == "cpu" else BATCHES:
        rows += _measured(
            model, torch.randn(batch, model.config.input_channels, samples, device=where) * 0.1, rates, quick
        )
    seconds = samples / card.sample_rate
    report.show(f"Chunks of {seconds:.1f} s", rows)
    alone = {row["part"]: row["ms_per_chunk"] for row in rows if row["batch"] == 1}
    widest = {row["part"]: row["ms_per_chunk"] for row in rows if row["batch"] == rows[-1]["batch"]}
    ratios = {part: alone[part] / widest[part] for part in alone}
    speedups = ", ".join(f"{part} {ratio:.2f}x" for part, ratio in ratios.items())
    print(f"\nSpeed-up by a batch of {rows[-1]['batch']}: {speedups}")
    result = {
        "machine": machine(where) | {"gflops": rates[0] / 1e9, "gigabytes_per_s": rates[1] / 1e9},
        "model": model_facts(card) | {"million_parameters": sum(p.numel() for p in model.parameters()) / 1e6},
        "seconds": seconds,
        "rows": rows,
        "ratios": ratios,
    }
    report.save(out, "net", result, lambda axes: report.bars(axes, alone, "ms per chunk, batch of 1"))
    if profiled:
        _trace(model, torch.randn(1, model.config.input_channels, samples, device=where) * 0.1, out / "net-trace.json")
    return result


@torch.inference_mode()
def _measured(model: Model, wav: Tensor, rates: tuple[float, float], quick: bool) -> list[dict[str, Any]]:
    device, batch = wav.device, len(wav)
    estimate, features = model.condition(wav)
    t = torch.full((batch,), 0.5, device=device)
    velocity = BucketedVelocity(model.generator, (batch,), record=device.type == "cuda")
    velocity.warm(*(part[:1] for part in (estimate, t, estimate, *features)))
    parts = {
        "condition": (lambda: model.condition(wav),) * 2,
        "step": (
            lambda: velocity(estimate, t, estimate, features),
            lambda: model.generator(estimate, t, estimate, features),
        ),
        "decode": (lambda: model.decode(estimate),) * 2,
    }
    rows = []
    for part, (work, plain) in parts.items():
        seconds = seconds_of(work, device, 1 if quick else 7)
        flops, moved = flops_of(plain), bytes_of(plain)
        rows.append(
            {
                "part": part,
                "batch": batch,
                "ms_per_chunk": 1e3 * seconds / batch,
                "gflop_per_chunk": flops / batch / 1e9,
                "of_arithmetic": flops / rates[0] / seconds,
                "megabytes_per_chunk": moved / batch / 1e6,
                "of_memory": moved / rates[1] / seconds,
            }
        )
    return rows


@torch.inference_mode()
def _trace(model: Model, wav: Tensor, path: Path) -> None:
    """Write a trace of one chunk and one step, with the memory of every operation."""
    activities = [ProfilerActivity.CPU] + ([ProfilerActivity.CUDA] if wav.is_cuda else [])
    with profile(activities=activities, profile_memory=True) as profiler:
        estimate, features = model.condition(wav)
        model.generator(estimate, torch.full((1,), 0.5, device=wav.device), estimate, features)
        model.decode(estimate)
    profiler.export_chrome_trace(str(path))
    print(profiler.key_averages().table(sort_by="self_cpu_time_total", row_limit=15, max_name_column_width=40))
    print(path)
