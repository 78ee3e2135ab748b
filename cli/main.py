"""The command `voicelift`: each sub-command is a module with `add_parser(sub)` and `run(args) -> int`."""

import argparse
import importlib
import importlib.util
import sys

from core.errors import VoiceliftError

COMMANDS = {
    "separate": "separate a song on this machine, without a service",
    "serve": "run the whole service on this machine and print its address",
    "models": "add another project's model, such as HT-Demucs, or combine several",
    "keys": "create, list and revoke the API keys of a service",
    "admin": "inspect the jobs of a service, handle dead letters, rebuild records",
    "train": "train a codec or a network, from a pool of recordings to a model folder",
    "evaluate": "score a model on evaluation sets and compare it with baselines",
    "mushra": "create and analyse a listening test",
    "bench": "measure speed, memory and quality against time",
    "study": "repeat a study of the paper: table, plot and JSON",
}


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit status. Expected errors are one sentence on stderr, without a traceback."""
    arguments = sys.argv[1:] if argv is None else argv
    command = next((word for word in arguments if word in COMMANDS), None)
    try:
        return _run(arguments, command)
    except VoiceliftError as error:
        print(f"voicelift: {error}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        if not _is_missing_package(error):
            raise
        from cli.installed import missing_packages

        print(f"voicelift: {missing_packages(f'voicelift {command}', [str(error.name)])}", file=sys.stderr)
        return 1
    except (PermissionError, FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        print(f"voicelift: {error.strerror}: {error.filename}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("voicelift: interrupted", file=sys.stderr)
        return 130


def _run(arguments: list[str], command: str | None) -> int:
    parser = argparse.ArgumentParser(prog="voicelift", description="Separate songs into vocals and instrumental.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    module = None
    for name, help_text in COMMANDS.items():
        if name == command:  # only the requested command is imported: torch is slow to load
            module = importlib.import_module(f"cli.{name}")
            module.add_parser(commands)
        else:
            commands.add_parser(name, help=help_text)
    args = parser.parse_args(arguments)
    assert module is not None
    return int(module.run(args) or 0)


def _is_missing_package(error: ModuleNotFoundError) -> bool:
    """Whether a whole package is missing: a third-party one, or one that an image omits."""
    return error.name is not None and importlib.util.find_spec(error.name.partition(".")[0]) is None


if __name__ == "__main__":
    sys.exit(main())
