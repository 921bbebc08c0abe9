"""Calls of the Prisma client, resolved through the models of schema.prisma."""

from midflight.references.languages import extract
from support.mapped_lines import mapped

SCHEMA = """
datasource db {
  provider = "postgresql"
}
model User {
  id        String   @id @default(uuid())
  email     String   @unique
  fullName  String?  @map("full_name")
  createdAt DateTime @default(now()) @map("created_at")
  posts     Post[]
  @@map("users")
}
model Post {
  id       Int    @id @default(autoincrement())
  title    String
  authorId String @map("author_id")
  author   User   @relation(fields: [authorId], references: [id])
  tags     Tag[]
  @@unique([authorId, title])
  @@map("posts")
}
model Tag {
  id    Int    @id @default(autoincrement())
  name  String
  posts Post[]
}
"""


def shown(code: str, schema: str = SCHEMA) -> list[str]:
    return mapped({"prisma/schema.prisma": schema, "src/a.ts": code}, "src/a.ts")


def test_a_guard_covers_a_call():
    call = extract("a.ts", b"if (process.env.NAMES === 'true') prisma.user.findMany()").calls[0]
    assert call.guard is not None
    assert call.guard.flag == "NAMES"


def test_the_nearest_of_several_schemas_counts():
    other = SCHEMA.replace('@@map("users")', '@@map("people")')
    files = {
        "apps/a/prisma/schema.prisma": SCHEMA,
        "apps/b/prisma/schema.prisma": other,
        "apps/b/src/x.ts": "prisma.user.count()",
        "tools/x.ts": "prisma.user.count()",
    }
    assert mapped(files, "apps/b/src/x.ts") == ["1 select people()"]
    assert mapped(files, "tools/x.ts") == ["1 ? the model of `user` is declared by several schemas"]


def test_a_filter_too_deep_to_follow_names_no_column():
    code = "prisma.user.count({ where: " + "{ AND: [" * 40 + "{ email }" + "] }" * 40 + " })"
    assert shown(code) == ["1 select users()"]
