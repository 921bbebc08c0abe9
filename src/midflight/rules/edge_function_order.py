"""Code and the edge functions that it invokes go out in the wrong order."""

from collections.abc import Iterator

from midflight.inspection.beside import Fate, FunctionChange, callers
from midflight.inspection.finding import Confidence, Finding, Level, Phase, Step
from midflight.inspection.model import Context, Example, Rule
from midflight.inspection.wording import listed
from midflight.references.model import Place

_HISTORY = "CREATE TABLE projects (id bigint PRIMARY KEY, title text);"
_CREATE = "supabase/functions/create-project/index.ts"
_BODY = "Deno.serve(async () => new Response('ok'));\n"
_INVOKES = {"web/new.ts": "await supabase.functions.invoke('create-project', { body: { title } });\n"}
_RENAMED = {"web/new.ts": "await supabase.functions.invoke('make-project', { body: { title } });\n"}

rule = Rule(
    id="edge-function-order",
    level=Level.WARNING,
    summary="Code invokes an edge function that is not deployed beside it",
    why=(
        "Edge functions are deployed on their own, by `supabase functions deploy`, and front ends by something else."
        " While one is out and the other is not, each call of a function that is not there is answered with 404"
        " (Supabase documentation, Edge Functions). Deleting a function takes it from every build that still runs:"
        " open tabs and installed apps too. Nothing is lost."
    ),
    instead=(
        "Expand: deploy the new functions after the database and before the code that invokes them.",
        "Contract: delete a function, or deploy with `--prune`, only when no running build invokes it.",
    ),
    bad=(
        Example(
            "A function and its caller arrive together",
            schema=_HISTORY,
            head={_CREATE: _BODY, **_INVOKES},
            says="`create-project`",
        ),
        Example(
            "A function goes while old code invokes it",
            schema=_HISTORY,
            base={_CREATE: _BODY, **_INVOKES},
            head={"web/new.ts": "export {};\n"},
            says="open tabs",
        ),
        Example(
            "A function goes and its caller stays",
            schema=_HISTORY,
            base={_CREATE: _BODY, **_INVOKES},
            head=_INVOKES,
            says="new code",
        ),
        Example(
            "A function is called by its address",
            schema=_HISTORY,
            base={_CREATE: _BODY, "web/new.ts": "await fetch(`${url}/functions/v1/create-project`);\n"},
            head={"web/new.ts": "export {};\n"},
            says="`web/new.ts:1`",
        ),
        Example(
            "A function gets another name",
            schema=_HISTORY,
            base={_CREATE: _BODY, **_INVOKES},
            head={_CREATE.replace("create", "make"): _BODY, **_RENAMED},
            says="`make-project`",
        ),
    ),
    good=(
        Example("The function alone", schema=_HISTORY, head={_CREATE: _BODY}),
        Example(
            "The caller, when the function is there",
            schema=_HISTORY,
            base={_CREATE: _BODY},
            head={_CREATE: _BODY, **_INVOKES},
        ),
        Example(
            "Another body of the same function",
            schema=_HISTORY,
            base={_CREATE: _BODY, **_INVOKES},
            head={_CREATE: _BODY.replace("ok", "done"), **_INVOKES},
        ),
        Example(
            "Behind a flag",
            schema=_HISTORY,
            head={_CREATE: _BODY, "web/new.ts": f"if (process.env.USE_NEW === '1') {{ {_INVOKES['web/new.ts']} }}\n"},
        ),
        Example("Nobody invokes what goes", schema=_HISTORY, base={_CREATE: _BODY}),
        Example(
            "A function that only another function invokes",
            schema=_HISTORY,
            head={
                _CREATE: _BODY,
                "supabase/functions/import/index.ts": "await supabase.functions.invoke('create-project');\n",
            },
        ),
        Example(
            "Only its code moves to shared code",
            schema=_HISTORY,
            base={_CREATE: _BODY, **_INVOKES},
            head={_CREATE: "import '../_shared/serve.ts';\n", "supabase/functions/_shared/serve.ts": _BODY, **_INVOKES},
        ),
    ),
    recipe_differs="an edge function is no object of the schema, so no step is SQL",
)


@rule.on_whole
def functions_and_callers(context: Context) -> Iterator[Finding]:
    """Report new functions that new code invokes, and removed ones that old or new code invokes."""
    for change in context.functions:
        new = tuple(use.place for use in callers(context.new_code.services, change))
        old = tuple(use.place for use in callers(context.old_code.services, change))
        if change.fate is Fate.ADDED and new:
            yield _added(change, new)
        elif change.fate is Fate.REMOVED and (old or new):
            yield _removed(change, old, new)


def _added(change: FunctionChange, users: tuple[Place, ...]) -> Finding:
    name = change.name
    return Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.HIGH,
        message=(
            f"New code invokes the edge function `{name}` at {listed(users)}, which this pull request adds: every call"
            " before the function is deployed is answered with 404. Instead, deploy the function after the database"
            " and before this code."
        ),
        place=users[0],
        object=name,
        code=users,
        recipe=(
            Step(Phase.EXPAND, f"Deploy the function after the migration: `supabase functions deploy {name}`."),
            Step(Phase.ROLLOUT, f"Deploy the code that invokes `{name}` when the function answers."),
        ),
        phase=Phase.ROLLOUT,
    )


def _removed(change: FunctionChange, old: tuple[Place, ...], new: tuple[Place, ...]) -> Finding:
    name = change.name
    who = f"new code still invokes it at {listed(new)}" if new else f"old code invokes it at {listed(old)}"
    builds = "" if new else ", open tabs and installed apps too,"
    return Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.HIGH,
        message=(
            f"The edge function `{name}` goes, and {who}: once it is deleted, every call{builds} is answered with 404."
            " Instead, keep the function until no running build invokes it, and delete it in a later pull request."
        ),
        place=Place(change.path, 1) if not new else new[0],
        object=name,
        code=new or old,
        recipe=(
            Step(Phase.ROLLOUT, f"Deploy code that does not invoke `{name}`, and keep the function."),
            Step(Phase.CONTRACT, f"Delete it when nothing calls it any more: `supabase functions delete {name}`."),
        ),
        phase=Phase.CONTRACT,
    )
