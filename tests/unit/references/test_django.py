"""The columns that Django lists by itself for each model, across the files of a project."""
# ruff: noqa: E501 - one statement, or the source of one file, on one line

import pytest

from midflight.references.languages import extract
from midflight.references.linking import link, models_of
from midflight.references.model import Verb

HEAD = "from django.db import models\nfrom django.contrib.auth.models import AbstractUser\n"


def references_of(files):
    found = {path: extract(path, (HEAD + text).encode()) for path, text in files.items()}
    models = models_of(found.values())
    linked = [link(each, models) for each in found.values()]
    return [reference for one in linked for reference in one.references], [
        each for one in linked for each in one.unresolved
    ]


def lists(text, path="shop/models.py", others=None):
    references, _ = references_of({path: text, **(others or {})})
    return {
        (one.table, one.verb.value): [(use.name, use.place.line) for use in one.columns]
        for one in references
        if one.verb in {Verb.SELECT, Verb.INSERT} and one.place.path == path
    }


MODELS = {
    "fields": (
        "class Order(models.Model):\n    name = models.TextField()\n    n = models.IntegerField(db_column='number')\n",
        {
            ("shop_order", "insert"): [("name", 4), ("number", 5)],
            ("shop_order", "select"): [("name", 4), ("number", 5), ("id", 3)],
        },
    ),
    "a foreign key is its column, relations to many are none": (
        (
            "class Order(models.Model):\n    id = models.BigAutoField(primary_key=True)\n"
            "    buyer = models.ForeignKey('people.User', models.CASCADE)\n    tags = models.ManyToManyField('Tag')\n"
        ),
        {("shop_order", "insert"): [("buyer_id", 5)], ("shop_order", "select"): [("id", 4), ("buyer_id", 5)]},
    ),
    "a key that the program gives is inserted": (
        "class Order(models.Model):\n    code = models.UUIDField(primary_key=True)\n",
        {("shop_order", "insert"): [("code", 4)], ("shop_order", "select"): [("code", 4)]},
    ),
    "generated columns are read alone, those with a default of the database are sent as DEFAULT": (
        (
            "class Order(models.Model):\n    id = models.AutoField(primary_key=True)\n    a = models.IntegerField(db_default=1)\n"
            "    b = models.GeneratedField(expression=models.F('a'), output_field=models.IntegerField(), db_persist=True)\n"
        ),
        {("shop_order", "insert"): [("a", 5)], ("shop_order", "select"): [("id", 4), ("a", 5), ("b", 6)]},
    ),
    "a table of its own name": (
        "class Order(models.Model):\n    a = models.TextField(primary_key=True)\n    class Meta:\n        db_table = 'sales'\n",
        {("sales", "insert"): [("a", 4)], ("sales", "select"): [("a", 4)]},
    ),
    "another app's label": (
        "class Order(models.Model):\n    a = models.TextField(primary_key=True)\n    class Meta:\n        app_label = 'old'\n",
        {("old_order", "insert"): [("a", 4)], ("old_order", "select"): [("a", 4)]},
    ),
    "an abstract base is a part of its children": (
        (
            "class Base(models.Model):\n    at = models.DateField()\n    class Meta:\n        abstract = True\n"
            "class Order(Base):\n    a = models.TextField(primary_key=True)\n"
        ),
        {("shop_order", "insert"): [("a", 8), ("at", 4)], ("shop_order", "select"): [("a", 8), ("at", 4)]},
    ),
    "a proxy adds nothing": (
        (
            "class Order(models.Model):\n    a = models.TextField(primary_key=True)\n"
            "class Late(Order):\n    class Meta:\n        proxy = True\n"
        ),
        {("shop_order", "insert"): [("a", 4)], ("shop_order", "select"): [("a", 4)]},
    ),
    "a child of a model has a table for its own columns": (
        "class Order(models.Model):\n    a = models.TextField(primary_key=True)\nclass Gift(Order):\n    b = models.TextField()\n",
        {
            ("shop_order", "insert"): [("a", 4)],
            ("shop_order", "select"): [("a", 4)],
            ("shop_gift", "insert"): [("b", 6)],
            ("shop_gift", "select"): [("b", 6)],
        },
    ),
    "managers and properties are no columns": (
        "class Order(models.Model):\n    a = models.TextField(primary_key=True)\n    objects = OrderManager()\n    size = 3\n",
        {("shop_order", "insert"): [("a", 4)], ("shop_order", "select"): [("a", 4)]},
    ),
    "a field of somebody else's is not guessed": (
        "class Order(models.Model):\n    a = models.TextField(primary_key=True)\n    price = MoneyField()\n",
        {("shop_order", "insert"): [("a", 4)], ("shop_order", "select"): [("a", 4)]},
    ),
    "a base that is not read leaves what is certain": (
        "from mptt import MPTTModel\nclass Order(MPTTModel):\n    a = models.TextField()\n",
        {("shop_order", "insert"): [("a", 5)], ("shop_order", "select"): [("a", 5)]},
    ),
}


@pytest.mark.parametrize(("text", "expected"), MODELS.values(), ids=MODELS)
def test_a_model_lists_its_columns(text, expected):
    assert lists(text) == expected


NOTHING = {
    "a form": "from django import forms\nclass OrderForm(forms.Form):\n    a = forms.CharField()\nx = models.Model\n",
    "a serializer": "from rest_framework import serializers\nclass S(serializers.ModelSerializer):\n    a = serializers.CharField()\nx = models.Model\n",
    "pydantic": "from pydantic import BaseModel, Field\nclass A(BaseModel):\n    a: str = Field()\nx = models.Model\n",
    "an enum": "class Kind(models.TextChoices):\n    A = 'a'\nx = models.TextField()\n",
    "a query set": "class Orders(models.QuerySet):\n    pass\nx = models.Model\n",
    "an abstract model": "class Base(models.Model):\n    a = models.TextField()\n    class Meta:\n        abstract = True\n",
}


@pytest.mark.parametrize("text", NOTHING.values(), ids=NOTHING)
def test_what_is_no_table_gives_nothing(text):
    assert references_of({"shop/models.py": text}) == ([], [])


def test_a_migration_is_no_model():
    assert lists("class Order(models.Model):\n    a = models.TextField()\n", path="shop/migrations/models.py") == {}


def test_a_mixin_of_another_file_is_read_there():
    mixin = "class Stamped(models.Model):\n    at = models.DateField()\n    class Meta:\n        abstract = True\n"
    order = "from core.models import Stamped\nclass Order(Stamped, models.Model):\n    a = models.TextField(primary_key=True)\n"
    assert lists(order, others={"core/models.py": mixin})["shop_order", "insert"] == [("a", 5), ("at", 4)]


def test_a_package_of_models_belongs_to_the_app_above():
    found = lists(
        "class Order(models.Model):\n    a = models.TextField(primary_key=True)\n", path="shop/models/order.py"
    )
    assert ("shop_order", "select") in found


def test_a_model_outside_an_apps_models_is_not_guessed():
    _, problems = references_of({"shop/things.py": "class Order(models.Model):\n    a = models.TextField()\n"})
    assert [each.reason for each in problems] == [
        "the table of the model `Order` is not known: its file is in no app's `models`"
    ]


def test_code_nested_too_deeply_is_told():
    source = HEAD + "class Order(models.Model):\n    a = models.TextField()\nx = " + "(" * 5_000
    assert [each.path for each in extract("shop/models.py", source.encode()).unresolved] == ["shop/models.py"]
