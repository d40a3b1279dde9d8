#include "genre/rec/line_fit.h"

namespace genre {

void PairMoments::add(double s, double r) { add(PairMoments{1, s, r, 0, 0, 0}); }

// Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979.
void PairMoments::add(const PairMoments& more) {
  if (more.n == 0) return;
  const double all = n + more.n, share = more.n / all;
  const double ds = more.mean_s - mean_s, dr = more.mean_r - mean_r;
  const double between = share * (1 - share);
  var_s += share * (more.var_s - var_s) + between * ds * ds;
  var_r += share * (more.var_r - var_r) + between * dr * dr;
  covariance += share * (more.covariance - covariance) + between * ds * dr;
  mean_s += share * ds;
  mean_r += share * dr;
  n = all;
}

double loss(const PairMoments& m, const Line& line, double l2) {
  const double offset = m.mean_r - line.theta0 - line.theta1 * m.mean_s;
  return offset * offset + m.var_r - 2 * line.theta1 * m.covariance + line.theta1 * line.theta1 * (m.var_s + l2);
}

Line gradient(const PairMoments& m, const Line& line, double l2) {
  const double by_theta0 = -2 * (m.mean_r - line.theta0 - line.theta1 * m.mean_s);
  return {by_theta0, m.mean_s * by_theta0 - 2 * m.covariance + 2 * line.theta1 * (m.var_s + l2)};
}

Line descend(const PairMoments& moments, const DescentOptions& options) {
  const double curvature = moments.var_s + options.l2;
  Line line;
  for (int epoch = 0; epoch < options.epochs; ++epoch) {
    const auto [by_theta0, by_theta1] = gradient(moments, line, options.l2);
    // With height = theta0 + theta1 mean_s: dL/dheight = dL/dtheta0, dL/dslope = dL/dtheta1 - mean_s dL/dtheta0.
    const double height_step = -options.learning_rate * by_theta0;
    const double slope_step =
        curvature > 0 ? -options.learning_rate * (by_theta1 - moments.mean_s * by_theta0) / curvature : 0;
    line.theta1 += slope_step;
    line.theta0 += height_step - moments.mean_s * slope_step;
  }
  return line;
}

}  // namespace genre
