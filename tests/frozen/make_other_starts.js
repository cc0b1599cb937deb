// Runs the articles' own rules from other starts, with other sizes and settings: `node make_other_starts.js` prints the
// golden data that other_starts.json holds. Written from the articles, independently of the Python.
let seed = 12345;
const random = () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648;
const sigmoid = (x) => 1 / (1 + Math.exp(-x));
const copy = (x) => JSON.parse(JSON.stringify(x));
const matrix = (rows, columns, f) => Array.from({ length: rows }, () => Array.from({ length: columns }, f));
const signed = () => random() * 2 - 1;
const labels = ["blue", "red", "green", "purple"];
const golden = [];

function nanoneuron(alpha, epochs) {
  const init = { w: random(), b: random() };
  let { w, b } = init;
  const predict = (x) => x * w + b;
  const cost_at_epoch = {};
  let first_step;
  for (let epoch = 0; epoch < epochs; epoch += 1) {
    let [cost, dW, dB] = [0, 0, 0];
    for (let x = 0; x < 100; x += 1) {
      const y = x * 1.8 + 32;
      cost += (y - predict(x)) ** 2 / 2;
      dW += (y - predict(x)) * x;
      dB += y - predict(x);
    }
    dW /= 100;
    dB /= 100;
    if (epoch === 0) first_step = { dW, dB };
    if (epoch % 1000 === 0 || epoch === epochs - 1) cost_at_epoch[epoch] = cost / 100;
    w += alpha * dW;
    b += alpha * dB;
  }
  let test = 0;
  for (let x = 0.5; x < 100; x += 1) test += (x * 1.8 + 32 - predict(x)) ** 2 / 2;
  const results = { first_step, cost_at_epoch, final: { w, b }, test_cost: test / 100, predict_70: predict(70) };
  golden.push(["nanoneuron", { init, epochs, alpha, ...results }]);
}

function mikir(shape, lr, iterations, samples) {
  const [inputs, hidden, outputs] = shape;
  const neurons = (n, k) => matrix(n, k, random).map((weights) => ({ weights, bias: random() }));
  const init = { hidden: neurons(hidden, inputs), output: neurons(outputs, hidden) };
  const net = copy(init);
  const data = Array.from({ length: samples }, () => [
    Array.from({ length: inputs }, signed),
    Array.from({ length: outputs }, random),
  ]);
  const activate = (n, x) => sigmoid(x.reduce((sum, v, i) => sum + v * n.weights[i], 0) + n.bias);
  const move = (n, error, x) => {
    n.weights = n.weights.map((w, j) => w + lr * error * x[j]);
    n.bias += lr * error;
  };
  const cost = [];
  let first_step;
  for (let iteration = 0; iteration < iterations; iteration += 1) {
    let total = 0;
    for (const [x, t] of data) {
      const h = net.hidden.map((n) => activate(n, x));
      const o = net.output.map((n) => activate(n, h));
      total += o.reduce((sum, v, i) => sum + (t[i] - v) ** 2, 0) / 2;
      const outputErrors = o.map((v, i) => (t[i] - v) * v * (1 - v));
      net.output.forEach((n, i) => move(n, outputErrors[i], h));
      const hiddenErrors = h.map(
        (v, i) => net.output.reduce((sum, n, j) => sum + outputErrors[j] * n.weights[i], 0) * v * (1 - v)
      );
      net.hidden.forEach((n, i) => move(n, hiddenErrors[i], x));
      if (!first_step) first_step = { outputErrors, hiddenErrors, after: copy(net) };
    }
    if (iteration % 500 === 0 || iteration === iterations - 1) cost.push([iteration, total / data.length]);
  }
  const predictions = data.map(([x]) => {
    const h = net.hidden.map((n) => activate(n, x));
    return net.output.map((n) => activate(n, h));
  });
  golden.push(["mikir", { shape, lr, iterations, init, first_step, cost, final: net, predictions, data }]);
}

function mlpXor(variant, hidden, lr, epochs) {
  const T = (a) => a[0].map((_, j) => a.map((row) => row[j]));
  const times = (a, b) => a.map((row) => b[0].map((_, j) => row.reduce((sum, v, k) => sum + v * b[k][j], 0)));
  const map = (a, f) => a.map((row) => row.map(f));
  const zip = (a, b, f) => a.map((row, i) => row.map((v, j) => f(v, b[i][j])));
  const add = (u, v) => u + v;
  const X = [[0, 0], [0, 1], [1, 0], [1, 1]];
  const Y = [[0], [1], [1], [0]];
  let synapse0 = matrix(2, hidden, signed);
  let synapse1 = matrix(hidden, 1, signed);
  const init = { synapse0, synapse1 };
  const slope = variant === "corrected" ? (o) => o * (1 - o) : (o) => sigmoid(o) * (1 - sigmoid(o));
  const mean_abs_error = [];
  let first_step;
  for (let epoch = 0; epoch < epochs; epoch += 1) {
    const h = map(times(X, synapse0), sigmoid);
    const o = map(times(h, synapse1), sigmoid);
    const error = zip(Y, o, (t, v) => t - v);
    if (epoch % 1000 === 0 || epoch === epochs - 1) {
      mean_abs_error.push([epoch, error.reduce((sum, row) => sum + Math.abs(row[0]), 0) / 4]);
    }
    const outputDelta = zip(error, map(o, slope), (e, s) => e * s);
    const hiddenDelta = zip(times(outputDelta, T(synapse1)), map(h, slope), (e, s) => e * s);
    synapse1 = zip(synapse1, times(T(h), map(outputDelta, (v) => v * lr)), add);
    synapse0 = zip(synapse0, times(T(X), map(hiddenDelta, (v) => v * lr)), add);
    if (epoch === 0) {
      const output_delta = outputDelta.map((row) => row[0]);
      first_step = { output_delta, hidden_delta: hiddenDelta, after: { synapse0, synapse1 } };
    }
  }
  const final = { synapse0, synapse1 };
  const predictions = map(times(map(times(X, synapse0), sigmoid), synapse1), sigmoid).map((row) => row[0]);
  golden.push([
    "mlp_xor",
    { variant, hidden, lr, epochs, init, first_step, mean_abs_error, final, predictions },
  ]);
}

function quadrants1(lr, iterations, size) {
  const centres = [[-0.5, -0.5], [0.5, -0.5], [-0.5, 0.5], [0.5, 0.5]];
  const net = { weights: matrix(4, 2, random), bias: [0, 0, 0, 0] };
  const init = copy(net);
  const propagate = (x) =>
    net.weights.map((w, i) => {
      let sum = 0;
      for (let j = 0; j < 2; j += 1) sum += w[j] * x[j];
      return sigmoid(sum + net.bias[i]);
    });
  const sample_order = Array.from({ length: size }, () => Math.floor(random() * 4));
  let first_step;
  for (let n = 0; n < iterations; n += 1) {
    const sample = sample_order[n % size];
    const x = centres[sample];
    const o = propagate(x);
    for (let i = 0; i < 4; i += 1) {
      const error = (i === sample ? 1 : 0) - o[i];
      for (let j = 0; j < 2; j += 1) net.weights[i][j] += lr * error * o[i] * (1 - o[i]) * x[j];
      net.bias[i] += lr * error;
    }
    if (n === 0) first_step = { sample, after: copy(net) };
  }
  const results = { first_step, final: net, outputs: centres.map(propagate), labels };
  golden.push(["quadrants_1", { lr, iterations, init, sample_order, ...results }]);
}

function quadrants2(hidden, lr, iterations, points, size) {
  const net = {
    weightsInputToHidden: matrix(hidden, 2, signed),
    biasHidden: Array(hidden).fill(0),
    weightsHiddenToOutput: matrix(4, hidden, signed),
    biasOutput: [0, 0, 0, 0],
  };
  const init = copy(net);
  const training_points = Array.from({ length: points }, () => {
    const [x, y] = [signed(), signed()];
    return [x, y, (x > 0 ? 1 : 0) + (y > 0 ? 2 : 0)];
  });
  const layer = (weights, bias, x) =>
    weights.map((w, i) => {
      let sum = 0;
      for (let j = 0; j < w.length; j += 1) sum += w[j] * x[j];
      return sigmoid(sum + bias[i]);
    });
  const sample_order = Array.from({ length: size }, () => Math.floor(random() * points));
  const { weightsInputToHidden: W, biasHidden, weightsHiddenToOutput: V, biasOutput } = net;
  let first_step;
  for (let n = 0; n < iterations; n += 1) {
    const sample = sample_order[n % size];
    const point = training_points[sample];
    const h = layer(W, biasHidden, point);
    const o = layer(V, biasOutput, h);
    const errors = o.map((v, i) => (i === point[2] ? 1 : 0) - v);
    for (let i = 0; i < 4; i += 1) {
      for (let j = 0; j < hidden; j += 1) V[i][j] += lr * errors[i] * o[i] * (1 - o[i]) * h[j];
      biasOutput[i] += lr * errors[i];
    }
    for (let i = 0; i < hidden; i += 1) {
      let error = 0;
      for (let j = 0; j < 4; j += 1) error += V[j][i] * errors[j];
      biasHidden[i] += lr * error;
      for (let j = 0; j < 2; j += 1) W[i][j] += lr * error * h[i] * (1 - h[i]) * point[j];
    }
    if (n === 0) first_step = { sample, after: copy(net) };
  }
  const right = training_points.filter((point) => {
    const o = layer(V, biasOutput, layer(W, biasHidden, point));
    return o.indexOf(Math.max(...o)) === point[2];
  });
  const results = { first_step, final: net, train_accuracy: right.length / points, labels };
  golden.push([
    "quadrants_2",
    { hidden, lr, iterations, init, training_points, sample_order, ...results },
  ]);
}

nanoneuron(0.0003, 1200);
mikir([3, 4, 2], 0.3, 600, 5);
mlpXor("as_published", 6, 0.9, 1100);
mlpXor("corrected", 5, 0.4, 1100);
quadrants1(0.25, 300, 40);
quadrants2(9, 0.17, 400, 30, 60);
console.log(JSON.stringify(golden));
