"""The methods of GORM's chains by what they are given (GORM's documentation, "Method Chaining" and "CRUD")."""

from midflight.references.model import Verb

CONDITIONS = frozenset({"Where", "Or", "Not"})
ROWS = frozenset({"Find", "First", "Take", "Last", "FirstOrInit", "FirstOrCreate", "FindInBatches"})
NAMES = frozenset({"Select", "Distinct", "Group", "Pluck"})
SETS = frozenset({"Update", "UpdateColumn"})
FIELDS = frozenset({"Updates", "UpdateColumns", "Attrs", "Assign"})
LOADS = frozenset({"Preload", "Joins", "InnerJoins"})
VERBS = {
    "Update": Verb.UPDATE,
    "UpdateColumn": Verb.UPDATE,
    "Updates": Verb.UPDATE,
    "UpdateColumns": Verb.UPDATE,
    "Delete": Verb.DELETE,
    "Create": Verb.INSERT,
    "CreateInBatches": Verb.INSERT,
}
ENDS = ROWS | VERBS.keys() | {"Save", "Count", "Pluck", "Scan", "Row", "Rows"}
STATEMENT = CONDITIONS | NAMES | LOADS | {"Model", "Table", "Order", "Having", "Clauses", "Omit", "Limit", "Offset"}
"""What a chain says of the query itself, so that a variable that holds it is that query and not the connection."""
OTHERS = frozenset({"Raw", "Exec", "AutoMigrate", "Migrator", "Association", "ScanRows"})
"""After these the text, or another part of the library, says which tables are meant."""
QUERIES = STATEMENT | ENDS | FIELDS
