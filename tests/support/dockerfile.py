"""Runs the instructions of a Dockerfile's stage on this machine, below a folder in place of the image's root."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Collection, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("/venv", "/build", "/models")  # the image's folders that lines name


def stages(dockerfile: str) -> dict[str, list[tuple[str, str]]]:
    """By name ("final" for an unnamed stage), the instructions with their arguments, continued lines joined."""
    text = re.sub(r"^#.*\n", "", (ROOT / dockerfile).read_text(), flags=re.MULTILINE)
    stages: dict[str, list[tuple[str, str]]] = {}
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        instruction, _, rest = line.partition(" ")
        if instruction == "FROM":
            name = rest.partition(" AS ")[2] or "final"
            stages[name] = []
        if instruction:
            stages[name].append((instruction, rest))
    return stages


class Image:
    """The state of a stage, below `root`. `skip`: RUN lines with one of these words are skipped. `arguments` are
    those of the build."""

    def __init__(self, root: Path, skip: Collection[str] = (), arguments: Mapping[str, str] | None = None) -> None:
        self.root, self.skip, self.arguments = root, skip, arguments or {}
        self.folder = root
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(root)}
        # The package index is that of this machine.
        self.environment |= {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_"))}
        (root / "etc").mkdir(parents=True)
        for name in ("passwd", "group", "shadow", "gshadow"):
            shutil.copy(f"/etc/{name}", root / "etc")

    def build(self, instructions: list[tuple[str, str]]) -> list[str]:
        """Execute the instructions; returns the RUN lines that were run. AssertionError when one fails."""
        ran = []
        for instruction, rest in instructions:
            match instruction:
                case "WORKDIR":
                    self.folder = self._here(rest)
                    self.folder.mkdir(parents=True, exist_ok=True)
                case "ENV":
                    for pair in shlex.split(rest):
                        name, _, value = pair.partition("=")
                        self.environment[name] = self._moved(value).replace("$PATH", self.environment["PATH"])
                case "ARG":
                    name, _, value = rest.partition("=")
                    self.environment[name] = self.arguments.get(name, value.strip('"'))
                case "COPY" if not rest.startswith("--from"):
                    self._copy(rest.split())
                case "RUN" if not any(word in rest for word in self.skip):
                    self._run(rest)
                    ran.append(rest)
        return ran

    def _copy(self, names: list[str]) -> None:
        *sources, target = names
        for name in sources:
            source, there = ROOT / name, self._here(target)
            if source.is_dir():
                shutil.copytree(source, there, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, there)

    def _run(self, line: str) -> None:
        line = re.sub(r"\b(useradd|groupadd)\b", rf"\1 --prefix {self.root}", line)
        line = self._moved(line).replace("python -m venv", f"{sys.executable} -m venv")
        done = subprocess.run(
            line, shell=True, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{line}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"

    def _here(self, path: str) -> Path:
        return Path(self._moved(path)) if path.startswith("/") else self.folder / path

    def _moved(self, text: str) -> str:
        return re.sub(rf"(?<![\w.])({'|'.join(FOLDERS)})\b", rf"{self.root}\1", text)
