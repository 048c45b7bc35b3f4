import json

import pytest
from graphql import OperationDefinitionNode, parse, validate
from graphql.execution.values import get_variable_values

from playground.tabs import NO_PAYMENT, TABS, Tab
from schema.schema import build_schema

NAMES = ["CheckOut", "Watch", "Verify", "Read", "Cancel", "Refund"]


def operation(tab: Tab) -> OperationDefinitionNode:
    (only,) = parse(tab.operation).definitions
    assert isinstance(only, OperationDefinitionNode)
    return only


def name(tab: Tab) -> str:
    named = operation(tab).name
    assert named is not None
    return named.value


def test_the_story_is_told_in_order() -> None:
    assert [name(tab) for tab in TABS] == NAMES
    for number, tab in enumerate(TABS, 1):
        assert tab.operation.startswith(f"# {number} of {len(TABS)} · ")


@pytest.mark.parametrize("tab", TABS, ids=name)
def test_the_contract_takes_each_operation_with_its_variables(tab: Tab) -> None:
    schema = build_schema()._schema
    assert validate(schema, parse(tab.operation)) == []
    definitions = list(operation(tab).variable_definitions or ())
    values = get_variable_values(schema, definitions, tab.variables)
    assert not isinstance(values, list), values
    assert set(tab.variables) <= {definition.variable.name.value for definition in definitions}


@pytest.mark.parametrize("tab", TABS[1:], ids=name)
def test_each_tab_after_the_checkout_has_a_place_for_the_payment(tab: Tab) -> None:
    assert tab.variables["paymentId"] == NO_PAYMENT


def test_two_payments_do_not_share_the_refunds_idempotency_key() -> None:
    assert NO_PAYMENT in TABS[NAMES.index("Refund")].variables["idempotencyKey"]


@pytest.mark.parametrize("tab", TABS, ids=name)
def test_comments_fit_the_editor(tab: Tab) -> None:
    assert max(len(line) for line in tab.operation.splitlines()) <= 58
    json.dumps(tab.variables)
