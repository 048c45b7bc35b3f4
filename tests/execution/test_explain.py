"""`python -m execution explain` prints Python that can be read, and run."""

import ast
import subprocess
import sys
from pathlib import Path


def explained(path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "execution",
        "explain",
        str(path),
        "--schema",
        "schema.schema:build_schema",
    ]
    return subprocess.run([*command, *options], capture_output=True, text=True, check=False)


def test_a_query_is_a_function_or_two_for_each_selection_set(tmp_path: Path) -> None:
    path = tmp_path / "query.graphql"
    path.write_text(
        "query Q($id: ID!, $all: Boolean!) { payment(id: $id) { id amount { currency } userId @skip(if: $all) } }"
    )
    printed = explained(path).stdout
    names = [node.name for node in ast.parse(printed).body if isinstance(node, ast.FunctionDef)]
    assert names == [
        "quick_query_payment_amount",
        "execute_query_payment_amount",
        "quick_query_payment",
        "execute_query_payment",
        "execute_query",
    ]
    assert "id=variables['id']" in printed
    assert "userId" not in printed
    assert "userId" in explained(path, "--false", "all").stdout


def test_aliases_that_ask_for_the_same_share_its_usual_way(tmp_path: Path) -> None:
    path = tmp_path / "query.graphql"
    same = [f'p{number}: payment(id: "{number}") {{ id status amount {{ currency }} }}' for number in range(9)]
    path.write_text("\n".join(["{", *same, 'other: payment(id: "9") { status id }', "}"]))
    names = [node.name for node in ast.parse(explained(path).stdout).body if isinstance(node, ast.FunctionDef)]
    usual = ["quick_query_other", "quick_query_p8", "quick_query_p8_amount"]
    assert sorted(name for name in names if name.startswith("quick")) == usual


def test_it_says_what_is_not_compiled(tmp_path: Path) -> None:
    path = tmp_path / "mutation.graphql"
    path.write_text('mutation { verifyPayment(input: {paymentId: "x"}) { __typename } again: __typename }')
    several = "mutations of several fields, one after another, are graphql-core's"
    assert explained(path).stdout == f"# Executed by graphql-core: {several}\n"


def test_it_refuses_what_is_not_valid(tmp_path: Path) -> None:
    path = tmp_path / "wrong.graphql"
    path.write_text("{ nobody }")
    refused = explained(path)
    assert refused.returncode == 1
    assert "Cannot query field 'nobody'" in refused.stderr
