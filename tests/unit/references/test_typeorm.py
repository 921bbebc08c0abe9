# ruff: noqa: E501 - a snippet of code is easier to read on one line
"""TypeORM's entities and calls, resolved through the classes of other files."""

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
REPO = "import { Repository } from 'typeorm'; class S { constructor(private users: Repository<User>, private posts: Repository<BlogPost>) {} run() { "


def shown(code: str, before: str = REPO, **others: str) -> list[str]:
    files = FILES | {f"src/{name}.ts": text for name, text in others.items()}
    return mapped(files | {"src/a.ts": before + code + (" } }" if before == REPO else "")}, "src/a.ts")


def declared(code: str, **others: str) -> list[str]:
    files = {"src/a.ts": "import { Entity } from 'typeorm';\n" + code}
    files |= {f"src/{name}.ts": "import 'typeorm';\n" + text for name, text in others.items()}
    return mapped(files, "src/a.ts")


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


def test_a_repository_class_of_another_file_stands_for_its_entity():
    users = "import { Repository } from 'typeorm'; export class UsersRepository extends Repository<User> {}"
    code = "import { UsersRepository } from './users'; class S { constructor(private repo: UsersRepository) {} all() { return this.repo.findBy({ email }) } }"
    assert shown(code, before="", users=users) == ["1 select users(email)", USERS]
