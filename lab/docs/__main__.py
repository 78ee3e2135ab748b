"""`python -m lab.docs`: write the generated pages of docs/, openapi.json and errors.md."""

import json
from pathlib import Path

from api.app import create_app
from api.settings import ApiSettings
from lab.docs import errors

DOCS = Path(__file__).resolve().parents[2] / "docs"


def main() -> None:
    description = create_app(ApiSettings()).openapi()
    (DOCS / "openapi.json").write_text(json.dumps(description, indent=1, ensure_ascii=False) + "\n")
    (DOCS / "errors.md").write_text(errors.page(description))
    print("Wrote docs/openapi.json and docs/errors.md.")


if __name__ == "__main__":
    main()
