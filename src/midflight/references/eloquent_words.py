"""The methods of Eloquent's queries and relations, in lower case, by what they are given (Laravel's documentation)."""

from midflight.references.model import Verb

WHERE = frozenset(
    "where orwhere wherenot orwherenot wherein orwherein wherenotin orwherenotin whereintegerinraw whereintegernotinraw"
    " wherenull orwherenull wherenotnull orwherenotnull wherebetween orwherebetween wherenotbetween orwherenotbetween"
    " wheredate orwheredate wheremonth orwheremonth whereyear orwhereyear whereday orwhereday wheretime orwheretime"
    " wherelike orwherelike wherenotlike orwherenotlike wherejsoncontains orwherejsoncontains wherejsondoesntcontain"
    " wherejsonlength orwherejsonlength wherejsoncontainskey wherejsondoesntcontainkey wherefulltext orwherefulltext"
    " wherepast wherefuture wheretoday wherebeforetoday whereaftertoday wherenowor wherenoworpast wherenoworfuture"
    " wherebetweencolumns wherenotbetweencolumns firstwhere".split()
)
ORDERS = frozenset("orderby orderbydesc reorder latest oldest having orhaving havingbetween groupby distinct".split())
CHOICES = frozenset("select addselect".split())
VALUES = frozenset("value valueorfail solevalue pluck sum min max avg average count chunkbyid lazybyid".split())
KEYED = frozenset("find findorfail findmany findornew findor findsole wherekey wherekeynot destroy".split())
ROWS = frozenset(
    "get first firstorfail sole all paginate simplepaginate cursorpaginate cursor chunk each lazy firstor".split()
)
ONE_ROW = frozenset(
    "find findorfail findornew findsole first firstorfail firstwhere sole create forcecreate firstorcreate firstornew"
    " updateorcreate createorfirst make".split()
)
PLACES = {"paginate": 1, "simplepaginate": 1, "cursorpaginate": 1, "find": 1, "findorfail": 1, "findmany": 1}
"""The methods that are given the columns of their rows not first."""
WRITES = {
    "update": Verb.UPDATE,
    "increment": Verb.UPDATE,
    "decrement": Verb.UPDATE,
    "incrementeach": Verb.UPDATE,
    "decrementeach": Verb.UPDATE,
    "insert": Verb.INSERT,
    "insertorignore": Verb.INSERT,
    "insertgetid": Verb.INSERT,
    "upsert": Verb.UPSERT,
    "updateorinsert": Verb.UPSERT,
    "delete": Verb.DELETE,
    "forcedelete": Verb.DELETE,
}
FILLS = {
    "create": Verb.INSERT,
    "createquietly": Verb.INSERT,
    "firstorcreate": Verb.INSERT,
    "createorfirst": Verb.INSERT,
    "firstornew": Verb.INSERT,
    "updateorcreate": Verb.UPDATE,
    "forcecreate": Verb.INSERT,
}
"""What sets attributes of a row: `$fillable` and mutators decide what becomes of them."""
SEARCHES = frozenset("firstorcreate createorfirst firstornew updateorcreate".split())
LOADS = frozenset("with withonly without load loadmissing".split())
COUNTS = frozenset("withcount withexists withsum withmin withmax withavg loadcount loadexists loadsum".split())
HAVES = frozenset(
    "has orhas doesnthave ordoesnthave wherehas orwherehas wheredoesnthave orwheredoesnthave withwherehas".split()
)
RELATED = frozenset("whererelation orwhererelation wheredoesnthaverelation".split())
RAW = frozenset("whereraw orwhereraw selectraw orderbyraw".split())
JOINS = frozenset("join leftjoin rightjoin crossjoin".split())
ANYWHERE = frozenset(
    "whereany orwhereany whereall orwhereall wherenone orwherenone whererowvalues orwhererowvalues".split()
)
STRANGE = frozenset(
    "wheremorphedto orwheremorphedto wherenotmorphedto orwherenotmorphedto wherehasmorph orwherehasmorph"
    " wheredoesnthavemorph orwheredoesnthavemorph wheremorphrelation orwheremorphrelation wheremorphdoesnthaverelation"
    " whereattachedto orwhereattachedto whereexists orwhereexists wherenotexists orwherenotexists hasmorph"
    " doesnthavemorph wherevectorsimilarto wherejsonoverlaps orwherejsonoverlaps wherevaluebetween"
    " orwherevaluebetween".split()
)
"""Conditions that name no column of the table itself, or not in a way that is read."""
PIVOTS = frozenset(
    "withpivot wherepivot orwherepivot wherepivotin wherepivotnotin wherepivotnull wherepivotnotnull"
    " wherepivotbetween orderbypivot orderbypivotdesc".split()
)
KEEPS = frozenset(
    "query newquery newmodelquery withtrashed onlytrashed withouttrashed withoutglobalscope withoutglobalscopes limit"
    " take offset skip forpage lockforupdate sharedlock inrandomorder when unless tap with withonly without usewritepdo"
    " on ondriver withcasts withdefault wherecolumn orwherecolumn exists doesntexist onwriteconnection as using"
    " withtimestamps chaperone withoutrelations wherebelongsto orwherebelongsto toquery withoutevents truncate"
    " existsor aggregate".split()
)
ENDS = (
    ROWS
    | VALUES - {"chunkbyid", "lazybyid"}
    | WRITES.keys()
    | FILLS.keys()
    | KEYED - {"wherekey", "wherekeynot"}
    | {"exists", "doesntexist", "firstwhere", "firstornew", "chunkbyid", "lazybyid", "truncate"}
)
RELATIONS = frozenset(
    "hasone hasmany belongsto belongstomany hasonethrough hasmanythrough morphone morphmany morphto morphtomany"
    " morphedbymany".split()
)
QUERIES = (
    WHERE
    | ORDERS
    | CHOICES
    | VALUES
    | KEYED
    | ROWS
    | WRITES.keys()
    | FILLS.keys()
    | LOADS
    | COUNTS
    | HAVES
    | RELATED
    | RAW
    | JOINS
    | PIVOTS
    | ANYWHERE
    | STRANGE
    | KEEPS
)
"""What a query has; anything else is a scope, a relation or the project's own."""
OF_ROW = frozenset("update increment decrement load loadmissing loadcount loadexists loadsum delete".split())
"""What a row has besides relations and what it hands on to a new query."""
SAME = frozenset(
    "where orwhere wherenot orwherenot when unless tap".split()
)  # their closures are given the query itself
