"""The lint options that a configuration file on disk gives."""

from collections.abc import Mapping
from pathlib import Path

from midflight.adapters.clock import today
from midflight.errors import SettingsError
from midflight.inspection.lint import Server
from midflight.linting import LintOptions
from midflight.rules import load_rules
from midflight.settings import read_settings
from midflight.stages import Files, policy, scope


def lint_options(
    environment: Mapping[str, str], *, path: str, fail_on: str | None, version: int | None
) -> tuple[LintOptions, str, tuple[str, ...]]:
    """Return the options, the level that fails, and the files that the configuration names and were read."""
    if not Path(path).exists() and path != ".github/midflight.yml":
        raise SettingsError((f"option --config: there is no file {path}.",))
    configuration = _text(path)
    settings = read_settings(
        environment,
        options={"fail_on": fail_on, "config": path, "postgres_version": version},
        configuration=configuration,
        configuration_path=path,
        known_rules=[rule.id for rule in load_rules()],
    )
    files = Files(configuration, _text(settings.statistics), _text(settings.baseline))
    looked = scope(settings, files)
    return (
        LintOptions(
            databases=looked.databases,
            server=Server(settings.postgres_version, looked.tables),
            policy=policy(settings, files, today=today()),
        ),
        settings.fail_on,
        tuple(name for name in (settings.statistics, settings.baseline) if name),
    )


def _text(path: str) -> str | None:
    file = Path(path) if path else None
    return file.read_text(encoding="utf-8", errors="replace") if file and file.is_file() else None
