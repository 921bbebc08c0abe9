"""Builds the example app as a git repository, checks its outage and the corrected form, and shows the comments."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from comment_page import comment_page

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "projectify"
SHOWN = {"outage": "comment.html", "outage-fixed": "comment-fixed.html"}
WHO = {"NAME": "Ada Example", "EMAIL": "ada@example.com", "DATE": "2025-11-10T09:00:00+00:00"}


def branches() -> dict[str, dict[str, str]]:
    """Return the example's pull requests: title, pattern, verdict and what it shows, by branch."""
    return tomllib.loads((EXAMPLE / "branches.toml").read_text(encoding="utf-8"))


def build(repository: Path) -> None:
    """Make the repository: `main`, and a branch of one commit for each pull request."""
    shutil.copytree(EXAMPLE / "base", repository)
    git(repository, "init", "--quiet", "--initial-branch=main")
    commit(repository, "Lay out the app")
    for name, branch in branches().items():
        git(repository, "switch", "--quiet", "--create", name, "main")
        overlay(EXAMPLE / "branches" / name, repository)
        commit(repository, branch["title"])
    git(repository, "switch", "--quiet", "main")


def overlay(changes: Path, repository: Path) -> None:
    """Copy the files of a pull request over the work tree, and remove those that its list `.deleted` names."""
    shutil.copytree(changes, repository, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".deleted"))
    if (changes / ".deleted").exists():
        for path in (changes / ".deleted").read_text(encoding="utf-8").split():
            (repository / path).unlink()


def commit(repository: Path, title: str) -> None:
    """Commit everything, with a fixed date and author, so that the commit ids are the same every time."""
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--no-verify", "--message", title)


def git(repository: Path, *arguments: str) -> None:
    """Run git in the repository, untouched by what the person has configured."""
    fixed = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in WHO.items()}
    alone = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", "-C", repository, *arguments], check=True, env={**inherited(), **fixed, **alone})


def check(repository: Path, branch: str, *options: str) -> int:
    """Run the check as a person would, and return its exit code."""
    revisions = ["--repo", str(repository), "--base", "main", "--head", branch]
    return subprocess.run([program(), "check", *revisions, *options], check=False, env=inherited()).returncode


def program() -> str:
    """Return the command of the environment that runs this script."""
    return str(Path(sys.executable).with_name("midflight"))


def inherited() -> dict[str, str]:
    """Return the environment without what would point git or the check somewhere else."""
    everything = os.environ  # noqa: TID251 (a script starts programs; it has no settings)
    return {key: value for key, value in everything.items() if not key.startswith(("GIT_", "GITHUB_", "INPUT_"))}


def show(repository: Path, branch: str, page: Path) -> str:
    """Print the report of a branch, write its comment as a page, and return the verdict.

    Where there is a PostgreSQL server, both are proven on it.
    """
    title = branches()[branch]["title"]
    print(f'\n{"=" * 100}\nPull request "{title}" (branch {branch})\n{"=" * 100}\n', flush=True)
    check(repository, branch, "--shadow")
    report, comment = repository.parent / f"{branch}.json", repository.parent / f"{branch}.md"
    check(repository, branch, "--shadow", "off", "--format", "json", "--output", str(report))
    check(repository, branch, "--format", "markdown", "--output", str(comment), "--shadow")
    page.unlink(missing_ok=True)
    if not report.exists() or not comment.exists():
        return "no verdict"
    page.parent.mkdir(exist_ok=True)
    page.write_text(comment_page(title, comment.read_text(encoding="utf-8")), encoding="utf-8")
    return str(json.loads(report.read_text(encoding="utf-8"))["verdict"])


def demonstrate() -> int:
    """Check the outage and its corrected form; the exit code says whether both got their verdict."""
    with tempfile.TemporaryDirectory(prefix="midflight-demo-") as folder:
        repository = Path(folder) / "projectify"
        build(repository)
        verdicts = {name: show(repository, name, ROOT / "demo" / page) for name, page in SHOWN.items()}
    wrong = 0
    print()
    for name, verdict in verdicts.items():
        expected = branches()[name]["verdict"]
        wrong += verdict != expected
        print(f"{name}: {verdict}, as expected" if verdict == expected else f"{name}: {verdict} instead of {expected}")
        if (ROOT / "demo" / SHOWN[name]).exists():
            print(f"  the comment: demo/{SHOWN[name]}")
    return 1 if wrong else 0


def main() -> int:
    """Build the repository where `--only-build` says, or show the demonstration."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only-build", type=Path, metavar="FOLDER", help="make the repository there and stop")
    folder = parser.parse_args().only_build
    if folder is None:
        return demonstrate()
    build(folder)
    print(f"{folder}: main and {len(branches())} branches")
    return 0


if __name__ == "__main__":
    sys.exit(main())
