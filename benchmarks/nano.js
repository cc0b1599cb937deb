// NanoNeuron as its article trains it: predictions and their cost for all samples, then the two deltas, then the step.
// Prints the seconds of the training, the line that was learned, and the cost of every thousandth epoch.

const forward = (model, xs, ys) => {
  const predictions = [];
  let cost = 0;
  for (let i = 0; i < xs.length; i += 1) {
    const prediction = model.predict(xs[i]);
    cost += (ys[i] - prediction) ** 2 / 2;
    predictions.push(prediction);
  }
  return [predictions, cost / xs.length];
};

const backward = (predictions, xs, ys) => {
  let dW = 0;
  let dB = 0;
  for (let i = 0; i < xs.length; i += 1) {
    dW += (ys[i] - predictions[i]) * xs[i];
    dB += ys[i] - predictions[i];
  }
  return [dW / xs.length, dB / xs.length];
};

const train = (model, epochs, alpha, xs, ys) => {
  const costs = [];
  for (let epoch = 0; epoch < epochs; epoch += 1) {
    const [predictions, cost] = forward(model, xs, ys);
    costs.push(cost);
    const [dW, dB] = backward(predictions, xs, ys);
    model.w += alpha * dW;
    model.b += alpha * dB;
  }
  return costs;
};

const [w, b, alpha, epochs] = process.argv.slice(2).map(Number);
const model = { w, b, predict(x) { return x * this.w + this.b; } };
const xs = Array.from({ length: 100 }, (_, i) => i);
const ys = xs.map((x) => x * 1.8 + 32);
const began = performance.now();
const costs = train(model, epochs, alpha, xs, ys);
const seconds = (performance.now() - began) / 1000;
console.log(JSON.stringify([seconds, [model.w, model.b, ...costs.filter((_, epoch) => epoch % 1000 === 0)]]));
