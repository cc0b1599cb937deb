// The elementary functions as IEEE 754 closes them: where JavaScript's Math differs from C, C is followed.
const ieee = {
  abs: Math.abs, acos: Math.acos, asin: Math.asin, atan: Math.atan, atan2: Math.atan2, cos: Math.cos,
  cosh: Math.cosh, exp: Math.exp, expm1: Math.expm1, log: Math.log, log1p: Math.log1p, sin: Math.sin,
  sinh: Math.sinh, sqrt: Math.sqrt, tan: Math.tan, tanh: Math.tanh,

  // JavaScript has nan for 1**nan and (-1)**inf.
  pow(x, y) {
    return x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : Math.pow(x, y);
  },

  // Where Python's own functions and operators raise, a primitive of a user's own is nan.
  raising: (f) => (...xs) => {
    const y = f(...xs);
    return Number.isFinite(y) || !xs.every(Number.isFinite) ? y : NaN;
  },
  quotient: (x, y) => (y === 0 ? NaN : x / y),
  power: (x, y) => ieee.raising(ieee.pow)(x, y),

  // Near 0 by the series of erf, all of whose terms are positive; further out by the fraction of erfc.
  erf(x) {
    const size = Math.abs(x);
    if (!(size < 2.5)) return Number.isNaN(x) ? x : Math.sign(x) * (1 - ieee.erfc(size));
    let term = x, sum = x;
    for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) sum += term *= 2 * x * x / (2 * n + 1);
    return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
  },
  erfc(x) {
    if (!(x >= 1)) return 1 - ieee.erf(x);
    // exp(-x*x), where the part of x*x that rounding loses is not lost: x = head + rest, head*head is exact.
    const head = Math.fround(x), square = Math.exp(-head * head) * Math.exp((head - x) * (head + x));
    let fraction = 0;
    for (let n = x < 2 ? 200 : 60; n > 0; n--) fraction = n / 2 / (x + fraction);
    return x > 30 ? 0 : square / Math.sqrt(Math.PI) / (x + fraction);
  },
};
