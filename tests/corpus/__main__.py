"""Try the doctor on the whole corpus: `python -m tests.corpus [WORD …]`, for the cases whose names hold a word."""

import sys
import time

from tests.corpus.cases import mutant_cases, right_cases, wrong_cases
from tests.corpus.score import judged, told


def main(words: list[str]) -> None:
    for role, cases in (("right", right_cases()), ("wrong", wrong_cases()), ("mutants", mutant_cases())):
        chosen = [case for case in cases if not words or any(word in f"{case.made}: {case.name}" for word in words)]
        named = accused = 0
        start = time.perf_counter()
        for case in chosen:
            try:
                outcome = judged(case, {} if role == "right" else None)
            except Exception as error:
                print(f"{case.name}: {type(error).__name__}: {error}")
                continue
            named += outcome.named
            accused += bool(outcome.accused)
            if outcome.accused or outcome.misnamed:
                print(told(outcome))
        seconds = time.perf_counter() - start
        print(f"{role}: {len(chosen)} cases, {named} named correctly, {accused} accused wrongly, in {seconds:.1f} s")


main(sys.argv[1:])
