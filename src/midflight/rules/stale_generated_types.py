"""The generated types that are kept with the code do not have what the migration makes."""

from collections.abc import Iterator

from midflight.catalog.model import Catalog, Relation, RelationKind
from midflight.inspection.finding import Confidence, Finding, Level, Phase, Step
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.wording import named
from midflight.operations.shapes import Name
from midflight.references.model import Place, TypedSchema

_HISTORY = "CREATE TABLE projects (id bigint PRIMARY KEY, title text);"
_ADD = "ALTER TABLE projects ADD COLUMN summary text;"
_PATH = "web/database.types.ts"
_TYPES = """export type Json = string | number | boolean | null
export type Database = {
  public: {
    Tables: {
      projects: {
        Row: {
          id: number
          title: string | null
        }
      }
    }
    Views: {
      [_ in never]: never
    }
    Functions: {
      [_ in never]: never
    }
    Enums: {
      [_ in never]: never
    }
  }
}
"""
_OLD = {_PATH: _TYPES}
_NEW = {_PATH: _TYPES.replace("          title:", "          summary: string | null\n          title:")}
_KINDS = frozenset({RelationKind.TABLE, RelationKind.VIEW, RelationKind.MATERIALIZED_VIEW})

rule = Rule(
    id="stale-generated-types",
    level=Level.NOTE,
    opt_in=True,
    summary="Generated types that do not have what the migration changes",
    why=(
        "Code that is checked against types of another schema compiles where it fails, and fails to compile where it"
        " works (Supabase documentation, Generating TypeScript Types). Nothing breaks while it runs, and a migration"
        " that goes out alone leaves the types for the pull request with the code: therefore this rule is off unless"
        " the configuration gives it a level."
    ),
    instead=("Rollout: generate the types again in the pull request that uses what the migration makes.",),
    bad=(
        Example(
            "A new column that the types lack",
            schema=_HISTORY,
            migrations=(_ADD,),
            base=_OLD,
            head=_OLD,
            says="`projects.summary`",
        ),
        Example(
            "A new table that the types lack",
            schema=_HISTORY,
            migrations=("CREATE TABLE notes (id bigint PRIMARY KEY);",),
            base=_OLD,
            head=_OLD,
            says="`notes`",
        ),
    ),
    good=(
        Example("The types have it", schema=_HISTORY, migrations=(_ADD,), base=_OLD, head=_NEW),
        Example("No types are kept", schema=_HISTORY, migrations=(_ADD,)),
        Example(
            "The types are of another schema",
            schema=_HISTORY,
            migrations=("CREATE SCHEMA billing; CREATE TABLE billing.invoices (id bigint PRIMARY KEY);",),
            base=_OLD,
            head=_OLD,
        ),
        Example(
            "The types are of another database",
            schema=_HISTORY,
            migrations=(_ADD,),
            base={_PATH: _TYPES.replace("projects", "orders")},
            head={_PATH: _TYPES.replace("projects", "orders")},
        ),
    ),
    recipe_differs="the types are no object of the schema, so no step is SQL",
)


@rule.on_whole
def types_and_schema(context: Context) -> Iterator[Finding]:
    """Report each types file that lacks what this change set adds, or still has what it removes."""
    for types in context.new_code.types if context.steps else ():
        if not _is_about(types, context):
            continue
        lacks = tuple(_lacking(types, context.before, context.after))
        keeps = tuple(_lacking(_reversed(types, context), context.after, context.before))
        if lacks or keeps:
            yield _finding(types, lacks, keeps)


def _is_about(types: TypedSchema, context: Context) -> bool:
    """Whether the schema knows at least half of the relations: types of another database say nothing of this one."""
    known = [Name(name, types.schema) for name, _ in types.relations]
    found = [name for name in known if name in context.before.relations or name in context.after.relations]
    return bool(found) and len(found) * 2 >= len(known)


def _lacking(types: TypedSchema, old: Catalog, new: Catalog) -> Iterator[str]:
    """What only the new schema has and the types do not."""
    typed = dict(types.relations)
    for relation in _relations(new, types.schema):
        before = old.relations.get(relation.name)
        columns = typed.get(relation.name.name)
        if before is None and columns is None:
            yield relation.name.short
        elif before is not None and columns is not None and relation.complete and before.complete:
            added = (c.name for c in relation.columns if before.column(c.name) is None and c.name not in columns)
            yield from (f"{relation.name.short}.{name}" for name in added)


def _reversed(types: TypedSchema, context: Context) -> TypedSchema:
    """Types that lack what these have: what is lacking in them and gone from the schema is what these keep."""
    typed = dict(types.relations)
    relations = []
    for relation in _relations(context.before, types.schema):
        columns = typed.get(relation.name.name)
        after = context.after.relations.get(relation.name)
        if columns is None or after is not None:
            missing = frozenset(c.name for c in relation.columns if columns is None or c.name not in columns)
            relations.append((relation.name.name, missing))
    return TypedSchema(types.path, types.schema, tuple(relations))


def _relations(catalog: Catalog, schema: str) -> Iterator[Relation]:
    found = (r for r in catalog.relations.values() if r.kind in _KINDS and r.partition_of is None)
    return (relation for relation in found if relation.name.schema == schema)


def _finding(types: TypedSchema, lacks: tuple[str, ...], keeps: tuple[str, ...]) -> Finding:
    parts = (f"lacks {named(sorted(lacks))}" if lacks else "", f"still has {named(sorted(keeps))}" if keeps else "")
    return Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.HIGH,
        message=(
            f"`{types.path}` {' and '.join(part for part in parts if part)}, so new code is checked against types of"
            " the old schema. Instead, generate the types again with `supabase gen types typescript`."
        ),
        place=Place(types.path, types.line),
        object=types.path,
        recipe=(
            Step(
                Phase.ROLLOUT,
                f"Generate them from a database at head: `supabase gen types typescript --local > {types.path}`.",
            ),
        ),
        phase=Phase.ROLLOUT,
    )
