"""What is read off the engine and its GPU at each scrape. torch is asked only where an engine brought it along."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    import torch

    from core.separation.engine import Engine


class EngineCollector(Collector):
    """How full the engine's batches are: rows over steps, against the limit."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine

    def collect(self) -> Iterator[Metric]:
        engine = self._engine
        yield CounterMetricFamily("voicelift_engine_steps", "Denoising steps of batches.", value=engine.steps_run)
        yield CounterMetricFamily(
            "voicelift_engine_rows", "Chunks in those batches, each counted at every step.", value=engine.rows_run
        )
        yield GaugeMetricFamily("voicelift_engine_batch_limit", "Most chunks in a batch.", value=engine.max_batch)
        yield GaugeMetricFamily(
            "voicelift_engine_chunks_waiting", "Chunks in the engine that wait for room.", value=engine.waiting
        )
        card = engine.card
        info = GaugeMetricFamily(
            "voicelift_engine_info", "1, with what the engine runs.", labels=["model", "version", "device"]
        )
        info.add_metric([card.name, card.version, engine.device.type], 1)
        yield info


class GpuCollector(Collector):
    """Utilisation and memory of the engine's GPU, from its driver (NVML, by the package nvidia-ml-py)."""

    def __init__(self, device: "torch.device") -> None:
        self._device = device

    def collect(self) -> Iterator[Metric]:
        import torch

        free, total = torch.cuda.mem_get_info(self._device)
        memory = GaugeMetricFamily("voicelift_gpu_memory_bytes", "Memory of the GPU.", labels=["state"])
        memory.add_metric(["used"], total - free)
        memory.add_metric(["free"], free)
        yield memory
        yield GaugeMetricFamily(
            "voicelift_gpu_torch_bytes",
            "Memory that PyTorch holds for this process.",
            value=torch.cuda.memory_reserved(self._device),
        )
        try:
            busy = torch.cuda.utilization(self._device) / 100
        except (ModuleNotFoundError, RuntimeError):  # no NVML in this container: the rest is still worth telling
            return
        yield GaugeMetricFamily(
            "voicelift_gpu_utilization_ratio", "Share of the last second in which the GPU computed.", value=busy
        )
