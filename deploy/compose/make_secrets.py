"""`python3 deploy/compose/make_secrets.py`: generate the secrets of docker-compose.yml as files in ./secrets.

Needs only Python. Existing secrets stay; to rotate one, see docs/operations.md.
"""

import secrets
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "secrets"


def make(folder: Path) -> list[str]:
    """Generate the missing secrets in `folder`; returns their names."""
    # The folder keeps other users out. The files are readable, because containers read them under other user ids.
    folder.mkdir(mode=0o700, exist_ok=True)
    password = _kept(folder / "redis_password") or secrets.token_urlsafe(32)
    values = {
        "redis_password": password,
        "redis_url": f"redis://:{password}@redis:6379/0",
        "aws_access_key_id": secrets.token_hex(10),
        "aws_secret_access_key": secrets.token_urlsafe(30),
        "voicelift_metrics_token": secrets.token_urlsafe(32),
        "voicelift_token_secret": secrets.token_urlsafe(48),
        "grafana_password": secrets.token_urlsafe(16),
    }
    new = [name for name in values if not (folder / name).exists()]
    for name in new:
        (folder / name).write_text(values[name])
        (folder / name).chmod(0o444)
    return new


def _kept(path: Path) -> str | None:
    return path.read_text() if path.exists() else None


if __name__ == "__main__":
    print("\n".join(f"created {FOLDER / name}" for name in make(FOLDER)) or "all secrets exist")
