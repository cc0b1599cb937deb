"""Data sets, and what is done to them before training: check, split, normalise, cut into batches.

A data set is a pair `X, Y`: `X` is a list of rows of floats, `Y` a list of as many targets, each of them a
float or a row of floats. All chance is seeded: the same seed gives the same numbers everywhere.
"""

from microgradnn.data.checks import Rows as Rows
from microgradnn.data.checks import Targets as Targets
from microgradnn.data.checks import check_data as check_data
from microgradnn.data.checks import check_inputs as check_inputs
from microgradnn.data.checks import check_targets as check_targets
from microgradnn.data.images import digits as digits
from microgradnn.data.normaliser import Normaliser as Normaliser
from microgradnn.data.parts import batches as batches
from microgradnn.data.parts import one_hot as one_hot
from microgradnn.data.parts import split as split
from microgradnn.data.plane import TEAMS as TEAMS
from microgradnn.data.plane import circles as circles
from microgradnn.data.plane import moons as moons
from microgradnn.data.plane import quadrant_centres as quadrant_centres
from microgradnn.data.plane import quadrants as quadrants
from microgradnn.data.plane import spirals as spirals
from microgradnn.data.rules import celsius as celsius
from microgradnn.data.rules import truth_table as truth_table
from microgradnn.data.table import read_csv as read_csv
