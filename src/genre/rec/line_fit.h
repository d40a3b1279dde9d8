// A least-squares line by gradient descent.
#pragma once

namespace genre {

struct Line {
  double theta0 = 0, theta1 = 0;  // r = theta0 + theta1 s
};

// All that the squared error of a line depends on: n pairs (s, r) by their means and central second moments.
struct PairMoments {
  double n = 0, mean_s = 0, mean_r = 0, var_s = 0, var_r = 0, covariance = 0;

  void add(double s, double r);
  void add(const PairMoments& more);  // of disjoint pairs; the order of additions moves the last digits
};

// mean over pairs of (r - theta0 - theta1 s)^2, plus l2 theta1^2
double loss(const PairMoments& moments, const Line& line, double l2);
// Its derivatives by theta0 and theta1.
Line gradient(const PairMoments& moments, const Line& line, double l2);

struct DescentOptions {
  double learning_rate = 0.1;  // in (0, 1)
  int epochs = 200;
  double l2 = 0;
};
// From the line r = 0, `epochs` steps along the gradient over all pairs. Steps are taken in the coordinates where the
// curvature is the same in both directions (the height at the mean of s, and the slope in units of its curvature), so
// the units of ratings do not matter, every learning rate below 1 converges, and each step leaves |1 - 2 learning_rate|
// of the distance to the minimum. Where all s are equal the slope is 0.
Line descend(const PairMoments& moments, const DescentOptions& options);

}  // namespace genre
