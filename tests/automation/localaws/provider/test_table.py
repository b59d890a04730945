"""The table against the SDK: a typo in it fails here."""

import pytest

from automation.localaws.provider_schema import faults_of, input_kinds, required_inputs, schema_of
from automation.localaws.resources.table import TYPES


@pytest.mark.parametrize("token", sorted(TYPES))
def test_every_property_that_the_table_names_is_the_sdks(token):
    kind = TYPES[token]
    schema = schema_of(token)
    named = (
        kind.replace
        | kind.identity
        | kind.computed
        | set(kind.defaults)
        | ({kind.name} if kind.name else set())
    )
    assert named <= set(input_kinds(schema.inputs))
    assert kind.secrets <= schema.outputs


@pytest.mark.parametrize("token", sorted(TYPES))
def test_taggable_types_can_be_retagged(token):
    if "tagsAll" in schema_of(token).outputs:
        assert TYPES[token].retag is not None


@pytest.mark.parametrize("token", sorted(TYPES))
def test_a_missing_required_property_is_named(token):
    inputs = schema_of(token).inputs
    assert {name for name, _reason in faults_of(inputs, {})} == required_inputs(inputs)


@pytest.mark.parametrize("token", sorted(TYPES))
def test_an_unknown_property_is_named(token):
    assert ("bogus", "unknown property 'bogus'") in faults_of(schema_of(token).inputs, {"bogus": 1})


def test_a_type_that_the_sdk_lacks_is_refused():
    with pytest.raises(LookupError, match="aws:sqs/kueue:Kueue"):
        schema_of("aws:sqs/kueue:Kueue")
