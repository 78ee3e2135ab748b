"""The TypeScript client as published: the contents of its tarball, and its types against the contract."""

import json
import re
import subprocess
import tarfile
import tomllib
from pathlib import Path
from typing import Any

import pytest

from core.settings import REPOSITORY
from tests.clients.typescript.conftest import SOURCE, environment
from tests.support import node

PACKAGE: dict[str, Any] = json.loads((SOURCE / "package.json").read_text())
README = (SOURCE / "README.md").read_text()
LARGEST_TARBALL_BYTES = 80_000


def run(node_modules: Path, folder: Path, *command: str | Path) -> str:
    done = subprocess.run(
        command, cwd=folder, env=environment(node_modules), capture_output=True, text=True, check=False, timeout=280
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def test_types_match_the_contract(node_modules: Path, package: Path) -> None:
    """After a change of docs/openapi.json: npm run generate, in clients/typescript."""
    types = package / "contract.ts"
    contract = REPOSITORY / "docs" / "openapi.json"
    run(node_modules, package, "node", "scripts/generate.mjs", contract, types)
    assert types.read_text() == (SOURCE / "src" / "contract.ts").read_text()


def test_versions_equal_those_of_the_service_and_of_the_tests() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    lock = json.loads((SOURCE / "package-lock.json").read_text())
    assert PACKAGE["version"] == project["version"] == lock["version"] == lock["packages"][""]["version"]
    tools = json.loads((node.FOLDER / "package.json").read_text())["devDependencies"]
    assert PACKAGE["devDependencies"] == {name: tools[name] for name in PACKAGE["devDependencies"]}
    assert lock["packages"][""]["devDependencies"] == PACKAGE["devDependencies"]
    assert "dependencies" not in PACKAGE


@pytest.fixture(scope="module")
def installed(node_modules: Path, package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose node_modules contains only the tarball."""
    folder = tmp_path_factory.mktemp("installed")
    run(node_modules, package, "npm", "pack", "--ignore-scripts", "--pack-destination", folder)
    (tarball,) = folder.glob("voicelift-client-*.tgz")
    assert tarball.name == f"voicelift-client-{PACKAGE['version']}.tgz"
    assert tarball.stat().st_size < LARGEST_TARBALL_BYTES
    with tarfile.open(tarball) as archive:
        archive.extractall(folder, filter="data")
    place = folder / "node_modules" / "@voicelift"
    place.mkdir(parents=True)
    (folder / "package").rename(place / "client")
    (folder / "package.json").write_text('{"type": "module"}')
    return folder


def test_the_tarball_contains_only_the_needed_files(installed: Path) -> None:
    content = installed / "node_modules" / "@voicelift" / "client"
    assert {path.name for path in content.iterdir()} == {"LICENSE", "README.md", "dist", "package.json"}
    assert (content / "LICENSE").read_text() == (REPOSITORY / "LICENSE").read_text()
    modules = {path.stem for path in (SOURCE / "src").glob("*.ts")}
    assert {path.name for path in (content / "dist").iterdir()} == {
        f"{module}{suffix}" for module in modules for suffix in (".js", ".d.ts")
    }
    for entry in PACKAGE["exports"].values():
        assert all((content / path).is_file() for path in entry.values())
    imported = {
        name
        for path in (content / "dist").glob("*.js")
        for name in re.findall(r'^(?:import|export)\b.* from "([^.].*?)"', path.read_text(), re.MULTILINE)
        if path.stem != "node"
    }
    assert imported == set(), "browsers lack these"


def test_every_program_of_the_readme_type_checks(installed: Path, node_modules: Path) -> None:
    programs = re.findall(r"^```ts\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert len(programs) > 3
    for number, program in enumerate(programs):
        (installed / f"program_{number}.ts").write_text(f"{program}\nexport {{}};\n")
    for name in ("@types", "undici-types"):
        (installed / "node_modules" / name).symlink_to(node_modules / name)
    (installed / "wrong.ts").write_text(
        'import { Voicelift } from "@voicelift/client";\n'
        "// @ts-expect-error  (options are those of the contract)\n"
        'await new Voicelift({ url: "http://x" }).separate(new Blob(), { quality: "best" });\n'
    )
    options = {"strict": True, "target": "es2022", "module": "nodenext", "types": ["node"], "noEmit": True}
    files = ["wrong.ts", *(f"program_{number}.ts" for number in range(len(programs)))]
    (installed / "tsconfig.json").write_text(json.dumps({"compilerOptions": options, "files": files}))
    run(node_modules, installed, "tsc", "-p", installed)


def test_it_runs_without_other_packages(installed: Path, node_modules: Path) -> None:
    program = (
        'import * as client from "@voicelift/client"; import { save } from "@voicelift/client/node";'
        "console.log(Object.keys(client).length > 40, typeof save);"
    )
    assert run(node_modules, installed, "node", "--input-type=module", "-e", program) == "true function\n"
