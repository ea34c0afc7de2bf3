"""`python -m frontdesk`: the same command as `frontdesk`."""

from frontdesk.cli import app

app(prog_name="frontdesk")
