"""Errors of the command line: one clear line on standard error, exit code 2, no traceback for what a person can mend."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from conversation import PhrasesError
from frontdesk.accounts import AccountRefused
from frontdesk.knowledge import KnowledgeError
from frontdesk.scenarios import ScenarioError
from frontdesk.settings import SettingsError
from frontdesk.storage import DatabaseInUse, DatabaseTooNew, UnknownUser, UserExists
from handoff.forms import FormsError
from handoff.ports import StoreUnavailable
from handoff.triage import TriageError
from intents.parse import CatalogueError
from intents.safety import SafetyDataError

_MENDABLE = (
    AccountRefused,
    CatalogueError,
    DatabaseInUse,
    DatabaseTooNew,
    FormsError,
    KnowledgeError,
    PhrasesError,
    SafetyDataError,
    ScenarioError,
    SettingsError,
    StoreUnavailable,
    TriageError,
    UnknownUser,
    UserExists,
)


def fail(message: str) -> typer.Exit:
    """Print the message; raise the result."""
    typer.secho(message, fg=typer.colors.RED, err=True)
    return typer.Exit(2)


@contextmanager
def mendable() -> Iterator[None]:
    """What the person at the keyboard can put right is told in one message."""
    try:
        yield
    except _MENDABLE as error:
        raise fail(str(error)) from None
