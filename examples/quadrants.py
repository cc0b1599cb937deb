"""Which quadrant is a point in? A 2-6-4 classifier, its accuracy, and a drawing (the quadrants article)."""

import sys
from pathlib import Path

from microgradnn import draw_dot
from microgradnn.data import TEAMS, quadrant_centres, quadrants, split
from microgradnn.functional import accuracy, argmax
from microgradnn.losses import half_squared
from microgradnn.nn import MLP
from microgradnn.optim import SGD
from microgradnn.train import fit

X, Y = quadrants(300, seed=5)
(train_x, train_y), (test_x, test_y) = split(X, Y, fractions=(0.7, 0.3), seed=5)
model = MLP(2, [6, 4], activation="tanh", output="sigmoid", rng=2)
history = fit(
    model, train_x, train_y, loss="half_squared", optimizer=SGD(lr=1.0), epochs=40, batch_size=5, shuffle=True
)
print(history)
print(f"accuracy on points not seen in training: {accuracy(map(model, test_x), test_y):.3f}")
centres, _ = quadrant_centres()
for centre in centres:
    print(f"the point {centre} belongs to {TEAMS[argmax(model(centre))]}")

loss = half_squared(model(centres[0]), [1.0, 0.0, 0.0, 0.0])
loss.label = "loss"
loss.backward()
picture = Path(sys.argv[1] if len(sys.argv) > 1 else "quadrants.svg")
picture.write_bytes(draw_dot(loss).pipe(format="svg"))
print(f"one sample's graph is drawn in {picture}")
