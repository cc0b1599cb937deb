/* Full-batch gradient descent for MLP(in, [wide, wide, 1]) with the hinge loss and a penalty l2 * sum(p * p), by hand.

   The weights of one input to all neurons lie side by side, so that the inner loops vectorise without adding in
   another order. No short cuts: the work is the same whatever the data. Of the ways tried to lay out loops and data
   this was the quickest with gcc -O3; sizes that are known while compiling make it slower. */

static void ahead(int in, int out, const double *restrict w, const double *restrict b, const double *restrict x,
                  double *restrict h)
{
    for (int j = 0; j < out; j++) h[j] = b[j];
    for (int i = 0; i < in; i++)
        for (int j = 0; j < out; j++) h[j] += w[i * out + j] * x[i];
    for (int j = 0; j < out; j++) h[j] = h[j] > 0 ? h[j] : 0;
}

static void slopes(int in, int out, double *restrict w, double *restrict b, const double *restrict x,
                   const double *restrict d)
{
    for (int j = 0; j < out; j++) b[j] += d[j];
    for (int i = 0; i < in; i++)
        for (int j = 0; j < out; j++) w[i * out + j] += d[j] * x[i];
}

static void back(int in, int out, const double *restrict turned, const double *restrict h, const double *restrict d,
                 double *restrict e)
{
    for (int i = 0; i < in; i++) e[i] = 0;
    for (int j = 0; j < out; j++)
        for (int i = 0; i < in; i++) e[i] += turned[j * in + i] * d[j];
    for (int i = 0; i < in; i++) e[i] = h[i] > 0 ? e[i] : 0;
}

void train(double *p, const double *x, const double *y, int n, int in, int wide, int steps, double lr, double l2,
           double *losses)
{
    const int at_b1 = in * wide, at_w2 = at_b1 + wide, at_b2 = at_w2 + wide * wide, at_w3 = at_b2 + wide;
    const int at_b3 = at_w3 + wide, all = at_b3 + 1;
    double g[all], turned[wide * wide], h1[wide], h2[wide], d1[wide], d2[wide];
    for (int step = 0; step < steps; step++) {
        double loss = 0, penalty = 0;
        const double *w2 = p + at_w2, *w3 = p + at_w3;
        for (int k = 0; k < all; k++) g[k] = 0;
        for (int i = 0; i < wide; i++)
            for (int j = 0; j < wide; j++) turned[j * wide + i] = w2[i * wide + j];
        for (int s = 0; s < n; s++) {
            ahead(in, wide, p, p + at_b1, x + in * s, h1);
            ahead(wide, wide, w2, p + at_b2, h1, h2);
            double score = p[at_b3];
            for (int j = 0; j < wide; j++) score += w3[j] * h2[j];
            const double margin = 1 - y[s] * score, d = margin > 0 ? -y[s] / n : 0;
            loss += margin > 0 ? margin : 0;
            g[at_b3] += d;
            for (int j = 0; j < wide; j++) {
                g[at_w3 + j] += d * h2[j];
                d2[j] = h2[j] > 0 ? d * w3[j] : 0;
            }
            slopes(wide, wide, g + at_w2, g + at_b2, h1, d2);
            back(wide, wide, turned, h1, d2, d1);
            slopes(in, wide, g, g + at_b1, x + in * s, d1);
        }
        for (int k = 0; k < all; k++) {
            penalty += p[k] * p[k];
            p[k] -= lr * (g[k] + 2 * l2 * p[k]);
        }
        losses[step] = loss / n + l2 * penalty;
    }
}
