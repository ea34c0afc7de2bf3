"""Errors of the command line: one clear line, exit code 2, no traceback for what a person can mend."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from conversation import PhrasesError
from frontdesk.accounts import AccountRefused
from frontdesk.download import DownloadFailed
from frontdesk.evaluation import ReportUnusable, SplitError
from frontdesk.knowledge import KnowledgeError
from frontdesk.onnx_encoder import EncoderUnusable
from frontdesk.recordings import KeyRefused
from frontdesk.scenarios import ScenarioError
from frontdesk.settings import SettingsError
from frontdesk.storage import DatabaseInUse, DatabaseTooNew, UnknownUser, UserExists
from frontdesk.voice_models import VoiceModelError
from handoff.forms import FormsError
from handoff.ports import StoreUnavailable
from handoff.triage import TriageError
from intents.lexicon import LexiconError
from intents.parse import CatalogueError
from intents.regions import RegionsError
from intents.safety import SafetyDataError
from ivr.recogniser import ModelUnusable

_MENDABLE = (
    AccountRefused,
    CatalogueError,
    DatabaseInUse,
    DatabaseTooNew,
    DownloadFailed,
    EncoderUnusable,
    FormsError,
    KeyRefused,
    KnowledgeError,
    LexiconError,
    ModelUnusable,
    PhrasesError,
    RegionsError,
    ReportUnusable,
    SafetyDataError,
    ScenarioError,
    SettingsError,
    SplitError,
    StoreUnavailable,
    TriageError,
    UnknownUser,
    UserExists,
    VoiceModelError,
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
