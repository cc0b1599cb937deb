"""Changed copies of a source's tree."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable
from typing import Any

from tests.corpus.sites import gradients, products

Edit = Callable[[ast.Module], None]


class Swap(ast.NodeTransformer):
    """Puts one node in the place of another."""

    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> Any:
        return self.new if node is self.old else super().visit(node)


def changed(tree: ast.Module, edit: Edit) -> ast.Module:
    """A copy of the tree, edited."""
    other = copy.deepcopy(tree)
    edit(other)
    return ast.fix_missing_locations(other)


def times(rest: ast.expr, factor: ast.expr) -> ast.expr:
    return ast.BinOp(copy.deepcopy(rest), ast.Mult(), factor)


def with_product(tree: ast.Module, k: int, new: ast.expr) -> ast.Module:
    """A copy with another expression for the product of that number."""
    return changed(tree, lambda other: Swap(products(other)[k], copy.deepcopy(new)).visit(other))


def with_gradient(tree: ast.Module, name: str, edit: Callable[[Any], ast.expr]) -> ast.Module:
    """A copy in which the gradient that is returned for one argument is edited."""

    def apply(other: ast.Module) -> None:
        for key, value in gradients(other):
            if key == name:
                Swap(value, edit(value)).visit(other)

    return changed(tree, apply)
