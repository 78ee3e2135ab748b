"""The API image has no torch, and importing the app builds nothing."""

import json
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]

PROBE = """
import builtins, json, socket, sys, threading

def refuse(*arguments, **options):
    raise AssertionError("importing api.app opened a socket")

socket.socket.connect = refuse
import api.app
import core.settings

made = [
    name
    for module in list(sys.modules.values())
    if getattr(module, "__name__", "").split(".")[0] in ("api", "core")
    for name, value in vars(module).items()
    if isinstance(value, (core.settings.Settings, api.app.FastAPI, api.app.Services))
]
print(json.dumps({"modules": sorted(sys.modules), "made": made, "threads": threading.active_count()}))
"""


def test_importing_the_app_is_light_and_builds_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE], cwd=REPOSITORY, capture_output=True, text=True, check=True, timeout=120
    )
    imported = json.loads(done.stdout)
    packages = {name.split(".")[0] for name in imported["modules"]}
    assert packages.isdisjoint({"torch", "encodec", "scipy", "numpy", "av", "worker"})
    heavy = {
        "core.codec",
        "core.nets",
        "core.diffusion",
        "core.separation",
        "lab.training",
        "lab.evaluation",
    }
    assert heavy.isdisjoint(imported["modules"])
    assert imported["made"] == []
    assert imported["threads"] == 1
