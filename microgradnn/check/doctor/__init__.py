"""The gradient doctor: what is wrong with a gradient derived by hand, and where it went wrong."""

from microgradnn.check.doctor.diagnose import diagnose as diagnose
from microgradnn.check.doctor.mistakes import Diagnosis as Diagnosis
from microgradnn.check.doctor.mistakes import Explanation as Explanation
from microgradnn.check.doctor.mistakes import Finding as Finding
from microgradnn.check.doctor.mistakes import Mistake as Mistake
from microgradnn.check.doctor.update import diagnose_update as diagnose_update
