"""The places in a derivation's source where it can be changed."""

from __future__ import annotations

import ast
from typing import Any

ERRORS = ("err", "d1", "d2", "d3", "turn", "far")
# Names that gradients go by in the plain derivations, unless a name stands for a number of the loss itself.
BACKWARD = ("gu", "gh", "gw", "gb", "delta", "back", "gq", "grad")


def number(node: ast.AST) -> Any:
    return node.value if isinstance(node, ast.Constant) else None


def products(tree: ast.AST) -> list[ast.BinOp]:
    """All products, in the order in which they are written."""
    return [node for node in ast.walk(tree) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)]


def slope_of(node: ast.BinOp) -> tuple[ast.expr, ast.expr, ast.expr, str] | None:
    """For rest·a·(1 − a) or rest·(1 − a²): the rest, the slope, a, and the function whose slope it is."""
    one = node.right
    if not (isinstance(one, ast.BinOp) and isinstance(one.op, ast.Sub) and number(one.left) == 1):
        return None
    a, left = one.right, node.left
    if isinstance(a, ast.BinOp) and isinstance(a.op, ast.Pow) and number(a.right) == 2:
        return left, one, a.left, "tanh"
    if isinstance(left, ast.BinOp) and isinstance(left.op, ast.Mult) and ast.dump(left.right) == ast.dump(a):
        return left.left, ast.BinOp(a, ast.Mult(), one), a, "sigmoid"
    if ast.dump(left) == ast.dump(a):
        return ast.Constant(1.0), ast.BinOp(a, ast.Mult(), one), a, "sigmoid"
    return None


def assigned(tree: ast.AST, name: str) -> list[ast.Assign]:
    """The assignments to a name."""
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == name
    ]


def gradients(tree: ast.AST) -> list[tuple[str, ast.expr]]:
    """The entries of the dict that is returned."""
    returns = [node.value for node in ast.walk(tree) if isinstance(node, ast.Return)]
    if len(returns) != 1 or not isinstance(returns[0], ast.Dict):
        return []
    return [(str(number(key)), value) for key, value in zip(returns[0].keys, returns[0].values, strict=True)]


def counts(tree: ast.AST) -> list[ast.BinOp]:
    """Divisions by n, the number of samples."""
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Div)
        and isinstance(node.right, ast.Name)
        and node.right.id == "n"
    ]


def backward_sums(tree: ast.AST) -> list[ast.BinOp]:
    """Sums of several paths' contributions: in what is assigned to a gradient, or returned."""
    sums = []
    roots = [value for _, value in gradients(tree)]
    roots += [statement.value for name in BACKWARD for statement in assigned(tree, name)]
    for root in roots:
        tops = root.elts if isinstance(root, ast.List) else [root]
        sums += [t for t in tops if isinstance(t, ast.BinOp) and isinstance(t.op, ast.Add | ast.Sub)]
    return sums
