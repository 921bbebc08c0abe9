"""Reads TypeScript and JavaScript: supabase-js chains, Prisma and Drizzle calls, SQL in strings, table types."""

import re
from dataclasses import replace

from midflight.changes.model import NotAnalysed
from midflight.references.drafts import assemble
from midflight.references.extractors.javascript.builders import LIKELY as KNEX
from midflight.references.extractors.javascript.builders import MARK as BUILDERS
from midflight.references.extractors.javascript.builders import find_builders, find_database
from midflight.references.extractors.javascript.calls import find_calls
from midflight.references.extractors.javascript.drizzle import MARK as DRIZZLE
from midflight.references.extractors.javascript.drizzle import find_drizzle
from midflight.references.extractors.javascript.drizzle_tables import find_tables
from midflight.references.extractors.javascript.fallbacks import find_attempts
from midflight.references.extractors.javascript.flags import Flags
from midflight.references.extractors.javascript.literals import find_texts, find_types
from midflight.references.extractors.javascript.names import Names
from midflight.references.extractors.javascript.prisma import MARK as PRISMA
from midflight.references.extractors.javascript.prisma import find_prisma
from midflight.references.extractors.javascript.sequelize import MARK as SEQUELIZE
from midflight.references.extractors.javascript.sequelize import find_sequelize
from midflight.references.extractors.javascript.sequelize_models import MARK as SEQUELIZE_MODELS
from midflight.references.extractors.javascript.sequelize_models import find_models
from midflight.references.extractors.javascript.services import find_services
from midflight.references.extractors.javascript.syntax import TooDeepError, parse
from midflight.references.extractors.javascript.typeorm import MARK as TYPEORM
from midflight.references.extractors.javascript.typeorm import find_typeorm
from midflight.references.extractors.javascript.typeorm_classes import find_entities
from midflight.references.model import Extracted
from midflight.references.sqltext import candidates

SUFFIXES = frozenset({".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".vue", ".svelte", ".astro"})

_MARKS = re.compile(
    rb"\.\s*(?:from|rpc|invoke)\s*[(<]|/functions/v1/|postgres_changes|\bTables(?:Insert|Update)?\s*[<\"']"
)


def extract(path: str, source: bytes) -> Extracted:
    """Give the references and SQL texts of one file, and the models and calls that other files resolve."""
    if (
        not any(
            mark.search(source)
            for mark in (_MARKS, PRISMA, DRIZZLE, TYPEORM, SEQUELIZE, SEQUELIZE_MODELS, BUILDERS, KNEX)
        )
        and next(candidates(source), None) is None
    ):
        return Extracted()
    parsed = parse(path, source)
    names = Names(parsed)
    flags = Flags(names)
    try:
        models, problems = find_tables(names)
        queries, claimed = find_drizzle(names, flags)
        classes = [*find_entities(names), *find_models(names), *find_database(names)]
        others = [*find_calls(names, flags), *find_texts(names, flags)]
        built, named = find_builders(names, flags)
        claimed |= named
        drafts = [draft for draft in others if draft.start not in claimed]
        drafts += [*queries, *find_prisma(names, flags), *find_types(names), *find_services(names, flags)]
        drafts += [*find_typeorm(names, flags), *find_sequelize(names, flags), *built]
        found = assemble(drafts, find_attempts(parsed), path)
    except TooDeepError:
        return Extracted(unresolved=(NotAnalysed(path, 0, "the code is nested too deeply"),))
    return replace(found, models=(*models, *classes), unresolved=(*found.unresolved, *problems))
