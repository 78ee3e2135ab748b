"""Metrics of the engine and its GPU, read at each scrape. torch is imported only in processes that have an engine."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    import torch

    from core.separation.engine import Engine


class EngineCollector(Collector):
    """Batch occupancy of the engine: chunk steps / (steps * batch size limit)."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine

    def collect(self) -> Iterator[Metric]:
        engine = self._engine
        yield CounterMetricFamily("voicelift_engine_steps", "Denoising steps of batches.", value=engine.steps_run)
        yield CounterMetricFamily(
            "voicelift_engine_chunk_steps", "Chunks in batches, counted at every step.", value=engine.rows_run
        )
        yield GaugeMetricFamily(
            "voicelift_engine_batch_size_limit", "Maximum chunks per batch.", value=engine.max_batch
        )
        yield GaugeMetricFamily(
            "voicelift_engine_chunks_waiting", "Chunks that wait for a place in a batch.", value=engine.waiting
        )
        card = engine.card
        info = GaugeMetricFamily(
            "voicelift_engine_info", "1, with model, version and device.", labels=["model", "version", "device"]
        )
        info.add_metric([card.name, card.version, engine.device.type], 1)
        yield info


class GpuCollector(Collector):
    """Utilisation and memory of the engine's GPU, from its driver (NVML, package nvidia-ml-py)."""

    def __init__(self, device: "torch.device") -> None:
        self._device = device

    def collect(self) -> Iterator[Metric]:
        import torch

        free, total = torch.cuda.mem_get_info(self._device)
        memory = GaugeMetricFamily("voicelift_gpu_memory_bytes", "GPU memory, used and free.", labels=["state"])
        memory.add_metric(["used"], total - free)
        memory.add_metric(["free"], free)
        yield memory
        yield GaugeMetricFamily(
            "voicelift_gpu_torch_reserved_bytes",
            "GPU memory held by PyTorch in this process.",
            value=torch.cuda.memory_reserved(self._device),
        )
        try:
            busy = torch.cuda.utilization(self._device) / 100
        except (ModuleNotFoundError, RuntimeError):  # no NVML in this container: the other metrics remain
            return
        yield GaugeMetricFamily(
            "voicelift_gpu_utilization_ratio", "GPU utilisation in the last second, 0 to 1.", value=busy
        )
