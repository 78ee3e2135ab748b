"""`voicelift`: one command, its sub-commands each in a module with `add_parser(sub)` and `run(args) -> int`."""

import argparse
import importlib
import sys

from core.errors import VoiceliftError

COMMANDS = {
    "separate": "separate a song on this machine, without a service",
    "serve": "run the whole service on this machine and print its address",
    "keys": "make, list and revoke the API keys of a service",
    "admin": "look at the jobs of a service, act on those it gave up, rebuild its records",
    "train": "train a codec or a network, from a pool of recordings to a model folder",
    "evaluate": "score a model on listening material and compare it with baselines",
    "mushra": "make and analyse a listening test",
    "bench": "measure speed, memory and quality against time",
    "study": "redo a study of the paper: a table, a plot, JSON",
}


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the process's exit status. A person's mistake is told in a sentence, without a trace."""
    arguments = sys.argv[1:] if argv is None else argv
    parser = argparse.ArgumentParser(prog="voicelift", description="Lift the singing voice out of a song.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    chosen = next((word for word in arguments if word in COMMANDS), None)
    module = None
    for name, help_text in COMMANDS.items():
        if name == chosen:  # only the command that runs is imported: torch is slow to load
            module = importlib.import_module(f"core.cli.{name}")
            module.add_parser(commands)
        else:
            commands.add_parser(name, help=help_text)
    args = parser.parse_args(arguments)
    assert module is not None
    try:
        return int(module.run(args) or 0)
    except VoiceliftError as error:
        print(f"voicelift: {error}", file=sys.stderr)
        return 1
    except (PermissionError, FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        print(f"voicelift: {error.strerror}: {error.filename}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("voicelift: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
