"""`voicelift serve`: the whole service on this machine."""

import argparse
from pathlib import Path


def add_parser(sub: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `serve` to the commands of `voicelift`."""
    parser = sub.add_parser("serve", help="run the API, the workers, Redis and S3 on this machine")
    parser.add_argument("--port", type=int, help="port of the API (default: 8000, or a free one)")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="data folder (default: .data)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until interrupted. Returns the exit status."""
    from deploy.local import serve  # needs the extra `local`, which the other commands do not need

    return serve.serve(args.data or serve.DATA, args.port)
