"""Code uses a storage bucket that the other side of the deployment lacks."""

from collections.abc import Iterator

from midflight.catalog.model import Step
from midflight.inspection.beside import buckets_after, buckets_of, uses_of
from midflight.inspection.causes import old_code_level
from midflight.inspection.finding import Confidence, Finding, Level, Phase
from midflight.inspection.finding import Step as RecipeStep
from midflight.inspection.model import Context, Deploys, Example, Rule
from midflight.inspection.wording import at, listed
from midflight.operations.model import Delete
from midflight.references.model import Place, ServiceKind

_PLATFORM = (
    "CREATE SCHEMA IF NOT EXISTS storage;"
    " CREATE TABLE IF NOT EXISTS storage.buckets (id text PRIMARY KEY, name text NOT NULL, public boolean);"
)
_MADE = "INSERT INTO storage.buckets (id, name, public) VALUES ('avatars', 'avatars', true) ON CONFLICT DO NOTHING;"
_GONE = "DELETE FROM storage.buckets WHERE id = 'avatars';"
_UPLOADS = {"web/avatar.ts": "await supabase.storage.from('avatars').upload(path, file);\n"}
_WITHOUT = {"web/avatar.ts": "export {};\n"}

rule = Rule(
    id="storage-bucket-order",
    level=Level.WARNING,
    summary="Code uses a storage bucket before a migration makes it, or after one deletes it",
    why=(
        "A bucket is a row of `storage.buckets`: every upload, download and signed address for one that is not there is"
        " answered with 404, Bucket not found (Supabase documentation, Storage). New code meets that until the"
        " migration runs, old code from the moment the row is deleted. A bucket that people make by hand is in no"
        " migration, and nothing is said about it. Deleting the row loses nothing: it is refused while files are in it."
    ),
    instead=(
        "Expand: make the bucket in a migration of its own, and apply it before the code goes out.",
        "Contract: delete a bucket in a later pull request, when no running code uses it.",
    ),
    bad=(
        Example(
            "The bucket and its uploader arrive together",
            schema=_PLATFORM,
            migrations=(_MADE,),
            base=_WITHOUT,
            head=_UPLOADS,
            says="`avatars`",
        ),
        Example(
            "The bucket goes while old code uploads to it",
            schema=f"{_PLATFORM} {_MADE}",
            migrations=(_GONE,),
            base=_UPLOADS,
            head=_WITHOUT,
            says="from the moment",
        ),
    ),
    good=(
        Example("The bucket alone", schema=_PLATFORM, migrations=(_MADE,), base=_WITHOUT, head=_WITHOUT),
        Example(
            "The pipeline migrates first",
            schema=_PLATFORM,
            migrations=(_MADE,),
            base=_WITHOUT,
            head=_UPLOADS,
            deploys=Deploys.DATABASE_FIRST,
        ),
        Example(
            "A migration before made it",
            schema=f"{_PLATFORM} {_MADE}",
            migrations=(_MADE,),
            base=_WITHOUT,
            head=_UPLOADS,
        ),
        Example("No migration makes it", schema=_PLATFORM, base=_WITHOUT, head=_UPLOADS),
        Example(
            "Nobody uses what goes",
            schema=f"{_PLATFORM} {_MADE}",
            migrations=(_GONE,),
            base=_WITHOUT,
            head=_WITHOUT,
        ),
        Example(
            "Deleted and made again",
            schema=f"{_PLATFORM} {_MADE}",
            migrations=(f"{_GONE} {_MADE}",),
            base=_UPLOADS,
            head=_UPLOADS,
        ),
    ),
)


@rule.on_whole
def buckets_and_their_users(context: Context) -> Iterator[Finding]:
    """Report buckets that new code needs first, and deleted ones that old code still uses."""
    if not (context.old_code.services or context.new_code.services):
        return
    before = buckets_after(frozenset(), context.history)
    after = buckets_after(before, (step.operation for step in context.steps))
    for step in context.steps:
        for bucket in sorted(buckets_of(step.operation)):
            if isinstance(step.operation, Delete):
                yield from _deleted(bucket, step, context) if bucket not in after else ()
            elif bucket in after - before and context.deploys is not Deploys.DATABASE_FIRST:
                yield from _made(bucket, step, context)


def _made(bucket: str, step: Step, context: Context) -> Iterator[Finding]:
    users = tuple(use.place for use in uses_of(context.new_code.services, ServiceKind.BUCKET, bucket))
    already = uses_of(context.old_code.services, ServiceKind.BUCKET, bucket)
    statement = step.operation.statement
    if not users or already:  # code that runs today uses it: somebody made it by hand
        return
    yield Finding(
        rule=rule.id,
        level=rule.level,
        confidence=Confidence.MEDIUM,
        message=(
            f"New code uses the bucket `{bucket}` at {listed(users)}, which"
            f" {at(Place(statement.path, statement.line))} makes: every request before that runs is answered with 404."
            " Instead, apply the migration first and deploy this code after it."
        ),
        place=users[0],
        object=bucket,
        statement=statement,
        code=users,
        recipe=(
            RecipeStep(Phase.EXPAND, "Merge and apply the migration on its own.", f"{statement.text};"),
            RecipeStep(Phase.ROLLOUT, f"Deploy the code that uses `{bucket}` when the bucket is there."),
        ),
        phase=Phase.ROLLOUT,
    )


def _deleted(bucket: str, step: Step, context: Context) -> Iterator[Finding]:
    users = tuple(use.place for use in uses_of(context.old_code.services, ServiceKind.BUCKET, bucket))
    statement = step.operation.statement
    if not users:
        return
    yield Finding(
        rule=rule.id,
        level=old_code_level(context),
        confidence=Confidence.HIGH,
        message=(
            f"The bucket `{bucket}` goes, and old code uses it at {listed(users)}: every request is answered with 404"
            " from the moment the migration runs. Instead, deploy code that does not use it first, and delete the"
            " bucket in a later pull request."
        ),
        place=Place(statement.path, statement.line),
        object=bucket,
        statement=statement,
        code=users,
        recipe=(
            RecipeStep(Phase.ROLLOUT, f"Deploy code that does not use `{bucket}`."),
            RecipeStep(Phase.CONTRACT, "Delete the bucket after that.", f"{statement.text};"),
        ),
        phase=Phase.CONTRACT,
    )
