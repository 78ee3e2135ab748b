"""Tables of figures, as every command of the laboratory prints them."""


def print_table(rows: list[dict[str, str]]) -> None:
    """Print `rows`, by column, as a table of Markdown."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    for line in [names, ["---"] * len(names)] + [[row.get(name, "") for name in names] for row in rows]:
        print("| " + " | ".join(line) + " |")
