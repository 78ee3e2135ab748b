"""`make images`: build the images of docker-compose.yml by docker, podman or buildah.

python -m deploy.compose.images [--profile cpu|gpu] [SERVICE ...]

CONTAINER_ENGINE selects the engine; IMAGE_OPTIONS are additional options of its `build` (a mount, a network);
TORCH_INDEX is passed on. Without services: all services of the profile.
"""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
ENGINES = ("docker", "podman", "buildah")


class NoEngineError(Exception):
    """None of ENGINES works here. The message says so."""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make images", description="Build the images of docker-compose.yml.")
    parser.add_argument("services", nargs="*", metavar="SERVICE")
    parser.add_argument("--profile", choices=("cpu", "gpu"), default="cpu")
    args = parser.parse_args(argv)
    try:
        build(engine(), built(args.profile, args.services))
    except (NoEngineError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def engine() -> str:
    """The first of ENGINES that works, or CONTAINER_ENGINE. Raises NoEngineError."""
    named = os.environ.get("CONTAINER_ENGINE")
    for name in [named] if named else ENGINES:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        if shutil.which(name) and subprocess.run([name, "info"], check=False, **quiet).returncode == 0:  # type: ignore[call-overload]
            return name
    raise NoEngineError(f"No container engine works here: {named or ', '.join(ENGINES)}.")


def built(profile: str, only: Sequence[str] = ()) -> dict[str, dict[str, Any]]:
    """The services of docker-compose.yml that build an image in `profile`, or the named ones of them."""
    services: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    return {
        name: service
        for name, service in services.items()
        if "build" in service and profile in service.get("profiles", [profile]) and (not only or name in only)
    }


def command(engine: str, service: Mapping[str, Any], environ: Mapping[str, str]) -> list[str]:
    """Builds the image of one service."""
    build = service["build"]
    # Docker's format has HEALTHCHECK; the others' default formats do not.
    line = [engine, "build", *([] if engine == "docker" else ["--format", "docker"])]
    line += [*shlex.split(environ.get("IMAGE_OPTIONS", "")), "-f", build["dockerfile"], "-t", service["image"]]
    if "target" in build:
        line += ["--target", build["target"]]
    for name in build.get("args", {}):
        line += ["--build-arg", f"{name}={environ.get(name, '')}"]
    return [*line, build["context"]]


def build(engine: str, services: Mapping[str, Mapping[str, Any]]) -> None:
    """Raises CalledProcessError when a build fails."""
    for name, service in services.items():
        started = time.monotonic()
        print(f"== {name}: {service['image']}", flush=True)
        subprocess.run(command(engine, service, os.environ), cwd=ROOT, check=True)
        print(f"== {name}: built in {time.monotonic() - started:.0f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
