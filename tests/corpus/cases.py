"""All cases of the corpus."""

from tests.corpus import problems as problems
from tests.corpus.case import PROBLEMS, Case
from tests.corpus.mutations import mutants


def right_cases() -> list[Case]:
    """Right derivations, plain and in unusual forms."""
    return [case for problem in PROBLEMS.values() for case in problem.right_cases]


def wrong_cases() -> list[Case]:
    """Wrong derivations, made by hand."""
    return [case for problem in PROBLEMS.values() for case in problem.wrong_cases]


def mutant_cases(every: int = 1) -> list[Case]:
    """Wrong derivations, made mechanically: all, or each one of `every`."""
    return mutants(every)
