"""What a request costs the embedded AWS beside stock moto: counted, not timed, and the answer stays the same."""

import pytest

from tests.automation.localaws.patches.scripts import printed_by

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("prelude", "looks"), [("apply_patches()", "1"), ("", "3")])
def test_a_hosts_service_is_looked_up_once(prelude: str, looks: str) -> None:
    script = f"""
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from automation.localaws.patches.apply import apply_patches
{prelude}
class Watched(list):
    looks = 0
    def __iter__(self):
        Watched.looks += 1
        return super().__iter__()
dispatcher = DomainDispatcherApplication(create_backend_app)
dispatcher.backend_url_patterns = Watched(dispatcher.backend_url_patterns)
assert {{dispatcher.get_backend_for_host("s3.us-east-1.amazonaws.com") for _ in range(3)}} == {{"s3"}}
print(Watched.looks)
"""
    assert printed_by(script) == looks


@pytest.mark.parametrize(("prelude", "asked"), [("apply_patches()", "1"), ("", "4")])
def test_what_a_walk_through_an_update_wants_is_asked_once_and_the_walk_ends_the_same(
    prelude: str, asked: str
) -> None:
    script = f"""
from moto.dynamodb.parsing.ast_nodes import DepthFirstTraverser, ExpressionAttribute, ExpressionAttributeName
from moto.dynamodb.parsing.ast_nodes import UpdateExpressionPath, UpdateExpressionClause
from automation.localaws.patches.apply import apply_patches
{prelude}
class Renaming(DepthFirstTraverser):
    asked = 0
    children = []
    def _processing_map(self):
        Renaming.asked += 1
        return {{ExpressionAttributeName: lambda node: ExpressionAttribute("real" + node.children[0])}}
    def process(self, node):
        return ExpressionAttribute("real" + node.children[0])
    def pre_processing_of_child(self, parent, place):
        Renaming.children.append(place)
path = UpdateExpressionPath([ExpressionAttributeName("#a"), ExpressionAttribute("b")])
clause = UpdateExpressionClause([path])
assert Renaming().traverse(clause) is clause
assert path.to_str() == "real#ab"
assert path.children[0].parent is path
assert Renaming.children == [0, 0, 0, 1, 0]
print(Renaming.asked)
"""
    assert printed_by(script) == asked


@pytest.mark.parametrize(("prelude", "reduced"), [("apply_patches()", "0"), ("", "3")])
def test_an_expression_is_copied_deeply_and_without_pickles_protocol(prelude: str, reduced: str) -> None:
    script = f"""
import copy
from moto.dynamodb.parsing.ast_nodes import ExpressionAttribute, Node, UpdateExpressionClause, UpdateExpressionPath
from automation.localaws.patches.apply import apply_patches
{prelude}
reduced = []
def counted(self, version):
    reduced.append(self)
    return object.__reduce_ex__(self, version)
Node.__reduce_ex__ = counted
path = UpdateExpressionPath([ExpressionAttribute("b")])
clause = UpdateExpressionClause([path])
twin = copy.deepcopy(clause)
assert type(twin) is UpdateExpressionClause and twin.parent is None
(same,) = twin.children
assert same is not path and same.parent is twin and same.children[0].parent is same and same.to_str() == "b"
same.children[0] = ExpressionAttribute("other")
assert path.to_str() == "b"
print(len(reduced))
"""
    assert printed_by(script) == reduced


@pytest.mark.parametrize(("prelude", "parsed"), [("apply_patches()", "1"), ("", "4")])
def test_an_expression_is_parsed_once_and_means_the_same_each_time(prelude: str, parsed: str) -> None:
    script = f"""
from moto import mock_aws
import boto3
from moto.dynamodb.parsing.expressions import UpdateExpressionParser
from automation.localaws.patches.apply import apply_patches
parsed = []
parse = UpdateExpressionParser._parse
UpdateExpressionParser._parse = lambda self: parsed.append(self) or parse(self)
{prelude}
with mock_aws():
    table = boto3.resource("dynamodb", region_name="us-east-1").create_table(
        TableName="t",
        KeySchema=[dict(AttributeName="pk", KeyType="HASH")],
        AttributeDefinitions=[dict(AttributeName="pk", AttributeType="S")],
        BillingMode="PAY_PER_REQUEST",
    )
    for key, text, step in (("a", "x", 1), ("a", "y", 2)):
        table.update_item(
            Key=dict(pk=key),
            UpdateExpression="SET #t = :text, n = if_not_exists(n, :zero) + :step",
            ExpressionAttributeNames={{"#t": "t"}},
            ExpressionAttributeValues={{":text": text, ":zero": 0, ":step": step}},
        )
    assert table.get_item(Key=dict(pk="a"))["Item"] == dict(pk="a", t="y", n=3)
print(len(parsed))
"""
    assert printed_by(script) == parsed
