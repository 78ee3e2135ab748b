"""What `kubectl kustomize` would print for the overlays of deploy/k8s, as far as they use it: resources, namespace,
labels, images, a generated ConfigMap, and patches by strategic merge. kustomize itself is not at hand in the tests."""

from pathlib import Path
from typing import Any

import yaml

Manifest = dict[str, Any]
KNOWN = {
    "apiVersion", "kind", "namespace", "labels", "resources", "patches", "images", "configMapGenerator",
}  # fmt: skip
NOT_IN_A_NAMESPACE = {"Namespace", "PriorityClass"}


def documents(path: Path) -> list[Manifest]:
    return [found for found in yaml.safe_load_all(path.read_text()) if found]


def rendered(folder: Path) -> list[Manifest]:
    """Every manifest of a kustomization. AssertionError for what this renderer does not know, or a lost patch."""
    asked = yaml.safe_load((folder / "kustomization.yaml").read_text())
    assert set(asked) <= KNOWN, f"{folder}: {set(asked) - KNOWN}"
    found: list[Manifest] = []
    for name in asked.get("resources", []):
        path = (folder / name).resolve()
        found += rendered(path) if path.is_dir() else documents(path)
    for wanted in asked.get("configMapGenerator", []):
        data = {name: (folder / name).read_text() for name in wanted["files"]}
        found.append({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": wanted["name"]}, "data": data})
    for manifest in found:
        if "namespace" in asked and manifest["kind"] not in NOT_IN_A_NAMESPACE:
            manifest["metadata"]["namespace"] = asked["namespace"]
        for labels in asked.get("labels", []):
            manifest["metadata"].setdefault("labels", {}).update(labels["pairs"])
    for patch in asked.get("patches", []):
        for change in documents(folder / patch["path"]):
            (target,) = (manifest for manifest in found if identity(manifest) == identity(change))
            merge(target, change)
    for image in asked.get("images", []):
        rename(found, image["name"], image["newName"])
    names = [identity(manifest) for manifest in found]
    assert len(set(names)) == len(names), "twice the same"
    return found


def identity(manifest: Manifest) -> tuple[str, str, str]:
    return manifest["kind"], manifest["metadata"].get("namespace", ""), manifest["metadata"]["name"]


def merge(target: Any, change: Any) -> None:
    """Strategic merge: maps by key, lists of named things by name, other lists are replaced."""
    for key, value in change.items():
        there = target.get(key)
        if isinstance(value, dict) and isinstance(there, dict):
            merge(there, value)
        elif isinstance(value, list) and all(
            isinstance(item, dict) and "name" in item for item in [*value, *(there or [])]
        ):
            by_name = {item["name"]: item for item in there or []}
            for item in value:
                if item["name"] in by_name:
                    merge(by_name[item["name"]], item)
                else:
                    target.setdefault(key, []).append(item)
        else:
            target[key] = value


def rename(found: list[Manifest], name: str, new: str) -> None:
    renamed = 0
    for manifest in found:
        for container in pod(manifest).get("containers", []):
            image, _, tag = container["image"].partition(":")
            if image == name:
                container["image"], renamed = f"{new}:{tag}", renamed + 1
    assert renamed, f"no image {name}"


def pod(manifest: Manifest) -> dict[str, Any]:
    """The pod's part of a manifest; {} where there is none."""
    found: dict[str, Any] = manifest.get("spec", {}).get("template", {}).get("spec", {})
    return found
