import threading
import time

import torch

from lab.bench.clock import Clock
from lab.bench.measure import bytes_of, flops_of

CPU = torch.device("cpu")


def test_a_stage_excludes_nested_stages() -> None:
    clock = Clock(CPU)
    with clock.stage("outer"):
        with clock.stage("inner"):
            time.sleep(0.05)
        list(clock.pulled(iter([1, 2]), "pulled"))
    assert clock.seconds["inner"] >= 0.05
    assert clock.seconds["outer"] < clock.seconds["inner"]
    assert set(clock.seconds) == {"outer", "inner", "pulled"}


def test_stages_of_threads_are_independent() -> None:
    clock = Clock(CPU)

    def other() -> None:
        with clock.stage("other"):
            time.sleep(0.02)

    with clock.stage("waiting"):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert clock.seconds["waiting"] >= clock.seconds["other"] >= 0.02


def test_a_wrapped_method_returns_its_result() -> None:
    clock = Clock(CPU)
    words = type("Words", (), {"join": lambda self, a, b=" ": a + b})()
    clock.wrap(words, "join", "join")
    assert words.join("a", b="b") == "ab"
    assert clock.seconds["join"] > 0


def test_operations_and_traffic_are_counted() -> None:
    a, b = torch.ones(8, 16), torch.ones(16, 4)
    assert flops_of(lambda: a @ b) == 2 * 8 * 16 * 4
    assert bytes_of(lambda: a @ b) == 4 * (8 * 16 + 16 * 4 + 8 * 4)
    assert bytes_of(lambda: a.t()) == 0
