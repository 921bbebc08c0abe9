"""Writes the documentation that is made from the code; with --check, says what is out of date."""

import difflib
import json
import sys
from collections.abc import Mapping
from pathlib import Path

import yaml

from midflight.references.surfaces import GUESSES, LIFETIMES, MARKS, Surface
from midflight.report import schema as report
from midflight.report.rule_page import render_rule_page
from midflight.rules import load_rules
from midflight.settings import Configuration
from midflight.settings.allowed import Part, allowed, inputs, part

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from support.cost_cases import CASES  # noqa: E402 (the table that the tests hold the model and a server to)
from support.examples import run  # noqa: E402 (the tests' way to run an example is the documentation's too)
from support.reliability import table as reliability  # noqa: E402 (the scenarios of the tests, with their figures)

SCHEMA = "docs/midflight.schema.json"


def pages() -> dict[str, str]:
    """Return every generated file, as path and text."""
    return {
        SCHEMA: schema_text(),
        "action.yml": between(read("action.yml"), action_inputs(), mark="  # generated from midflight.settings"),
        "README.md": between(read("README.md"), inputs_and_outputs(), mark="<!-- generated inputs and outputs"),
        "docs/configuration.md": configuration_page(),
        "docs/report.schema.json": report.schema_text(),
        "docs/costs.md": costs_page(),
        "docs/rules.md": hazards_page(),
        "docs/surfaces.md": surfaces_page(),
        "docs/reliability.md": reliability.page(reliability.stored()),
        **rule_pages(),
    }


def rule_pages() -> dict[str, str]:
    """Return the page of each rule, with the recipe of its first bad example, and their table."""
    rules = load_rules()
    pages = {
        f"docs/rules/{rule.id}.md": render_rule_page(rule, recipe=run(rule.bad[0], rule)[0].recipe) for rule in rules
    }
    rows = [[f"[`{rule.id}`]({rule.id}.md)", rule.summary, rule.level.value] for rule in rules]
    head = "# Rules\n\n<!-- generated from the rules by `make docs` -->\n\n"
    closing = "\nA level can be changed, or a rule switched off, in [the configuration file](../configuration.md).\n"
    return pages | {"docs/rules/README.md": head + table(["Rule", "What it reports", "Level"], rows) + closing}


def hazards_page() -> str:
    """Return each hazard with the rules that decide it, or what else answers it, or why nothing does."""
    told: dict[str, list[str]] = {}
    for rule in load_rules():
        for hazard in rule.hazards:
            told.setdefault(hazard, []).append(f"[`{rule.id}`](rules/{rule.id}.md)")
    groups = yaml.safe_load(read("docs/hazards.yml"))
    count = sum(len(group["rows"]) for group in groups)
    introduction = (
        "# Hazards and rules\n\n"
        "<!-- generated from docs/hazards.yml and the rules by `make docs` -->\n\n"
        f"{count} hazards of a schema change under running code, as the tools of the field and their users name them, "
        "and what Midflight\nmakes of each. [The rules by name](rules/README.md).\n"
    )
    parts = [
        f"## {group['group']}\n\n"
        + table(["Hazard", "What goes wrong", "Answer"], [hazard_row(row, told) for row in group["rows"]])
        for group in groups
    ]
    return "\n".join((introduction, *parts))


def hazard_row(row: dict[str, str], told: Mapping[str, list[str]]) -> list[str]:
    """Return one row; a hazard that nothing answers is an error."""
    rules = told.get(row["id"], [])
    answers = [*rules, *([row["answer"]] if "answer" in row else [])]
    if not answers and "left_out" not in row:
        raise SystemExit(f"docs/hazards.yml: no rule decides {row['id']}, and nothing says why.")
    names = ", ".join(f"`{name}`" for name in row["id"].replace(" / ", ", ").split(", "))
    return [names, row["what"].replace("|", "\\|"), ", ".join(answers) or f"Left out: {row['left_out']}"]


def surfaces_page() -> str:
    """Return how a file's surface is guessed, from the table that the guess itself uses."""
    introduction = (
        "# Where code runs\n\n"
        "<!-- generated from midflight.references.surfaces by `make docs` -->\n\n"
        "Each line of code that the report names belongs to a surface. A server is replaced by a deployment; a browser "
        "keeps a page open,\nand a phone keeps an app for months. As long as old builds are in use, what they name "
        "must stay: removing it before is an error\nthat says for how many days, and the plan puts the removal into a "
        "later pull request.\n\n"
        "`surfaces` in [the configuration file](configuration.md) says where code runs, the first path that matches "
        "wins; `lifetimes` says for\nhow long old builds live. Everything else is guessed: by the first row below "
        'that fits, where the project around the file and a\n`"use client"` or `"use server"` in its first '
        "lines go before command line, worker and browser. What fits nowhere runs on the\nserver.\n\n"
    )
    rows = [
        [f"`{row.surface.value}`", f"{row.words[:1].upper()}{row.words[1:]}", lifetime(row.surface)] for row in GUESSES
    ]
    marks = [
        [
            f"`{surface.value}`",
            ", ".join(f"`{name}`" for name, marked in MARKS.items() if marked is surface),
            lifetime(surface),
        ]
        for surface in dict.fromkeys(MARKS.values())
    ]
    return (
        f"{introduction}{table(['Surface', 'Files', 'Old builds live'], rows)}\n"
        "A project is told by a file in its folder; `index.html` counts beside a `vite.config`, and Kotlin and Java in "
        "a folder with\n`src/main/AndroidManifest.xml` are mobile. Folders of it called `server`, `backend`, `api`, "
        "`functions` or `scripts` are not part of it.\n\n"
        f"{table(['Surface', 'Beside the code is', 'Old builds live'], marks)}"
    )


def lifetime(surface: Surface) -> str:
    """Return the default lifetime of a surface in words."""
    days = LIFETIMES[surface]
    return "no longer than the rollout" if not days else "1 day" if days == 1 else f"{days} days"


def costs_page() -> str:
    """Return the table of what operations lock and do, as the tests have it."""
    introduction = (
        "# What operations cost\n\n"
        "<!-- generated from tests/support/cost_cases.py by `make docs` -->\n\n"
        "What a statement locks on relations that were there before it, and the work that takes longer the larger they "
        "are.\n`ACCESS SHARE` and `ROW SHARE` are left out: they stop nobody. The tests hold the model to every row on "
        "each version named,\nand a real server to every row of its own version: locks from `pg_locks`, rewrites from "
        "`pg_relation_filenode`, scans and index\nbuilds from the messages of `DEBUG1`; the locks of what runs outside "
        "a transaction (*) are those of PostgreSQL's documentation.\nRun "
        "on 15 and 18; for the other versions the rows are the model's claim. The session's `TimeZone` is UTC.\n"
    )
    rows = [
        [
            case.title + ("*" if case.alone else ""),
            f"`{case.sql}`",
            "<br>".join(f"`{lock}` on `{name}`: {work}" for name, (lock, work) in case.held.items()) or "nothing",
            str(case.since) if case.since == case.until else f"{case.since} to {case.until}",
        ]
        for case in CASES
    ]
    return f"{introduction}\n{table(['Case', 'Statement', 'What it holds, and the work', 'PostgreSQL'], rows)}"


def schema_text() -> str:
    """Return the JSON schema of the configuration file, for editors."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Configuration.model_json_schema()}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def action_inputs() -> str:
    """Return the inputs as action.yml declares them; a default there would always win over the configuration file."""
    lines: list[str] = []
    for name, found in inputs().items():
        lines += [f"  {name}:", f"    description: {json.dumps(sentence(name, found), ensure_ascii=False)}"]
        if name == "github_token":
            lines.append("    default: ${{ github.token }}")
    return "\n".join(lines)


def sentence(name: str, found: Part) -> str:
    """Return what an input is for, what it allows and what it is when left out."""
    default = f" Default: `{plain(found['default'])}`." if found.get("default") not in {"", None} else ""
    return described(found, (name,)) + default


def inputs_and_outputs() -> str:
    """Return the two tables of the README."""
    action = yaml.safe_load(read("action.yml"))
    rows = [
        ["`github_token`", inputs()["github_token"]["description"], "`${{ github.token }}`"]
        if name == "github_token"
        else [f"`{name}`", described(found, (name,)), default_of(found)]
        for name, found in inputs().items()
    ]
    outputs = [[f"`{name}`", found["description"]] for name, found in action["outputs"].items()]
    return f"\n{table(['Input', 'What it is', 'Default'], rows)}\n\n{table(['Output', 'What it is'], outputs)}\n"


def configuration_page() -> str:
    """Return the page about the configuration file."""
    own, parts = [], []
    for name, found in Configuration.model_json_schema()["properties"].items():
        resolved = part((name,))
        own.append([f"`{name}`", described({**resolved, **found}, (name,)), default_of(resolved)])
        entry = part((name, 0)) if resolved.get("type") == "array" else resolved
        if entry.get("properties"):
            loc = (name, 0) if resolved.get("type") == "array" else (name,)
            parts.append(section(name, loc, entry))
    introduction = (
        "# The configuration file\n\n"
        "<!-- generated from midflight.settings by `make docs` -->\n\n"
        "`.github/midflight.yml` is read from the base revision of a pull request, so a change cannot switch off its "
        "own check. Nothing in it\nis needed. A key that does not exist or a value that is not allowed fails the run "
        "with exit code 2, and every problem is told at\nonce with its line.\n\n"
        "Editors complete and check it with [`midflight.schema.json`](midflight.schema.json).\n\n"
        "The command line goes before an action input, an input before this file, and this file before the default.\n"
    )
    return "\n".join([introduction, table(["Setting", "What it is", "Default"], own), *parts])


def section(name: str, loc: tuple[int | str, ...], entry: Part) -> str:
    """Return the part of the page about one setting that holds further ones."""
    rows = [
        [f"`{key}`", described(part((*loc, key)), (*loc, key)), default_of(part((*loc, key)), entry, key)]
        for key in entry["properties"]
    ]
    title = f"## `{name}`" + (", a list" if isinstance(loc[-1], int) else "")
    return f"{title}\n\n{entry.get('description', '')}\n\n{table(['Setting', 'What it is', 'Default'], rows)}"


def described(found: Part, loc: tuple[int | str, ...]) -> str:
    """Return what a setting is for and, where the description does not say so already, what it allows."""
    purpose = str(found.get("description", ""))
    choice = "enum" in found or found.get("type") == "boolean"
    narrow = choice or any(key in found for key in ("pattern", "minimum", "properties"))
    phrase = allowed(loc)
    if not narrow:
        return purpose
    return f"{purpose} One of {phrase}." if choice else f"{purpose} {phrase[:1].upper()}{phrase[1:]}."


def default_of(found: Part, entry: Part = {}, key: str = "") -> str:  # noqa: B006 (never written to)
    """Return the default as the table shows it."""
    if key in entry.get("required", ()):
        return "must be given"
    value = found.get("default")
    return "" if value in ("", None, [], {}) or isinstance(value, Mapping) else f"`{plain(value)}`"


def plain(value: object) -> str:
    """Return a value as YAML writes it."""
    if isinstance(value, float):
        return f"{value:g}"
    return json.dumps(value) if isinstance(value, bool | int) else str(value)


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


def between(text: str, made: str, *, mark: str) -> str:
    """Return a hand-written text with everything between its two marks replaced."""
    begin = next(line for line in text.splitlines() if line.startswith(mark) and "begin" in line)
    end = next(line for line in text.splitlines() if line.startswith(mark) and "end" in line)
    before, after = text.split(begin, 1)[0], text.split(end, 1)[1]
    return f"{before}{begin}\n{made}\n{end}{after}"


def read(path: str) -> str:
    """Return a file of the repository, empty where it does not exist yet."""
    file = ROOT / path
    return file.read_text(encoding="utf-8") if file.exists() else ""


def main(arguments: list[str]) -> int:
    """Write the pages, or with --check print the differences; the exit code says whether there were any."""
    stale = {path: text for path, text in pages().items() if read(path) != text}
    for path, text in stale.items():
        if "--check" in arguments:
            sys.stdout.writelines(difflib.unified_diff(read(path).splitlines(True), text.splitlines(True), path, path))
        else:
            (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / path).write_text(text, encoding="utf-8")
            print(f"wrote {path}")
    if stale and "--check" in arguments:
        print("The generated documentation is out of date: run `make docs`.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
