"""Three sources read into one value: command line, action inputs, configuration file."""

import difflib
from collections.abc import Collection, Iterator, Mapping
from operator import itemgetter
from types import MappingProxyType

from pydantic import BaseModel, ValidationError

from midflight.errors import SettingsError
from midflight.settings.allowed import allowed, inputs, known
from midflight.settings.document import Document, Loc, dotted, parse_document
from midflight.settings.model import CONFIGURATION_PATH, IN_WORDS, RULE, Configuration, Runner, Settings

NOTHING: Mapping[str, object] = MappingProxyType({})
DOCKER_INPUTS = frozenset({"args", "entrypoint"})  # the runner's own inputs of a container action
SECRET = frozenset({"github_token", "consumers_token", "database_url", "shadow_database_url"})


def configured_path(environment: Mapping[str, str], *, options: Mapping[str, object] = NOTHING) -> str:
    """Return where the configuration file is; its text must be had before the settings can be read."""
    return str(options.get("config") or environment.get("INPUT_CONFIG", "").strip() or CONFIGURATION_PATH)


def read_runner(environment: Mapping[str, str]) -> Runner:
    """Return what the runner says about the job; it is needed to find the base revision, before the settings."""
    return Runner.model_validate(dict(environment))


def read_settings(
    environment: Mapping[str, str],
    *,
    options: Mapping[str, object] = NOTHING,
    configuration: str | None = None,
    configuration_path: str = CONFIGURATION_PATH,
    known_rules: Collection[str] = (),
) -> Settings:
    """Return the settings: command line before action input before configuration file before default.

    `environment` is the whole environment, `options` what the command line was given (None means not given),
    `configuration` the file's text at the base revision. With `known_rules`, any other rule id is a problem too.
    Raises `SettingsError` with every problem of every source.
    """
    document = parse_document(configuration or "")
    entered = _inputs(environment)
    options = {name: value for name, value in options.items() if value is not None}
    problems = (
        *_file_problems(document, configuration_path, known_rules),
        *_input_problems(entered),
        *_option_problems(options),
    )
    if problems:
        raise SettingsError(problems)
    settings = Settings.model_validate({**document.values, **entered, **options, "runner": read_runner(environment)})
    if settings.require and not (settings.comment and settings.status):
        raise SettingsError(("require: approvals are ticked in the comment and hold the status; neither may be off.",))
    return settings


def _inputs(environment: Mapping[str, str]) -> dict[str, object]:
    """The inputs that were filled in; GitHub passes one that was left out as an empty text."""
    found: dict[str, object] = {}
    if environment.get("GITHUB_TOKEN"):
        found["github_token"] = environment["GITHUB_TOKEN"]
    for name in ("database_url", "shadow_database_url"):
        if environment.get(name.upper()):
            found[name] = environment[name.upper()]
    for key, value in environment.items():
        name = key.removeprefix("INPUT_").lower()
        if key.startswith("INPUT_") and value.strip() and name not in DOCKER_INPUTS:
            found[name] = value.strip()
    return found


def _file_problems(document: Document, path: str, known_rules: Collection[str]) -> tuple[str, ...]:
    """What is wrong with the file, from its first line to its last."""
    found = [
        *document.problems,
        *((document.line(loc), f"{dotted(loc)}: {what}") for loc, what in _problems(Configuration, document.values)),
        *(
            (document.line(loc), f"{dotted(loc)}: no rule is called {_shown(rule)}.{_nearest(rule, known_rules)}")
            for loc, rule in _rules_named(document.values)
            if known_rules and rule not in known_rules
        ),
    ]
    return tuple(f"{path}:{line}: {what}" for line, what in sorted(found, key=itemgetter(0)))


def _rules_named(values: Mapping[str, object]) -> Iterator[tuple[Loc, str]]:
    levels, ignored = values.get("rules"), values.get("ignore")
    for rule in levels if isinstance(levels, dict) else ():
        yield ("rules", str(rule)), str(rule)
    for number, item in enumerate(ignored if isinstance(ignored, list) else ()):
        if isinstance(item, dict) and "rule" in item:
            yield ("ignore", number, "rule"), str(item["rule"])


def _input_problems(entered: Mapping[str, object]) -> Iterator[str]:
    names = inputs()
    for name in entered:
        if name not in names:
            yield f"input {_plain(name)}: no input has this name.{_nearest(name, names)}"
    for loc, what in _problems(Settings, {name: value for name, value in entered.items() if name in names}):
        yield f"input {dotted(loc)}: {what}"


def _option_problems(options: Mapping[str, object]) -> Iterator[str]:
    for loc, what in _problems(Settings, options):
        yield f"option --{dotted(loc).replace('_', '-')}: {what}"


def _problems(model: type[BaseModel], values: Mapping[str, object]) -> Iterator[tuple[Loc, str]]:
    """What pydantic finds wrong: each place, what is wrong there, and what is allowed."""
    try:
        model.model_validate(values)
    except ValidationError as error:
        for problem in error.errors(include_url=False, include_context=False):
            loc = tuple(part for part in problem["loc"] if part != "[key]")
            if loc == problem["loc"]:
                yield loc, _sentence(problem["type"], loc, problem["msg"], problem["input"], model)
            else:
                yield loc, f"this key is not allowed; it must be {IN_WORDS[RULE]}."


def _sentence(kind: str, loc: Loc, message: str, value: object, model: type[BaseModel]) -> str:
    shown = "this value" if loc[:1] and loc[0] in SECRET else _shown(value)
    match kind:
        case "extra_forbidden":
            return f"no setting has this name.{_nearest(str(loc[-1]), known(loc[:-1], model))}"
        case "missing":
            return f"is missing; it must be {allowed(loc)}."
        case "value_error" if " must " in message:
            return f"{shown} is not allowed; it {message.removeprefix('Value error, ')}."
        case _:
            return f"{shown} is not allowed; it must be {allowed(loc)}."


def _shown(value: object) -> str:
    """A value on one line, cut, with everything but printable characters escaped."""
    text = repr(value)
    return f"`{text if len(text) <= 60 else text[:59] + '…'}`"


def _plain(name: str) -> str:
    return repr(name)[1:-1][:60]


def _nearest(name: str, names: Collection[str]) -> str:
    close = difflib.get_close_matches(name, names, n=1)
    guess = f" Did you mean `{close[0]}`?" if close else ""
    return f"{guess} Known: {', '.join(names)}." if names else guess
