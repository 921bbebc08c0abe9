"""One file a rule, nothing else; a rule is registered by being here."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from midflight.inspection.model import Rule


@cache
def load_rules() -> tuple[Rule, ...]:
    """Return all rules by id; a file whose rule has another id than the file's name is an error."""
    rules = [_load(module.name) for module in iter_modules(__path__)]
    return tuple(sorted(rules, key=lambda rule: rule.id))


def _load(module: str) -> Rule:
    rule: Rule = import_module(f"{__name__}.{module}").rule
    expected = module.replace("_", "-")
    if rule.id != expected:
        raise ImportError(f"the rule in {module}.py is called {rule.id}; it must be called {expected}")
    return rule
