"""How the server names a result column without AS: FigureColname() in parser/parse_target.c.

A strong name comes from a column or a function, a weak one from a cast or CASE around something without a name.
"""

from midflight.operations.dialects.postgres.tree import Node, enum, inner, kind, strings

_FIXED = {
    "coalesce_expr": "coalesce",
    "a_array_expr": "array",
    "row_expr": "row",
    "xml_serialize": "xmlserialize",
    "grouping_func": "grouping",
    "merge_support_func": "merge_action",
    "json_object_agg": "json_objectagg",
    "json_array_agg": "json_arrayagg",
    "json_object_constructor": "json_object",
    "json_array_constructor": "json_array",
    "json_array_query_constructor": "json_array",
    "json_parse_expr": "json",
    "json_scalar_expr": "json_scalar",
    "json_serialize_expr": "json_serialize",
}


def column_label(node: Node) -> str:
    """Return the name of an expression's column."""
    return _strong(node) or _weak(node) or "?column?"


def _strong(node: Node) -> str:
    what = kind(node)
    if what in _FIXED:
        return _FIXED[what]
    message: Node = inner(node) if what else None
    match what:
        case "column_ref":
            return strings(message.fields)[-1]
        case "func_call":
            return strings(message.funcname)[-1]
        case "type_cast" | "collate_clause":
            return _strong(message.arg)
        case "case_expr":
            return _strong(message.defresult)
        case "a_indirection":
            return _field(message) or _strong(message.arg)
        case "sub_link":
            return _of_link(message)
        case _:
            return _of_syntax(what, message)


def _weak(node: Node) -> str:
    match kind(node):
        case "type_cast":
            return strings(node.type_cast.type_name.names)[-1]
        case "case_expr":
            return "case"
        case "collate_clause":
            return _weak(node.collate_clause.arg)
        case "a_indirection":
            return _weak(node.a_indirection.arg)
        case "sub_link":
            value = _only_target(node.sub_link)
            return _weak(value.val) if value is not None else ""
        case _:
            return ""


def _field(indirection: Node) -> str:
    names = strings(step for step in indirection.indirection if kind(step) in {"string", "a_star"})
    return names[-1] if names else ""


def _of_link(link: Node) -> str:
    match enum(link, "sub_link_type"):
        case "EXISTS_SUBLINK":
            return "exists"
        case "ARRAY_SUBLINK":
            return "array"
        case _:
            target = _only_target(link)
            return (target.name or _strong(target.val)) if target is not None else ""


def _only_target(link: Node) -> Node | None:
    """The target of a query that stands for a value."""
    if enum(link, "sub_link_type") != "EXPR_SUBLINK" or kind(link.subselect) != "select_stmt":
        return None
    select = link.subselect.select_stmt
    while select.HasField("larg"):
        select = select.larg
    return select.target_list[0].res_target if select.target_list else None


def _of_syntax(what: str, message: Node) -> str:
    """The functions that have a syntax of their own."""
    match what:
        case "a_expr":
            return "nullif" if enum(message, "kind") == "AEXPR_NULLIF" else ""
        case "min_max_expr":
            return "greatest" if enum(message, "op") == "IS_GREATEST" else "least"
        case "sqlvalue_function":  # CURRENT_TIMESTAMP(3) is SVFOP_CURRENT_TIMESTAMP_N
            return enum(message, "op").removeprefix("SVFOP_").removesuffix("_N").lower()
        case "xml_expr":
            name = enum(message, "op").removeprefix("IS_").lower()
            return name if name.startswith("xml") else ""
        case "json_func_expr":
            return enum(message, "op").removesuffix("_OP").lower()
        case _:
            return ""
