"""`python -m deploy.local.processes ENDED NAME...`: run these processes of the Procfile by honcho, until one ends.

The file ENDED receives the name and exit status of the first ended process. The others get SIGTERM, and killed
after KILL_S: honcho's default of 5 s would kill a worker during its hand-over (DRAIN_WITHIN_S in worker/resident.py).
"""

import os
import re
import sys
from pathlib import Path

from honcho import manager
from honcho.environ import expand_processes, parse_procfile
from honcho.printer import Message, Printer

PROCFILE = Path(__file__).with_name("Procfile")
KILL_S = 55
_STOPPED = re.compile(r"(\S+)\.\d+ stopped \(rc=(-?\d+)\)")  # text of honcho


class _Printer(Printer):
    """Also writes the first ended process into the file `ended`."""

    def __init__(self, ended: Path) -> None:
        super().__init__(sys.stdout)
        self._ended = ended

    def write(self, message: Message) -> None:
        if message.name == "system" and (stopped := _STOPPED.search(message.data)) and not self._ended.exists():
            self._ended.write_text(f"{stopped[1]} {stopped[2]}")
        super().write(message)


def main(ended: Path, names: list[str]) -> int:
    manager.KILL_WAIT = KILL_S
    commands = parse_procfile(PROCFILE.read_text()).processes
    processes = manager.Manager(_Printer(ended))
    for each in expand_processes({name: commands[name] for name in names}, env=dict(os.environ)):
        processes.add_process(each.name, each.cmd, env={**os.environ, **each.env}, cwd=str(Path.cwd()))
    processes.loop()
    return int(processes.returncode)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
