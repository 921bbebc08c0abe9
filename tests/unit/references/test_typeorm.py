# ruff: noqa: E501 - a snippet of code is easier to read on one line
"""TypeORM's entities and calls, resolved through the classes of other files."""

import pytest

from support.mapped_lines import mapped

USER = """import { Entity, Column, PrimaryGeneratedColumn, CreateDateColumn, OneToMany, ManyToOne } from 'typeorm';
@Entity('users')
export class User {
  @PrimaryGeneratedColumn('uuid') id: string;
  @Column({ name: 'full_name' }) fullName: string;
  @Column() email: string;
  @Column({ select: false }) password: string;
  @CreateDateColumn() createdAt: Date;
  @OneToMany(() => Post, (post) => post.author) posts: Post[];
}
"""
POST = """import { Entity, Column, ManyToOne, JoinColumn } from 'typeorm';
@Entity()
export class BlogPost {
  @PrimaryGeneratedColumn() id: number;
  @Column({ update: false }) title: string;
  @ManyToOne(() => User) @JoinColumn({ name: 'author_id' }) author: User;
}
"""
FILES = {"src/user.ts": USER.replace("Post", "BlogPost"), "src/post.ts": POST}
USERS = "~1 select users(id full_name email createdAt)"
POSTS = "~1 select blog_post(id title author_id)"
REPO = "import { Repository } from 'typeorm'; class S { constructor(private users: Repository<User>, private posts: Repository<BlogPost>) {} run() { "


def shown(code: str, before: str = REPO, **others: str) -> list[str]:
    files = FILES | {f"src/{name}.ts": text for name, text in others.items()}
    return mapped(files | {"src/a.ts": before + code + (" } }" if before == REPO else "")}, "src/a.ts")


def declared(code: str, **others: str) -> list[str]:
    files = {"src/a.ts": "import { Entity } from 'typeorm';\n" + code}
    files |= {f"src/{name}.ts": "import 'typeorm';\n" + text for name, text in others.items()}
    return mapped(files, "src/a.ts")


ENTITIES = {
    "named": (
        "@Entity({ name: 'people', schema: 'app' }) class User {\n@PrimaryColumn() id: string;\n@Column('varchar', { name: 'nick_name' }) nick: string }",
        ["~2 insert app.people(+id@3 +nick_name@4)", "~2 select app.people(id@3 nick_name@4)"],
    ),
    "class_name": (
        "@Entity() export class UserProfile { @Column() firstName: string }",
        ["~2 insert user_profile(+firstName)", "~2 select user_profile(firstName)"],
    ),
    "not_selected_and_not_inserted": (
        "@Entity('t') class T { @Column({ select: false }) a: string; @Column({ insert: false }) b: string }",
        ["~2 insert t(+a)", "~2 select t(b)"],
    ),
    "generated": (
        "@Entity('t') class T { @Column({ asExpression: 'a + 1', generatedType: 'STORED' }) b: number }",
        ["~2 insert t()", "~2 select t(b)"],
    ),
    "join_column_by_default": (
        "@Entity('t') class T { @ManyToOne(() => Org) org: Org } @Entity('orgs') class Org { @PrimaryColumn() id: number }",
        ["~2 insert t(+orgId)", "~2 select t(orgId)", "~2 insert orgs(+id)", "~2 select orgs(id)"],
    ),
    "join_column_with_a_property": (
        "@Entity('t') class T { @Column() orgId: number;\n@ManyToOne(() => Org) org: Org }\n@Entity('orgs') class Org { @PrimaryColumn() id: number }",
        ["~2 insert t(+orgId)", "~2 select t(orgId)", "~4 insert orgs(+id)", "~4 select orgs(id)"],
    ),
    "one_to_one_without_a_join_column": (
        "@Entity('t') class T { @Column() a: string; @OneToOne(() => Org, (o) => o.t) org: Org }",
        ["~2 insert t(+a)", "~2 select t(a)"],
    ),
    "transient": ("@Entity('t') class T { @Column() a: string; b: string }", ["~2 insert t(+a)", "~2 select t(a)"]),
    "view": ("@ViewEntity({ name: 'v' }) class V { @ViewColumn() a: string }", ["~2 select v(a)"]),
    "name_of_another_file": (
        "@Entity(TABLE) class T { @Column() a: string }",
        ["2 ? the table of the model `T` is not known: its name is not in this file"],
    ),
    "part_of_no_table": ("abstract class Base { @Column() a: string }", []),
    "mongo": ("@Entity('t') class T { @ObjectIdColumn() id: ObjectID; @Column() a: string }", []),
}


@pytest.mark.parametrize("case", ENTITIES)
def test_entities(case):
    code, expected = ENTITIES[case]
    assert declared(code) == expected


def test_a_class_has_the_columns_of_its_base():
    base = "export abstract class Base {\n@PrimaryColumn() id: string }"
    code = "@Entity('t') class T extends Base { @Column() a: string }"
    assert declared(code, base=base) == ["~2 insert t(+a +id@3)", "~2 select t(a id@3)"]


def test_an_embedded_class_stands_for_its_columns():
    code = (
        "class Name { @Column() first: string }"
        "@Entity('t') class T { @Column(() => Name) name: Name; @Column(() => Name, { prefix: 'alt' }) other: Name;"
        " @Column(() => Name, { prefix: false }) flat: Name }"
    )
    assert declared(code) == ["~2 insert t(+nameFirst +altFirst +first)", "~2 select t(nameFirst altFirst first)"]


def test_children_of_an_inheritance_are_in_the_root_s_table():
    code = (
        "@Entity('c') @TableInheritance({ column: { name: 'kind' } }) class C { @Column() a: string }\n"
        "@ChildEntity() class D extends C { @Column() b: string }"
    )
    assert declared(code) == [
        "~2 insert c(+a +kind)",
        "~2 select c(a kind)",
        "~3 insert c(+b +a@2 +kind@2)",
        "~3 select c(b a@2 kind@2)",
    ]


def test_the_snake_naming_strategy_of_another_file_names_columns_and_keys():
    source = (
        "import { SnakeNamingStrategy } from 'typeorm-naming-strategies';"
        "new DataSource({ namingStrategy: new SnakeNamingStrategy() })"
    )
    code = "@Entity() class UserItem { @PrimaryColumn() id: string; @Column() fullName: string; @ManyToOne(() => UserItem) parentItem: UserItem }"
    expected = "id full_name parent_item_id"
    assert declared(code, source=source)[1] == f"~2 select user_item({expected})"


def test_a_naming_strategy_of_the_project_leaves_only_what_the_code_names():
    source = "new DataSource({ namingStrategy: new OurStrategy() })"
    code = "@Entity('t') class T { @Column() fullName: string; @Column({ name: 'b_c' }) b: string; @Column() email: string }"
    assert declared(code, source=source)[1] == "~2 select t(b_c email)"
    assert declared("@Entity() class T { @Column() a: string }", source=source) == [
        "2 ? the table of the model `T` is not known: the naming strategy is a class of the project"
    ]


def test_entity_schemas_are_entities():
    code = (
        "export const UserSchema = new EntitySchema<User>({ name: 'User', tableName: 'users', columns: {\n"
        "id: { type: Number, primary: true },\nfullName: { type: String, name: 'full_name' } },\n"
        "relations: { org: { type: 'many-to-one', target: 'Org', joinColumn: { name: 'org_id' } } } })"
    )
    assert declared(code)[1] == "~2 select users(id@3 full_name@4 org_id@5)"


CALLS = {
    "find": ("this.users.find()", ["1 select users()", USERS]),
    "where": ("this.users.find({ where: { fullName: 'x' } })", ["1 select users(full_name)", USERS]),
    "or": ("this.users.findBy([{ email }, { fullName: IsNull() }])", ["1 select users(email full_name)", USERS]),
    "select": ("this.users.findOne({ select: { email: true }, where: { id } })", ["1 select users(id email)"]),
    "select_list": ("this.users.findOne({ select: ['email', 'password'] })", ["1 select users(email password)"]),
    "relations": (
        "this.posts.find({ relations: { author: true } })",
        ["1 select blog_post(author_id)", "1 select users()", POSTS, USERS],
    ),
    "relation_of_a_filter": (
        "this.posts.count({ where: { author: { email } } })",
        ["1 select blog_post(author_id)", "1 select users(email)"],
    ),
    "order": ("this.users.find({ order: { createdAt: 'DESC' }, select: ['id'] })", ["1 select users(createdAt id)"]),
    "old_find": ("this.users.findOne({ email })", ["1 select users(email)", USERS]),
    "count": ("this.users.countBy({ email })", ["1 select users(email)"]),
    "insert": ("this.users.insert({ email, fullName })", ["1 insert users(+email +full_name) complete"]),
    "insert_spread": ("this.users.insert({ ...x, email })", ["1 insert users(+email)"]),
    "update": ("this.users.update({ id }, { fullName })", ["1 update users(+full_name id)"]),
    "update_of_what_is_not_updated": ("this.posts.update(id, { title })", ["1 update blog_post()"]),
    "upsert": ("this.users.upsert({ email }, ['email'])", ["1 upsert users(+email email) complete"]),
    "delete": ("this.users.delete({ email })", ["1 delete users(email)"]),
    "save": ("this.users.save({ id, fullName })", ["1 update users(+id +full_name)"]),
    "save_of_an_object": ("this.users.save(user)", []),
    "increment": ("this.posts.increment({ id }, 'title', 1)", ["1 update blog_post(title id)"]),
    "unknown_payload": (
        "this.users.insert(dto)",
        ["1 insert users()", "1 ? what is written to `users` is a variable"],
    ),
    "no_such_property": (
        "this.users.find({ where: { nope: 1 }, select: ['id'] })",
        ["1 select users(id)", "1 ? the model `User` has no property `nope`"],
    ),
    "builder": (
        "this.users.createQueryBuilder('u').where('u.email = :e AND u.fullName IS NULL', { e }).getOne()",
        ["1 select users(email full_name)", USERS],
    ),
    "builder_columns": (
        "this.users.createQueryBuilder('u').select(['u.id', 'u.fullName']).orderBy('u.createdAt').getMany()",
        ["1 select users(id full_name createdAt)"],
    ),
    "builder_join": (
        "this.posts.createQueryBuilder('p').leftJoinAndSelect('p.author', 'a').where('a.email = :e').getMany()",
        ["1 select blog_post(author_id)", "1 select users(email)", POSTS, USERS],
    ),
    "builder_raw_column": (
        "this.users.createQueryBuilder('u').select('u.full_name').getRawMany()",
        ["1 select users(full_name)"],
    ),
    "builder_text_is_no_column": (
        "this.users.createQueryBuilder('u').select('u.id').where(\"u.email = 'u.nope'\").getRawMany()",
        ["1 select users(id email)"],
    ),
    "builder_update": (
        "this.users.createQueryBuilder().update().set({ fullName: 'x' }).where('id = :id').execute()",
        ["1 update users(+full_name)"],
    ),
    "builder_insert": (
        "this.users.createQueryBuilder().insert().values([{ email, fullName }]).execute()",
        ["1 insert users(+email +full_name) complete"],
    ),
    "builder_in_a_variable": (
        "const f = () => { const qb = this.users.createQueryBuilder('u');\nif (a) { qb.andWhere('u.email = :e') }\nreturn qb.getMany() }",
        ["1 select users(email@2)", USERS],
    ),
}


@pytest.mark.parametrize("case", CALLS)
def test_calls(case):
    code, expected = CALLS[case]
    assert shown(code) == expected


RECEIVERS = {
    "data_source": ("import 'typeorm'; AppDataSource.getRepository(User).find()", ["1 select users()", USERS]),
    "variable": (
        "import { getRepository } from 'typeorm'; const repo = getRepository(User); repo.find()",
        ["1 select users()", USERS],
    ),
    "manager": (
        "import 'typeorm'; await manager.update(User, { id }, { fullName })",
        ["1 update users(+full_name id)"],
    ),
    "manager_builder": (
        "import 'typeorm'; dataSource.createQueryBuilder().delete().from(User).where('email = :e').execute()",
        ["1 delete users()"],
    ),
    "manager_builder_with_alias": (
        "import 'typeorm'; dataSource.createQueryBuilder(User, 'u').select('u.email').getMany()",
        ["1 select users(email)"],
    ),
    "active_record": ("import { User } from './user'; User.findOneBy({ email })", ["1 select users(email)", USERS]),
    "in_a_repository": (
        "import { Repository } from 'typeorm'; class Users extends Repository<User> { all() { return this.find() } }",
        ["1 select users()", USERS],
    ),
    "array": ("users.find({ email })", []),
    "mongoose": ("import { Account } from './account'; Account.find({ email })", []),
    "two_repositories_of_one_name": (
        "import 'typeorm'; function a(repo: Repository<User>) { repo.find() } function b(repo: Repository<BlogPost>) {}",
        [],
    ),
    "no_entity": (
        "import 'typeorm'; getRepository(Other).find()",
        ["1 ? the table of the model `Other` is not known: no class of this name is an entity, or several are"],
    ),
}


@pytest.mark.parametrize("case", RECEIVERS)
def test_receivers(case):
    code, expected = RECEIVERS[case]
    assert shown(code, before="") == expected


def test_a_repository_class_of_another_file_stands_for_its_entity():
    users = "import { Repository } from 'typeorm'; export class UsersRepository extends Repository<User> {}"
    code = "import { UsersRepository } from './users'; class S { constructor(private repo: UsersRepository) {} all() { return this.repo.findBy({ email }) } }"
    assert shown(code, before="", users=users) == ["1 select users(email)", USERS]
