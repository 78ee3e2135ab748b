"""`make image-sizes`: sizes of the packages of each image, to the last dependency: downloads, and unpacked.

Download sizes of wheels come from the package index. Unpacked sizes are measured after an installation, byte code
included, as in an image; only PyTorch with CUDA is not installed, because it takes gigabytes. Not counted: the base
image, and this project's code.
"""

import argparse
import subprocess
import sys
import tempfile
import tomllib
from importlib import metadata
from pathlib import Path

from deploy.requirements.lock import HERE, PYTHON
from lab.tables import print_table

ROOT = HERE.parent.parent
MODELS = ROOT / "models"


def main() -> None:
    argparse.ArgumentParser(description=__doc__.partition("\n")[0]).parse_args()
    torch = downloads("torch.txt")
    rows = []
    for image, name, more in (
        ("api", "api.txt", {}),
        ("worker-cpu", "light.txt", {}),
        ("worker-gpu", "engine.txt", torch),
    ):
        sizes = downloads(name) | more
        rows.append({
            "image": image,
            "packages": str(len(sizes)),
            "wheels": _mb(sum(sizes.values())),
            "of these torch and CUDA": _mb(sum(more.values())) if more else "-",
            "unpacked, without torch": _mb(unpacked(name)),
            "weights and card": _mb(sum(path.lstat().st_size for path in _of_models(image))),
        })  # fmt: skip
    print_table(rows)
    version = metadata.version("torch")
    if "+cpu" in version:
        print(f"\ntorch {version}, unpacked: {_mb(_size(metadata.distribution('torch')))}.")


def downloads(name: str) -> dict[str, int]:
    """Bytes of the wheel of each package in the lock `name`."""
    command = [sys.executable, "-m", "uv", "pip", "compile", str(HERE / name), "--quiet", "--format", "pylock.toml"]
    command += ["--python-version", PYTHON, "--python-platform", "linux", "--no-header"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    packages = tomllib.loads(done.stdout)["packages"]
    return {package["name"]: max(wheel["size"] for wheel in package["wheels"]) for package in packages}


def unpacked(name: str) -> int:
    """Bytes of an environment with the lock `name`, without pip."""
    with tempfile.TemporaryDirectory() as folder:
        install(name, Path(folder))
        return sum(path.lstat().st_size for path in Path(folder).rglob("*"))


def install(name: str, folder: Path) -> Path:
    """Install the lock `name` into a new environment in `folder`; returns its interpreter."""
    uv, python = [sys.executable, "-m", "uv"], folder / "bin" / "python"
    subprocess.run([*uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)], check=True)
    options = ["--quiet", "--compile-bytecode", "--require-hashes", "--python", str(python)]
    subprocess.run([*uv, "pip", "install", *options, "-r", str(HERE / name)], check=True)
    return python


def _of_models(image: str) -> list[Path]:
    cards = list(MODELS.glob("*/card.json"))
    return [*cards, *MODELS.glob("*/*.safetensors")] if image == "worker-gpu" else cards


def _size(distribution: metadata.Distribution) -> int:
    paths = (Path(str(distribution.locate_file(file))) for file in distribution.files or [])
    return sum(path.stat().st_size for path in paths if path.exists())


def _mb(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


if __name__ == "__main__":
    main()
