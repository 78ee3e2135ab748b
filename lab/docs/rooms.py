"""`python -m lab.docs.rooms [REVISION ...]`: lines of code per room at git revisions, and imports between rooms.

Lines are those of Python, Lua, JavaScript, CSS and HTML. A room is a folder of the top level, or of core/ and lab/.
"""

import argparse
import ast
import io
import subprocess
import tarfile
from collections import Counter, defaultdict
from pathlib import PurePosixPath

from core.settings import REPOSITORY
from lab.tables import print_table

TOP = ("api", "worker", "core", "lab", "cli", "deploy", "tests")
CODE = (".py", ".lua", ".js", ".css", ".html")
DIVIDED = ("core", "lab")  # their folders are rooms
VENDOR = "vendor"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("revisions", nargs="*", default=["HEAD"], help="git revisions, HEAD by default")
    revisions = parser.parse_args().revisions
    columns = {revision: lines(files(revision)) for revision in revisions}
    names = sorted({room for column in columns.values() for room in column}, key=order)
    print_table([
        {"room": name, **{revision: str(column[name] or "-") for revision, column in columns.items()}}
        for name in names
    ])  # fmt: skip
    print()
    edges = imports(files(revisions[-1]))
    print_table(
        [{"room": name, "imports": ", ".join(sorted(edges[name], key=order))} for name in sorted(edges, key=order)]
    )


def files(revision: str) -> dict[str, str]:
    """The code of a revision: path -> text."""
    command = ["git", "-c", "safe.directory=*", "archive", revision]
    packed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        return {
            member.name: content.read().decode()
            for member in archive
            if is_code(member.name) and (content := archive.extractfile(member)) is not None
        }


def is_code(name: str) -> bool:
    path = PurePosixPath(name)
    return path.parts[0] in TOP and path.suffix in CODE and VENDOR not in path.parts


def room(name: str) -> str:
    """The room of a file, e.g. core/jobs for core/jobs/job.py and core for core/card.py."""
    parts = PurePosixPath(name).parts
    return "/".join(parts[:2]) if parts[0] in DIVIDED and len(parts) > 2 else parts[0]


def order(name: str) -> tuple[int, str]:
    return TOP.index(name.partition("/")[0]), name


def lines(code: dict[str, str]) -> Counter[str]:
    """Lines per room, and per folder of the top level."""
    count: Counter[str] = Counter()
    for name, text in code.items():
        for place in {room(name), name.partition("/")[0]}:
            count[place] += text.count("\n")
    return count


def imports(code: dict[str, str]) -> dict[str, set[str]]:
    """Room -> the other rooms that its modules import."""
    edges: defaultdict[str, set[str]] = defaultdict(set)
    for name, text in code.items():
        if not name.endswith(".py"):
            continue
        for node in ast.walk(ast.parse(text)):
            for module in modules(node):
                other = room_of_module(module, code)
                if other is not None and other != room(name):
                    edges[room(name)].add(other)
    return dict(edges)


def modules(node: ast.AST) -> list[str]:
    """The modules that an import statement may import, e.g. core.jobs and core.jobs.job for `from core.jobs import
    job`."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [f"{node.module}.{alias.name}" for alias in node.names] + [node.module]
    return []


def room_of_module(module: str, code: dict[str, str]) -> str | None:
    path = module.replace(".", "/") + ".py"
    return room(path) if path in code else None


if __name__ == "__main__":
    main()
