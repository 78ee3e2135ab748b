"""Markdown tables of figures, as printed by every command of the laboratory."""


def print_table(rows: list[dict[str, str]]) -> None:
    """Print `rows`, by column, as a Markdown table."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    for line in [names, ["---"] * len(names)] + [[row.get(name, "") for name in names] for row in rows]:
        print("| " + " | ".join(line) + " |")
