"""Writes what each scenario is expected to give: tests/scenarios/NAME/{base,head} to tests/scenarios/NAME/expected."""

import re
import shutil
import sys
import tempfile
from pathlib import Path

import demo
from midflight.adapters.clock import today

SCENARIOS = demo.ROOT / "tests" / "scenarios"
FORMATS = {"comment.md": "markdown", "report.json": "json"}


def snapshot(scenario: Path) -> dict[str, str]:
    """Return the files that the check of a scenario gives, by name; the exit code is one of them."""
    with tempfile.TemporaryDirectory(prefix="midflight-scenario-") as folder:
        repository = Path(folder) / scenario.name
        build(scenario, repository)
        made: dict[str, str] = {}
        for name, form in FORMATS.items():
            output = Path(folder) / name
            code = demo.check(repository, "head", "--shadow", "off", "--format", form, "--output", str(output))
            made[name] = _timeless(output.read_text(encoding="utf-8")) if output.exists() else ""
            made["exit-code.txt"] = f"{code}\n"
        return made


def _timeless(text: str) -> str:
    """Put the form of a day for each that is to come, since tomorrow's check gives others."""
    now = today()
    return re.sub(r"\b20\d\d-\d\d-\d\d\b", lambda day: "YYYY-MM-DD" if day[0] > now else day[0], text)


def build(scenario: Path, repository: Path) -> None:
    """Make a repository whose `main` is the scenario's base, and whose branch `head` is its head."""
    repository.mkdir()
    demo.git(repository, "init", "--quiet", "--initial-branch=main")
    fill(repository, scenario / "base")
    demo.git(repository, "switch", "--quiet", "--create", "head")
    fill(repository, scenario / "head")


def fill(repository: Path, tree: Path) -> None:
    """Commit a work tree that holds exactly the files of a folder."""
    for path in repository.iterdir():
        if path.name != ".git":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(tree, repository, dirs_exist_ok=True)
    demo.commit(repository, tree.name)


def main() -> int:
    """Write the snapshots of all scenarios, or of those named."""
    named = set(sys.argv[1:])
    for scenario in sorted(path for path in SCENARIOS.glob("*/") if (path / "base").is_dir()):
        if named and scenario.name not in named:
            continue
        for name, text in snapshot(scenario).items():
            (scenario / "expected").mkdir(exist_ok=True)
            (scenario / "expected" / name).write_text(text, encoding="utf-8")
        print(f"wrote {scenario.relative_to(demo.ROOT)}/expected")
    return 0


if __name__ == "__main__":
    sys.exit(main())
