"""`kb keys`: who may come in. A token is shown once, on standard output, and kept nowhere."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from kb.commands.publishing import me
from kb.console import SafeConsole
from kb.settings import load_settings
from kb.store.records import AccessRole

app = typer.Typer(help="Keys for the API: add, list, revoke.", no_args_is_help=True)
out = SafeConsole()
err = SafeConsole(stderr=True)

VarOption = Annotated[Path | None, typer.Option("--var", help="Folder of the library's store [KB_VAR, var/].")]


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Whose key it is; one living key a name.")],
    role: Annotated[AccessRole, typer.Option(help="What it may do.")] = AccessRole.AGENT,
    owner: Annotated[
        list[str] | None, typer.Option(help="With --role owner: an article owner that it writes for; repeat for more.")
    ] = None,
    if_none: Annotated[bool, typer.Option("--if-none", help="An admin's key, only where there is none yet.")] = False,
    var: VarOption = None,
) -> None:
    """Make a key and print its token, which is shown this once."""
    from kb.store.key_store import KeyStore

    keys = KeyStore.open(load_settings(var=var))
    try:
        made = keys.add_first(name, me()) if if_none else keys.add(name, role, owner or [], me())
    finally:
        keys.close()
    if made is None:
        return
    record, token = made
    sys.stdout.write(token + "\n")
    if not if_none:
        whom = f" for {', '.join(sorted(record.owners))}" if record.owners else ""
        err.print(Text(f"key {record.id}: {record.name}, {record.role}{whom}", style="green"))
        err.print("This token is shown this once. Send it as `Authorization: Bearer …`.", highlight=False)


@app.command(name="list")
def list_(var: VarOption = None) -> None:
    """List the keys, without their secrets."""
    from kb.store.key_store import KeyStore

    keys = KeyStore.open(load_settings(var=var))
    try:
        records = keys.list()
    finally:
        keys.close()
    table = Table("id", "name", "role", "writes for", "made", "revoked")
    for record in records:
        revoked = f"{record.revoked_at:%Y-%m-%d %H:%M}" if record.revoked_at else ""
        row = (record.id, record.name, str(record.role), ", ".join(sorted(record.owners)))
        cells = [Text(cell) for cell in (*row, f"{record.created_at:%Y-%m-%d %H:%M}", revoked)]
        table.add_row(*cells, style="dim strike" if revoked else "")
    if records:
        out.print(table)
    else:
        err.print("There are no keys yet; make one: `kb keys add NAME --role admin`")


@app.command()
def revoke(
    key: Annotated[str, typer.Argument(help="The key's id, from `kb keys list`.")], var: VarOption = None
) -> None:
    """End a key: within seconds it opens nothing any more."""
    from kb.store.key_store import KeyStore

    keys = KeyStore.open(load_settings(var=var))
    try:
        keys.revoke(key, me())
    finally:
        keys.close()
    err.print(Text(f"key {key} is revoked", style="green"))
