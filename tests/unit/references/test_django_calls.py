"""Django: query sets and calls through models, held to labelled snippets."""
# ruff: noqa: E501 - one snippet on one line

import pytest

from midflight.references.languages import extract
from midflight.references.linking import link, models_of, renamed
from midflight.references.model import Extracted

SHOP = """from django.db import models
from shop.managers import OrderManager
class OrderQuerySet(models.QuerySet["Order"]):
    def open(self):
        return self.filter(status="open")
    def totals(self):
        return self.aggregate(x=models.Sum("total"))
class Stamped(models.Model):
    created = models.DateTimeField()
    class Meta:
        abstract = True
class Order(Stamped):
    status = models.TextField()
    total = models.IntegerField(db_column="amount")
    buyer = models.ForeignKey("people.Person", models.CASCADE, related_name="orders")
    tags = models.ManyToManyField("Tag", related_name="tagged")
    meta = models.JSONField()
    objects = OrderQuerySet.as_manager()
    plain = models.Manager()
    @property
    def label(self):
        return self.status
    def close(self):
        self.save(update_fields=["status"])
        self.lines.filter(sku="x").delete()
class Line(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    sku = models.TextField()
class Tag(models.Model):
    word = models.TextField()
class Receipt(models.Model):
    order = models.OneToOneField(Order, models.CASCADE, db_column="order_ref")
    class Meta:
        db_table = "slips"
        managed = False
class LateOrder(Order):
    class Meta:
        proxy = True
class Gift(Order):
    card = models.TextField()
class Hidden(models.Model):
    a = models.TextField()
    class Meta:
        db_table = NAMES["hidden"]
"""
PEOPLE = """from django.db import models
from django.contrib.auth.models import AbstractBaseUser
class Person(AbstractBaseUser):
    email = models.EmailField()
    team = models.ForeignKey("Team", models.CASCADE)
class Team(models.Model):
    code = models.TextField(primary_key=True)
    parent = models.ForeignKey("self", models.CASCADE, related_name="children")
"""
FILES = {"shop/models.py": SHOP, "people/models.py": PEOPLE}
CALLER = (
    "from shop.models import Order, Line, Tag, Receipt, LateOrder, Gift, Hidden\nfrom people.models import Person, Team\n"
    "from django.db.models import *\n"
)


def told(found):
    """Each reference that no model lists by itself, `4 select orders(status) payload ?FLAG`."""
    for one in found.references:
        if one.mapped:
            continue
        names = " ".join(
            use.name if use.access.value == "read" else f"{use.name}="
            for use in one.columns
            if use.place.path == "web/a.py"
        )
        marks = " whole" * one.payload + (f" {one.conflict}" if one.conflict else "")
        marks += f" ?{'!' * one.guard.negated}{one.guard.flag}" if one.guard else ""
        yield f"{one.place.line} {one.verb.value} {one.table}({names}){marks}"
    for problem in found.unresolved:
        yield f"{problem.line} {problem.reason}"


def calls(body, path="web/a.py", caller=CALLER):
    """What the calls of one file reach through the models of the others."""
    found = {name: extract(name, text.encode()) for name, text in {**FILES, path: caller + body}.items()}
    linked = link(found[path], models_of(found.values()))
    own = found[path]
    return list(told(Extracted((*own.references, *linked.references), (*own.unresolved, *linked.unresolved))))


NAMED = {
    "filter": ("Order.objects.filter(status='x')", ["4 select shop_order(status)"]),
    "db_column": ("Order.objects.exclude(total__gt=3)", ["4 select shop_order(amount)"]),
    "inherited": ("Order.objects.get(created__date__gte=d)", ["4 select shop_order(created)"]),
    "foreign_key": ("Order.objects.filter(buyer=p)", ["4 select shop_order(buyer_id)"]),
    "foreign_key_value": ("Order.objects.filter(buyer_id=3)", ["4 select shop_order(buyer_id)"]),
    "foreign_key_id": ("Order.objects.filter(buyer__id=3)", ["4 select shop_order(buyer_id)"]),
    "null": ("Order.objects.filter(buyer__isnull=True)", ["4 select shop_order(buyer_id)"]),
    "forward": (
        "Order.objects.filter(buyer__email__icontains='x')",
        ["4 select shop_order(buyer_id)", "4 select people_person(email)"],
    ),
    "forward_twice": (
        "Line.objects.filter(order__buyer__team__parent__code='x')",
        [
            "4 select shop_line(order_id)",
            "4 select shop_order(buyer_id)",
            "4 select people_person(team_id)",
            "4 select people_team(parent_id)",
        ],
    ),
    "reverse": (
        "Order.objects.filter(lines__sku='x')",
        ["4 select shop_order()", "4 select shop_line(order_id sku)"],
    ),
    "reverse_default": ("Order.objects.filter(receipt=None)", ["4 select shop_order()", "4 select slips(order_ref)"]),
    "many": (
        "Order.objects.filter(tags__word__in=['x'])",
        ["4 select shop_order()", "4 select shop_order_tags()", "4 select shop_tag(word)"],
    ),
    "many_back": (
        "Tag.objects.filter(tagged__status='x')",
        ["4 select shop_tag()", "4 select shop_order_tags()", "4 select shop_order(status)"],
    ),
    "json": ("Order.objects.filter(meta__a__b=1)", ["4 select shop_order(meta)"]),
    "key": ("Order.objects.filter(pk=1)", ["4 select shop_order(id)"]),
    "own_key": ("Team.objects.in_bulk(field_name='code')", ["4 select people_team(code)"]),
    "conditions": (
        "Order.objects.filter(Q(status=1) | ~Q(total=F('buyer_id') + 1))",
        ["4 select shop_order(status amount buyer_id)"],
    ),
    "values": (
        "Order.objects.values('status', 'buyer__email').order_by('-total', F('created').desc())",
        ["4 select shop_order(status buyer_id amount created)", "4 select people_person(email)"],
    ),
    "values_list": ("Order.objects.values_list('total', flat=True).distinct()", ["4 select shop_order(amount)"]),
    "only": ("Order.objects.only('status').first()", ["4 select shop_order(status)"]),
    "latest": ("Order.objects.latest('created')", ["4 select shop_order(created)"]),
    "dates": ("Order.objects.dates('created', 'year')", ["4 select shop_order(created)"]),
    "annotate": (
        "Order.objects.annotate(n=Count('lines', filter=Q(lines__sku=1)), t=Coalesce('total', Value('status'))).filter(n=1)",
        ["4 select shop_order(amount)", "4 select shop_line(order_id sku)"],
    ),
    "case": (
        "Order.objects.annotate(k=Case(When(status='x', then=F('total')), default=Value(1)))",
        ["4 select shop_order(status amount)"],
    ),
    "aggregate": ("Order.objects.aggregate(Sum('total'))", ["4 select shop_order(amount)"]),
    "subquery": (
        "Order.objects.annotate(s=Subquery(Line.objects.filter(order=OuterRef('total')).values('sku')[:1]))",
        ["4 select shop_order(amount)", "4 select shop_line(order_id sku)"],
    ),
    "related": (
        "Line.objects.select_related('order__buyer')",
        ["4 select shop_line(order_id)", "4 select shop_order(buyer_id)"],
    ),
    "prefetch": (
        "Person.objects.prefetch_related('orders__lines', Prefetch('orders', Order.objects.filter(total=1)))",
        [
            "4 select people_person()",
            "4 select shop_order(buyer_id)",
            "4 select shop_line(order_id)",
            "4 select shop_order(amount)",
        ],
    ),
    "update": (
        "Order.objects.filter(status=1).update(total=F('total') + 1, buyer=p)",
        ["4 update shop_order(status amount amount= buyer_id=)"],
    ),
    "delete": ("Order.objects.filter(total=0).delete()", ["4 delete shop_order(amount)"]),
    "create": ("Line.objects.create(order=o, sku='x')", ["4 insert shop_line(order_id= sku=) whole"]),
    "create_some": ("Line.objects.create(sku='x')", ["4 insert shop_line(sku=) whole"]),
    "get_or_create": (
        "Line.objects.get_or_create(sku='x', defaults={'order_id': 1})",
        ["4 insert shop_line(sku sku= order_id=) whole"],
    ),
    "update_or_create": (
        "Line.objects.update_or_create(sku='x', defaults={'order': o})",
        ["4 insert shop_line(sku sku= order_id=) whole", "4 update shop_line(order_id=)"],
    ),
    "bulk_create": ("Line.objects.bulk_create(rows)", ["4 insert shop_line() whole"]),
    "upsert": (
        "Line.objects.bulk_create(r, update_conflicts=True, update_fields=['sku'], unique_fields=['order'])",
        ["4 upsert shop_line(sku=) whole ('order_id',)"],
    ),
    "bulk_update": ("Line.objects.bulk_update(rows, ['sku'])", ["4 update shop_line(sku=)"]),
    "manager": ("Order.plain.filter(status=1)", ["4 select shop_order(status)"]),
    "own_method": ("Order.objects.open().filter(total=1)", ["4 select shop_order(amount)"]),
    "using": ("Order.objects.using('replica').filter(total=1)", ["4 select shop_order(amount)"]),
    "proxy": ("LateOrder.objects.filter(total=1)", ["4 select shop_order(amount)"]),
    "child": ("Gift.objects.filter(card=1, status=2)", ["4 select shop_gift(card)", "4 select shop_order(status)"]),
    "shortcut": ("get_object_or_404(Order, status=1)", ["4 select shop_order(status)"]),
    "shortcut_rows": (
        "get_object_or_404(Order.objects.filter(total=1), status=1)",
        ["4 select shop_order(status)", "4 select shop_order(amount)"],
    ),
    "module": ("from shop import models as m\nm.Order.objects.filter(total=1)", ["5 select shop_order(amount)"]),
    "user": ("User = get_user_model()\nUser.objects.filter(email=1)", ["5 select people_person(email)"]),
    "literal_names": ("Order.objects.filter(**{'status': 1, 'total__lt': 2})", ["4 select shop_order(status amount)"]),
    "lines": ("Order.objects.filter(\n  status=1,\n  total=2,\n)", ["4 select shop_order(status amount)"]),
}
HELD = {
    "variable": (
        "def f():\n  qs = Order.objects.filter(status=1)\n  qs = qs.filter(total=1)\n  return qs.values('created')",
        ["5 select shop_order(status)", "6 select shop_order(amount)", "7 select shop_order(created)"],
    ),
    "alias_of_variable": (
        "def f():\n  qs = Order.objects.annotate(status2=F('status'), created_=1)\n  qs.filter(status2=1, total=1)",
        ["5 select shop_order(status)", "6 select shop_order(amount)"],
    ),
    "row": (
        "def f():\n  o = Order.objects.get(pk=1)\n  o.save(update_fields=['total', 'buyer'])",
        ["5 select shop_order(id)", "6 update shop_order(amount= buyer_id=)"],
    ),
    "loop": (
        "def f():\n  for o in Order.objects.all():\n    o.save(update_fields=['total'])",
        ["5 select shop_order()", "6 update shop_order(amount=)"],
    ),
    "made": ("def f():\n  o = Line(sku=1)\n  o.save()", ["6 insert shop_line(sku=) whole"]),
    "typed": ("def f(o: 'Order | None'):\n  o.lines.filter(sku=1)", ["5 select shop_line(order_id sku)"]),
    "typed_rows": ("def f(rows: QuerySet[Order]):\n  rows.filter(total=1)", ["5 select shop_order(amount)"]),
    "deleted": ("def f(o: Order):\n  o.delete()", ["5 delete shop_order()"]),
    "through_relation": (
        "def f(o: Line):\n  o.order.tags.filter(word=1)",
        ["5 select shop_order_tags()", "5 select shop_tag(word)"],
    ),
}
CLASSES = {
    "serializer": (
        "class S(serializers.ModelSerializer):\n  x = Field()\n  class Meta:\n    model = Order\n    fields = ['x', 'total', 'label']",
        ["8 select shop_order(amount)"],
    ),
    "form": (
        "class F(forms.ModelForm):\n  class Meta:\n    model = Line\n    fields = ('sku', 'order')",
        ["7 select shop_line(sku order_id)"],
    ),
    "filters": (
        "class F(FilterSet):\n  class Meta:\n    model = Line\n    fields = {'order__status': ['exact']}",
        ["7 select shop_line(order_id)", "7 select shop_order(status)"],
    ),
    "admin": (
        (
            "@admin.register(Line)\nclass A(admin.ModelAdmin):\n  list_display = ('sku', 'shown')\n"
            "  list_filter = [('order__status', X)]\n  search_fields = ['^order__total']\n  def shown(self, o): pass"
        ),
        ["6 select shop_line(sku order_id order_id)", "7 select shop_order(status amount)"],
    ),
    "registered": (
        "class A(admin.ModelAdmin):\n  ordering = ('-sku',)\nadmin.site.register(Line, A)",
        ["5 select shop_line(sku)"],
    ),
    "inline": (
        "class A(admin.TabularInline):\n  model = Line\n  readonly_fields = ['sku']",
        ["6 select shop_line(sku)"],
    ),
}
NOTHING = {
    "all_fields": "class S(ModelSerializer):\n  class Meta:\n    model = Order\n    fields = '__all__'",
    "declared_field": "class S(ModelSerializer):\n  total = Field()\n  class Meta:\n    model = Order\n    fields = ['total']",
    "other_meta": "class S(Other):\n  class Meta:\n    model = Order\n    fields = ['total']",
    "unknown_class": "Thing.objects.filter(status=1)",
    "not_imported_from_there": "from other.models import Order\nOrder.objects.filter(status=1)",
    "property": "Order.objects.filter(label=1).none",
    "dict_get": "def f(data):\n  data.get('status')\n  data.update(status=1)\n  data.values()",
    "own_end": "Order.objects.totals().filter(status=1)",
    "other_function": "def f():\n  qs = Order.objects\ndef g(qs):\n  qs.filter(status=1)",
    "two_models": "def f(a):\n  qs = Order.objects\n  if a:\n    qs = Line.objects\n  qs.filter(sku=1)",
    "rebound": "def f():\n  qs = Order.objects\n  qs = narrow(qs)\n  qs.filter(status=1)",
    "save_of_all": "def f(o: Order):\n  o.save()",
    "no_manager": "Order.others.filter(status=1)",
    "end": "Order.objects.count().filter(status=1)",
    "wrong_end": "Order.objects.first().filter(status=1)",
    "list_method": "Order.objects.filter",
    "unknown_table": "Hidden.objects.filter(a=1)",
    "comment": "# Order.objects.filter(status=1)",
    "text": "x = 'Order.objects.filter(status=1)'",
    "self_of_a_view": "class V:\n  def f(self):\n    self.filter(status=1)",
}


@pytest.mark.parametrize("name", [*NAMED, *HELD, *CLASSES])
def test_a_call_reaches_the_columns_of_its_models(name):
    body, expected = (NAMED | HELD | CLASSES)[name]
    assert sorted(calls(body + "\n")) == sorted(expected)


@pytest.mark.parametrize("name", NOTHING)
def test_what_is_no_column_of_a_known_model_names_none(name):
    assert [each for each in calls(NOTHING[name] + "\n") if not each.endswith("()")] == []


@pytest.mark.parametrize(
    "body",
    [
        "Order.objects.filter(**filters)",
        "Order.objects.values(*names)",
        "Order.objects.order_by(field)",
        "Order.objects.filter(Q(**filters))",
        "Order.objects.update(**changes)",
        "Order.objects.filter(**{f'{name}__in': 1})",
        "Order.objects.bulk_update(rows, fields)",
        "def f(o: Order):\n    o.save(update_fields=names)",
    ],
)
def test_a_name_that_the_program_makes_is_told(body):
    assert "a column of `shop_order` is known only when the program runs" in calls(body + "\n")[-1]


@pytest.mark.parametrize("body", ["Thing.objects.filter(**filters)", "data.update(**more)", "qs.values(*names)"])
def test_a_dynamic_name_of_no_known_model_is_not_told(body):
    assert calls(body + "\n") == []


def test_a_flag_guards_a_call():
    body = "import os\nif os.environ.get('NEW_TOTAL'):\n    Order.objects.filter(total=1)\nelse:\n    Order.objects.filter(status=1)\n"
    assert calls(body) == ["6 select shop_order(amount) ?NEW_TOTAL", "8 select shop_order(status) ?!NEW_TOTAL"]


def test_methods_of_models_and_query_sets_name_columns():
    found = {name: extract(name, text.encode()) for name, text in FILES.items()}
    linked = link(found["shop/models.py"], models_of(found.values()))
    own = [
        (r.place.line, r.verb.value, r.table, [u.name for u in r.columns]) for r in linked.references if not r.mapped
    ]
    assert own == [
        (5, "select", "shop_order", ["status"]),
        (7, "select", "shop_order", ["amount"]),
        (24, "update", "shop_order", ["status"]),
        (25, "delete", "shop_line", ["order_id", "sku"]),
    ]


def test_an_insert_lists_all_columns_of_the_model():
    found = {
        name: extract(name, text.encode())
        for name, text in {**FILES, "web/a.py": CALLER + "Line.objects.create()\n"}.items()
    }
    (insert,) = link(found["web/a.py"], models_of(found.values())).references
    assert sorted((use.name, use.place.path, use.place.line) for use in insert.columns) == [
        ("order_id", "shop/models.py", 27),
        ("sku", "shop/models.py", 28),
    ]


@pytest.mark.parametrize("path", ["shop/migrations/0002_fill.py", "shop/migrations/steps.py"])
def test_code_of_migrations_is_no_code_of_the_application(path):
    assert calls("Order.objects.filter(status=1)\n", path) == []


def test_the_names_of_code_are_searched_for_the_words_of_the_schema():
    found = {name: extract(name, text.encode()) for name, text in FILES.items()}
    names = renamed(models_of(found.values()), frozenset({"shop_line", "buyer_id"}))
    assert names >= {"Line", "lines", "buyer"}


def test_a_file_that_nests_without_end_does_not_end_the_reading():
    body = "x = " + "f(" * 3_000 + "Order.objects.filter(status=1)" + ")" * 3_000 + "\n"
    assert len(calls(body)) == 1


def test_a_module_of_models_in_a_package_of_models_is_of_the_app_around_it():
    text = "from django.db import models\nclass Link(models.Model):\n    url = models.TextField()\n"
    found = extract("extras/models/models.py", text.encode())
    assert {each.table for each in link(found, models_of([found])).references} == {"extras_link"}
