"""Printing figures: title, machine, table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table

from bench.machine import describe

WIDTH = 120


def show(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], notes: Sequence[str] = ()) -> None:
    """Print a table; the first column is text, the others are figures."""
    console = Console(width=WIDTH)
    table = Table()
    for at, column in enumerate(columns):
        table.add_column(column, justify="left" if at == 0 else "right")
    for row in rows:
        table.add_row(*row)
    console.print(title, style="bold", highlight=False)
    console.print(describe(), style="dim", highlight=False)
    console.print(table)
    for note in notes:
        console.print(f"  {note}", highlight=False)
    console.print()
