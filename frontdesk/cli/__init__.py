"""The `frontdesk` command."""

from __future__ import annotations

import typer

from frontdesk.cli.asterisk import asterisk as asterisk_commands
from frontdesk.cli.catalogue import catalogue
from frontdesk.cli.doctor import doctor
from frontdesk.cli.evaluate import measure
from frontdesk.cli.explain import explain
from frontdesk.cli.manage import db, user
from frontdesk.cli.models import models as models_commands
from frontdesk.cli.phone import phone
from frontdesk.cli.recordings import recordings as recording_commands
from frontdesk.cli.replay import replay
from frontdesk.cli.scenarios import test
from frontdesk.cli.serve import serve
from frontdesk.cli.shell import shell
from frontdesk.cli.trace import trace
from frontdesk.cli.voice import voice as voice_commands

app = typer.Typer(name="frontdesk", help="一电通：市民热线前台。", no_args_is_help=True, pretty_exceptions_enable=False)
app.command()(serve)
app.command()(shell)
app.command()(explain)
app.command()(replay)
app.command(name="test")(test)
app.command(name="eval")(measure)
app.command()(doctor)
app.command()(phone)
app.command()(trace)
app.add_typer(catalogue, name="catalogue")
app.add_typer(user, name="user")
app.add_typer(db, name="db")
app.add_typer(models_commands, name="models")
app.add_typer(voice_commands, name="voice")
app.add_typer(recording_commands, name="recordings")
app.add_typer(asterisk_commands, name="asterisk")

__all__ = ["app"]
