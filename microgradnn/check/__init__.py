"""Is this gradient right? Derivations by hand, published update rules, and autodiff itself, put to the test."""

from microgradnn.check.compare import compare as compare
from microgradnn.check.doctor import Diagnosis as Diagnosis
from microgradnn.check.doctor import Explanation as Explanation
from microgradnn.check.doctor import Finding as Finding
from microgradnn.check.doctor import Mistake as Mistake
from microgradnn.check.doctor import diagnose as diagnose
from microgradnn.check.doctor import diagnose_update as diagnose_update
from microgradnn.check.exercise import Exercise as Exercise
from microgradnn.check.exercise import exercise as exercise
from microgradnn.check.exercise import mark as mark
from microgradnn.check.gradients import check_gradients as check_gradients
from microgradnn.check.marks import StepReport as StepReport
from microgradnn.check.marks import StepRow as StepRow
from microgradnn.check.marks import StepVerdict as StepVerdict
from microgradnn.check.steps import diagnose_steps as diagnose_steps
from microgradnn.check.update import compare_update as compare_update
from microgradnn.check.verdict import Report as Report
from microgradnn.check.verdict import Row as Row
from microgradnn.check.verdict import Verdict as Verdict
