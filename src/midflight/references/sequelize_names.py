"""Names the tables and columns of Sequelize's models (its documentation, "Model Basics" and "Naming Strategies")."""

import re
from collections.abc import Sequence
from dataclasses import replace

import inflection

from midflight.references.mapping import MappedField, MappedModel

TIMED, PARANOID = "timed", "paranoid"  # what a field depends on, as its `relation`
_ENGLISH = re.compile(r"[A-Za-z_]*[a-z]\Z")


def settled(model: MappedModel, bases: Sequence[MappedModel], told: frozenset[str]) -> MappedModel:
    """The model with the names that its options imply, or the reason why they are not certain.

    `told` are the options of the project, `model.casing` those of the model: both are words such as "underscored", with
    a "-" before them where an option is off.
    """
    own = [word for part in (*reversed(bases), model) for word in part.casing.split()]
    options = {each.lstrip("-"): not each.startswith("-") for each in sorted(told)}
    for word in own:
        options[word.lstrip("-")] = not word.startswith("-")
    underscored, timed = options.get("underscored", False), options.get("timed", True)
    paranoid = timed and options.get("paranoid", False)
    table = model.table
    if not model.given and not model.untold:
        table = model.table if options.get("frozen", False) else plural(model.table)
        table = inflection.underscore(table) if underscored and not options.get("frozen", False) else table
    fields: list[MappedField] = []
    seen: set[str] = set()
    for each in (each for part in (model, *bases) for each in part.fields):
        dropped = (each.relation == TIMED and not timed) or (each.relation == PARANOID and not paranoid)
        if each.name in seen or dropped:
            continue
        seen.add(each.name)
        column = inflection.underscore(each.column) if underscored and each.cased else each.column
        fields.append(replace(each, column=column, cased=False))
    if not any(each.key for each in fields) and model.complete:
        fields.insert(0, MappedField("id", model.place.line, "id", key=True))
    untold = model.untold or ("" if table else f"the plural of `{model.name}` is not certain")
    return replace(model, table="" if untold else table, fields=tuple(fields), untold=untold)


def plural(name: str) -> str:
    """The English plural of a name, "" where libraries may differ on it."""
    if not _ENGLISH.match(name):
        return ""
    made = inflection.pluralize(name)
    regular = {f"{name}s", f"{name}es"} | ({f"{name[:-1]}ies"} if name.endswith("y") else set())
    return made if made in regular or inflection.singularize(name) != name else ""
