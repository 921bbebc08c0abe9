"""`midflight rules`: what each rule reports."""

from difflib import get_close_matches

import click
from rich.console import Console

from midflight.errors import SettingsError
from midflight.report.rule_page import render_rules
from midflight.rules import load_rules


@click.command()
@click.argument("rule_id", required=False)
def rules(rule_id: str | None) -> None:
    """List the rules, or explain one: what it reports, why, and what to do instead."""
    known = {rule.id: rule for rule in load_rules()}
    if rule_id is not None and rule_id not in known:
        nearest = get_close_matches(rule_id, known, n=1)
        advice = f" Did you mean {nearest[0]}?" if nearest else ""
        raise SettingsError((f"No rule is called {rule_id}.{advice}",))
    render_rules([known[rule_id]] if rule_id else list(known.values()), Console(), explain=rule_id is not None)
