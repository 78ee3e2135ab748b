"""`make audit`, `make sbom`, `make licences`: vulnerabilities, components and licences of the images' locked packages.

audit: pip-audit looks up advisories of every version; a failed look-up is a failure, not a pass. sbom: a CycloneDX file
for each lock. licences: each package's stated licence; fails if one states none.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from deploy.requirements.lock import EXTRAS, HERE, NAMES
from lab.operations.image_sizes import install

BIN = Path(sys.executable).parent
OUT = Path("out")
UNKNOWN = "UNKNOWN"  # text of pip-licenses


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("action", choices=("audit", "sbom", "licences"))
    action = parser.parse_args(argv).action
    return {"audit": audit, "sbom": sbom, "licences": licences}[action]()


def audit() -> int:
    """0 when every version was looked up and none is known to be vulnerable."""
    failed = []
    for name in NAMES:
        print(f"== {name}", flush=True)
        command: list[str | Path] = [
            BIN / "pip-audit",
            "--strict",
            "--disable-pip",
            "--progress-spinner",
            "off",
            "-r",
            HERE / name,
        ]
        if subprocess.run(command, check=False).returncode:
            failed.append(name)
    print(f"Vulnerable, or not asked about: {', '.join(failed)}" if failed else "Nothing is known against any.")
    return 1 if failed else 0


def sbom() -> int:
    """Writes out/sbom/*.cdx.json."""
    (OUT / "sbom").mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        path = OUT / "sbom" / f"{name.removesuffix('.txt')}.cdx.json"
        command: list[str | Path] = [
            BIN / "cyclonedx-py",
            "requirements",
            "--output-reproducible",
            "--of",
            "JSON",
            "-o",
            path,
        ]
        subprocess.run([*command, "--pyproject", "pyproject.toml", HERE / name], check=True)
        print(f"{path}: {len(json.loads(path.read_text())['components'])} components")
    return 0


def licences() -> int:
    """Writes out/licences/*.md; 1 when a package states no licence. PyTorch and CUDA are omitted, because they take
    gigabytes."""
    (OUT / "licences").mkdir(parents=True, exist_ok=True)
    silent: set[str] = set()
    for name in EXTRAS:
        with tempfile.TemporaryDirectory() as folder:
            python = install(name, Path(folder))
            command: list[str | Path] = [BIN / "pip-licenses", "--python", python, "--from", "mixed", "--format"]
            packages = json.loads(subprocess.run([*command, "json"], capture_output=True, text=True, check=True).stdout)
            path = OUT / "licences" / f"{name.removesuffix('.txt')}.md"
            subprocess.run([*command, "markdown", "--with-urls", "--output-file", path], check=True)
        counts = sorted({row["License"] for row in packages})
        silent |= {row["Name"] for row in packages if row["License"] == UNKNOWN}
        print(f"{path}: {len(packages)} packages. {'; '.join(counts)}")
    if silent:
        print(f"Without a stated licence: {', '.join(sorted(silent))}")
    return 1 if silent else 0


if __name__ == "__main__":
    sys.exit(main())
