#!/usr/bin/env python3
"""Prints the coefficients of src/genre/linalg/activation_inline.h: Phi(x) = 1/2 + x P(2 x^2 / 5.25^2 - 1) on [-5.25, 5.25], P of
degree 13 with the smallest error of x Phi(x) (Lawson's iteration), with Phi(5.25) = 1 to the last bit; and the largest error of GELU in
float, over max(1, |GELU|). Needs NumPy and SciPy."""
import numpy as np
from numpy.polynomial import chebyshev
from scipy.special import ndtr

LIMIT, DEGREE = 5.25, 13
t = np.cos(np.linspace(0, np.pi, 6000))
x = LIMIT * np.sqrt((t + 1) / 2)
target = np.where(x > 1e-6, (ndtr(x) - 0.5) / np.maximum(x, 1e-6), 1 / np.sqrt(2 * np.pi))
target[0] = 0.5 / LIMIT
size, lawson = np.maximum(x, 0.05) * np.maximum(x, 1), np.ones_like(t)
for _ in range(400):
    fit = chebyshev.chebfit(t, target, DEGREE, w=np.sqrt(lawson) * size)
    error = np.abs(chebyshev.chebval(t, fit) - target) * size
    lawson *= error / error.max() + 1e-3
    lawson /= lawson.sum()
    lawson[0] = 1e3  # the end is met
coefficients = chebyshev.cheb2poly(fit).astype(np.float32)


def polynomial(t):
    """In the order of the source: fours of terms, then Horner's rule over them."""
    c, t2 = coefficients, t * t
    p, t4 = c[13] * t + c[12], t2 * t2
    for i in (8, 4, 0):
        p = p * t4 + ((c[i + 3] * t + c[i + 2]) * t2 + (c[i + 1] * t + c[i]))
    return p


for _ in range(3):
    coefficients[1] += np.float32(0.5 / LIMIT) - polynomial(np.ones(1, np.float32))[0]
print(", ".join(f"{c:.9g}f" for c in coefficients))
x = np.linspace(-100, 100, 2_000_001).astype(np.float32)
inside = np.clip(x, -np.float32(LIMIT), np.float32(LIMIT))
gelu = np.where(x < -LIMIT, np.float32(0), x) * (np.float32(0.5) + inside * polynomial(inside * inside * np.float32(2 / LIMIT**2) - np.float32(1)))
truth = x * ndtr(x.astype(float))
print(np.max(np.abs(gelu - truth) / np.maximum(1, np.abs(truth))), gelu[0], gelu[-1])
